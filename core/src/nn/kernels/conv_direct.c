/* The three convolutions of training for windows and strides that Winograd's tiles do not fit, by the direct kernels
 * (direct.c, direct_gradient.c). As in conv_winograd.c each call packs the weights and moves a few images at a time into
 * blocked maps and back.
 *
 * The data's gradient at row h sums the taps i with i = h + pad (mod stride) over dy's rows (h + pad - i) / stride. Pixels
 * of equal remainders see the same taps and dy's pixels in sequence: one direct convolution with stride 1 for each of
 * the stride^2 classes. */
#include "kernels/conv.h"
#include "kernels/fast.h"

#include <string.h>

enum {
    ENOUGH_OUTPUTS = 144, /* of a chunk, for the weights' way from memory */
    MAX_STRIDE = 4,
};

/* A tap as the direct kernel and the weights see it. */
struct tap {
    ptrdiff_t x_offset, w_offset;
};

/* Parts of the scratch. What is packed moves the first four on. */
struct parts {
    float *packed;
    int32_t *from_at, *to_at;
    struct nn_tap *nn_taps;
    struct tap *taps; /* of the convolution that is being packed */
    float *bias, *x, *y;
    size_t n_floats;
};

/* Maps of one call. */
struct maps {
    struct nn_blocked x, y, planar_x, planar_y;
    int n_images; /* of one chunk */
};

static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

bool nn_conv_suits_direct(const struct nn_conv_shape *s)
{
    enum { FEW_CHANNELS = 8 }; /* most lanes would be empty */
    return s->fast && s->kernel > 1 && s->stride <= MAX_STRIDE && s->in_c >= FEW_CHANNELS && s->out_c >= FEW_CHANNELS;
}

/* x as far as the windows reach; y, holding dy, as far as the data's gradient reaches back. */
static struct maps maps_of(const struct nn_conv_shape *s)
{
    struct nn_shape in = {1, s->in_c, s->in_h, s->in_w}, out = {1, s->out_c, s->out_h, s->out_w};
    struct maps m = {.planar_x = nn_blocked_make(in, 1), .planar_y = nn_blocked_make(out, 1),
                     .x = nn_blocked_make(in, s->fast->lanes), .y = nn_blocked_make(out, s->fast->lanes)};
    int before = divide_up(s->kernel, s->stride) - 1;
    nn_blocked_widen(&m.x, s->pad_h, s->pad_w, (s->out_h - 1) * s->stride + s->kernel - s->pad_h - s->in_h,
                     (s->out_w - 1) * s->stride + s->kernel - s->pad_w - s->in_w);
    nn_blocked_widen(&m.y, before, before, (s->in_h - 1 + s->pad_h) / s->stride - s->out_h + 1,
                     (s->in_w - 1 + s->pad_w) / s->stride - s->out_w + 1);
    m.n_images = divide_up(ENOUGH_OUTPUTS, s->out_h * s->out_w);
    return m;
}

static void *take(float *scratch, size_t *n_floats, size_t n_bytes)
{
    size_t at = *n_floats;
    *n_floats += (n_bytes + 63) / 64 * 16; /* cache lines */
    return scratch ? scratch + at : NULL;
}

/* scratch may be NULL: only counts. */
static struct parts parts_of(const struct nn_conv_shape *s, const struct maps *m, float *scratch)
{
    int lanes = s->fast->lanes, n_taps = s->kernel * s->kernel;
    int n_out = nn_round_up(s->out_c, lanes), n_in = nn_round_up(s->in_c, lanes), n_blocks = larger(m->x.n_blocks, m->y.n_blocks);
    size_t n_weights = (size_t)n_taps * (size_t)n_out * (size_t)n_in, n = 0;
    size_t n_pixels = (size_t)larger(s->in_h * s->in_w, s->out_h * s->out_w);
    struct parts p = {
        .packed = take(scratch, &n, n_weights * sizeof(float)),
        .bias = take(scratch, &n, (size_t)larger(n_out, n_in) * sizeof(float)),
        .x = take(scratch, &n, (size_t)m->n_images * m->x.image * sizeof(float)),
        .y = take(scratch, &n, (size_t)m->n_images * m->y.image * sizeof(float)),
        .from_at = take(scratch, &n, n_pixels * sizeof(int32_t)),
        .to_at = take(scratch, &n, n_pixels * sizeof(int32_t)),
        .nn_taps = take(scratch, &n, (size_t)(n_taps * n_blocks) * sizeof(struct nn_tap)),
        .taps = take(scratch, &n, (size_t)n_taps * sizeof(struct tap)),
    };
    p.n_floats = n;
    return p;
}

static size_t n_scratch(const struct nn_conv_shape *s)
{
    struct maps m = maps_of(s);
    return parts_of(s, &m, NULL).n_floats;
}

/* Which weights a direct convolution has: floats from one output and input channel to the next. */
struct weights {
    const float *values;
    int n_out, n_in;
    size_t out_step, in_step;
};

static void pack_weights(const struct nn_fast *fast, const struct weights *w, int n_taps, struct parts *p)
{
    int n_out = nn_round_up(w->n_out, fast->lanes), group = fast->lanes * fast->n_tile_vectors;
    for (int first = 0; first < n_out; first += group) {
        int width = n_out - first < group ? n_out - first : group, n_real = w->n_out - first;
        for (int block = 0; block < w->n_in; block += fast->lanes)
            for (int t = 0; t < n_taps; t++)
                for (int c = block; c < block + fast->lanes && c < w->n_in; c++, p->packed += width) {
                    const float *from = w->values + (size_t)first * w->out_step + (size_t)c * w->in_step + p->taps[t].w_offset;
                    for (int k = 0; k < width; k++, from += k < n_real ? w->out_step : 0)
                        p->packed[k] = k < n_real ? *from : 0;
                }
    }
}

static void pack_taps(int n_in, const struct nn_blocked *from, int n_taps, struct parts *p)
{
    for (int b = 0; b < from->n_blocks; b++)
        for (int t = 0; t < n_taps; t++) {
            int left = n_in - b * from->lanes;
            ptrdiff_t offset = (ptrdiff_t)((size_t)b * from->block) + p->taps[t].x_offset;
            *p->nn_taps++ = (struct nn_tap){(int32_t)offset, left < from->lanes ? left : from->lanes};
        }
}

/* The direct convolution with p's taps and pixels (n_taps, n_pixels of them) and these weights. */
static struct nn_direct pack(const struct nn_fast *fast, const struct weights *w, const struct nn_blocked *from,
                             const struct nn_blocked *to, int n_taps, int n_pixels, struct parts *p)
{
    struct nn_direct d = {
        .n_outputs = n_pixels, .x_at = p->from_at, .y_at = p->to_at, .residual_at = p->to_at, .x_image = from->image,
        .y_image = to->image, .y_block = to->block, .weights = p->packed, .taps = p->nn_taps,
        .n_taps = from->n_blocks * n_taps, .depth = n_taps * w->n_in, .n_vectors = divide_up(w->n_out, fast->lanes),
        .epilogue = {.bias = p->bias, .slope = 1},
    };
    pack_weights(fast, w, n_taps, p);
    pack_taps(w->n_in, from, n_taps, p);
    p->from_at += n_pixels;
    p->to_at += n_pixels;
    return d;
}

static int32_t offset_of(const struct nn_blocked *layout, int h, int w)
{
    return (int32_t)((ptrdiff_t)layout->origin + h * (ptrdiff_t)layout->row + w * layout->lanes);
}

static void run(const struct nn_fast *fast, const struct nn_direct *d, const float *from, float *to, int n)
{
    struct nn_range outputs = {0, n * d->n_outputs}, groups = {0, divide_up(d->n_vectors, fast->n_tile_vectors)};
    fast->direct(d, from, NULL, to, outputs, groups);
}

static void forward(const struct nn_conv_shape *s, int n, const float *x, const float *weight, const float *bias, float *y,
                    float *scratch)
{
    struct maps m = maps_of(s);
    struct parts p = parts_of(s, &m, scratch);
    int n_taps = s->kernel * s->kernel, n_pixels = s->out_h * s->out_w;
    struct weights w = {weight, s->out_c, s->in_c, (size_t)(n_taps * s->in_c), (size_t)n_taps};
    for (int t = 0; t < n_taps; t++)
        p.taps[t] = (struct tap){t / s->kernel * (ptrdiff_t)m.x.row + t % s->kernel * m.x.lanes, t};
    for (int i = 0; i < n_pixels; i++) {
        int h = i / s->out_w, column = i % s->out_w;
        p.from_at[i] = offset_of(&m.x, h * s->stride - s->pad_h, column * s->stride - s->pad_w);
        p.to_at[i] = offset_of(&m.y, h, column);
    }
    memset(p.bias, 0, (size_t)nn_round_up(s->out_c, m.y.lanes) * sizeof *p.bias);
    if (bias)
        memcpy(p.bias, bias, (size_t)s->out_c * sizeof *bias);
    struct nn_direct d = pack(s->fast, &w, &m.x, &m.y, n_taps, n_pixels, &p);
    for (int first = 0; first < n; first += m.n_images) {
        int n_images = n - first < m.n_images ? n - first : m.n_images;
        s->fast->convert(&m.planar_x, x + (size_t)first * m.planar_x.image, &m.x, p.x, n_images);
        run(s->fast, &d, p.x, p.y, n_images);
        s->fast->convert(&m.y, p.y, &m.planar_y, y + (size_t)first * m.planar_y.image, n_images);
    }
}

/* The taps of a class of pixels: remainders r_h and r_w. Returns their number. */
static int class_taps(const struct nn_conv_shape *s, const struct nn_blocked *dy, int r_h, int r_w, struct tap *taps)
{
    int n = 0;
    for (int i = r_h; i < s->kernel; i += s->stride)
        for (int j = r_w; j < s->kernel; j += s->stride)
            taps[n++] = (struct tap){-(i / s->stride) * (ptrdiff_t)dy->row - j / s->stride * dy->lanes, i * s->kernel + j};
    return n;
}

/* The class's pixels: where dy's corner lies and where dx does. Returns their number. */
static int class_pixels(const struct nn_conv_shape *s, const struct maps *m, int r_h, int r_w, const struct parts *p)
{
    int n = 0;
    for (int h = 0; h < s->in_h; h++)
        for (int w = 0; w < s->in_w; w++)
            if ((h + s->pad_h) % s->stride == r_h && (w + s->pad_w) % s->stride == r_w) {
                p->from_at[n] = offset_of(&m->y, (h + s->pad_h) / s->stride, (w + s->pad_w) / s->stride);
                p->to_at[n++] = offset_of(&m->x, h, w);
            }
    return n;
}

static void backward_data(const struct nn_conv_shape *s, int n, const float *dy, const float *weight, float *dx,
                          float *scratch)
{
    struct maps m = maps_of(s);
    struct parts p = parts_of(s, &m, scratch);
    size_t window = (size_t)(s->kernel * s->kernel);
    struct weights w = {weight, s->in_c, s->out_c, window, window * (size_t)s->in_c};
    struct nn_direct classes[MAX_STRIDE * MAX_STRIDE];
    int n_classes = s->stride * s->stride;
    memset(p.bias, 0, (size_t)nn_round_up(s->in_c, m.x.lanes) * sizeof *p.bias);
    for (int i = 0; i < n_classes; i++) {
        int n_taps = class_taps(s, &m.y, i / s->stride, i % s->stride, p.taps);
        int n_pixels = class_pixels(s, &m, i / s->stride, i % s->stride, &p);
        classes[i] = pack(s->fast, &w, &m.y, &m.x, n_taps, n_pixels, &p);
    }
    for (int first = 0; first < n; first += m.n_images) {
        int n_images = n - first < m.n_images ? n - first : m.n_images;
        s->fast->convert(&m.planar_y, dy + (size_t)first * m.planar_y.image, &m.y, p.y, n_images);
        for (int i = 0; i < n_classes; i++)
            if (classes[i].n_outputs)
                run(s->fast, &classes[i], p.y, p.x, n_images);
        s->fast->convert(&m.x, p.x, &m.planar_x, dx + (size_t)first * m.planar_x.image, n_images);
    }
}

static void add_gradient(const struct nn_conv_shape *s, const float *d_packed, float *dweight)
{
    int n_taps = s->kernel * s->kernel, n_out = nn_round_up(s->out_c, s->fast->lanes);
    for (int k = 0; k < s->out_c; k++)
        for (int c = 0; c < s->in_c; c++)
            for (int t = 0; t < n_taps; t++)
                *dweight++ += d_packed[((size_t)t * (size_t)s->in_c + (size_t)c) * (size_t)n_out + (size_t)k];
}

static void backward_weight(const struct nn_conv_shape *s, int n, const float *x, const float *dy, float *dweight,
                            float *scratch)
{
    struct maps m = maps_of(s);
    struct parts p = parts_of(s, &m, scratch);
    struct nn_direct_outer d = {m.x, m.y, s->kernel, s->stride, s->pad_h, s->pad_w};
    size_t n_packed = (size_t)(s->kernel * s->kernel * s->in_c) * (size_t)nn_round_up(s->out_c, m.y.lanes);
    memset(p.packed, 0, n_packed * sizeof *p.packed);
    for (int first = 0; first < n; first += m.n_images) {
        int n_images = n - first < m.n_images ? n - first : m.n_images;
        s->fast->convert(&m.planar_x, x + (size_t)first * m.planar_x.image, &m.x, p.x, n_images);
        s->fast->convert(&m.planar_y, dy + (size_t)first * m.planar_y.image, &m.y, p.y, n_images);
        s->fast->direct_outer(&d, p.x, p.y, n_images, p.packed);
    }
    add_gradient(s, p.packed, dweight);
}

const struct nn_conv_kernel nn_conv_direct = {
    "direct", n_scratch, forward, backward_data, backward_weight,
};
