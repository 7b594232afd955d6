/* The weights' gradient of a direct convolution over blocked maps: for each tap of the window a product of input channels and
 * output channels over the pixels,
 *
 *     d weights[tap][c][k] += sum over images and outputs (h, w) of x[c][h stride + i - pad][w stride + j - pad] dy[k][h][w]
 *
 * taken a row of outputs at a time, whose pixels lie a constant step apart in both maps. */
#include "kernels/product.h"

#include "kernels/fast.h"

void NN_FAST(nn_direct_outer)(const struct nn_direct_outer *d, const float *x, const float *dy, int n, float *d_packed);

/* One tap, NN_LANES output channels and the input channels of one block, one image. */
static void add_tap(const struct nn_direct_outer *d, const float *x, const float *dy, int n_c, float *d_packed)
{
    struct product product = {
        .a_row = 1, .a_step = d->stride * NN_LANES, .b_step = NN_LANES, .depth = d->y.w, .c = d_packed,
        .c_row = d->y.n_blocks * NN_LANES, .is_adding = true,
    };
    for (int h = 0; h < d->y.h; h++) {
        product.a = x + (size_t)(h * d->stride) * d->x.row;
        product.b = dy + (size_t)h * d->y.row;
        product_rows(product, n_c, 1);
    }
}

void NN_FAST(nn_direct_outer)(const struct nn_direct_outer *d, const float *x, const float *dy, int n, float *d_packed)
{
    size_t n_out = (size_t)d->y.n_blocks * NN_LANES;
    x += d->x.origin - (size_t)d->pad_h * d->x.row - (size_t)d->pad_w * NN_LANES;
    dy += d->y.origin;
    for (int image = 0; image < n; image++, x += d->x.image, dy += d->y.image)
        for (int tap = 0; tap < d->kernel * d->kernel; tap++)
            for (int b = 0; b < d->x.n_blocks; b++) {
                const float *corner = x + (size_t)b * d->x.block + (size_t)(tap / d->kernel) * d->x.row +
                                      (size_t)(tap % d->kernel) * NN_LANES;
                float *to = d_packed + ((size_t)tap * (size_t)d->x.c + (size_t)b * NN_LANES) * n_out;
                int left = d->x.c - b * NN_LANES;
                for (int k = 0; k < d->y.n_blocks; k++)
                    add_tap(d, corner, dy + (size_t)k * d->y.block, left < NN_LANES ? left : NN_LANES,
                            to + (size_t)k * NN_LANES);
            }
}
