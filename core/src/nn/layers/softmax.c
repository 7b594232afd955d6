/* softmax over the channels of each pixel. */
#include "layers/common.h"

#include <math.h>

static const struct nn_option options[] = {{0}};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in;
    return FB_OK;
}

/* Channels of one pixel lie `plane` floats apart. */
static void soften(const float *x, float *y, int n_channels, ptrdiff_t plane)
{
    float max = x[0], sum = 0;
    for (int c = 1; c < n_channels; c++)
        max = fmaxf(max, x[c * plane]);
    for (int c = 0; c < n_channels; c++)
        sum += y[c * plane] = expf(x[c * plane] - max);
    for (int c = 0; c < n_channels; c++)
        y[c * plane] /= sum;
}

static void forward(const struct nn_pass *pass)
{
    struct nn_shape shape = pass->layer->in;
    ptrdiff_t plane = (ptrdiff_t)shape.h * shape.w;
    for (int i = 0; i < pass->n; i++)
        for (ptrdiff_t j = 0; j < plane; j++)
            soften(nn_image(pass->x[0], shape, i) + j, nn_image_mutable(pass->y, shape, i) + j, shape.c,
                   plane);
}

/* dx = y (dy - sum(dy y)) */
static void backward(const struct nn_pass *pass)
{
    struct nn_shape shape = pass->layer->in;
    ptrdiff_t plane = (ptrdiff_t)shape.h * shape.w;
    if (!pass->dx[0])
        return;
    for (int i = 0; i < pass->n; i++)
        for (ptrdiff_t j = 0; j < plane; j++) {
            const float *y = nn_image(pass->y, shape, i) + j, *dy = nn_image(pass->dy, shape, i) + j;
            float *dx = nn_image_mutable(pass->dx[0], shape, i) + j, sum = 0;
            for (int c = 0; c < shape.c; c++)
                sum += y[c * plane] * dy[c * plane];
            for (int c = 0; c < shape.c; c++)
                dx[c * plane] = y[c * plane] * (dy[c * plane] - sum);
        }
}

const struct nn_layer_type nn_layer_softmax = {
    .name = "softmax", .n_inputs = 1, .options = options, .needs_output = true,
    .infer_shape = infer_shape, .forward = forward, .backward = backward,
};
