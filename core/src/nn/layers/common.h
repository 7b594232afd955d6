/* Helpers of several layers: addressing images and scratch, summing the slices' gradients. */
#ifndef NN_LAYERS_COMMON_H
#define NN_LAYERS_COMMON_H

#include "layer.h"

static inline const float *nn_image(const float *tensor, struct nn_shape shape, int i)
{
    return tensor + (size_t)i * nn_shape_image_size(shape);
}

static inline float *nn_image_mutable(float *tensor, struct nn_shape shape, int i)
{
    return tensor + (size_t)i * nn_shape_image_size(shape);
}

static inline float *nn_scratch(const struct nn_pass *pass, int slice)
{
    return pass->scratch + (size_t)slice * pass->n_scratch;
}

/* Floats a slice needs for gradients of its own, which lie at the front of its scratch; whole cache lines. */
size_t nn_gradients_size(const struct nn_layer *layer);
/* Where slice's gradient of parameter 0 goes: the real one for slice 0, else zeroed scratch; *rest is
 * the scratch behind it. Call once per slice, before nn_slice_gradient. */
float *nn_slice_gradients(const struct nn_pass *pass, int slice, float **rest);
float *nn_slice_gradient(const struct nn_pass *pass, int slice, int param);
/* After all slices: adds slices 1.. to the real gradients, in order. */
void nn_sum_slice_gradients(const struct nn_pass *pass);

/* sums[c] += sum over images and pixels of t (n, C, H, W). */
void nn_add_channel_sums(const float *t, int n, struct nn_shape shape, float *sums);

/* Weight 0 normal with deviation sqrt(2 / fan-in), the rest zero. */
void nn_init_fan_in(struct nn_layer *layer, struct fb_rng *rng);

#endif
