/* See nn/disturb.h. A row of the table is a disturbance; sizes are for crops of 48 px. */
#include "nn/disturb.h"

#include "augment_ops.h"
#include "base/rng.h"

#include <math.h>
#include <stddef.h>

#define DEGREE 0.017453293f

static const struct disturbance {
    const char *name;
    float shift_px, scale, degrees; /* scale: of the box; 0: as it is */
    int low_side;                   /* 0: as it is */
    float gain, offset;             /* about mid-grey; gain 0: as it is */
    float light, noise;             /* grey levels: across the crop; deviation */
    float blur_px;                  /* deviation of a normal blur */
    float cover[4];                 /* x0, y0, x1, y1 in sides, mid-grey; all 0: none */
} disturbances[] = {
    {"unchanged", 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"shifted 2 px of 48", 2, 0, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"shifted 4 px of 48", 4, 0, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"box 0.9", 0, 0.9f, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"box 1.1", 0, 1.1f, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"box 1.3", 0, 1.3f, 0, 0, 0, 0, 0, 0, 0, {0}},
    {"turned 10 degrees", 0, 0, 10, 0, 0, 0, 0, 0, 0, {0}},
    {"turned 20 degrees", 0, 0, 20, 0, 0, 0, 0, 0, 0, {0}},
    {"32 px a side", 0, 0, 0, 32, 0, 0, 0, 0, 0, {0}},
    {"24 px a side", 0, 0, 0, 24, 0, 0, 0, 0, 0, {0}},
    {"16 px a side", 0, 0, 0, 16, 0, 0, 0, 0, 0, {0}},
    {"dark", 0, 0, 0, 0, 0.35f, -80, 0, 0, 0, {0}},
    {"bright", 0, 0, 0, 0, 0.6f, 70, 0, 0, 0, {0}},
    {"little contrast", 0, 0, 0, 0, 0.3f, 0, 0, 0, 0, {0}},
    {"light from one side", 0, 0, 0, 0, 0, 0, 100, 0, 0, {0}},
    {"noise, deviation 12", 0, 0, 0, 0, 0, 0, 0, 12, 0, {0}},
    {"blurred, 1 px", 0, 0, 0, 0, 0, 0, 0, 0, 1.0f, {0}},
    {"mouth covered", 0, 0, 0, 0, 0, 0, 0, 0, 0, {0.2f, 0.65f, 0.8f, 0.95f}},
    {"eyes covered", 0, 0, 0, 0, 0, 0, 0, 0, 0, {0.1f, 0.25f, 0.9f, 0.48f}},
};

int nn_disturb_count(void)
{
    return (int)(sizeof disturbances / sizeof *disturbances);
}

const char *nn_disturb_name(int kind)
{
    return disturbances[kind].name;
}

/* Eight directions for shifts, both signs for turns. */
static struct nn_affine map_of(const struct disturbance *d, int64_t index)
{
    static const float directions[8][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
    const float *direction = directions[index & 7];
    float scale = d->scale > 0.0f ? d->scale : 1.0f, angle = (index & 1 ? -d->degrees : d->degrees) * DEGREE;
    float c = cosf(angle) * scale, s = sinf(angle) * scale;
    return (struct nn_affine){{c, -s, direction[0] * d->shift_px / 48.0f, s, c, direction[1] * d->shift_px / 48.0f}};
}

static void add_noise(float *x, int n_px, float deviation, int64_t index)
{
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, 1, (uint64_t)index);
    for (int i = 0; deviation > 0.0f && i < n_px; i++)
        x[i] += deviation * fb_rng_normal(&rng);
}

/* One pass of a normal blur along lines; edges repeated. */
static void blur_lines(const float *from, float *to, int side, int step, int line_step, float deviation)
{
    for (int line = 0; line < side; line++)
        for (int i = 0; i < side; i++) {
            float sum = 0.0f, weights = 0.0f;
            for (int k = -4; k <= 4; k++) {
                int at = i + k < 0 ? 0 : i + k >= side ? side - 1 : i + k;
                float weight = expf(-0.5f * (float)(k * k) / (deviation * deviation));
                sum += weight * from[line * line_step + at * step];
                weights += weight;
            }
            to[line * line_step + i * step] = sum / weights;
        }
}

static void blur(float *x, int side, float deviation)
{
    float once[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE];
    if (deviation <= 0.0f)
        return;
    blur_lines(x, once, side, 1, side, deviation);
    blur_lines(once, x, side, side, 1, deviation);
}

void nn_disturb(int kind, int64_t index, const uint8_t *from, int side, uint8_t *to)
{
    const struct disturbance *d = &disturbances[kind];
    float source[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE] = {0}, x[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE];
    int n_px = side * side, low_side = d->low_side * side / 48;
    float gain = d->gain > 0.0f ? d->gain : 1.0f, size = (float)side;
    struct nn_affine map = map_of(d, index);
    for (int i = 0; i < n_px; i++)
        source[i] = (float)from[i];
    nn_affine_sample(source, side, &map, x, side);
    for (int i = 0; i < n_px; i++)
        x[i] = fminf(fmaxf(127.5f + gain * (x[i] - 127.5f) + d->offset, 0.0f), 255.0f);
    nn_add_light(x, side, index & 1 ? 0.0f : 3.14159265f, d->light);
    blur(x, side, d->blur_px * size / 48.0f);
    if (low_side)
        nn_lower_resolution(x, side, low_side);
    add_noise(x, n_px, d->noise, index);
    nn_cover(x, side, (int)(d->cover[0] * size), (int)(d->cover[1] * size), (int)(d->cover[2] * size),
             (int)(d->cover[3] * size), 127.5f);
    for (int i = 0; i < n_px; i++)
        to[i] = (uint8_t)lrintf(fminf(fmaxf(x[i], 0.0f), 255.0f));
}
