/* See common.h. */
#include "layers/common.h"

#include "kernels/clones.h"

#include <math.h>
#include <string.h>

size_t nn_gradients_size(const struct nn_layer *layer)
{
    size_t n = 0;
    for (int i = 0; i < layer->n_params; i++)
        n += layer->params[i].n;
    return fb_arena_padded(n * sizeof(float)) / sizeof(float);
}

float *nn_slice_gradient(const struct nn_pass *pass, int slice, int param)
{
    if (slice == 0)
        return nn_pass_gradient(pass, param);
    float *own = nn_scratch(pass, slice);
    for (int i = 0; i < param; i++)
        own += pass->layer->params[i].n;
    return own;
}

float *nn_slice_gradients(const struct nn_pass *pass, int slice, float **rest)
{
    float *scratch = nn_scratch(pass, slice);
    size_t n = nn_gradients_size(pass->layer);
    *rest = scratch + n;
    if (slice == 0)
        return nn_pass_gradient(pass, 0);
    memset(scratch, 0, n * sizeof *scratch);
    return scratch;
}

void nn_sum_slice_gradients(const struct nn_pass *pass)
{
    /* slices without images have not been called and have nothing in their scratch */
    for (int s = 1; s < pass->n_slices; s++) {
        if ((int64_t)pass->n * s / pass->n_slices == (int64_t)pass->n * (s + 1) / pass->n_slices)
            continue;
        for (int i = 0; i < pass->layer->n_params; i++) {
            float *sum = nn_pass_gradient(pass, i);
            const float *own = nn_slice_gradient(pass, s, i);
            for (size_t j = 0; j < pass->layer->params[i].n; j++)
                sum[j] += own[j];
        }
    }
}

NN_CLONES static float sum_of(const float *x, size_t n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

void nn_add_channel_sums(const float *t, int n, struct nn_shape shape, float *sums)
{
    size_t plane = (size_t)shape.h * (size_t)shape.w;
    for (int i = 0; i < n; i++)
        for (int c = 0; c < shape.c; c++, t += plane)
            sums[c] += sum_of(t, plane);
}

void nn_init_fan_in(struct nn_layer *layer, struct fb_rng *rng)
{
    const struct nn_param *weight = &layer->params[0];
    float deviation = sqrtf(2.0f * (float)weight->shape[0] / (float)weight->n);
    for (size_t i = 0; i < weight->n; i++)
        weight->value[i] = deviation * fb_rng_normal(rng);
}
