/* Convolution kernels: the plain one is every other's oracle.
 * All are single-threaded over the images given. Weights (K, C / groups, kernel, kernel). */
#ifndef NN_KERNELS_CONV_H
#define NN_KERNELS_CONV_H

#include <stdbool.h>
#include <stddef.h>

struct nn_fast;

struct nn_conv_shape {
    int in_c, in_h, in_w;
    int out_c, out_h, out_w;
    int kernel, stride;
    int pad_h, pad_w; /* before the first row and column; after the last follows from the sizes */
    const struct nn_fast *fast; /* what nn_conv_winograd and _direct compute with; the others take no notice */
};

struct nn_conv_kernel {
    const char *name;
    /* Floats of scratch for any of the three. */
    size_t (*n_scratch)(const struct nn_conv_shape *shape);
    /* x: (n, C, H, W), bias: (K) or NULL, y: (n, K, H', W'), overwritten. */
    void (*forward)(const struct nn_conv_shape *shape, int n, const float *x, const float *weight,
                    const float *bias, float *y, float *scratch);
    /* dx: (n, C, H, W), overwritten. */
    void (*backward_data)(const struct nn_conv_shape *shape, int n, const float *dy,
                          const float *weight, float *dx, float *scratch);
    /* dweight: (K, C, kernel, kernel), added to. */
    void (*backward_weight)(const struct nn_conv_shape *shape, int n, const float *x, const float *dy,
                            float *dweight, float *scratch);
};

extern const struct nn_conv_kernel nn_conv_plain, nn_conv_gemm, nn_conv_winograd, nn_conv_direct;

/* Whether these can do this shape, and are worth it. */
bool nn_conv_suits_winograd(const struct nn_conv_shape *shape);
bool nn_conv_suits_direct(const struct nn_conv_shape *shape);

#endif
