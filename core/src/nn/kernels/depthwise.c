/* Depthwise convolution over blocked maps: a register is one pixel's channels, so each tap is a load and a multiply-add; a
 * tile of pixels of a row shares the loads of weights. */
#include "kernels/epilogue.h"

enum { TILE = 8 };

void NN_FAST(nn_depthwise)(const struct nn_depthwise *d, const float *x, const float *residual, float *y,
                           struct nn_range rows);

/* n_px pixels of a row: x is the first window's corner. */
INLINE void depthwise_tile(const struct nn_depthwise *d, int kernel, int stride, int n_px, const float *x,
                           const float *weights, int channel, const float *residual, float *y)
{
    vec sum[TILE], bias = vec_load(d->epilogue.bias + channel);
    const float *added[TILE];
#pragma GCC unroll 8
    for (int p = 0; p < n_px; p++) {
        sum[p] = bias;
        added[p] = d->epilogue.has_residual ? residual + (size_t)p * NN_LANES : NULL;
    }
    for (int a = 0; a < kernel; a++, x += d->x.row)
        for (int b = 0; b < kernel; b++, weights += NN_LANES) {
            vec w = vec_load(weights);
#pragma GCC unroll 8
            for (int p = 0; p < n_px; p++)
                sum[p] = vec_fma(vec_load(x + (ptrdiff_t)(p * stride + b) * NN_LANES), w, sum[p]);
        }
    epilogue_apply(&d->epilogue, sum, 1, n_px, 1, channel, added, 0);
#pragma GCC unroll 8
    for (int p = 0; p < n_px; p++)
        vec_store(y + (size_t)p * NN_LANES, sum[p]);
}

INLINE void depthwise_row(const struct nn_depthwise *d, int kernel, int stride, const float *x, const float *weights,
                          int channel, const float *residual, float *y)
{
    int w = 0;
    for (; w + TILE <= d->y.w; w += TILE)
        depthwise_tile(d, kernel, stride, TILE, x + (ptrdiff_t)w * stride * NN_LANES, weights, channel,
                       residual + (d->epilogue.has_residual ? (ptrdiff_t)w * NN_LANES : 0), y + (ptrdiff_t)w * NN_LANES);
    for (; w < d->y.w; w++)
        depthwise_tile(d, kernel, stride, 1, x + (ptrdiff_t)w * stride * NN_LANES, weights, channel,
                       residual + (d->epilogue.has_residual ? (ptrdiff_t)w * NN_LANES : 0), y + (ptrdiff_t)w * NN_LANES);
}

void NN_FAST(nn_depthwise)(const struct nn_depthwise *d, const float *x, const float *residual, float *y,
                           struct nn_range rows)
{
    for (int i = rows.first; i < rows.first + rows.n; i++) {
        int h = i % d->y.h, block = i / d->y.h % d->y.n_blocks, image = i / d->y.h / d->y.n_blocks;
        const float *from = x + (size_t)image * d->x.image + (size_t)block * d->x.block + d->x.origin +
                            ((ptrdiff_t)h * d->stride - d->pad_h) * (ptrdiff_t)d->x.row - (ptrdiff_t)d->pad_w * NN_LANES;
        float *to = y + (size_t)image * d->y.image + (size_t)block * d->y.block + d->y.origin + (size_t)h * d->y.row;
        const float *added = residual, *weights = d->weights + (ptrdiff_t)block * d->kernel * d->kernel * NN_LANES;
        if (d->epilogue.has_residual)
            added += (size_t)image * d->residual.image + (size_t)block * d->residual.block + d->residual.origin +
                     (size_t)h * d->residual.row;
        if (d->kernel == 3 && d->stride == 1)
            depthwise_row(d, 3, 1, from, weights, block * NN_LANES, added, to);
        else if (d->kernel == 3 && d->stride == 2)
            depthwise_row(d, 3, 2, from, weights, block * NN_LANES, added, to);
        else
            depthwise_row(d, d->kernel, d->stride, from, weights, block * NN_LANES, added, to);
    }
}
