/* join: the pixels of two maps of as many channels, one map's after the other's: (C, 1, H W + H' W'). The outputs of a net
 * with several, a detector's of each stride, become one this way. */
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {{0}};

static int plane_of(struct nn_shape shape)
{
    return shape.h * shape.w;
}

static int infer_shape(struct nn_layer *layer)
{
    if (layer->in.c != layer->second_in.c)
        return fb_fail(FB_ERR_INPUT, "join needs as many channels from both; there are %d and %d", layer->in.c,
                       layer->second_in.c);
    layer->out = (struct nn_shape){1, layer->in.c, 1, plane_of(layer->in) + plane_of(layer->second_in)};
    return FB_OK;
}

static void forward(const struct nn_pass *pass)
{
    const struct nn_layer *layer = pass->layer;
    size_t n_first = (size_t)plane_of(layer->in), n_second = (size_t)plane_of(layer->second_in);
    float *y = pass->y;
    for (size_t i = 0; i < (size_t)(pass->n * layer->in.c); i++, y += n_first + n_second) {
        memcpy(y, pass->x[0] + i * n_first, n_first * sizeof *y);
        memcpy(y + n_first, pass->x[1] + i * n_second, n_second * sizeof *y);
    }
}

static void backward(const struct nn_pass *pass)
{
    const struct nn_layer *layer = pass->layer;
    size_t n_first = (size_t)plane_of(layer->in), n_second = (size_t)plane_of(layer->second_in);
    const float *dy = pass->dy;
    for (size_t i = 0; i < (size_t)(pass->n * layer->in.c); i++, dy += n_first + n_second) {
        if (pass->dx[0])
            memcpy(pass->dx[0] + i * n_first, dy, n_first * sizeof *dy);
        if (pass->dx[1])
            memcpy(pass->dx[1] + i * n_second, dy + n_first, n_second * sizeof *dy);
    }
}

const struct nn_layer_type nn_layer_join = {
    .name = "join", .n_inputs = 2, .takes_unequal = true, .options = options, .infer_shape = infer_shape,
    .forward = forward, .backward = backward,
};
