/* See reference.h. */
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t at(struct nn_shape s, int i, int c, int h, int w)
{
    return (((size_t)i * (size_t)s.c + (size_t)c) * (size_t)s.h + (size_t)h) * (size_t)s.w + (size_t)w;
}

static const double *param(const struct reference *r, const struct nn_layer *layer, int i)
{
    return r->values + layer->params[i].offset;
}

/* First input row or column of a window, before clipping. */
static int window_first(int in, int out, int o, int kernel, int stride, int pad)
{
    if (pad == NN_PAD_SAME) {
        int total = (out - 1) * stride + kernel - in;
        pad = total > 0 ? total / 2 : 0;
    }
    return o * stride - pad;
}

static void conv(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    const struct nn_layer_options *o = &l->options;
    const double *weight = param(r, l, 0), *bias = l->n_params > 1 ? param(r, l, 1) : NULL;
    struct nn_shape window = {1, l->in.c, o->kernel, o->kernel};
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < l->out.c; k++)
            for (int oh = 0; oh < l->out.h; oh++)
                for (int ow = 0; ow < l->out.w; ow++) {
                    int h0 = window_first(l->in.h, l->out.h, oh, o->kernel, o->stride, o->pad);
                    int w0 = window_first(l->in.w, l->out.w, ow, o->kernel, o->stride, o->pad);
                    double sum = bias ? bias[k] : 0;
                    for (int c = 0; c < l->in.c; c++)
                        for (int a = 0; a < o->kernel; a++)
                            for (int b = 0; b < o->kernel; b++)
                                if (h0 + a >= 0 && h0 + a < l->in.h && w0 + b >= 0 && w0 + b < l->in.w)
                                    sum += x[at(l->in, i, c, h0 + a, w0 + b)] * weight[at(window, k, c, a, b)];
                    y[at(l->out, i, k, oh, ow)] = sum;
                }
}

static void depthwise(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    const struct nn_layer_options *o = &l->options;
    for (int i = 0; i < r->n; i++)
        for (int c = 0; c < l->out.c; c++)
            for (int oh = 0; oh < l->out.h; oh++)
                for (int ow = 0; ow < l->out.w; ow++) {
                    double sum = l->n_params > 1 ? param(r, l, 1)[c] : 0;
                    for (int a = 0; a < o->kernel; a++)
                        for (int b = 0; b < o->kernel; b++) {
                            int h = window_first(l->in.h, l->out.h, oh, o->kernel, o->stride, o->pad) + a;
                            int w = window_first(l->in.w, l->out.w, ow, o->kernel, o->stride, o->pad) + b;
                            if (h >= 0 && h < l->in.h && w >= 0 && w < l->in.w)
                                sum += x[at(l->in, i, c, h, w)] * param(r, l, 0)[(c * o->kernel + a) * o->kernel + b];
                        }
                    y[at(l->out, i, c, oh, ow)] = sum;
                }
}

static void upsample(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    for (int i = 0; i < r->n; i++)
        for (int c = 0; c < l->out.c; c++)
            for (int h = 0; h < l->out.h; h++)
                for (int w = 0; w < l->out.w; w++)
                    y[at(l->out, i, c, h, w)] = x[at(l->in, i, c, h / l->options.size, w / l->options.size)];
}

static void join(const struct reference *r, const struct nn_layer *l, const double *a, const double *b, double *y)
{
    int n_a = l->in.h * l->in.w, n_b = l->out.w - n_a;
    for (int i = 0; i < r->n * l->out.c; i++)
        for (int j = 0; j < n_a + n_b; j++)
            *y++ = j < n_a ? a[i * n_a + j] : b[i * n_b + j - n_a];
}

static void dense(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    size_t n_in = nn_shape_image_size(l->in), n_out = (size_t)l->out.c;
    for (size_t i = 0; i < (size_t)r->n; i++)
        for (size_t k = 0; k < n_out; k++) {
            double sum = l->n_params > 1 ? param(r, l, 1)[k] : 0;
            for (size_t c = 0; c < n_in; c++)
                sum += x[i * n_in + c] * param(r, l, 0)[k * n_in + c];
            y[i * n_out + k] = sum;
        }
}

static void bn(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    double count = (double)r->n * l->in.h * l->in.w;
    for (int c = 0; c < l->in.c; c++) {
        double mean = param(r, l, 2)[c], variance = param(r, l, 3)[c];
        if (r->is_training)
            mean = variance = 0;
        for (int pass = 0; pass < 3; pass++)
            for (int i = 0; i < r->n; i++)
                for (int h = 0; h < l->in.h; h++)
                    for (int w = 0; w < l->in.w; w++) {
                        size_t j = at(l->in, i, c, h, w);
                        if (pass == 0 && r->is_training)
                            mean += x[j] / count;
                        if (pass == 1 && r->is_training)
                            variance += (x[j] - mean) * (x[j] - mean) / count;
                        if (pass == 2)
                            y[j] = (x[j] - mean) / sqrt(variance + l->options.epsilon) * param(r, l, 0)[c] +
                                   param(r, l, 1)[c];
                    }
    }
}

static void pool(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    bool is_max = !strcmp(l->type->name, "maxpool"), is_global = !strcmp(l->type->name, "globalpool");
    const struct nn_layer_options *o = &l->options;
    int size_h = is_global ? l->in.h : o->size, size_w = is_global ? l->in.w : o->size;
    for (int i = 0; i < r->n; i++)
        for (int c = 0; c < l->in.c; c++)
            for (int oh = 0; oh < l->out.h; oh++)
                for (int ow = 0; ow < l->out.w; ow++) {
                    int h0 = is_global ? 0 : window_first(l->in.h, l->out.h, oh, size_h, o->stride, o->pad);
                    int w0 = is_global ? 0 : window_first(l->in.w, l->out.w, ow, size_w, o->stride, o->pad);
                    double max = -HUGE_VAL, sum = 0;
                    int n = 0;
                    for (int h = h0; h < h0 + size_h; h++)
                        for (int w = w0; w < w0 + size_w; w++)
                            if (h >= 0 && h < l->in.h && w >= 0 && w < l->in.w) {
                                max = fmax(max, x[at(l->in, i, c, h, w)]);
                                sum += x[at(l->in, i, c, h, w)];
                                n++;
                            }
                    y[at(l->out, i, c, oh, ow)] = is_max ? max : sum / n;
                }
}

/* The masks' numbers are part of the contract (seed, image, order), so they are drawn again here. */
static void dropout(const struct reference *r, const struct nn_layer *l, uint64_t seed, const double *x,
                    double *y)
{
    int plane = l->in.h * l->in.w;
    for (int i = 0; i < r->n; i++) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, seed, (uint64_t)i);
        double factor = 1;
        for (int j = 0; j < l->in.c * plane; j++) {
            if (r->is_training && (!l->options.spatial || j % plane == 0))
                factor = (double)fb_rng_float(&rng) < l->options.p ? 0 : 1 / (1 - l->options.p);
            y[i * l->in.c * plane + j] = x[i * l->in.c * plane + j] * factor;
        }
    }
}

static void softmax(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    for (int i = 0; i < r->n; i++)
        for (int h = 0; h < l->in.h; h++)
            for (int w = 0; w < l->in.w; w++) {
                double sum = 0;
                for (int c = 0; c < l->in.c; c++)
                    sum += exp(x[at(l->in, i, c, h, w)]);
                for (int c = 0; c < l->in.c; c++)
                    y[at(l->in, i, c, h, w)] = exp(x[at(l->in, i, c, h, w)]) / sum;
            }
}

/* repeat; flatten is the same with one repetition */
static void repeat(const struct reference *r, const struct nn_layer *l, const double *x, double *y)
{
    size_t n_in = nn_shape_image_size(l->in), n_out = nn_shape_image_size(l->out);
    for (size_t i = 0; i < (size_t)r->n; i++)
        for (size_t j = 0; j < n_out; j++)
            y[i * n_out + j] = x[i * n_in + j % n_in];
}

static void elementwise(const struct reference *r, const struct nn_layer *l, const double *a,
                        const double *b, double *y)
{
    const char *type = l->type->name;
    for (size_t i = 0; i < (size_t)r->n * nn_shape_image_size(l->in); i++)
        if (!strcmp(type, "relu"))
            y[i] = a[i] > 0 ? a[i] : 0;
        else if (!strcmp(type, "leaky"))
            y[i] = a[i] > 0 ? a[i] : a[i] * l->options.slope;
        else if (!strcmp(type, "add"))
            y[i] = a[i] + b[i];
        else
            abort(); /* a layer the reference does not know */
}

void reference_init(struct reference *r, const struct nn_net *net, int n)
{
    *r = (struct reference){.net = net, .n = n, .is_training = true};
    for (int i = 0; i < net->n_layers; i++)
        r->outputs[i] = calloc((size_t)n * nn_shape_image_size(net->layers[i].out), sizeof(double));
}

void reference_finish(struct reference *r)
{
    for (int i = 0; i < r->net->n_layers; i++)
        free(r->outputs[i]);
}

void reference_forward(struct reference *r, const float *input)
{
    for (size_t i = 0; i < (size_t)r->n * nn_shape_image_size(r->net->layers[0].out); i++)
        r->outputs[0][i] = (double)input[i];
    for (int i = 1; i < r->net->n_layers; i++) {
        const struct nn_layer *l = &r->net->layers[i];
        const double *x = r->outputs[l->inputs[0]];
        const double *second = l->type->n_inputs > 1 ? r->outputs[l->inputs[1]] : NULL;
        double *y = r->outputs[i];
        if (!strcmp(l->type->name, "conv"))
            conv(r, l, x, y);
        else if (!strcmp(l->type->name, "dense"))
            dense(r, l, x, y);
        else if (!strcmp(l->type->name, "depthwise"))
            depthwise(r, l, x, y);
        else if (!strcmp(l->type->name, "upsample"))
            upsample(r, l, x, y);
        else if (!strcmp(l->type->name, "join"))
            join(r, l, x, second, y);
        else if (!strcmp(l->type->name, "bn"))
            bn(r, l, x, y);
        else if (strstr(l->type->name, "pool"))
            pool(r, l, x, y);
        else if (!strcmp(l->type->name, "dropout"))
            dropout(r, l, r->seed ^ ((uint64_t)i << 48), x, y);
        else if (!strcmp(l->type->name, "softmax"))
            softmax(r, l, x, y);
        else if (!strcmp(l->type->name, "repeat") || !strcmp(l->type->name, "flatten"))
            repeat(r, l, x, y);
        else
            elementwise(r, l, x, second, y);
    }
}
