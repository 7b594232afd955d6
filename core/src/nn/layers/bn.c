/* bn: batch normalisation per channel (Ioffe and Szegedy 2015). Training normalises with the batch's
 * mean and variance (over N, H, W) and moves the running ones; inference and a frozen layer use the running ones.
 * Saved for backward: mean and 1 / deviation of each channel. */
#include "kernels/clones.h"
#include "layers/common.h"

#include <math.h>

enum { SCALE, SHIFT, MEAN, VARIANCE };

static const struct nn_option options[] = {
    NN_OPTION_REAL(momentum, .min = 0, .max = 1, .standard = 0.1), /* share of the new batch */
    NN_OPTION_REAL(epsilon, .min = 1e-12, .max = 1, .standard = 1e-5),
    {0},
};

static int infer_shape(struct nn_layer *layer)
{
    layer->out = layer->in;
    const int dims[] = {layer->in.c};
    nn_layer_param(layer, "scale", NN_PARAM_SCALE, 1, dims);
    nn_layer_param(layer, "shift", NN_PARAM_BIAS, 1, dims);
    nn_layer_param(layer, "mean", NN_PARAM_STATISTIC, 1, dims);
    nn_layer_param(layer, "variance", NN_PARAM_STATISTIC, 1, dims);
    return FB_OK;
}

static void init(struct nn_layer *layer, struct fb_rng *rng)
{
    (void)rng;
    for (int c = 0; c < layer->in.c; c++) {
        layer->params[SCALE].value[c] = 1;
        layer->params[VARIANCE].value[c] = 1;
    }
}

static size_t n_saved(const struct nn_layer *layer, int n)
{
    (void)n;
    return 2 * (size_t)layer->in.c;
}

/* Mean and sum of squared differences from it. */
NN_CLONES static void plane_moments(const float *x, int n, float *mean, float *m2)
{
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += x[i];
    float m = sum / (float)n;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < n; i++)
        squares += (x[i] - m) * (x[i] - m);
    *mean = m;
    *m2 = squares;
}

/* Joins the planes' moments (Chan, Golub and LeVeque 1979); *m2 becomes the variance over the batch. */
static void batch_moments(const float *x, int n, struct nn_shape shape, int c, double *mean, double *m2)
{
    int plane = shape.h * shape.w;
    *mean = *m2 = 0;
    for (int i = 0; i < n; i++) {
        float plane_mean, plane_m2;
        plane_moments(nn_image(x, shape, i) + (ptrdiff_t)c * plane, plane, &plane_mean, &plane_m2);
        double delta = (double)plane_mean - *mean;
        *mean += delta / (i + 1);
        *m2 += (double)plane_m2 + delta * delta * plane * i / (i + 1);
    }
    *m2 /= (double)n * plane;
}

NN_CLONES static void scale_plane(float *y, const float *x, int n, float scale, float shift)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        y[i] = x[i] * scale + shift;
}

static void move_statistics(const struct nn_layer *layer, int c, double mean, double variance, double count)
{
    double share = layer->options.momentum;
    double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    float *running_mean = layer->params[MEAN].value + c, *running = layer->params[VARIANCE].value + c;
    *running_mean = (float)((1 - share) * (double)*running_mean + share * mean);
    *running = (float)((1 - share) * (double)*running + share * unbiased);
}

static void forward_channels(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int plane = layer->in.h * layer->in.w;
    for (int c = first; c < first + n; c++) {
        double mean = (double)layer->params[MEAN].value[c];
        double variance = (double)layer->params[VARIANCE].value[c];
        if (pass->is_training && !pass->is_frozen) {
            batch_moments(pass->x[0], pass->n, layer->in, c, &mean, &variance);
            move_statistics(layer, c, mean, variance, (double)pass->n * plane);
        }
        float inverse = (float)(1 / sqrt(variance + layer->options.epsilon));
        if (pass->is_training) {
            pass->saved[c] = (float)mean;
            pass->saved[layer->in.c + c] = inverse;
        }
        float scale = layer->params[SCALE].value[c] * inverse;
        float shift = layer->params[SHIFT].value[c] - (float)mean * scale;
        for (int i = 0; i < pass->n; i++)
            scale_plane(nn_image_mutable(pass->y, layer->in, i) + (ptrdiff_t)c * plane,
                        nn_image(pass->x[0], layer->in, i) + (ptrdiff_t)c * plane, plane, scale, shift);
    }
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_ranges(pass, pass->layer->in.c, forward_channels);
}

NN_CLONES static void plane_sums(const float *x, const float *dy, int n, float mean, double *sum,
                                 double *product)
{
    float s = 0, p = 0;
#pragma omp simd reduction(+ : s, p)
    for (int i = 0; i < n; i++) {
        s += dy[i];
        p += dy[i] * (x[i] - mean);
    }
    *sum += (double)s;
    *product += (double)p;
}

NN_CLONES static void plane_gradient(float *dx, const float *x, const float *dy, int n, float of_dy,
                                     float of_x, float constant)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        dx[i] = of_dy * dy[i] + of_x * x[i] + constant;
}

/* dx = scale / deviation (dy - mean(dy) - xhat mean(dy xhat)), of a frozen layer scale / deviation dy */
static void backward_channels(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int plane = layer->in.h * layer->in.w;
    double count = (double)pass->n * plane;
    for (int c = first; c < first + n; c++) {
        float mean = pass->saved[c], inverse = pass->saved[layer->in.c + c];
        double sum = 0, product = 0;
        for (int i = 0; i < pass->n; i++) {
            ptrdiff_t at = (ptrdiff_t)i * (ptrdiff_t)nn_shape_image_size(layer->in) + (ptrdiff_t)c * plane;
            plane_sums(pass->x[0] + at, pass->dy + at, plane, mean, &sum, &product);
        }
        product *= (double)inverse; /* sum of dy xhat */
        nn_pass_gradient(pass, SCALE)[c] += (float)product;
        nn_pass_gradient(pass, SHIFT)[c] += (float)sum;
        if (!pass->dx[0])
            continue;
        double of_dy = (double)(layer->params[SCALE].value[c] * inverse);
        double of_x = pass->is_frozen ? 0 : -of_dy * (double)inverse * product / count;
        double constant = pass->is_frozen ? 0 : -of_dy * sum / count - of_x * (double)mean;
        for (int i = 0; i < pass->n; i++) {
            ptrdiff_t at = (ptrdiff_t)i * (ptrdiff_t)nn_shape_image_size(layer->in) + (ptrdiff_t)c * plane;
            plane_gradient(pass->dx[0] + at, pass->x[0] + at, pass->dy + at, plane, (float)of_dy,
                           (float)of_x, (float)constant);
        }
    }
}

static void backward(const struct nn_pass *pass)
{
    nn_pass_ranges(pass, pass->layer->in.c, backward_channels);
}

const struct nn_layer_type nn_layer_bn = {
    .name = "bn", .n_inputs = 1, .options = options, .is_backward_in_place = true,
    .infer_shape = infer_shape, .init = init, .n_saved = n_saved, .forward = forward,
    .backward = backward,
};
