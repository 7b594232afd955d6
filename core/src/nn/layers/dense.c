/* dense: fully connected; the input is taken as one vector (C, H, W) an image. */
#include "layers/common.h"

#include <cblas.h>
#include <string.h>

static const struct nn_option options[] = {
    NN_OPTION_INT(out, .is_required = true, .min = 1, .max = NN_MAX_SIDE),
    NN_OPTION_INT(bias, .min = 0, .max = 1, .standard = 1),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    size_t n_in = nn_shape_image_size(layer->in), out = (size_t)layer->options.out;
    if (n_in > NN_MAX_ELEMENTS / out)
        return fb_fail(FB_ERR_INPUT, "%zu x %zu weights are more than the limit of %d", out, n_in,
                       NN_MAX_ELEMENTS);
    layer->out = (struct nn_shape){1, layer->options.out, 1, 1};
    nn_layer_param(layer, "weight", NN_PARAM_WEIGHT, 2, (int[]){layer->options.out, (int)n_in});
    if (layer->options.bias)
        nn_layer_param(layer, "bias", NN_PARAM_BIAS, 1, (int[]){layer->options.out});
    return FB_OK;
}

static size_t n_scratch(const struct nn_layer *layer, bool is_training, enum nn_kernel kernel)
{
    (void)kernel;
    return is_training ? nn_gradients_size(layer) : 0;
}

/* y (n, K) = x (n, C) weight (K, C)^T + bias */
static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int k = layer->out.c, c = (int)nn_shape_image_size(layer->in);
    const float *x = nn_image(pass->x[0], layer->in, first), *weight = layer->params[0].value;
    float *y = nn_image_mutable(pass->y, layer->out, first);
    for (int i = 0; i < n; i++) {
        if (layer->n_params > 1)
            memcpy(y + (size_t)i * (size_t)k, layer->params[1].value, (size_t)k * sizeof *y);
        else
            memset(y + (size_t)i * (size_t)k, 0, (size_t)k * sizeof *y);
    }
    if (n == 1) /* sgemm with one row is over ten times slower */
        cblas_sgemv(CblasRowMajor, CblasNoTrans, k, c, 1, weight, c, x, 1, 1, y, 1);
    else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, k, c, 1, x, c, weight, c, 1, y, k);
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    const struct nn_layer *layer = pass->layer;
    int k = layer->out.c, c = (int)nn_shape_image_size(layer->in);
    const float *x = nn_image(pass->x[0], layer->in, first);
    const float *dy = nn_image(pass->dy, layer->out, first);
    float *rest, *dweight = nn_slice_gradients(pass, slice, &rest);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, c, n, 1, dy, k, x, c, 1, dweight, c);
    if (layer->n_params > 1)
        nn_add_channel_sums(dy, n, layer->out, nn_slice_gradient(pass, slice, 1));
    if (pass->dx[0])
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, c, k, 1, dy, k,
                    layer->params[0].value, c, 0, nn_image_mutable(pass->dx[0], layer->in, first), c);
}

static void backward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, backward_slice);
    nn_sum_slice_gradients(pass);
}

static double n_macs(const struct nn_layer *layer)
{
    return (double)layer->params[0].n;
}

const struct nn_layer_type nn_layer_dense = {
    .name = "dense", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .init = nn_init_fan_in, .n_scratch = n_scratch, .forward = forward, .backward = backward,
    .n_macs = n_macs,
};
