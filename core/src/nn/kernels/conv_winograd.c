/* The three convolutions of training for 3x3 windows with stride 1, by Winograd (winograd.c, winograd_gradient.c). Layers
 * keep planar maps and weights change every step, so that each call transforms the weights and moves the maps of a few
 * images at a time into blocked ones and back, inside the caches.
 *
 * The data's gradient is a convolution too: of dy, with the weights' windows turned round, inputs and outputs exchanged,
 * and 2 - padding zeros around. */
#include "kernels/conv.h"
#include "kernels/fast.h"

#include <string.h>

enum { ENOUGH_TILES = 48 }; /* for a product worth its weights' way from memory */

/* One kind of call: its tiles, and its parts of the scratch. */
struct call {
    const struct nn_fast *fast;
    struct nn_winograd winograd;
    struct nn_blocked planar_x, planar_y;
    int n_images; /* of one chunk */
    int n_out, n_in;
    float *packed, *bias, *x, *y, *tiles;
    size_t n_floats; /* of all parts */
};

static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

static int n_points(const struct nn_conv_shape *s, int size)
{
    return divide_up(s->out_h, size) * divide_up(s->out_w, size) * nn_winograd_points(size);
}

bool nn_conv_suits_winograd(const struct nn_conv_shape *s)
{
    enum { FEW_CHANNELS = 8 }; /* then transforms cost more than they save */
    return s->fast && s->kernel == 3 && s->stride == 1 && s->pad_h <= 2 && s->pad_w <= 2 &&
           s->in_c >= FEW_CHANNELS && s->out_c >= FEW_CHANNELS;
}

static float *take(float *scratch, size_t *n_floats, size_t n)
{
    size_t at = *n_floats;
    *n_floats += (n + 15) / 16 * 16; /* cache lines */
    return scratch ? scratch + at : NULL;
}

/* scratch may be NULL: only counts. */
static struct call call_of(const struct nn_conv_shape *s, bool is_outer, float *scratch)
{
    struct call call = {.fast = s->fast, .n_out = s->out_c, .n_in = s->in_c};
    struct nn_winograd *w = &call.winograd;
    struct nn_shape in = {1, s->in_c, s->in_h, s->in_w}, out = {1, s->out_c, s->out_h, s->out_w};
    w->size = n_points(s, 2) < n_points(s, 4) ? 2 : 4;
    w->tiles_h = divide_up(s->out_h, w->size);
    w->tiles_w = divide_up(s->out_w, w->size);
    w->pad_h = s->pad_h;
    w->pad_w = s->pad_w;
    w->out_h = s->out_h;
    w->out_w = s->out_w;
    w->n_vectors = divide_up(s->out_c, s->fast->lanes);
    w->x = nn_blocked_make(in, s->fast->lanes);
    w->y = nn_blocked_make(out, s->fast->lanes);
    nn_blocked_widen(&w->x, s->pad_h, s->pad_w, w->tiles_h * w->size + 2 - s->pad_h - s->in_h,
                     w->tiles_w * w->size + 2 - s->pad_w - s->in_w);
    if (is_outer) /* whole tiles of dy are read */
        nn_blocked_widen(&w->y, 0, 0, w->tiles_h * w->size - s->out_h, w->tiles_w * w->size - s->out_w);
    call.planar_x = nn_blocked_make(in, 1);
    call.planar_y = nn_blocked_make(out, 1);
    call.n_images = divide_up(ENOUGH_TILES, nn_winograd_n_tiles(w));

    int n_tiles = call.n_images * nn_winograd_n_tiles(w);
    int most = nn_winograd_most_tiles(s->fast, w->size, s->out_c, s->in_c);
    call.packed = take(scratch, &call.n_floats, nn_winograd_n_weights(s->fast, w->size, s->out_c, s->in_c));
    call.bias = take(scratch, &call.n_floats, (size_t)nn_round_up(s->out_c, s->fast->lanes));
    call.x = take(scratch, &call.n_floats, (size_t)call.n_images * w->x.image);
    call.y = take(scratch, &call.n_floats, (size_t)call.n_images * w->y.image);
    call.tiles = take(scratch, &call.n_floats,
                      nn_winograd_n_scratch(s->fast, w->size, s->out_c, s->in_c, n_tiles < most ? n_tiles : most));
    w->weights = call.packed;
    w->epilogue = (struct nn_epilogue){.bias = call.bias, .slope = 1};
    return call;
}

/* The convolution that leads from dy to dx. */
static struct nn_conv_shape turned(const struct nn_conv_shape *s)
{
    return (struct nn_conv_shape){
        .in_c = s->out_c, .in_h = s->out_h, .in_w = s->out_w, .out_c = s->in_c, .out_h = s->in_h, .out_w = s->in_w,
        .kernel = 3, .stride = 1, .pad_h = 2 - s->pad_h, .pad_w = 2 - s->pad_w, .fast = s->fast,
    };
}

static size_t n_scratch(const struct nn_conv_shape *s)
{
    struct nn_conv_shape back = turned(s);
    size_t n = call_of(s, false, NULL).n_floats, n_back = call_of(&back, false, NULL).n_floats;
    size_t n_outer = call_of(s, true, NULL).n_floats;
    n = n > n_back ? n : n_back;
    return n > n_outer ? n : n_outer;
}

static void convolve(const struct nn_conv_shape *s, int n, const float *x, const struct nn_winograd_weights *strides,
                     const float *weight, const float *bias, float *y, float *scratch)
{
    struct call call = call_of(s, false, scratch);
    const struct nn_winograd *w = &call.winograd;
    struct nn_range groups = {0, divide_up(w->n_vectors, s->fast->n_tile_vectors)};
    memset(call.bias, 0, (size_t)nn_round_up(s->out_c, s->fast->lanes) * sizeof *call.bias);
    if (bias)
        memcpy(call.bias, bias, (size_t)s->out_c * sizeof *bias);
    s->fast->winograd_weights(strides, w->size, weight, call.packed);
    for (int first = 0; first < n; first += call.n_images) {
        int n_images = n - first < call.n_images ? n - first : call.n_images;
        int n_tiles = n_images * nn_winograd_n_tiles(w);
        int each = nn_winograd_group(s->fast, w->size, s->out_c, s->in_c, n_tiles);
        s->fast->convert(&call.planar_x, x + (size_t)first * call.planar_x.image, &w->x, call.x, n_images);
        for (int tile = 0; tile < n_tiles; tile += each) {
            struct nn_range tiles = {tile, n_tiles - tile < each ? n_tiles - tile : each};
            s->fast->winograd(w, call.x, NULL, call.y, tiles, groups, call.tiles);
        }
        s->fast->convert(&w->y, call.y, &call.planar_y, y + (size_t)first * call.planar_y.image, n_images);
    }
}

/* Of weights (K, C, 3, 3) from C inputs to K outputs. */
static struct nn_winograd_weights strides_of(const struct nn_conv_shape *s)
{
    return (struct nn_winograd_weights){
        .n_out = s->out_c, .n_in = s->in_c, .out_step = 9 * (size_t)s->in_c, .in_step = 9};
}

static void forward(const struct nn_conv_shape *s, int n, const float *x, const float *weight, const float *bias,
                    float *y, float *scratch)
{
    struct nn_winograd_weights strides = strides_of(s);
    convolve(s, n, x, &strides, weight, bias, y, scratch);
}

static void backward_data(const struct nn_conv_shape *s, int n, const float *dy, const float *weight, float *dx,
                          float *scratch)
{
    struct nn_conv_shape back = turned(s);
    struct nn_winograd_weights strides = {
        .n_out = s->in_c, .n_in = s->out_c, .out_step = 9, .in_step = 9 * (size_t)s->in_c, .is_flipped = true};
    convolve(&back, n, dy, &strides, weight, NULL, dx, scratch);
}

static void backward_weight(const struct nn_conv_shape *s, int n, const float *x, const float *dy, float *dweight,
                            float *scratch)
{
    struct call call = call_of(s, true, scratch);
    const struct nn_winograd *w = &call.winograd;
    struct nn_winograd_weights strides = strides_of(s);
    memset(call.packed, 0, nn_winograd_n_weights(s->fast, w->size, s->out_c, s->in_c) * sizeof *call.packed);
    for (int first = 0; first < n; first += call.n_images) {
        int n_images = n - first < call.n_images ? n - first : call.n_images;
        int n_tiles = n_images * nn_winograd_n_tiles(w);
        int each = nn_winograd_group(s->fast, w->size, s->out_c, s->in_c, n_tiles);
        s->fast->convert(&call.planar_x, x + (size_t)first * call.planar_x.image, &w->x, call.x, n_images);
        s->fast->convert(&call.planar_y, dy + (size_t)first * call.planar_y.image, &w->y, call.y, n_images);
        for (int tile = 0; tile < n_tiles; tile += each) {
            struct nn_range tiles = {tile, n_tiles - tile < each ? n_tiles - tile : each};
            s->fast->winograd_outer(w, call.x, call.y, tiles, call.packed, call.tiles);
        }
    }
    s->fast->winograd_d_weights(&strides, w->size, call.packed, dweight);
}

const struct nn_conv_kernel nn_conv_winograd = {
    "winograd", n_scratch, forward, backward_data, backward_weight,
};
