/* See nn/augment.h. Random numbers are drawn in a fixed number and order per step, so that turning
 * one step off leaves the others as they were. */
#include "nn/augment.h"

#include "augment_ops.h"
#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_SIDE NN_AUGMENT_MAX_SIDE
#define DEGREE 0.017453293f

static float symmetric(struct fb_rng *rng, float most)
{
    return fb_rng_range(rng, -1.0f, 1.0f) * most;
}

/* In 1/(1+most)..1+most, each half as likely. */
static float factor(struct fb_rng *rng, float most)
{
    float exponent = fb_rng_range(rng, -1.0f, 1.0f);
    return most > 0.0f ? expf(exponent * logf(1.0f + most)) : 1.0f;
}

/* ---- tone ------------------------------------------------------------------------------------ */

static void make_tone(const struct nn_augment_settings *settings, struct fb_rng *rng, float tone[256])
{
    float exponent = factor(rng, settings->gamma), gain = factor(rng, settings->contrast);
    float offset = symmetric(rng, settings->brightness) * 255.0f;
    for (int i = 0; i < 256; i++) {
        float value = (float)i;
        if (settings->gamma > 0.0f)
            value = 255.0f * powf(value / 255.0f, exponent);
        tone[i] = fminf(fmaxf(127.5f + gain * (value - 127.5f) + offset, 0.0f), 255.0f);
    }
}

/* ---- geometry -------------------------------------------------------------------------------- */

/* A box whose four edges each moved a little. */
static struct nn_affine jitter_box(struct fb_rng *rng, float most)
{
    float left = symmetric(rng, most), right = symmetric(rng, most);
    float top = symmetric(rng, most), bottom = symmetric(rng, most);
    return (struct nn_affine){{1.0f + right - left, 0.0f, (left + right) / 2.0f, 0.0f,
                            1.0f + bottom - top, (top + bottom) / 2.0f}};
}

static struct nn_affine make_affine(const struct nn_augment_settings *settings, struct fb_rng *rng)
{
    bool is_flipped = fb_rng_float(rng) < settings->flip;
    float angle = symmetric(rng, settings->rotation) * DEGREE;
    float scale = factor(rng, settings->scale), shear = symmetric(rng, settings->shear);
    float c = cosf(angle) * scale, s = sinf(angle) * scale;
    struct nn_affine turn = {{c, -s, symmetric(rng, settings->shift), s, c, symmetric(rng, settings->shift)}};
    struct nn_affine lean = {{is_flipped ? -1.0f : 1.0f, shear, 0.0f, 0.0f, 1.0f, 0.0f}};
    return nn_affine_compose(nn_affine_compose(turn, lean), jitter_box(rng, settings->box_jitter));
}

static bool is_identity(const struct nn_affine *map)
{
    static const struct nn_affine identity = {{1, 0, 0, 0, 1, 0}};
    return !memcmp(map, &identity, sizeof identity); /* -0.0 only costs the shortcut */
}

/* ---- light, resolution, noise, erasing ------------------------------------------------------- */

static void light_from_side(float *x, int side, struct fb_rng *rng, float most)
{
    float angle = fb_rng_range(rng, 0.0f, 6.2831853f), strength = fb_rng_float(rng) * most * 255.0f;
    if (most <= 0.0f)
        return;
    nn_add_light(x, side, angle, strength);
}

static void maybe_lower_resolution(float *x, int side, struct fb_rng *rng,
                                   const struct nn_augment_settings *settings)
{
    bool is_chosen = fb_rng_float(rng) < settings->low_resolution;
    float low = fb_rng_range(rng, settings->low_side_min, settings->low_side_max + 1.0f);
    int low_side = (int)low < (int)settings->low_side_max ? (int)low : (int)settings->low_side_max;
    if (is_chosen && low_side >= 2 && low_side < side)
        nn_lower_resolution(x, side, low_side);
}

/* Sums of four 16-bit uniforms: normal enough (kurtosis 2.7) at a tenth of Box-Muller's cost. */
static void add_noise(float *x, int n_px, struct fb_rng *rng, float most)
{
    float deviation = fb_rng_float(rng) * most, scale = deviation / (65536.0f * 0.57735027f);
    if (most <= 0.0f)
        return;
    for (int i = 0; i < n_px; i++) {
        uint64_t bits = fb_rng_u64(rng);
        int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) + (int)(bits >> 32 & 0xffff) +
                  (int)(bits >> 48);
        x[i] += (float)(sum - 131070) * scale;
    }
}

static void erase(float *x, int side, struct fb_rng *rng, float probability)
{
    bool is_chosen = fb_rng_float(rng) < probability;
    float area = fb_rng_range(rng, 0.03f, 0.20f), aspect = expf(fb_rng_range(rng, -0.9f, 0.9f));
    float at_x = fb_rng_float(rng), at_y = fb_rng_float(rng), grey = fb_rng_range(rng, 0.0f, 255.0f);
    if (!is_chosen)
        return;
    int w = (int)fminf((float)side * sqrtf(area * aspect) + 0.5f, (float)side);
    int h = (int)fminf((float)side * sqrtf(area / aspect) + 0.5f, (float)side);
    int x0 = (int)(at_x * (float)(side - w + 1)), y0 = (int)(at_y * (float)(side - h + 1));
    nn_cover(x, side, x0, y0, x0 + w, y0 + h, grey);
}

void nn_augment(const struct nn_augment_settings *settings, uint64_t seed, int epoch, int64_t index,
                const uint8_t *from, int from_side, float *to, int to_side)
{
    float tone[256], toned[MAX_SIDE * MAX_SIDE];
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, seed + (uint64_t)epoch * UINT64_C(0xd1342543de82ef95), (uint64_t)index);
    make_tone(settings, &rng, tone);
    for (int i = 0; i < from_side * from_side; i++)
        toned[i] = tone[from[i]];
    struct nn_affine map = make_affine(settings, &rng);
    if (from_side == to_side && is_identity(&map))
        memcpy(to, toned, (size_t)(to_side * to_side) * sizeof *to);
    else
        nn_affine_sample(toned, from_side, &map, to, to_side);
    light_from_side(to, to_side, &rng, settings->light);
    maybe_lower_resolution(to, to_side, &rng, settings);
    add_noise(to, to_side * to_side, &rng, settings->noise);
    erase(to, to_side, &rng, settings->erase);
    for (int i = 0; i < to_side * to_side; i++)
        to[i] = fminf(fmaxf(to[i], 0.0f), 255.0f);
}
