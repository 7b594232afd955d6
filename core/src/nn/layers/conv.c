/* conv: two-dimensional convolution, square kernel, optional bias. The arithmetic is in kernels/. */
#include "kernels/conv.h"
#include "kernels/dispatch.h"
#include "layer.h"
#include "layers/common.h"

static const struct nn_option options[] = {
    NN_OPTION_INT(out, .is_required = true, .min = 1, .max = NN_MAX_SIDE),
    NN_OPTION_INT(kernel, .is_required = true, .min = 1, .max = 31),
    NN_OPTION_INT(stride, .min = 1, .max = 31, .standard = 1),
    NN_OPTION_INT(pad, .min = 0, .max = 30, .standard = NN_PAD_SAME,
                  .words = {{"same", NN_PAD_SAME}, {"valid", 0}}),
    NN_OPTION_INT(bias, .min = 0, .max = 1, .standard = 1),
    {0},
};

static struct nn_conv_shape conv_shape(const struct nn_layer *layer)
{
    const struct nn_layer_options *o = &layer->options;
    struct nn_conv_shape shape = {
        .in_c = layer->in.c, .in_h = layer->in.h, .in_w = layer->in.w, .out_c = layer->out.c,
        .kernel = o->kernel, .stride = o->stride,
    };
    /* cannot fail: infer_shape has been through it */
    if (nn_window_out(shape.in_h, o->kernel, o->stride, o->pad, &shape.out_h, &shape.pad_h) ||
        nn_window_out(shape.in_w, o->kernel, o->stride, o->pad, &shape.out_w, &shape.pad_w))
        return (struct nn_conv_shape){0};
    return shape;
}

static int infer_shape(struct nn_layer *layer)
{
    const struct nn_layer_options *o = &layer->options;
    int pad;
    layer->out = (struct nn_shape){1, o->out, 0, 0};
    int status = nn_window_out(layer->in.h, o->kernel, o->stride, o->pad, &layer->out.h, &pad);
    if (!status)
        status = nn_window_out(layer->in.w, o->kernel, o->stride, o->pad, &layer->out.w, &pad);
    if (status)
        return status;
    nn_layer_param(layer, "weight", NN_PARAM_WEIGHT, 4,
                   (int[]){o->out, layer->in.c, o->kernel, o->kernel});
    if (o->bias)
        nn_layer_param(layer, "bias", NN_PARAM_BIAS, 1, (int[]){o->out});
    return FB_OK;
}

static const struct nn_conv_kernel *choose(enum nn_kernel kernel, struct nn_conv_shape *shape)
{
    shape->fast = nn_fast_of(kernel);
    if (nn_conv_suits_winograd(shape))
        return &nn_conv_winograd;
    if (nn_conv_suits_direct(shape))
        return &nn_conv_direct;
    return kernel == NN_KERNEL_PLAIN ? &nn_conv_plain : &nn_conv_gemm;
}

/* Scratch: the kernel's, and, for slices after the first, gradients of their own to be summed later. */
static size_t n_scratch(const struct nn_layer *layer, bool is_training, enum nn_kernel kernel)
{
    struct nn_conv_shape shape = conv_shape(layer);
    return choose(kernel, &shape)->n_scratch(&shape) + (is_training ? nn_gradients_size(layer) : 0);
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    const struct nn_layer *layer = pass->layer;
    struct nn_conv_shape shape = conv_shape(layer);
    const struct nn_conv_kernel *kernel = choose(pass->kernel, &shape);
    kernel->forward(&shape, n, nn_image(pass->x[0], layer->in, first), layer->params[0].value,
                    layer->n_params > 1 ? layer->params[1].value : NULL,
                    nn_image_mutable(pass->y, layer->out, first), nn_scratch(pass, slice));
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    const struct nn_layer *layer = pass->layer;
    struct nn_conv_shape shape = conv_shape(layer);
    const struct nn_conv_kernel *kernel = choose(pass->kernel, &shape);
    const float *dy = nn_image(pass->dy, layer->out, first);
    float *own, *dweight = nn_slice_gradients(pass, slice, &own);
    kernel->backward_weight(&shape, n, nn_image(pass->x[0], layer->in, first), dy, dweight, own);
    if (layer->n_params > 1)
        nn_add_channel_sums(dy, n, layer->out, nn_slice_gradient(pass, slice, 1));
    if (pass->dx[0])
        kernel->backward_data(&shape, n, dy, layer->params[0].value,
                              nn_image_mutable(pass->dx[0], layer->in, first), own);
}

static void backward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, backward_slice);
    nn_sum_slice_gradients(pass);
}

static double n_macs(const struct nn_layer *layer)
{
    return (double)nn_shape_size(layer->out) * layer->in.c * layer->options.kernel *
           layer->options.kernel;
}

const struct nn_layer_type nn_layer_conv = {
    .name = "conv", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .init = nn_init_fan_in, .n_scratch = n_scratch, .forward = forward, .backward = backward,
    .n_macs = n_macs,
};
