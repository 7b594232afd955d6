/* Convolution as its definition says, in loops. The oracle of the other kernels' tests. */
#include "kernels/conv.h"

#include <string.h>

static size_t no_scratch(const struct nn_conv_shape *shape)
{
    (void)shape;
    return 0;
}

/* Calls visit for each (output, input, weight) index triple of one image that are multiplied. */
typedef void visit_triple(void *user, size_t output, size_t input, size_t weight);

static void each_triple(const struct nn_conv_shape *s, visit_triple *visit, void *user)
{
    for (int k = 0; k < s->out_c; k++)
        for (int oh = 0; oh < s->out_h; oh++)
            for (int ow = 0; ow < s->out_w; ow++)
                for (int c = 0; c < s->in_c; c++)
                    for (int i = 0; i < s->kernel; i++)
                        for (int j = 0; j < s->kernel; j++) {
                            int h = oh * s->stride + i - s->pad_h, w = ow * s->stride + j - s->pad_w;
                            if (h < 0 || h >= s->in_h || w < 0 || w >= s->in_w)
                                continue;
                            visit(user, (size_t)((k * s->out_h + oh) * s->out_w + ow),
                                  (size_t)((c * s->in_h + h) * s->in_w + w),
                                  (size_t)(((k * s->in_c + c) * s->kernel + i) * s->kernel + j));
                        }
}

struct operands {
    const float *a, *b;
    float *sum;
};

static void visit_forward(void *user, size_t output, size_t input, size_t weight)
{
    struct operands *o = user;
    o->sum[output] += o->a[input] * o->b[weight];
}

static void visit_data(void *user, size_t output, size_t input, size_t weight)
{
    struct operands *o = user;
    o->sum[input] += o->a[output] * o->b[weight];
}

static void visit_weight(void *user, size_t output, size_t input, size_t weight)
{
    struct operands *o = user;
    o->sum[weight] += o->a[input] * o->b[output];
}

static size_t in_size(const struct nn_conv_shape *s)
{
    return (size_t)s->in_c * (size_t)s->in_h * (size_t)s->in_w;
}

static size_t out_size(const struct nn_conv_shape *s)
{
    return (size_t)s->out_c * (size_t)s->out_h * (size_t)s->out_w;
}

static void forward(const struct nn_conv_shape *s, int n, const float *x, const float *weight,
                    const float *bias, float *y, float *scratch)
{
    (void)scratch;
    size_t plane = (size_t)s->out_h * (size_t)s->out_w;
    for (int i = 0; i < n; i++, x += in_size(s), y += out_size(s)) {
        for (size_t j = 0; j < out_size(s); j++)
            y[j] = bias ? bias[j / plane] : 0;
        each_triple(s, visit_forward, &(struct operands){x, weight, y});
    }
}

static void backward_data(const struct nn_conv_shape *s, int n, const float *dy, const float *weight,
                          float *dx, float *scratch)
{
    (void)scratch;
    memset(dx, 0, (size_t)n * in_size(s) * sizeof *dx);
    for (int i = 0; i < n; i++, dy += out_size(s), dx += in_size(s))
        each_triple(s, visit_data, &(struct operands){dy, weight, dx});
}

static void backward_weight(const struct nn_conv_shape *s, int n, const float *x, const float *dy,
                            float *dweight, float *scratch)
{
    (void)scratch;
    for (int i = 0; i < n; i++, x += in_size(s), dy += out_size(s))
        each_triple(s, visit_weight, &(struct operands){x, dy, dweight});
}

const struct nn_conv_kernel nn_conv_plain = {
    "plain", no_scratch, forward, backward_data, backward_weight,
};
