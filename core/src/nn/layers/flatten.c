/* flatten: (C, H, W) as (C*H*W, 1, 1), so that what works by channel works by value. y may lie over x. */
#include "layers/common.h"

#include <string.h>

enum { MAX_VALUES = 1 << 16 };

static const struct nn_option options[] = {{0}};

static int infer_shape(struct nn_layer *layer)
{
    size_t n = nn_shape_image_size(layer->in);
    if (n > MAX_VALUES)
        return fb_fail(FB_ERR_INPUT, "flatten of %dx%dx%d gives %zu values, more than %d", layer->in.c,
                       layer->in.h, layer->in.w, n, MAX_VALUES);
    layer->out = (struct nn_shape){1, (int)n, 1, 1};
    return FB_OK;
}

static void copy(const struct nn_pass *pass, float *to, const float *from)
{
    if (to && to != from)
        memcpy(to, from, (size_t)pass->n * nn_shape_image_size(pass->layer->in) * sizeof(float));
}

static void forward(const struct nn_pass *pass)
{
    copy(pass, pass->y, pass->x[0]);
}

static void backward(const struct nn_pass *pass)
{
    copy(pass, pass->dx[0], pass->dy);
}

const struct nn_layer_type nn_layer_flatten = {
    .name = "flatten", .n_inputs = 1, .options = options, .is_in_place = true,
    .is_backward_in_place = true, .infer_shape = infer_shape, .forward = forward, .backward = backward,
};
