/* The cascade in plain C, step by step as OpenCV 4.6 evaluates it: 32-bit integral images of the
 * whole level, one window after the other. Runs anywhere; the oracle of the vector kernels.
 *
 * Exactness: a feature's value is float arithmetic on integer sums in OpenCV's order, a stage's sum
 * is double in the order of its weak classifiers. */
#include "kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plain {
    const struct cas_model *model; /* borrowed */
};

/* Views into a worker's scratch; all (height + 1, stride). */
struct images {
    int stride;
    int32_t *sum, *tilted;
    uint32_t *squares;
};

static int plain_create(const struct cas_model *model, void **state)
{
    struct plain *plain = *state = calloc(1, sizeof *plain);
    if (!plain)
        return fb_fail_nomem("a cascade", sizeof *plain);
    plain->model = model;
    return FB_OK;
}

static void plain_destroy(void **state)
{
    free(*state);
    *state = NULL;
}

static size_t image_items(const struct cas_level *levels, int n_levels)
{
    size_t most = 0;
    for (int i = 0; i < n_levels; i++) {
        size_t items = (size_t)(levels[i].width + 1) * (size_t)(levels[i].height + 1);
        most = items > most ? items : most;
    }
    return most;
}

static size_t plain_scratch_bytes(const void *state, const struct cas_level *levels, int n_levels)
{
    (void)state;
    return image_items(levels, n_levels) * 3 * sizeof(int32_t);
}

static int plain_n_strips(const void *state, const struct cas_level *level)
{
    (void)state, (void)level;
    return 1;
}

static void fill_sums(const struct cas_level *level, const struct images *images)
{
    memset(images->sum, 0, (size_t)images->stride * sizeof *images->sum);
    memset(images->squares, 0, (size_t)images->stride * sizeof *images->squares);
    for (int y = 0; y < level->height; y++) {
        const uint8_t *pixels = level->pixels + (ptrdiff_t)y * level->stride;
        const int32_t *sum_above = images->sum + (ptrdiff_t)y * images->stride;
        const uint32_t *squares_above = images->squares + (ptrdiff_t)y * images->stride;
        int32_t *sums = images->sum + (ptrdiff_t)(y + 1) * images->stride;
        uint32_t *squares = images->squares + (ptrdiff_t)(y + 1) * images->stride;
        int32_t sum = 0;
        uint32_t square = 0;
        sums[0] = 0;
        squares[0] = 0;
        for (int x = 0; x < level->width; x++) {
            sum += pixels[x];
            square += (uint32_t)pixels[x] * pixels[x];
            sums[x + 1] = sum_above[x + 1] + sum;
            squares[x + 1] = squares_above[x + 1] + square;
        }
    }
}

/* (X, Y): the sum of the triangle that opens upwards at 45 degrees from pixel (X - 1, Y - 1). */
static void fill_tilted(const struct cas_level *level, const struct images *images)
{
    int width = level->width, stride = images->stride;
    memset(images->tilted, 0, (size_t)stride * sizeof *images->tilted);
    for (int y = 1; y <= level->height; y++) {
        const uint8_t *pixels = level->pixels + (ptrdiff_t)(y - 1) * level->stride;
        const uint8_t *pixels_above = y > 1 ? pixels - level->stride : pixels;
        int32_t *row = images->tilted + (ptrdiff_t)y * stride;
        const int32_t *above = row - stride, *above2 = y > 1 ? above - stride : above;
        int has_above = y > 1;
        row[0] = above[1];
        for (int x = 1; x < width; x++)
            row[x] = above[x - 1] + above[x + 1] - above2[x] + pixels[x - 1] +
                     has_above * pixels_above[x - 1];
        row[width] = above[width - 1] + pixels[width - 1] + has_above * pixels_above[width - 1];
    }
}

static int32_t upright_sum(const int32_t *at, int stride, const struct cas_rect *rect)
{
    const int32_t *top = at + (ptrdiff_t)rect->y * stride + rect->x;
    const int32_t *bottom = top + (ptrdiff_t)rect->h * stride;
    return top[0] - top[rect->w] - bottom[0] + bottom[rect->w];
}

static int32_t tilted_sum(const int32_t *at, int stride, const struct cas_rect *rect)
{
    const int32_t *top = at + (ptrdiff_t)rect->y * stride + rect->x;
    const int32_t *left = top + (ptrdiff_t)rect->h * stride - rect->h;
    const int32_t *right = top + (ptrdiff_t)rect->w * stride + rect->w;
    const int32_t *bottom = top + (ptrdiff_t)(rect->w + rect->h) * stride + rect->w - rect->h;
    return *top - *left - *right + *bottom;
}

static float haar_value(const struct cas_feature *feature, const struct images *images,
                        ptrdiff_t at)
{
    float sums[CAS_MAX_RECTS] = {0};
    for (int i = 0; i < feature->n_rects; i++)
        sums[i] = (float)(feature->is_tilted
                              ? tilted_sum(images->tilted + at, images->stride, &feature->rects[i])
                              : upright_sum(images->sum + at, images->stride, &feature->rects[i]));
    float value = feature->rects[0].weight * sums[0] + feature->rects[1].weight * sums[1];
    if (feature->rects[2].weight != 0.0f)
        value += feature->rects[2].weight * sums[2];
    return value;
}

/* The eight cells round the middle one, clockwise from the top left, one bit each, highest first.
 */
static int lbp_pattern(const struct cas_feature *feature, const struct images *images, ptrdiff_t at)
{
    static const int8_t around[8][2] = {{0, 0}, {1, 0}, {2, 0}, {2, 1},
                                        {2, 2}, {1, 2}, {0, 2}, {0, 1}};
    struct cas_rect cell = feature->rects[0];
    const int x = cell.x, y = cell.y;
    cell.x = x + cell.w;
    cell.y = y + cell.h;
    int32_t middle = upright_sum(images->sum + at, images->stride, &cell);
    int pattern = 0;
    for (int i = 0; i < 8; i++) {
        cell.x = x + around[i][0] * cell.w;
        cell.y = y + around[i][1] * cell.h;
        pattern = pattern << 1 | (upright_sum(images->sum + at, images->stride, &cell) >= middle);
    }
    return pattern;
}

static float weak_value(const struct cas_model *model, const struct cas_weak *weak,
                        const struct images *images, ptrdiff_t at, float inverse_deviation)
{
    int child = 0;
    do {
        const struct cas_node *node = &model->nodes[weak->first_node + child];
        const struct cas_feature *feature = &model->features[node->feature];
        bool is_left;
        if (model->type == CAS_FEATURE_LBP) {
            int pattern = lbp_pattern(feature, images, at);
            is_left = node->subset[pattern >> 5] >> (pattern & 31) & 1;
        } else {
            is_left = haar_value(feature, images, at) * inverse_deviation < node->threshold;
        }
        child = is_left ? node->left : node->right;
    } while (child > 0);
    return model->leaves[weak->first_leaf - child];
}

/* Stages passed; *sum is that of the last one evaluated. */
static int run_stages(const struct cas_model *model, const struct images *images, ptrdiff_t at,
                      float inverse_deviation, double *sum)
{
    for (int i = 0; i < model->n_stages; i++) {
        const struct cas_stage *stage = &model->stages[i];
        *sum = 0;
        for (int w = 0; w < stage->n_weak; w++)
            *sum += weak_value(model, &model->weaks[stage->first_weak + w], images, at,
                               inverse_deviation);
        if (*sum < stage->threshold)
            return i;
    }
    return model->n_stages;
}

/* 1 / (area * standard deviation) inside the window's one-pixel frame; false where it is too flat.
 */
static bool measure_window(const struct cas_model *model, const struct images *images, ptrdiff_t at,
                           float *inverse_deviation)
{
    if (model->type == CAS_FEATURE_LBP)
        return true;
    const struct cas_rect inner = {1, 1, model->window_w - 2, model->window_h - 2, 0};
    const uint32_t *top = images->squares + at + images->stride + 1;
    const uint32_t *bottom = top + (ptrdiff_t)inner.h * images->stride;
    int32_t sum = upright_sum(images->sum + at, images->stride, &inner);
    uint32_t squares = top[0] - top[inner.w] - bottom[0] + bottom[inner.w];
    double area = (double)inner.w * inner.h;
    double variance = area * squares - (double)sum * sum;
    if (!(variance > 0))
        return false;
    *inverse_deviation = (float)(1.0 / sqrt(variance));
    return area * *inverse_deviation < 1e-1;
}

static void plain_scan(const void *state, const struct cas_level *level, int i_level, int strip,
                       void *scratch, struct cas_hits *hits)
{
    const struct cas_model *model = ((const struct plain *)state)->model;
    size_t n_items = (size_t)(level->width + 1) * (size_t)(level->height + 1);
    struct images images = {.stride = level->width + 1, .sum = scratch};
    images.tilted = images.sum + n_items;
    images.squares = (uint32_t *)images.tilted + n_items;
    (void)strip;
    fill_sums(level, &images);
    if (model->has_tilted)
        fill_tilted(level, &images);
    for (int y = 0; y < level->range_y; y += level->step)
        for (int x = 0; x < level->range_x; x += level->step) {
            ptrdiff_t at = (ptrdiff_t)y * images.stride + x;
            float inverse_deviation = 1;
            double sum = 0;
            if (!measure_window(model, &images, at, &inverse_deviation))
                continue;
            int n_passed = run_stages(model, &images, at, inverse_deviation, &sum);
            if (n_passed == model->n_stages)
                cas_hits_add(hits, i_level, x, y,
                             (float)(sum - model->stages[n_passed - 1].threshold));
            else if (n_passed == 0)
                x += level->step; /* OpenCV's rule: nothing here, the next window is left out */
        }
}

const struct cas_kernel cas_kernel_plain = {
    .create = plain_create,
    .destroy = plain_destroy,
    .scratch_bytes = plain_scratch_bytes,
    .n_strips = plain_n_strips,
    .resize = cas_resize_plain,
    .scan = plain_scan,
};
