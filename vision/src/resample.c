/* See resample.h. Works in tiles of some columns, so that what it keeps between the two passes is
 * small whatever the part's size. */
#include "resample.h"

#include "base/frame.h"

#include <math.h>
#include <string.h>

/* As NN_CLONES in core/nn. Whole sums are never split, so that all of them give the same. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ &&                                \
    !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ && defined __OPTIMIZE__
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

enum { TILE = 128, FEW_TAPS = 4 };

struct scale {
    float origin, step; /* of the first pixel; px of the source a pixel */
};

/* The pixels a pixel is made of: first .. first + n - 1, as if the picture went on for ever. */
struct taps {
    int first, n;
    float from, to; /* what of them it covers; bilinear: from is the second one's share */
};

static struct taps taps_at(const struct scale *scale, int i)
{
    float from = scale->origin + scale->step * (float)i,
          to = scale->origin + scale->step * (float)(i + 1);
    if (scale->step > 1.0f) {
        int first = (int)floorf(from);
        return (struct taps){first, (int)ceilf(to) - first, from, to};
    }
    float middle = 0.5f * (from + to) - 0.5f;
    int first = (int)floorf(middle);
    return (struct taps){first, 2, middle - (float)first, 0.0f};
}

static float weight_of(const struct taps *taps, const struct scale *scale, int k)
{
    if (scale->step <= 1.0f)
        return k ? taps->from : 1.0f - taps->from;
    float left = (float)(taps->first + k);
    return (fminf(left + 1.0f, taps->to) - fmaxf(left, taps->from)) / scale->step;
}

static int clamp_int(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

CLONES static void add_row(float *restrict sums, const uint8_t *restrict row, float weight, int n)
{
    for (int x = 0; x < n; x++)
        sums[x] += weight * (float)row[x];
}

/* One row of columns left .. left + n - 1, all of them inside. */
static void sum_rows(const struct vis_grey *from, const struct scale *down, int row, int left,
                     int n, float *sums)
{
    struct taps taps = taps_at(down, row);
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int k = 0; k < taps.n; k++) {
        int y = clamp_int(taps.first + k, 0, from->height - 1);
        add_row(sums, from->pixels + (size_t)y * (size_t)from->stride + left,
                weight_of(&taps, down, k), n);
    }
}

struct tile {
    int n;                  /* columns */
    int left, n_sums;       /* of the source, inside the picture */
    int n_taps;             /* of the column with most */
    int at[FEW_TAPS][TILE]; /* index into the sums */
    float weights[FEW_TAPS][TILE];
    struct taps taps[TILE];
};

static void plan_tile(struct tile *tile, const struct vis_grey *from, const struct scale *along,
                      int first, int n)
{
    tile->n = n;
    tile->n_taps = 0;
    for (int i = 0; i < n; i++) {
        tile->taps[i] = taps_at(along, first + i);
        tile->n_taps = tile->taps[i].n > tile->n_taps ? tile->taps[i].n : tile->n_taps;
    }
    const struct taps *last = &tile->taps[n - 1];
    tile->left = clamp_int(tile->taps[0].first, 0, from->width - 1);
    tile->n_sums = clamp_int(last->first + last->n - 1, 0, from->width - 1) - tile->left + 1;
    for (int k = 0; k < FEW_TAPS; k++)
        for (int i = 0; i < n; i++) {
            const struct taps *taps = &tile->taps[i];
            tile->at[k][i] = clamp_int(taps->first + k, 0, from->width - 1) - tile->left;
            tile->weights[k][i] = k < taps->n ? weight_of(taps, along, k) : 0.0f;
            if (k >= taps->n)
                tile->at[k][i] = 0;
        }
}

CLONES static void sum_few(const struct tile *restrict tile, const float *restrict sums,
                           float *restrict values)
{
    for (int i = 0; i < tile->n; i++)
        values[i] = tile->weights[0][i] * sums[tile->at[0][i]] +
                    tile->weights[1][i] * sums[tile->at[1][i]] +
                    tile->weights[2][i] * sums[tile->at[2][i]] +
                    tile->weights[3][i] * sums[tile->at[3][i]];
}

static void sum_many(const struct tile *tile, const struct vis_grey *from,
                     const struct scale *along, const float *sums, float *values)
{
    for (int i = 0; i < tile->n; i++) {
        const struct taps *taps = &tile->taps[i];
        values[i] = 0.0f;
        for (int k = 0; k < taps->n; k++) {
            int x = clamp_int(taps->first + k, 0, from->width - 1);
            values[i] += weight_of(taps, along, k) * sums[x - tile->left];
        }
    }
}

CLONES static void round_row(const float *restrict values, uint8_t *restrict out, int n)
{
    for (int i = 0; i < n; i++) {
        float value = values[i] + 0.5f;
        value = value < 0.0f ? 0.0f : value > 255.0f ? 255.0f : value;
        out[i] = (uint8_t)value;
    }
}

void vis_resample(const struct vis_grey *from, const struct vis_part *part, int width, int height,
                  int first_row, int end_row, uint8_t *out, int stride)
{
    struct scale along = {part->x, part->w / (float)width},
                 down = {part->y, part->h / (float)height};
    float sums[FB_FRAME_MAX_SIDE], values[TILE];
    for (int first = 0; first < width; first += TILE) {
        struct tile tile;
        plan_tile(&tile, from, &along, first, width - first < TILE ? width - first : TILE);
        for (int row = first_row; row < end_row; row++) {
            sum_rows(from, &down, row, tile.left, tile.n_sums, sums);
            if (tile.n_taps <= FEW_TAPS)
                sum_few(&tile, sums, values);
            else
                sum_many(&tile, from, &along, sums, values);
            round_row(values, out + (size_t)row * (size_t)stride + first, tile.n);
        }
    }
}
