/* The fast kernels: one table of functions per instruction set, all compiled from the same files (vec.h).
 *
 * Feature maps are blocked: as many channels as a register has lanes lie together, so that every load of a pixel is
 * a whole register whatever the map's width (Georganas et al., "Anatomy of high-performance deep learning
 * convolutions on SIMD architectures", 2018). A map has a halo of zeros as wide as its readers' padding asks: no
 * kernel tests for borders. Channels beyond the real ones are zero too.
 *
 * Weights are packed once, in groups of `n_tile_vectors` registers of output channels: within a group
 * (depth, vectors of the group, lanes), so that the inner loop reads them in one stream.
 *
 * Nothing here allocates or knows threads; callers split the work by ranges. */
#ifndef NN_KERNELS_FAST_H
#define NN_KERNELS_FAST_H

#include "nn/tensor.h"

#include <stdint.h>

/* Layout of (N, C, H, W) as (N, C / lanes, top + H + bottom, left + W + right, lanes); planar with lanes 1. */
struct nn_blocked {
    int c, h, w; /* real */
    int lanes, n_blocks;
    int top, left, bottom, right;
    size_t row, block, image; /* floats from one to the next */
    size_t origin;            /* floats from the start to channel 0 of pixel (0, 0) */
};

/* Without a halo. */
struct nn_blocked nn_blocked_make(struct nn_shape shape, int lanes);
/* Widens the halo to at least these. */
void nn_blocked_widen(struct nn_blocked *layout, int top, int left, int bottom, int right);

/* Zeroes the halo of one image. */
void nn_blocked_clear_halo(const struct nn_blocked *layout, float *image);

struct nn_range {
    int first, n;
};

/* What happens to a convolution's sums before they are stored, in this order. All arrays are as long as the output's
 * channels with the zero ones. */
struct nn_epilogue {
    const float *bias;          /* never NULL */
    bool has_residual;          /* a map of the output's shape is added */
    float slope;                /* of negative values: 1 none, 0 relu */
    const float *scale, *shift; /* NULL: none */
    bool is_pooled;             /* maximum of 2 x 2, windows side by side */
};

/* depth floats of x that meet depth rows of weights, `offset` floats from the window's corner. */
struct nn_tap {
    int32_t offset, depth;
};

/* Direct convolution of any window, stride and padding, and dense layers. Outputs are numbered over the batch; the four
 * of a pooled window follow each other. */
struct nn_direct {
    int n_outputs;                           /* of one image, before pooling */
    const int32_t *x_at, *y_at, *residual_at; /* floats from the image's start, one per output */
    size_t x_image, y_image, residual_image; /* floats from image to image */
    size_t y_block, residual_block;          /* floats from channel block to block */
    int n_taps;
    const struct nn_tap *taps;
    int depth;     /* of all taps */
    int n_vectors; /* of output channels */
    const float *weights;
    const uint16_t *halves; /* instead of weights, unless NULL: binary16 */
    struct nn_epilogue epilogue;
};

/* Depthwise convolution of any square window and stride; its rows are numbered over blocks and the batch. */
struct nn_depthwise {
    int kernel, stride;
    int pad_h, pad_w; /* before the first row and column */
    struct nn_blocked x, y, residual;
    const float *weights; /* (blocks, kernel, kernel, lanes) */
    struct nn_epilogue epilogue; /* without pooling */
};

/* Winograd convolution, 3x3, stride 1: tiles of size x size outputs (size 4 or 2), numbered over the batch. */
struct nn_winograd {
    int size;
    int tiles_h, tiles_w; /* of one image */
    int pad_h, pad_w;     /* before the first row and column */
    int out_h, out_w;     /* before pooling */
    int n_vectors;        /* of output channels */
    struct nn_blocked x, y, residual;
    const float *weights; /* (points, packed as above with depth C) */
    struct nn_epilogue epilogue;
};

/* Maps of the weights' gradient of a direct convolution; y has dy. */
struct nn_direct_outer {
    struct nn_blocked x, y;
    int kernel, stride, pad_h, pad_w;
};

/* Strides of a convolution's weights (K, C, 3, 3), for use as they are or turned round for the data gradient. */
struct nn_winograd_weights {
    int n_out, n_in;
    size_t out_step, in_step; /* floats from one output, input channel to the next */
    bool is_flipped;          /* the window is read from its end */
};

struct nn_fast {
    const char *name; /* "avx512" */
    int lanes, n_tile_vectors;

    void (*direct)(const struct nn_direct *d, const float *x, const float *residual, float *y,
                   struct nn_range outputs, struct nn_range groups);

    void (*depthwise)(const struct nn_depthwise *d, const float *x, const float *residual, float *y,
                      struct nn_range rows);
    /* Adds n images' part to d_packed (kernel^2, C, K rounded up to lanes). */
    void (*direct_outer)(const struct nn_direct_outer *d, const float *x, const float *dy, int n, float *d_packed);

    /* scratch: nn_winograd_n_scratch floats. tiles.n at most what that was asked for. */
    void (*winograd)(const struct nn_winograd *w, const float *x, const float *residual, float *y,
                     struct nn_range tiles, struct nn_range groups, float *scratch);
    /* Transforms weights into nn_winograd_n_weights floats. */
    void (*winograd_weights)(const struct nn_winograd_weights *s, int size, const float *weight, float *packed);
    /* Adds the tiles' part of the weights' gradient in the transformed domain; x and y (holding dy) as in w, whose
     * halo below and right of y must be zero up to whole tiles. */
    void (*winograd_outer)(const struct nn_winograd *w, const float *x, const float *dy, struct nn_range tiles,
                           float *d_packed, float *scratch);
    /* Adds the gradient in the transformed domain to that of the weights (K, C, 3, 3). */
    void (*winograd_d_weights)(const struct nn_winograd_weights *s, int size, const float *d_packed, float *d_weight);

    /* Between planar and blocked maps, halo set to zero. Any layouts of equal c, h, w, one of them planar. */
    void (*convert)(const struct nn_blocked *from, const float *x, const struct nn_blocked *to, float *y, int n);
    /* y = epilogue of x without pooling; maps of equal lanes. */
    void (*pointwise)(const struct nn_epilogue *e, const struct nn_blocked *x_layout, const float *x,
                      const struct nn_blocked *residual_layout, const float *residual,
                      const struct nn_blocked *y_layout, float *y, int n);
};

/* One output of a pooling window is the largest or the mean of its pixels. */
struct nn_pool_shape {
    int size, stride, pad_h, pad_w;
    bool is_mean;
};
void nn_blocked_pool(const struct nn_pool_shape *pool, const struct nn_blocked *x_layout, const float *x,
                     const struct nn_blocked *y_layout, float *y, int n);

/* Every pixel becomes size x size equal ones. */
void nn_blocked_upsample(int size, const struct nn_blocked *x_layout, const float *x, const struct nn_blocked *y_layout,
                         float *y, int n);

extern const struct nn_fast nn_fast_avx512, nn_fast_avx2, nn_fast_c;

/* Points of a transformed tile: 36 or 16. */
static inline int nn_winograd_points(int size)
{
    return (size + 2) * (size + 2);
}

static inline int nn_round_up(int n, int step)
{
    return (n + step - 1) / step * step;
}

static inline int nn_winograd_n_tiles(const struct nn_winograd *w)
{
    return w->tiles_h * w->tiles_w;
}

size_t nn_winograd_n_weights(const struct nn_fast *fast, int size, int n_out, int n_in);
size_t nn_winograd_n_scratch(const struct nn_fast *fast, int size, int n_out, int n_in, int n_tiles);

/* Tiles that go through the stages together at most: their transforms should stay in the second-level cache. And a balanced
 * share of n_tiles, at most that and n_tiles. */
int nn_winograd_most_tiles(const struct nn_fast *fast, int size, int n_out, int n_in);
int nn_winograd_group(const struct nn_fast *fast, int size, int n_out, int n_in, int n_tiles);

#endif
