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
    int jpeg_quality;               /* 0: as it is */
    float cover[4];                 /* x0, y0, x1, y1 in sides, mid-grey; all 0: none */
} disturbances[] = {
    {.name = "unchanged"},
    {.name = "shifted 2 px of 48", .shift_px = 2},
    {.name = "shifted 4 px of 48", .shift_px = 4},
    {.name = "box 0.9", .scale = 0.9f},
    {.name = "box 1.1", .scale = 1.1f},
    {.name = "box 1.3", .scale = 1.3f},
    {.name = "turned 10 degrees", .degrees = 10},
    {.name = "turned 20 degrees", .degrees = 20},
    {.name = "32 px a side", .low_side = 32},
    {.name = "24 px a side", .low_side = 24},
    {.name = "16 px a side", .low_side = 16},
    {.name = "dark", .gain = 0.35f, .offset = -80},
    {.name = "bright", .gain = 0.6f, .offset = 70},
    {.name = "little contrast", .gain = 0.3f},
    {.name = "light from one side", .light = 100},
    {.name = "noise, deviation 12", .noise = 12},
    {.name = "blurred, 1 px", .blur_px = 1},
    {.name = "JPEG 30", .jpeg_quality = 30},
    {.name = "mouth covered", .cover = {0.2f, 0.65f, 0.8f, 0.95f}},
    {.name = "eyes covered", .cover = {0.1f, 0.25f, 0.9f, 0.48f}},
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
    static const float directions[8][2] = {{1, 0}, {-1, 0},  {0, 1},  {0, -1},
                                           {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
    const float *direction = directions[index & 7];
    float scale = d->scale > 0.0f ? d->scale : 1.0f,
          angle = (index & 1 ? -d->degrees : d->degrees) * DEGREE;
    float c = cosf(angle) * scale, s = sinf(angle) * scale;
    return (struct nn_affine){
        {c, -s, direction[0] * d->shift_px / 48.0f, s, c, direction[1] * d->shift_px / 48.0f}};
}

static void add_noise(float *x, int n_px, float deviation, int64_t index)
{
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, 1, (uint64_t)index);
    for (int i = 0; deviation > 0.0f && i < n_px; i++)
        x[i] += deviation * fb_rng_normal(&rng);
}

/* One pass of a normal blur along lines; edges repeated. */
static void blur_lines(const float *from, float *to, int side, int step, int line_step,
                       float deviation)
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
    float source[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE] = {0},
                                       x[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE];
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
    if (d->jpeg_quality)
        nn_jpeg_loss(x, side, d->jpeg_quality);
    nn_cover(x, side, (int)(d->cover[0] * size), (int)(d->cover[1] * size),
             (int)(d->cover[2] * size), (int)(d->cover[3] * size), 127.5f);
    for (int i = 0; i < n_px; i++)
        to[i] = (uint8_t)lrintf(fminf(fmaxf(x[i], 0.0f), 255.0f));
}
