/* upsample: every pixel becomes a square of size x size equal ones, for a feature pyramid's way down. */
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {
    NN_OPTION_INT(size, .min = 2, .max = 16, .standard = 2),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in;
    layer->out.h *= layer->options.size;
    layer->out.w *= layer->options.size;
    if (layer->out.h > NN_MAX_SIDE || layer->out.w > NN_MAX_SIDE)
        return fb_fail(FB_ERR_INPUT, "upsample makes it larger than %d pixels", NN_MAX_SIDE);
    return FB_OK;
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int size = layer->options.size, out_w = layer->out.w;
    const float *x = nn_image(pass->x[0], layer->in, first);
    float *y = nn_image_mutable(pass->y, layer->out, first);
    for (int row = 0; row < n * layer->in.c * layer->in.h; row++, x += layer->in.w, y += (ptrdiff_t)size * out_w) {
        for (int w = 0; w < out_w; w++)
            y[w] = x[w / size];
        for (int i = 1; i < size; i++)
            memcpy(y + (ptrdiff_t)i * out_w, y, (size_t)out_w * sizeof *y);
    }
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int size = layer->options.size, out_w = layer->out.w;
    const float *dy = nn_image(pass->dy, layer->out, first);
    float *dx = nn_image_mutable(pass->dx[0], layer->in, first);
    for (int row = 0; row < n * layer->in.c * layer->in.h; row++, dx += layer->in.w) {
        memset(dx, 0, (size_t)layer->in.w * sizeof *dx);
        for (int i = 0; i < size; i++, dy += out_w)
            for (int w = 0; w < out_w; w++)
                dx[w / size] += dy[w];
    }
}

static void backward(const struct nn_pass *pass)
{
    if (pass->dx[0])
        nn_pass_slices(pass, backward_slice);
}

const struct nn_layer_type nn_layer_upsample = {
    .name = "upsample", .n_inputs = 1, .options = options, .infer_shape = infer_shape, .forward = forward,
    .backward = backward,
};
