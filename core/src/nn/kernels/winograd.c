/* Winograd convolution, 3x3 window, stride 1, over blocked maps. A group of tiles goes through three stages while its
 * transforms stay in the second-level cache:
 *
 *     scatter   each tile's (size + 2)^2 inputs -> its points      v (points, tiles, C)
 *     multiply  a matrix product for each point                    m (points, tiles, K) = v (tiles, C) weights (C, K)
 *     gather    each tile's points -> size^2 outputs, epilogue     y
 *
 * 36 points for 16 outputs of size 4 are 2.25 multiplications an output and channel against 9, 16 points for
 * 4 outputs of size 2 are 4. The transforms and their source: winograd_points.h. */
#include "kernels/epilogue.h"
#include "kernels/product.h"
#include "kernels/winograd_points.h"
#include "kernels/winograd_tiles.h"

void NN_FAST(nn_winograd)(const struct nn_winograd *w, const float *x, const float *residual, float *y,
                          struct nn_range tiles, struct nn_range groups, float *scratch);

static void multiply(const struct nn_winograd *w, int n_tiles, struct nn_range groups, const float *v, float *m)
{
    int n_points = nn_winograd_points(w->size), depth = w->x.c;
    size_t n_weights = (size_t)w->n_vectors * NN_LANES * (size_t)depth;
    for (int point = 0; point < n_points; point++)
        for (int g = groups.first; g < groups.first + groups.n; g++) {
            int vector = g * MAX_VECTORS, width = w->n_vectors - vector;
            width = width < MAX_VECTORS ? width : MAX_VECTORS;
            struct product product = {
                .a = v + (size_t)point * point_size(n_tiles, w->x.n_blocks),
                .a_row = w->x.n_blocks * NN_LANES, .a_step = 1,
                .b = w->weights + (size_t)point * n_weights + (size_t)vector * NN_LANES * (size_t)depth,
                .b_step = width * NN_LANES, .depth = depth,
                .c = m + (size_t)point * point_size(n_tiles, w->n_vectors) + vector * NN_LANES,
                .c_row = w->n_vectors * NN_LANES,
            };
            product_rows(product, n_tiles, width);
        }
}

/* Where a tile's outputs go, and how many of them are inside the map. */
struct place {
    float *y;
    const float *residual;
    int n_h, n_w;
};

INLINE void store_all(const struct nn_winograd *w, const vec *out, const struct place *place, int size)
{
    for (int h = 0; h < place->n_h; h++)
#pragma GCC unroll 4
        for (int i = 0; i < size; i++)
            if (i < place->n_w)
                vec_store(place->y + (size_t)h * w->y.row + i * NN_LANES, out[h * size + i]);
}

/* The largest of each 2 x 2; a last odd row or column does not count. */
INLINE void store_pooled(const struct nn_winograd *w, const vec *out, const struct place *place, int size)
{
    for (int h = 0; h + 1 < place->n_h; h += 2)
#pragma GCC unroll 2
        for (int i = 0; i < size; i += 2)
            if (i + 1 < place->n_w) {
                const vec *o = out + h * size + i;
                vec_store(place->y + (size_t)(h / 2) * w->y.row + i / 2 * NN_LANES,
                          vec_max(vec_max(o[0], o[1]), vec_max(o[size], o[size + 1])));
            }
}

INLINE void gather_block(const struct nn_winograd *w, const float *m, size_t step, int channel,
                         const struct place *place, int size)
{
    vec half[MAX_POINTS * 4], out[16];
    int n = size + 2;
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) { /* columns first: six registers in, four kept */
        vec column[MAX_POINTS];
#pragma GCC unroll 6
        for (int h = 0; h < n; h++)
            column[h] = vec_load(m + (size_t)(h * n + i) * step);
        output_of_points(column, 1, half + i, n, size);
    }
#pragma GCC unroll 4
    for (int h = 0; h < size; h++)
        output_of_points(half + h * n, 1, out + h * size, 1, size);
    vec bias = vec_load(w->epilogue.bias + channel);
    const float *residual[16];
#pragma GCC unroll 16
    for (int i = 0; i < size * size; i++)
        out[i] += bias;
    if (w->epilogue.has_residual) /* beyond the border the first pixel is added, and not stored */
        for (int h = 0; h < size; h++)
            for (int i = 0; i < size; i++)
                residual[h * size + i] =
                    place->residual +
                    (h < place->n_h && i < place->n_w ? (size_t)h * w->residual.row + (size_t)i * NN_LANES : 0);
    epilogue_apply(&w->epilogue, out, 1, size * size, 1, channel, residual, 0);
    if (w->epilogue.is_pooled)
        store_pooled(w, out, place, size);
    else
        store_all(w, out, place, size);
}

INLINE void gather(const struct nn_winograd *w, const float *m, struct nn_range tiles, struct nn_range groups,
                   const float *residual, float *y, int size)
{
    size_t step = point_size(tiles.n, w->n_vectors);
    int first = groups.first * MAX_VECTORS, end = first + groups.n * MAX_VECTORS;
    end = end < w->n_vectors ? end : w->n_vectors;
    struct tile tile = tile_at(w, tiles.first);
    for (int t = 0; t < tiles.n; t++, tile_next(w, &tile)) {
        int h = tile.row * size, i = tile.column * size, shift = w->epilogue.is_pooled;
        struct place place = {
            .y = y + (size_t)tile.image * w->y.image + w->y.origin + (size_t)(h >> shift) * w->y.row +
                 (size_t)(i >> shift) * NN_LANES + (size_t)first * w->y.block,
            .residual = residual,
            .n_h = w->out_h - h < size ? w->out_h - h : size,
            .n_w = w->out_w - i < size ? w->out_w - i : size,
        };
        if (w->epilogue.has_residual)
            place.residual += (size_t)tile.image * w->residual.image + w->residual.origin +
                              (size_t)h * w->residual.row + (size_t)i * NN_LANES + (size_t)first * w->residual.block;
        for (int k = first; k < end; k++) {
            gather_block(w, m + ((size_t)t * (size_t)w->n_vectors + (size_t)k) * NN_LANES, step, k * NN_LANES, &place,
                         size);
            place.y += w->y.block;
            place.residual += w->epilogue.has_residual ? w->residual.block : 0;
        }
    }
}

void NN_FAST(nn_winograd)(const struct nn_winograd *w, const float *x, const float *residual, float *y,
                          struct nn_range tiles, struct nn_range groups, float *scratch)
{
    float *m = scratch + (size_t)nn_winograd_points(w->size) * point_size(tiles.n, w->x.n_blocks);
    if (w->size == 4)
        scatter(w, x, tiles, scratch, 4);
    else
        scatter(w, x, tiles, scratch, 2);
    multiply(w, tiles.n, groups, scratch, m);
    if (w->size == 4)
        gather(w, m, tiles, groups, residual, y, 4);
    else
        gather(w, m, tiles, groups, residual, y, 2);
}
