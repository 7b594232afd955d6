/* dropout: sets a share p of values to zero in training and scales the rest by 1 / (1 - p) (Srivastava
 * et al. 2014); spatial=1 drops whole channels (Tompson et al. 2015). Nothing in inference.
 * The mask follows from the step's seed and the image's index, not from threads. Saved: the factors. */
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {
    NN_OPTION_REAL(p, .is_required = true, .min = 0, .max = 0.99),
    NN_OPTION_INT(spatial, .min = 0, .max = 1, .standard = 0),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in;
    return FB_OK;
}

static size_t n_saved(const struct nn_layer *layer, int n)
{
    return (size_t)n * nn_shape_image_size(layer->in);
}

static void draw_mask(const struct nn_layer *layer, struct fb_rng *rng, float *mask)
{
    float p = (float)layer->options.p, keep = 1 / (1 - p);
    int plane = layer->in.h * layer->in.w;
    int n_draws = layer->options.spatial ? layer->in.c : layer->in.c * plane;
    int n_each = layer->options.spatial ? plane : 1;
    for (int i = 0; i < n_draws; i++) {
        float factor = fb_rng_float(rng) < p ? 0 : keep;
        for (int j = 0; j < n_each; j++)
            *mask++ = factor;
    }
}

static void multiply(float *to, const float *from, const float *mask, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] * mask[i];
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    for (int i = first; i < first + n; i++) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, pass->seed, (uint64_t)i);
        float *mask = nn_image_mutable(pass->saved, layer->in, i);
        draw_mask(layer, &rng, mask);
        multiply(nn_image_mutable(pass->y, layer->in, i), nn_image(pass->x[0], layer->in, i), mask,
                 nn_shape_image_size(layer->in));
    }
}

static void forward(const struct nn_pass *pass)
{
    if (pass->is_training)
        nn_pass_slices(pass, forward_slice);
    else if (pass->y != pass->x[0])
        memcpy(pass->y, pass->x[0],
               (size_t)pass->n * nn_shape_image_size(pass->layer->in) * sizeof(float));
}

static void backward(const struct nn_pass *pass)
{
    if (pass->dx[0])
        multiply(pass->dx[0], pass->dy, pass->saved,
                 (size_t)pass->n * nn_shape_image_size(pass->layer->in));
}

const struct nn_layer_type nn_layer_dropout = {
    .name = "dropout", .n_inputs = 1, .options = options, .is_in_place = true,
    .is_backward_in_place = true, .infer_shape = infer_shape, .n_saved = n_saved,
    .forward = forward, .backward = backward,
};
