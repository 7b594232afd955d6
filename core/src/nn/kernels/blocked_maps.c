/* Moving maps between planar and blocked layouts, and what is done to single values of a blocked map. */
#include "kernels/epilogue.h"
#include "kernels/vec.h"

#include <string.h>

void NN_FAST(nn_convert)(const struct nn_blocked *from, const float *x, const struct nn_blocked *to, float *y, int n);
void NN_FAST(nn_pointwise)(const struct nn_epilogue *e, const struct nn_blocked *x_layout, const float *x,
                           const struct nn_blocked *residual_layout, const float *residual,
                           const struct nn_blocked *y_layout, float *y, int n);

/* Planar to blocked, n_c channels of one block, n pixels of a row: registers of pixels become registers of channels. The
 * whole square is the usual case, where both are constants. */
INLINE void block_square(const float *x, size_t plane, int n_c, float *y, int n)
{
    vec rows[NN_LANES];
#pragma GCC unroll 16
    for (int c = 0; c < NN_LANES; c++)
        rows[c] = c < n_c ? (vec)vec_load_first(x + (size_t)c * plane, n) : vec_zero();
    vec_transpose(rows);
#pragma GCC unroll 16
    for (int i = 0; i < NN_LANES; i++)
        if (i < n)
            vec_store(y + (size_t)i * NN_LANES, rows[i]);
}

INLINE void plane_square(const float *x, size_t plane, int n_c, float *y, int n)
{
    vec rows[NN_LANES];
#pragma GCC unroll 16
    for (int i = 0; i < NN_LANES; i++)
        rows[i] = i < n ? vec_load(x + (size_t)i * NN_LANES) : vec_zero();
    vec_transpose(rows);
#pragma GCC unroll 16
    for (int c = 0; c < NN_LANES; c++)
        if (c < n_c)
            vec_store_first(y + (size_t)c * plane, n, rows[c]);
}

static void block_row(const float *x, size_t plane, int n_c, float *y, int n_w)
{
    int w = 0;
    for (; n_c == NN_LANES && w + NN_LANES <= n_w; w += NN_LANES)
        block_square(x + w, plane, NN_LANES, y + (size_t)w * NN_LANES, NN_LANES);
    for (; w < n_w; w += NN_LANES)
        block_square(x + w, plane, n_c, y + (size_t)w * NN_LANES, n_w - w < NN_LANES ? n_w - w : NN_LANES);
}

static void plane_row(const float *x, size_t plane, int n_c, float *y, int n_w)
{
    int w = 0;
    for (; n_c == NN_LANES && w + NN_LANES <= n_w; w += NN_LANES)
        plane_square(x + (size_t)w * NN_LANES, plane, NN_LANES, y + w, NN_LANES);
    for (; w < n_w; w += NN_LANES)
        plane_square(x + (size_t)w * NN_LANES, plane, n_c, y + w, n_w - w < NN_LANES ? n_w - w : NN_LANES);
}

static void convert_row(const struct nn_blocked *from, const float *x, const struct nn_blocked *to, float *y, int n_c)
{
    if (from->lanes == to->lanes)
        memcpy(y, x, (size_t)from->w * (size_t)from->lanes * sizeof *y);
    else if (from->lanes == 1)
        block_row(x, from->block, n_c, y, from->w);
    else
        plane_row(x, to->block, n_c, y, from->w);
}

void NN_FAST(nn_convert)(const struct nn_blocked *from, const float *x, const struct nn_blocked *to, float *y, int n)
{
    int step = from->lanes > to->lanes ? from->lanes : to->lanes;
    for (int image = 0; image < n; image++) {
        nn_blocked_clear_halo(to, y + (size_t)image * to->image);
        for (int c = 0; c < from->c; c += step) {
            const float *x_block = x + (size_t)image * from->image + (size_t)(c / from->lanes) * from->block;
            float *y_block = y + (size_t)image * to->image + (size_t)(c / to->lanes) * to->block;
            int n_c = from->c - c < step ? from->c - c : step;
            for (int h = 0; h < from->h; h++)
                convert_row(from, x_block + from->origin + (size_t)h * from->row, to,
                            y_block + to->origin + (size_t)h * to->row, n_c);
        }
    }
}

void NN_FAST(nn_pointwise)(const struct nn_epilogue *e, const struct nn_blocked *x_layout, const float *x,
                           const struct nn_blocked *residual_layout, const float *residual,
                           const struct nn_blocked *y_layout, float *y, int n)
{
    for (int image = 0; image < n; image++)
        nn_blocked_clear_halo(y_layout, y + (size_t)image * y_layout->image);
    for (int i = 0; i < n * x_layout->n_blocks; i++) {
        size_t image = (size_t)(i / x_layout->n_blocks), block = (size_t)(i % x_layout->n_blocks);
        float *to = y + image * y_layout->image + block * y_layout->block;
        for (int h = 0; h < x_layout->h; h++)
            for (int w = 0; w < x_layout->w; w++) {
                size_t at = image * x_layout->image + block * x_layout->block + x_layout->origin +
                            (size_t)h * x_layout->row + (size_t)w * NN_LANES;
                const float *added = residual;
                if (e->has_residual)
                    added += image * residual_layout->image + block * residual_layout->block +
                             residual_layout->origin + (size_t)h * residual_layout->row + (size_t)w * NN_LANES;
                vec value = vec_load(x + at);
                epilogue_apply(e, &value, 1, 1, 1, (int)block * NN_LANES, &added, 0);
                vec_store(to + y_layout->origin + (size_t)h * y_layout->row + (size_t)w * NN_LANES, value);
            }
    }
}
