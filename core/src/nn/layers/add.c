/* add: the sum of two equal shapes, a residual block's end. y may lie over the first input. */
#include "kernels/clones.h"
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {{0}};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in; /* net.c has checked that the second input is equal */
    return FB_OK;
}

NN_CLONES static void add(float *y, const float *a, const float *b, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    struct nn_shape shape = pass->layer->in;
    add(nn_image_mutable(pass->y, shape, first), nn_image(pass->x[0], shape, first),
        nn_image(pass->x[1], shape, first), (size_t)n * nn_shape_image_size(shape));
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

/* dx[1] first: dx[0] may be dy itself */
static void backward(const struct nn_pass *pass)
{
    size_t n_bytes = (size_t)pass->n * nn_shape_image_size(pass->layer->in) * sizeof(float);
    for (int i = 1; i >= 0; i--)
        if (pass->dx[i] && pass->dx[i] != pass->dy)
            memcpy(pass->dx[i], pass->dy, n_bytes);
}

const struct nn_layer_type nn_layer_add = {
    .name = "add", .n_inputs = 2, .options = options, .is_in_place = true,
    .is_backward_in_place = true, .infer_shape = infer_shape, .forward = forward,
    .backward = backward,
};
