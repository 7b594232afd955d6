/* depthwise: a convolution in which every channel has a square kernel of its own (Howard et al., "MobileNets", 2017).
 *
 * A plane is copied into a frame of zeros as wide as the windows reach. There the rows follow each other without gaps,
 * so that the whole plane is one long correlation: out[i] = sum of w[a][b] in[i + a row + b]. The last kernel - 1 columns
 * of each row come out meaningless and are not read. A stride is taken when the result is copied out; backward puts
 * dy back to where it came from, zeros between. */
#include "kernels/clones.h"
#include "layers/common.h"

#include <string.h>

enum { KERNEL_MAX = 15 };

static const struct nn_option options[] = {
    NN_OPTION_INT(kernel, .is_required = true, .min = 1, .max = KERNEL_MAX),
    NN_OPTION_INT(stride, .min = 1, .max = 15, .standard = 1),
    NN_OPTION_INT(pad, .min = 0, .max = 14, .standard = NN_PAD_SAME,
                  .words = {{"same", NN_PAD_SAME}, {"valid", 0}}),
    NN_OPTION_INT(bias, .min = 0, .max = 1, .standard = 1),
    {0},
};

/* The plane with its frame. */
struct frame {
    int pad_h, pad_w, h, row; /* px */
    int n;                    /* of correlations, from the first window to the last */
    int lead;                 /* zeros that backward wants before dy */
};

static int infer_shape(struct nn_layer *layer)
{
    const struct nn_layer_options *o = &layer->options;
    int pad;
    layer->out = layer->in;
    int status = nn_window_out(layer->in.h, o->kernel, o->stride, o->pad, &layer->out.h, &pad);
    if (!status)
        status = nn_window_out(layer->in.w, o->kernel, o->stride, o->pad, &layer->out.w, &pad);
    if (status)
        return status;
    nn_layer_param(layer, "weight", NN_PARAM_WEIGHT, 4, (int[]){layer->in.c, 1, o->kernel, o->kernel});
    if (o->bias)
        nn_layer_param(layer, "bias", NN_PARAM_BIAS, 1, (int[]){layer->in.c});
    return FB_OK;
}

static struct frame frame_of(const struct nn_layer *layer)
{
    const struct nn_layer_options *o = &layer->options;
    struct frame f = {0};
    int out;
    /* cannot fail: infer_shape has been through it */
    if (nn_window_out(layer->in.h, o->kernel, o->stride, o->pad, &out, &f.pad_h) ||
        nn_window_out(layer->in.w, o->kernel, o->stride, o->pad, &out, &f.pad_w))
        return f;
    f.h = (layer->out.h - 1) * o->stride + o->kernel;
    f.row = (layer->out.w - 1) * o->stride + o->kernel;
    f.n = (f.h - o->kernel) * f.row + f.row - o->kernel + 1;
    f.lead = (o->kernel - 1) * (f.row + 1);
    return f;
}

/* One frame with x, one that is filled by the correlation, one with dy and its lead. */
static size_t n_scratch(const struct nn_layer *layer, bool is_training, enum nn_kernel kernel)
{
    (void)kernel;
    struct frame f = frame_of(layer);
    size_t n = (size_t)f.h * (size_t)f.row;
    return is_training ? 3 * n + 2 * (size_t)f.lead + nn_gradients_size(layer) : 2 * n;
}

static void put_into_frame(const struct frame *f, const float *x, int h, int w, float *framed)
{
    memset(framed, 0, (size_t)f->h * (size_t)f->row * sizeof *framed);
    int n_h = f->h - f->pad_h < h ? f->h - f->pad_h : h, n_w = f->row - f->pad_w < w ? f->row - f->pad_w : w;
    for (int i = 0; i < n_h && n_w > 0; i++)
        memcpy(framed + (ptrdiff_t)(f->pad_h + i) * f->row + f->pad_w, x + (ptrdiff_t)i * w, (size_t)n_w * sizeof *x);
}

NN_CLONES static void correlate3(const float *in, int row, const float *w, int n, float *out)
{
    const float *a = in, *b = in + row, *c = in + 2 * (ptrdiff_t)row;
#pragma omp simd
    for (int i = 0; i < n; i++)
        out[i] = w[0] * a[i] + w[1] * a[i + 1] + w[2] * a[i + 2] + w[3] * b[i] + w[4] * b[i + 1] + w[5] * b[i + 2] +
                 w[6] * c[i] + w[7] * c[i + 1] + w[8] * c[i + 2];
}

NN_CLONES static void add_scaled(const float *in, float w, int n, float *out)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        out[i] += w * in[i];
}

static void correlate(const float *in, int row, const float *w, int kernel, int n, float *out)
{
    if (kernel == 3) {
        correlate3(in, row, w, n, out);
        return;
    }
    memset(out, 0, (size_t)n * sizeof *out);
    for (int a = 0; a < kernel; a++)
        for (int b = 0; b < kernel; b++)
            add_scaled(in + (ptrdiff_t)a * row + b, w[a * kernel + b], n, out);
}

static void forward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    const struct nn_layer *layer = pass->layer;
    const struct nn_layer_options *o = &layer->options;
    struct frame f = frame_of(layer);
    int window = o->kernel * o->kernel;
    float *framed = nn_scratch(pass, slice), *all = framed + (ptrdiff_t)f.h * f.row;
    const float *x = nn_image(pass->x[0], layer->in, first);
    float *y = nn_image_mutable(pass->y, layer->out, first);
    for (int i = 0; i < n * layer->in.c; i++, x += (ptrdiff_t)layer->in.h * layer->in.w) {
        int c = i % layer->in.c;
        float bias = layer->n_params > 1 ? layer->params[1].value[c] : 0;
        put_into_frame(&f, x, layer->in.h, layer->in.w, framed);
        correlate(framed, f.row, layer->params[0].value + (ptrdiff_t)c * window, o->kernel, f.n, all);
        for (int h = 0; h < layer->out.h; h++)
            for (int w = 0; w < layer->out.w; w++)
                *y++ = all[(ptrdiff_t)h * o->stride * f.row + (ptrdiff_t)w * o->stride] + bias;
    }
}

static void forward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_slice);
}

NN_CLONES static float product(const float *a, const float *b, int n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Both gradients of one plane; dx NULL: not wanted. framed holds x; dy lies spread in a frame behind its lead. */
static void plane_backward(const struct nn_layer *layer, const struct frame *f, const float *weight, const float *framed,
                           const float *spread, float *all, float *dweight, float *dx)
{
    int kernel = layer->options.kernel;
    float turned[KERNEL_MAX * KERNEL_MAX];
    for (int a = 0; a < kernel; a++)
        for (int b = 0; b < kernel; b++) {
            dweight[a * kernel + b] += product(spread + f->lead, framed + (ptrdiff_t)a * f->row + b, f->n);
            turned[a * kernel + b] = weight[kernel * kernel - 1 - a * kernel - b];
        }
    if (!dx)
        return;
    correlate(spread, f->row, turned, kernel, f->h * f->row, all);
    memset(dx, 0, (size_t)layer->in.h * (size_t)layer->in.w * sizeof *dx);
    int n_h = f->h - f->pad_h < layer->in.h ? f->h - f->pad_h : layer->in.h;
    int n_w = f->row - f->pad_w < layer->in.w ? f->row - f->pad_w : layer->in.w;
    for (int h = 0; h < n_h && n_w > 0; h++)
        memcpy(dx + (ptrdiff_t)h * layer->in.w, all + (ptrdiff_t)(h + f->pad_h) * f->row + f->pad_w,
               (size_t)n_w * sizeof *dx);
}

static void backward_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    const struct nn_layer *layer = pass->layer;
    const struct nn_layer_options *o = &layer->options;
    struct frame f = frame_of(layer);
    size_t n_frame = (size_t)f.h * (size_t)f.row, n_spread = n_frame + 2 * (size_t)f.lead;
    ptrdiff_t plane = (ptrdiff_t)layer->in.h * layer->in.w, window = (ptrdiff_t)o->kernel * o->kernel;
    float *framed, *dweight = nn_slice_gradients(pass, slice, &framed);
    float *all = framed + n_frame, *spread = all + n_frame;
    const float *x = nn_image(pass->x[0], layer->in, first), *dy = nn_image(pass->dy, layer->out, first);
    float *dx = pass->dx[0] ? nn_image_mutable(pass->dx[0], layer->in, first) : NULL;
    if (layer->n_params > 1)
        nn_add_channel_sums(dy, n, layer->out, nn_slice_gradient(pass, slice, 1));
    memset(spread, 0, n_spread * sizeof *spread); /* what lies between is never written */
    for (int i = 0; i < n * layer->in.c; i++) {
        int c = i % layer->in.c;
        put_into_frame(&f, x + i * plane, layer->in.h, layer->in.w, framed);
        for (int h = 0; h < layer->out.h; h++)
            for (int w = 0; w < layer->out.w; w++)
                spread[f.lead + (ptrdiff_t)h * o->stride * f.row + (ptrdiff_t)w * o->stride] = *dy++;
        plane_backward(layer, &f, layer->params[0].value + c * window, framed, spread, all, dweight + c * window,
                       dx ? dx + i * plane : NULL);
    }
}

static void backward(const struct nn_pass *pass)
{
    nn_pass_slices(pass, backward_slice);
    nn_sum_slice_gradients(pass);
}

static double n_macs(const struct nn_layer *layer)
{
    return (double)nn_shape_size(layer->out) * layer->options.kernel * layer->options.kernel;
}

const struct nn_layer_type nn_layer_depthwise = {
    .name = "depthwise", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .init = nn_init_fan_in, .n_scratch = n_scratch, .forward = forward, .backward = backward,
    .n_macs = n_macs,
};
