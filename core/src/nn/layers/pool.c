/* maxpool, avgpool: windows of size x size; globalpool: the mean of each channel.
 * Windows hang over the edge only with pad=same or a number; pixels outside do not count.
 * Saved by maxpool: the winner's index within the plane, as an int in a float's place. */
#include "kernels/clones.h"
#include "layers/common.h"

#include <string.h>

static const struct nn_option options[] = {
    NN_OPTION_INT(size, .is_required = true, .min = 1, .max = 64),
    NN_OPTION_INT(stride, .min = 0, .max = 64, .standard = 0), /* 0: as size */
    NN_OPTION_INT(pad, .min = 0, .max = 31, .standard = 0,
                  .words = {{"same", NN_PAD_SAME}, {"valid", 0}}),
    {0},
};
static const struct nn_option no_options[] = {{0}};
_Static_assert(sizeof(int32_t) == sizeof(float), "indices lie in floats' places");

static int infer_shape(struct nn_layer *layer)
{
    struct nn_layer_options *o = &layer->options;
    if (o->stride == 0)
        o->stride = o->size;
    if (o->pad >= o->size)
        return fb_fail(FB_ERR_INPUT, "pad=%d must be smaller than size=%d", o->pad, o->size);
    int pad;
    layer->out = layer->in;
    int status = nn_window_out(layer->in.h, o->size, o->stride, o->pad, &layer->out.h, &pad);
    return status ? status
                  : nn_window_out(layer->in.w, o->size, o->stride, o->pad, &layer->out.w, &pad);
}

struct window {
    int first_h, end_h, first_w, end_w;
};

static void clip(int out, int stride, int size, int pad, int in, int *first, int *end)
{
    *first = out * stride - pad;
    *end = *first + size;
    if (*first < 0)
        *first = 0;
    if (*end > in)
        *end = in;
}

static struct window window_at(const struct nn_layer *layer, int oh, int ow)
{
    const struct nn_layer_options *o = &layer->options;
    int pad_h = 0, pad_w = 0, out;
    struct window window = {0};
    if (nn_window_out(layer->in.h, o->size, o->stride, o->pad, &out, &pad_h) ||
        nn_window_out(layer->in.w, o->size, o->stride, o->pad, &out, &pad_w))
        return window;
    clip(oh, o->stride, o->size, pad_h, layer->in.h, &window.first_h, &window.end_h);
    clip(ow, o->stride, o->size, pad_w, layer->in.w, &window.first_w, &window.end_w);
    return window;
}

static int32_t largest(const float *x, int width, struct window window)
{
    int best = window.first_h * width + window.first_w;
    for (int h = window.first_h; h < window.end_h; h++)
        for (int w = window.first_w; w < window.end_w; w++)
            if (x[h * width + w] > x[best])
                best = h * width + w;
    return best;
}

static float mean_of(const float *x, int width, struct window window)
{
    float sum = 0;
    for (int h = window.first_h; h < window.end_h; h++)
        for (int w = window.first_w; w < window.end_w; w++)
            sum += x[h * width + w];
    return sum / (float)((window.end_h - window.first_h) * (window.end_w - window.first_w));
}

/* Largest of each 2x2 square of two rows; first_index is that of x[0] in its plane. */
NN_CLONES static void pair_row(const float *x, int width, int out_w, int32_t first_index, float *y,
                               float *saved)
{
    int32_t *index = (int32_t *)(void *)saved; /* may_alias is not needed: only memcpy reads it back */
    for (int i = 0; i < out_w; i++) {
        const float *p = x + 2 * (ptrdiff_t)i, *q = p + width;
        float top = p[1] > p[0] ? p[1] : p[0], low = q[1] > q[0] ? q[1] : q[0];
        y[i] = low > top ? low : top;
        if (!index)
            continue;
        int32_t at_top = p[1] > p[0], at_low = width + (q[1] > q[0]);
        index[i] = first_index + 2 * i + (low > top ? at_low : at_top);
    }
}

/* The usual case, 2x2 side by side, for one plane; saved may be NULL. */
static void max_of_pairs(const struct nn_layer *layer, const float *x, float *y, float *saved)
{
    int width = layer->in.w, out_w = layer->out.w;
    for (int oh = 0; oh < layer->out.h; oh++, y += out_w, saved += saved ? out_w : 0)
        pair_row(x + 2 * oh * width, width, out_w, 2 * oh * width, y, saved);
}

static void forward_pairs_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int plane_in = layer->in.h * layer->in.w, plane_out = layer->out.h * layer->out.w;
    const float *x = nn_image(pass->x[0], layer->in, first);
    ptrdiff_t at = (ptrdiff_t)nn_shape_image_size(layer->out) * first;
    for (int i = 0; i < n * layer->in.c; i++, x += plane_in, at += plane_out)
        max_of_pairs(layer, x, pass->y + at, pass->saved ? pass->saved + at : NULL);
}

static void forward_max_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int plane_in = layer->in.h * layer->in.w, plane_out = layer->out.h * layer->out.w;
    for (int oh = 0; oh < layer->out.h; oh++)
        for (int ow = 0; ow < layer->out.w; ow++) {
            struct window window = window_at(layer, oh, ow);
            const float *x = nn_image(pass->x[0], layer->in, first);
            ptrdiff_t at = (ptrdiff_t)nn_shape_image_size(layer->out) * first + oh * layer->out.w + ow;
            for (int i = 0; i < n * layer->in.c; i++, x += plane_in, at += plane_out) {
                int32_t best = largest(x, layer->in.w, window);
                pass->y[at] = x[best];
                if (pass->saved)
                    memcpy(pass->saved + at, &best, sizeof best);
            }
        }
}

static void forward_max(const struct nn_pass *pass)
{
    const struct nn_layer_options *o = &pass->layer->options;
    bool is_pairs = o->size == 2 && o->stride == 2 && o->pad == 0;
    nn_pass_slices(pass, is_pairs ? forward_pairs_slice : forward_max_slice);
}

static size_t n_saved_max(const struct nn_layer *layer, int n)
{
    return (size_t)n * nn_shape_image_size(layer->out);
}

static void backward_max_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    int plane_in = layer->in.h * layer->in.w, plane_out = layer->out.h * layer->out.w;
    float *dx = nn_image_mutable(pass->dx[0], layer->in, first);
    memset(dx, 0, (size_t)n * nn_shape_image_size(layer->in) * sizeof *dx);
    const float *dy = nn_image(pass->dy, layer->out, first);
    const float *saved = nn_image(pass->saved, layer->out, first);
    for (int i = 0; i < n * layer->in.c; i++, dx += plane_in)
        for (int j = 0; j < plane_out; j++) {
            int32_t best;
            memcpy(&best, saved++, sizeof best);
            dx[best] += *dy++;
        }
}

static void backward_max(const struct nn_pass *pass)
{
    if (pass->dx[0])
        nn_pass_slices(pass, backward_max_slice);
}

static void forward_mean_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    const float *x = nn_image(pass->x[0], layer->in, first);
    float *y = nn_image_mutable(pass->y, layer->out, first);
    for (int i = 0; i < n * layer->in.c; i++, x += layer->in.h * layer->in.w)
        for (int oh = 0; oh < layer->out.h; oh++)
            for (int ow = 0; ow < layer->out.w; ow++)
                *y++ = mean_of(x, layer->in.w, window_at(layer, oh, ow));
}

static void forward_mean(const struct nn_pass *pass)
{
    nn_pass_slices(pass, forward_mean_slice);
}

static void spread(float *dx, int width, struct window window, float dy)
{
    dy /= (float)((window.end_h - window.first_h) * (window.end_w - window.first_w));
    for (int h = window.first_h; h < window.end_h; h++)
        for (int w = window.first_w; w < window.end_w; w++)
            dx[h * width + w] += dy;
}

static void backward_mean_slice(const struct nn_pass *pass, int slice, int first, int n)
{
    (void)slice;
    const struct nn_layer *layer = pass->layer;
    const float *dy = nn_image(pass->dy, layer->out, first);
    float *dx = nn_image_mutable(pass->dx[0], layer->in, first);
    memset(dx, 0, (size_t)n * nn_shape_image_size(layer->in) * sizeof *dx);
    for (int i = 0; i < n * layer->in.c; i++, dx += layer->in.h * layer->in.w)
        for (int oh = 0; oh < layer->out.h; oh++)
            for (int ow = 0; ow < layer->out.w; ow++)
                spread(dx, layer->in.w, window_at(layer, oh, ow), *dy++);
}

static void backward_mean(const struct nn_pass *pass)
{
    if (pass->dx[0])
        nn_pass_slices(pass, backward_mean_slice);
}

/* globalpool is an avgpool whose window is the whole plane; a rectangle needs a longer side */
static int infer_global(struct nn_layer *layer)
{
    int side = layer->in.h > layer->in.w ? layer->in.h : layer->in.w;
    layer->options.size = layer->options.stride = side;
    layer->options.pad = NN_PAD_SAME;
    layer->out = (struct nn_shape){1, layer->in.c, 1, 1};
    return FB_OK;
}

const struct nn_layer_type nn_layer_maxpool = {
    .name = "maxpool", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .n_saved = n_saved_max, .forward = forward_max, .backward = backward_max,
};
const struct nn_layer_type nn_layer_avgpool = {
    .name = "avgpool", .n_inputs = 1, .options = options, .infer_shape = infer_shape,
    .forward = forward_mean, .backward = backward_mean,
};
const struct nn_layer_type nn_layer_globalpool = {
    .name = "globalpool", .n_inputs = 1, .options = no_options, .infer_shape = infer_global,
    .forward = forward_mean, .backward = backward_mean,
};
