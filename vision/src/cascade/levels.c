/* See levels.h. Float where OpenCV has float: a rounding elsewhere is another list of sizes. */
#include "levels.h"

#include <math.h>
#include <string.h>

static int round_to_even(double value)
{
    return (int)lrint(value);
}

/* Window size in the picture at a scale, as cvRound(int * float). */
static int scaled(int length, float scale)
{
    return (int)lrintf((float)length * scale);
}

/* OpenCV deals the rows to stripes of equal height (as many as 32 px go into the widest level) and
 * rounds down: when it comes out even, an odd last row is left out. */
static int reached_rows(const struct cas_level *level, int widest_range_x)
{
    int n_stripes = (widest_range_x + 31) / 32, n_rows = level->range_y / level->step;
    int rows_each = (n_rows + n_stripes - 1) / n_stripes;
    int reached = (rows_each > 1 ? rows_each : 1) * level->step * n_stripes;
    return reached < level->range_y ? reached : level->range_y;
}

static void plan_level(const struct cas_model *model, float scale, int width, int height,
                       struct cas_level *level)
{
    memset(level, 0, sizeof *level);
    level->scale = scale;
    level->width = (int)lrintf((float)width / scale);
    level->height = (int)lrintf((float)height / scale);
    level->window_w = scaled(model->window_w, scale);
    level->window_h = scaled(model->window_h, scale);
    level->step = scale >= 2.0f ? 1 : 2;
    level->range_x = level->width + 1 - model->window_w;
    level->range_y = level->height + 1 - model->window_h;
    level->stride = (level->width + CAS_PIXEL_PADDING + 63) / 64 * 64;
}

/* All scales at which the window fits into the picture. */
static int list_scales(const struct cas_model *model, double factor, int width, int height,
                       float *scales)
{
    int n = 0;
    for (double scale = 1; n < CAS_MAX_LEVELS; scale *= factor) {
        if (round_to_even(model->window_w * scale) > width ||
            round_to_even(model->window_h * scale) > height)
            break;
        scales[n++] = (float)scale;
    }
    return n;
}

/* Where the limits leave no scale, OpenCV searches the one nearest to the smallest size. */
static int nearest_scale(const struct cas_model *model, const float *scales, int n, int min_px)
{
    int nearest = 0;
    double best = 0;
    for (int i = 0; i < n; i++) {
        double dx = min_px - scaled(model->window_w, scales[i]);
        double dy = min_px - scaled(model->window_h, scales[i]);
        if (i == 0 || dx * dx + dy * dy < best) {
            best = dx * dx + dy * dy;
            nearest = i;
        }
    }
    return nearest;
}

int cas_levels_plan(const struct cas_model *model, const struct vis_cascade_settings *settings,
                    int width, int height, struct cas_level *levels)
{
    float scales[CAS_MAX_LEVELS];
    int n_scales = list_scales(model, settings->scale_factor, width, height, scales), n = 0;
    int max_w = settings->max_px ? settings->max_px : width;
    int max_h = settings->max_px ? settings->max_px : height;
    for (int i = 0; i < n_scales; i++) {
        int window_w = scaled(model->window_w, scales[i]);
        int window_h = scaled(model->window_h, scales[i]);
        if (window_w > max_w || window_h > max_h)
            break;
        if (window_w >= settings->min_px && window_h >= settings->min_px)
            plan_level(model, scales[i], width, height, &levels[n++]);
    }
    if (n == 0 && n_scales) {
        int i = nearest_scale(model, scales, n_scales, settings->min_px);
        plan_level(model, scales[i], width, height, &levels[n++]);
    }
    int n_used = 0; /* rounding may leave a picture smaller than the window */
    for (int i = 0; i < n; i++)
        if (levels[i].range_x > 0 && levels[i].range_y > 0)
            levels[n_used++] = levels[i];
    for (int i = 0; i < n_used; i++)
        levels[i].range_y = reached_rows(&levels[i], levels[0].range_x);
    return n_used;
}

static size_t pixel_bytes(const struct cas_level *level)
{
    return (size_t)level->stride * (size_t)(level->height + 1);
}

static size_t aligned(size_t n_bytes)
{
    return (n_bytes + 63) / 64 * 64;
}

static size_t tap_bytes(const struct cas_level *level)
{
    return aligned(((size_t)level->width + 16 + (size_t)level->height) * sizeof(struct cas_tap));
}

static int n_columns8(const struct cas_level *level)
{
    return level->width / 16 * 2 + 2;
}

size_t cas_levels_bytes(const struct cas_level *levels, int n_levels)
{
    size_t n_bytes = 0;
    for (int i = 0; i < n_levels; i++)
        n_bytes += pixel_bytes(&levels[i]) + tap_bytes(&levels[i]) +
                   aligned((size_t)n_columns8(&levels[i]) * sizeof(struct cas_tap8));
    return n_bytes;
}

/* Pixel centres map onto each other; weights are 8-bit fixed point, rounded half to even; outside
 * the source its edge pixel counts. */
static void fill_taps(struct cas_tap *taps, int n_to, int n_from)
{
    double scale = 1.0 / ((double)n_to / n_from);
    for (int i = 0; i < n_to; i++) {
        double at = scale * (i + 0.5) - 0.5;
        int first = (int)floor(at);
        taps[i].first = first;
        taps[i].weight = round_to_even((at - first) * 256);
        if (first < 0)
            taps[i] = (struct cas_tap){0, 0};
        if (first >= n_from - 1)
            taps[i] = n_from > 1 ? (struct cas_tap){n_from - 2, 256} : (struct cas_tap){0, 0};
    }
}

/* Vectors read 16 bytes (narrow) or 4 from each place, never behind the picture's last pixel. */
static void fill_taps8(struct cas_level *level, int width)
{
    int n_bytes = level->is_narrow ? 16 : 4, n_pairs = level->is_narrow ? 4 : 1;
    for (int i = 0; i < 8 * n_columns8(level); i++) {
        struct cas_tap8 *taps = &level->columns8[i / 8];
        const struct cas_tap *tap = &level->columns[i < level->width + 15 ? i : level->width + 15];
        int lane = i % 8, leader = lane / n_pairs * n_pairs;
        if (lane == leader)
            taps->from[lane] = tap->first < width - n_bytes ? tap->first : width - n_bytes;
        int at = tap->first - taps->from[leader];
        uint8_t *shuffle = taps->shuffle + 4 * lane;
        if (!level->is_narrow)
            at += lane % 4 * 4; /* gathered: each pair in the four bytes of its lane */
        shuffle[0] = (uint8_t)at;
        shuffle[2] = (uint8_t)(at + 1);
        shuffle[1] = shuffle[3] = 0x80; /* zero */
        taps->weights[2 * lane] = (int16_t)(256 - tap->weight);
        taps->weights[2 * lane + 1] = (int16_t)tap->weight;
    }
}

void cas_levels_bind(struct cas_level *levels, int n_levels, int width, int height, void *memory)
{
    uint8_t *at = memory;
    for (int i = 0; i < n_levels; i++) {
        struct cas_level *level = &levels[i];
        level->pixels = at;
        at += pixel_bytes(level);
        level->columns = (struct cas_tap *)(void *)at;
        level->rows = level->columns + level->width + 16;
        at += tap_bytes(level);
        fill_taps(level->columns, level->width, width);
        fill_taps(level->rows, level->height, height);
        for (int x = level->width; x < level->width + 16; x++)
            level->columns[x] = level->columns[level->width - 1];
        level->columns8 = (struct cas_tap8 *)(void *)at;
        at += aligned((size_t)n_columns8(level) * sizeof(struct cas_tap8));
        level->is_vectored = width >= 16;
        level->is_narrow = level->scale < 3.5f; /* 3 * 3.5 + 2 < 16, with a rounding to spare */
        if (level->is_vectored)
            fill_taps8(level, width);
    }
}

void cas_resize_plain(const struct cas_level *level, const uint8_t *picture, int stride,
                      int first_row, int end_row)
{
    for (int y = first_row; y < end_row; y++) {
        const struct cas_tap row = level->rows[y];
        const uint8_t *above = picture + (ptrdiff_t)row.first * stride;
        const uint8_t *below = row.weight ? above + stride : above;
        uint8_t *out = level->pixels + (ptrdiff_t)y * level->stride;
        for (int x = 0; x < level->width; x++) {
            const struct cas_tap column = level->columns[x];
            int next = column.first + (column.weight != 0);
            int top = above[column.first] * (256 - column.weight) + above[next] * column.weight;
            int bottom = below[column.first] * (256 - column.weight) + below[next] * column.weight;
            out[x] = (uint8_t)((top * (256 - row.weight) + bottom * row.weight + 32768) >> 16);
        }
    }
}
