/* See nn/augment.h. Random numbers are drawn in a fixed number and order per step, so that turning
 * one step off leaves the others as they were. */
#include "nn/augment.h"

#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_SIDE NN_AUGMENT_MAX_SIDE
#define DEGREE 0.017453293f

/* From the centre of the output, in sides, to the centre of the input: u = m[0] x + m[1] y + m[2]. */
struct affine {
    float m[6];
};

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

static struct affine compose(struct affine a, struct affine b)
{
    const float *p = a.m, *q = b.m;
    return (struct affine){{p[0] * q[0] + p[1] * q[3], p[0] * q[1] + p[1] * q[4],
                            p[0] * q[2] + p[1] * q[5] + p[2], p[3] * q[0] + p[4] * q[3],
                            p[3] * q[1] + p[4] * q[4], p[3] * q[2] + p[4] * q[5] + p[5]}};
}

/* A box whose four edges each moved a little. */
static struct affine jitter_box(struct fb_rng *rng, float most)
{
    float left = symmetric(rng, most), right = symmetric(rng, most);
    float top = symmetric(rng, most), bottom = symmetric(rng, most);
    return (struct affine){{1.0f + right - left, 0.0f, (left + right) / 2.0f, 0.0f,
                            1.0f + bottom - top, (top + bottom) / 2.0f}};
}

static struct affine make_affine(const struct nn_augment_settings *settings, struct fb_rng *rng)
{
    bool is_flipped = fb_rng_float(rng) < settings->flip;
    float angle = symmetric(rng, settings->rotation) * DEGREE;
    float scale = factor(rng, settings->scale), shear = symmetric(rng, settings->shear);
    float c = cosf(angle) * scale, s = sinf(angle) * scale;
    struct affine turn = {{c, -s, symmetric(rng, settings->shift), s, c, symmetric(rng, settings->shift)}};
    struct affine lean = {{is_flipped ? -1.0f : 1.0f, shear, 0.0f, 0.0f, 1.0f, 0.0f}};
    return compose(compose(turn, lean), jitter_box(rng, settings->box_jitter));
}

static bool is_identity(const struct affine *map)
{
    static const struct affine identity = {{1, 0, 0, 0, 1, 0}};
    return !memcmp(map, &identity, sizeof identity); /* -0.0 only costs the shortcut */
}

static float clamp(float value, float high)
{
    return value < 0.0f ? 0.0f : value > high ? high : value;
}

static void sample(const float *from, int from_side, const struct affine *map, float *to, int to_side)
{
    const float *m = map->m, size = (float)from_side, high = size - 1.0f;
    float step_u = m[0] * size / (float)to_side, step_v = m[3] * size / (float)to_side;
    int last = from_side - 2;
    for (int j = 0; j < to_side; j++) {
        float y = ((float)j + 0.5f) / (float)to_side - 0.5f, x = 0.5f / (float)to_side - 0.5f;
        float u0 = (m[0] * x + m[1] * y + m[2] + 0.5f) * size - 0.5f;
        float v0 = (m[3] * x + m[4] * y + m[5] + 0.5f) * size - 0.5f;
        for (int i = 0; i < to_side; i++) {
            float u = clamp(u0 + (float)i * step_u, high), v = clamp(v0 + (float)i * step_v, high);
            int iu = (int)u, iv = (int)v;
            iu = iu > last ? last : iu;
            iv = iv > last ? last : iv;
            float tu = u - (float)iu, tv = v - (float)iv;
            const float *p = from + iv * from_side + iu, *q = p + from_side;
            float top = p[0] + tu * (p[1] - p[0]), bottom = q[0] + tu * (q[1] - q[0]);
            to[j * to_side + i] = top + tv * (bottom - top);
        }
    }
}

/* ---- light, resolution, noise, erasing ------------------------------------------------------- */

static void light_from_side(float *x, int side, struct fb_rng *rng, float most)
{
    float angle = fb_rng_range(rng, 0.0f, 6.2831853f), strength = fb_rng_float(rng) * most * 255.0f;
    if (most <= 0.0f)
        return;
    float du = cosf(angle) * strength / (float)side, dv = sinf(angle) * strength / (float)side;
    float centre = ((float)side - 1.0f) / 2.0f;
    for (int j = 0; j < side; j++) {
        float row = ((float)j - centre) * dv;
        for (int i = 0; i < side; i++)
            x[j * side + i] += row + ((float)i - centre) * du;
    }
}

/* Mean over each of n_to equal spans of n_from values at from[i * stride]. */
static void shrink_line(const float *from, int n_from, int stride, float *to, int n_to, int to_stride)
{
    float span = (float)n_from / (float)n_to;
    for (int i = 0; i < n_to; i++) {
        float begin = (float)i * span, end = begin + span, sum = 0.0f;
        int first = (int)begin, last = (int)end < n_from - 1 ? (int)end : n_from - 1;
        for (int k = first; k <= last; k++) {
            float low = (float)k > begin ? (float)k : begin;
            float high = (float)k + 1.0f < end ? (float)k + 1.0f : end;
            if (high > low)
                sum += (high - low) * from[k * stride];
        }
        to[i * to_stride] = sum / span;
    }
}

static void lower_resolution(float *x, int side, int low_side)
{
    float narrow[MAX_SIDE * MAX_SIDE], small[MAX_SIDE * MAX_SIDE];
    static const struct affine identity = {{1, 0, 0, 0, 1, 0}};
    for (int j = 0; j < side; j++)
        shrink_line(x + j * side, side, 1, narrow + j * low_side, low_side, 1);
    for (int i = 0; i < low_side; i++)
        shrink_line(narrow + i, side, low_side, small + i, low_side, low_side);
    sample(small, low_side, &identity, x, side);
}

static void maybe_lower_resolution(float *x, int side, struct fb_rng *rng,
                                   const struct nn_augment_settings *settings)
{
    bool is_chosen = fb_rng_float(rng) < settings->low_resolution;
    float low = fb_rng_range(rng, settings->low_side_min, settings->low_side_max + 1.0f);
    int low_side = (int)low < (int)settings->low_side_max ? (int)low : (int)settings->low_side_max;
    if (is_chosen && low_side >= 2 && low_side < side)
        lower_resolution(x, side, low_side);
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
    for (int j = y0; j < y0 + h; j++)
        for (int i = x0; i < x0 + w; i++)
            x[j * side + i] = grey;
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
    struct affine map = make_affine(settings, &rng);
    if (from_side == to_side && is_identity(&map))
        memcpy(to, toned, (size_t)(to_side * to_side) * sizeof *to);
    else
        sample(toned, from_side, &map, to, to_side);
    light_from_side(to, to_side, &rng, settings->light);
    maybe_lower_resolution(to, to_side, &rng, settings);
    add_noise(to, to_side * to_side, &rng, settings->noise);
    erase(to, to_side, &rng, settings->erase);
    for (int i = 0; i < to_side * to_side; i++)
        to[i] = clamp(to[i], 255.0f);
}
