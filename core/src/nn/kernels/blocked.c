/* Layouts of blocked maps, pooling over them, and the sizes that go with packed weights. See fast.h. */
#include "kernels/clones.h"
#include "kernels/fast.h"

#include <string.h>

enum { CACHE_WAY_BYTES = 4096, CACHE_LINE_FLOATS = 16 };

static void measure(struct nn_blocked *layout)
{
    size_t lanes = (size_t)layout->lanes;
    layout->row = (size_t)(layout->left + layout->w + layout->right) * lanes;
    layout->block = (size_t)(layout->top + layout->h + layout->bottom) * layout->row;
    layout->image = (size_t)layout->n_blocks * layout->block;
    /* equal pixels of several images are read together: not all from one set of the first-level cache */
    if (lanes > 1 && layout->image * sizeof(float) % CACHE_WAY_BYTES == 0)
        layout->image += CACHE_LINE_FLOATS;
    layout->origin = (size_t)layout->top * layout->row + (size_t)layout->left * lanes;
}

struct nn_blocked nn_blocked_make(struct nn_shape shape, int lanes)
{
    struct nn_blocked layout = {
        .c = shape.c, .h = shape.h, .w = shape.w, .lanes = lanes, .n_blocks = (shape.c + lanes - 1) / lanes};
    measure(&layout);
    return layout;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

void nn_blocked_widen(struct nn_blocked *layout, int top, int left, int bottom, int right)
{
    layout->top = larger(layout->top, top);
    layout->left = larger(layout->left, left);
    layout->bottom = larger(layout->bottom, bottom);
    layout->right = larger(layout->right, right);
    measure(layout);
}

void nn_blocked_clear_halo(const struct nn_blocked *layout, float *image)
{
    size_t before = (size_t)layout->left * (size_t)layout->lanes;
    size_t after = (size_t)layout->right * (size_t)layout->lanes;
    for (int b = 0; b < layout->n_blocks; b++, image += layout->block) {
        memset(image, 0, (size_t)layout->top * layout->row * sizeof *image);
        for (int h = 0; h < layout->h && before + after; h++) {
            float *row = image + (size_t)(layout->top + h) * layout->row;
            memset(row, 0, before * sizeof *row);
            memset(row + layout->row - after, 0, after * sizeof *row);
        }
        memset(image + (size_t)(layout->top + layout->h) * layout->row, 0,
               (size_t)layout->bottom * layout->row * sizeof *image);
    }
}

/* --- pooling --- */

struct window {
    int first_h, end_h, first_w, end_w;
};

static void clip(int out, int stride, int size, int pad, int in, int *first, int *end)
{
    *first = larger(out * stride - pad, 0);
    *end = out * stride - pad + size < in ? out * stride - pad + size : in;
}

/* One pixel's lanes of one block: x is pixel (0, 0). */
NN_CLONES static void pool_window(const float *x, size_t row, int lanes, struct window window, bool is_mean, float *y)
{
    const float *first = x + (size_t)window.first_h * row + (size_t)(window.first_w * lanes);
    float scale = 1 / (float)((window.end_h - window.first_h) * (window.end_w - window.first_w));
    for (int lane = 0; lane < lanes; lane++)
        y[lane] = is_mean ? 0 : first[lane];
    for (int h = window.first_h; h < window.end_h; h++)
        for (int w = window.first_w; w < window.end_w; w++) {
            const float *pixel = x + (size_t)h * row + (size_t)(w * lanes);
            if (is_mean)
                for (int lane = 0; lane < lanes; lane++)
                    y[lane] += pixel[lane];
            else
                for (int lane = 0; lane < lanes; lane++)
                    y[lane] = pixel[lane] > y[lane] ? pixel[lane] : y[lane];
        }
    for (int lane = 0; lane < lanes && is_mean; lane++)
        y[lane] *= scale;
}

void nn_blocked_pool(const struct nn_pool_shape *pool, const struct nn_blocked *x_layout, const float *x,
                     const struct nn_blocked *y_layout, float *y, int n)
{
    for (int i = 0; i < n * x_layout->n_blocks; i++) {
        size_t image = (size_t)(i / x_layout->n_blocks), block = (size_t)(i % x_layout->n_blocks);
        const float *from = x + image * x_layout->image + block * x_layout->block + x_layout->origin;
        float *to = y + image * y_layout->image + block * y_layout->block + y_layout->origin;
        for (int h = 0; h < y_layout->h; h++)
            for (int w = 0; w < y_layout->w; w++) {
                struct window window;
                clip(h, pool->stride, pool->size, pool->pad_h, x_layout->h, &window.first_h, &window.end_h);
                clip(w, pool->stride, pool->size, pool->pad_w, x_layout->w, &window.first_w, &window.end_w);
                pool_window(from, x_layout->row, x_layout->lanes, window, pool->is_mean,
                            to + (size_t)h * y_layout->row + (size_t)(w * y_layout->lanes));
            }
    }
    for (int image = 0; image < n; image++)
        nn_blocked_clear_halo(y_layout, y + (size_t)image * y_layout->image);
}

/* --- sizes of the transformed domain --- */

size_t nn_winograd_n_weights(const struct nn_fast *fast, int size, int n_out, int n_in)
{
    return (size_t)nn_winograd_points(size) * (size_t)nn_round_up(n_out, fast->lanes) * (size_t)n_in;
}

size_t nn_winograd_n_scratch(const struct nn_fast *fast, int size, int n_out, int n_in, int n_tiles)
{
    size_t n_channels = (size_t)(nn_round_up(n_out, fast->lanes) + nn_round_up(n_in, fast->lanes));
    return (size_t)nn_winograd_points(size) * ((size_t)n_tiles * n_channels + 2 * (size_t)fast->lanes);
}

enum { GROUP_BYTES = 640 * 1024, MIN_GROUP = 48, TILE_STEP = 6 };

int nn_winograd_most_tiles(const struct nn_fast *fast, int size, int n_out, int n_in)
{
    size_t n_bytes = nn_winograd_n_scratch(fast, size, n_out, n_in, 1) * sizeof(float);
    int n = (int)(GROUP_BYTES / n_bytes) / TILE_STEP * TILE_STEP;
    return larger(n, MIN_GROUP); /* fewer would stream the weights too often */
}

int nn_winograd_group(const struct nn_fast *fast, int size, int n_out, int n_in, int n_tiles)
{
    int most = nn_winograd_most_tiles(fast, size, n_out, n_in);
    if (n_tiles <= most)
        return n_tiles;
    int n_groups = (n_tiles + most - 1) / most;
    return nn_round_up((n_tiles + n_groups - 1) / n_groups, TILE_STEP);
}

void nn_blocked_upsample(int size, const struct nn_blocked *x_layout, const float *x, const struct nn_blocked *y_layout,
                         float *y, int n)
{
    size_t n_bytes = (size_t)x_layout->lanes * sizeof *y;
    for (int i = 0; i < n * x_layout->n_blocks; i++) {
        size_t image = (size_t)(i / x_layout->n_blocks), block = (size_t)(i % x_layout->n_blocks);
        const float *from = x + image * x_layout->image + block * x_layout->block + x_layout->origin;
        float *to = y + image * y_layout->image + block * y_layout->block + y_layout->origin;
        for (int h = 0; h < y_layout->h; h++)
            for (int w = 0; w < y_layout->w; w++)
                memcpy(to + (size_t)h * y_layout->row + (size_t)(w * y_layout->lanes),
                       from + (size_t)(h / size) * x_layout->row + (size_t)(w / size * x_layout->lanes), n_bytes);
    }
    for (int image = 0; image < n; image++)
        nn_blocked_clear_halo(y_layout, y + (size_t)image * y_layout->image);
}
