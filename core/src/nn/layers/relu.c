/* relu and leaky: max(x, slope x), slope 0 for relu. Backward needs the sign of x only, which is y's
 * as long as slope >= 0; so y may lie over x. `omp simd`: equal pointers are fine, overlaps do not occur. */
#include "kernels/clones.h"
#include "layers/common.h"

static const struct nn_option relu_options[] = {{0}};
static const struct nn_option leaky_options[] = {
    NN_OPTION_REAL(slope, .min = 0, .max = 1, .standard = 0.1),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in;
    return FB_OK;
}

NN_CLONES static void rectify(float *y, const float *x, size_t n, float slope)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float scaled = x[i] * slope; /* the larger of the two, as 0 <= slope <= 1 */
        y[i] = x[i] > scaled ? x[i] : scaled;
    }
}

NN_CLONES static void rectify_back(float *dx, const float *y, const float *dy, size_t n, float slope)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (y[i] > 0 ? 1 : slope);
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    struct nn_shape shape = pass->layer->in;
    rectify(nn_image_mutable(pass->y, shape, first), nn_image(pass->x[0], shape, first),
            (size_t)n * nn_shape_image_size(shape), (float)pass->layer->options.slope);
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    struct nn_shape shape = pass->layer->in;
    rectify_back(nn_image_mutable(pass->dx[0], shape, first), nn_image(pass->y, shape, first),
                 nn_image(pass->dy, shape, first), (size_t)n * nn_shape_image_size(shape),
                 (float)pass->layer->options.slope);
}

static void backward(const struct nn_pass *pass)
{
    if (pass->dx[0])
        nn_pass_slices(pass, backward_slice);
}

const struct nn_layer_type nn_layer_relu = {
    .name = "relu", .n_inputs = 1, .options = relu_options, .is_in_place = true,
    .is_backward_in_place = true, .needs_output = true, .infer_shape = infer_shape,
    .forward = forward, .backward = backward,
};
const struct nn_layer_type nn_layer_leaky = {
    .name = "leaky", .n_inputs = 1, .options = leaky_options, .is_in_place = true,
    .is_backward_in_place = true, .needs_output = true, .infer_shape = infer_shape,
    .forward = forward, .backward = backward,
};
