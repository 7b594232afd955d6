/* repeat: the input's channels over and over up to `out` of them; a grey picture as the three colours that a
 * network trained on photographs expects. */
#include "kernels/clones.h"
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {
    NN_OPTION_INT(out, .is_required = true, .min = 1, .max = NN_MAX_SIDE),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    if (layer->options.out % layer->in.c)
        return fb_fail(FB_ERR_INPUT, "out=%d is not a multiple of the %d channels above",
                       layer->options.out, layer->in.c);
    layer->out = layer->in;
    layer->out.c = layer->options.out;
    return FB_OK;
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    struct nn_shape in = pass->layer->in, out = pass->layer->out;
    size_t n_each = nn_shape_image_size(in);
    for (int i = first; i < first + n; i++)
        for (int c = 0; c < out.c; c += in.c)
            memcpy(nn_image_mutable(pass->y, out, i) + (size_t)(c / in.c) * n_each,
                   nn_image(pass->x[0], in, i), n_each * sizeof(float));
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

NN_CLONES static void add_to(float *sum, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* dx: the sum of what its copies get */
static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    struct nn_shape in = pass->layer->in, out = pass->layer->out;
    size_t n_each = nn_shape_image_size(in);
    for (int i = first; i < first + n; i++) {
        float *dx = nn_image_mutable(pass->dx[0], in, i);
        memcpy(dx, nn_image(pass->dy, out, i), n_each * sizeof *dx);
        for (int c = in.c; c < out.c; c += in.c)
            add_to(dx, nn_image(pass->dy, out, i) + (size_t)(c / in.c) * n_each, n_each);
    }
}

static void backward(const struct nn_pass *pass)
{
    if (pass->dx[0])
        nn_pass_slices(pass, backward_slice);
}

const struct nn_layer_type nn_layer_repeat = {
    .name = "repeat", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .forward = forward, .backward = backward,
};
