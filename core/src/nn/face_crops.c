/* See nn/face_crops.h. */
#include "nn/face_crops.h"

#include "base/rng.h"
#include "kernels/clones.h"
#include "nn/detector_loss.h"
#include "nn/preprocess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOISE_FLOATS = 1 << 16, OUTSIDE_GREY = 127 };
#define ORDER_STREAM UINT64_C(0x666163656f726400)
#define CROP_STREAM UINT64_C(0x6661636563726f00)
#define SMALLEST_PX 20.0f    /* of a chosen face in its crop */
#define LARGEST_SHARE 1.0f   /* of the crop's side */

struct nn_face_crops {
    const struct nn_faces *faces;
    struct nn_face_crops_settings settings;
    int n_pictures, *pictures, *order; /* of the training part; the epoch's, (n_pictures * n_per_picture) */
    int epoch;                         /* whose order is in order; -1: none yet */
    float *noise;                      /* (NOISE_FLOATS) normal */
    float *blurred;                    /* (side, side) */
};

struct nn_face_crops_settings nn_default_face_crops_settings(void)
{
    return (struct nn_face_crops_settings){.side = 256, .n_per_picture = 4, .rotation_deg = 30, .tumble = 0.1f,
                                           .cover = 0.15f, .face_share = 0.85f, .max_enlarge = 1.8f, .blur = 0.2f,
                                           .noise = 0.3f};
}

static int allocate(struct nn_face_crops *crops)
{
    size_t n = (size_t)crops->faces->n_pictures, side = (size_t)crops->settings.side;
    crops->pictures = calloc(n, sizeof(int));
    crops->order = calloc(n * (size_t)crops->settings.n_per_picture, sizeof(int));
    crops->noise = calloc(NOISE_FLOATS, sizeof(float));
    crops->blurred = calloc(side * side, sizeof(float));
    if (!crops->pictures || !crops->order || !crops->noise || !crops->blurred)
        return fb_fail_nomem("face crops", n * sizeof(int));
    struct fb_rng rng;
    fb_rng_seed(&rng, crops->settings.seed);
    for (int i = 0; i < NOISE_FLOATS; i++)
        crops->noise[i] = fb_rng_normal(&rng);
    return FB_OK;
}

int nn_face_crops_create(const struct nn_faces *faces, const struct nn_face_crops_settings *settings,
                         struct nn_face_crops **out)
{
    *out = NULL;
    if (settings->side < 64 || settings->side > 1024 || settings->side % NN_DETECTOR_MAX_STRIDE)
        return fb_fail(FB_ERR_USAGE, "crops of %d px: 64 to 1024, a multiple of %d", settings->side,
                       NN_DETECTOR_MAX_STRIDE);
    if (settings->n_per_picture < 1 || settings->n_per_picture > 1000)
        return fb_fail(FB_ERR_USAGE, "%d crops of a picture: 1 to 1000", settings->n_per_picture);
    struct nn_face_crops *crops = *out = calloc(1, sizeof *crops);
    if (!crops)
        return fb_fail_nomem("face crops", sizeof *crops);
    crops->faces = faces;
    crops->settings = *settings;
    crops->epoch = -1;
    int status = allocate(crops);
    for (int i = 0; i < faces->n_pictures && !status; i++)
        if (!faces->pictures[i].is_valid_split && faces->pictures[i].pixels)
            crops->pictures[crops->n_pictures++] = i;
    if (!status && !crops->n_pictures)
        status = fb_fail(FB_ERR_INPUT, "no picture to train on");
    if (status)
        nn_face_crops_destroy(out);
    return status;
}

void nn_face_crops_destroy(struct nn_face_crops **crops_ptr)
{
    struct nn_face_crops *crops = *crops_ptr;
    if (!crops)
        return;
    free(crops->pictures);
    free(crops->order);
    free(crops->noise);
    free(crops->blurred);
    free(crops);
    *crops_ptr = NULL;
}

/* --- where a crop lies --- */

/* Crop px (x, y) from the crop's centre -> picture px: centre + (a x - b y, b x + a y), x mirrored before when flipped. */
struct view {
    const struct nn_faces_picture *picture;
    float centre_x, centre_y, a, b;
    float scale; /* crop px of a picture px */
    bool is_flipped;
};

static float log_uniform(struct fb_rng *rng, float low, float high)
{
    return high > low ? low * expf(fb_rng_float(rng) * logf(high / low)) : low;
}

static float size_of(const struct nn_face *face)
{
    return sqrtf(face->box.w * face->box.h);
}

/* Any of the picture's faces that are large enough to be shown at the wanted size, or the largest: most faces are small,
 * and without this hardly a crop had a large one. NULL: none. */
static const struct nn_face *choose_face(const struct nn_face_crops *crops, const struct nn_faces_picture *p, float wanted,
                                         struct fb_rng *rng)
{
    const struct nn_face *chosen = NULL, *largest = NULL;
    uint32_t n = 0;
    for (int i = p->first; i < p->first + p->n; i++) {
        const struct nn_face *face = &crops->faces->faces[i];
        if (face->is_ignored)
            continue;
        if (!largest || size_of(face) > size_of(largest))
            largest = face;
        if (size_of(face) * crops->settings.max_enlarge >= wanted && fb_rng_below(rng, ++n) == 0)
            chosen = face;
    }
    return chosen ? chosen : largest;
}

/* A centre such that the crop (half its side in picture px) hangs over the edge as little as can be, and not at all where
 * the picture is larger; low..high is where a face wants it. */
static float place(struct fb_rng *rng, float length, float half, float low, float high)
{
    float from = fmaxf(low, fminf(half, length - half)), to = fminf(high, fmaxf(half, length - half));
    if (from > to) { /* the face is near the edge */
        from = fmaxf(low, fminf(high, length / 2 < low ? low : high));
        to = from;
    }
    return fb_rng_range(rng, from, to + 1e-3f);
}

static float choose_angle(const struct nn_face_crops_settings *s, struct fb_rng *rng)
{
    if (fb_rng_float(rng) < s->tumble)
        return fb_rng_range(rng, -1, 1) * (float)M_PI;
    return fb_rng_below(rng, 2) ? fb_rng_range(rng, -1, 1) * s->rotation_deg * (float)M_PI / 180 : 0;
}

static struct view choose_view(const struct nn_face_crops *crops, const struct nn_faces_picture *p, struct fb_rng *rng)
{
    const struct nn_face_crops_settings *s = &crops->settings;
    struct view view = {.picture = p, .is_flipped = fb_rng_below(rng, 2)};
    bool is_round_face = fb_rng_float(rng) < s->face_share;
    float angle = choose_angle(s, rng);
    float side = (float)s->side, wanted = log_uniform(rng, SMALLEST_PX, LARGEST_SHARE * side);
    const struct nn_face *face = choose_face(crops, p, wanted, rng);
    float low[2] = {-1e9f, -1e9f}, high[2] = {1e9f, 1e9f};
    view.scale = log_uniform(rng, 0.4f, 1.25f);
    if (is_round_face && face) {
        const struct nn_box *b = &face->box;
        float size = size_of(face);
        view.scale = fminf(wanted / size, s->max_enlarge);
        /* the face's centre lies in the crop, all of it where it is small enough */
        float room = fmaxf(side / 2 - 0.6f * size * view.scale, 0) / view.scale;
        float at[2] = {b->x + b->w / 2, b->y + b->h / 2};
        for (int k = 0; k < 2; k++) {
            low[k] = at[k] - room;
            high[k] = at[k] + room;
        }
    }
    float half = side / 2 / view.scale;
    view.centre_x = place(rng, (float)p->width, half, low[0], high[0]);
    view.centre_y = place(rng, (float)p->height, half, low[1], high[1]);
    view.a = cosf(angle) / view.scale;
    view.b = sinf(angle) / view.scale;
    return view;
}

/* The upright box round the ellipse that the face's box holds, in the crop. */
static struct nn_box view_box(const struct view *view, int side, const struct nn_box *box)
{
    float k = view->scale, cosine = view->a * k, sine = view->b * k;
    float dx = box->x + box->w / 2 - view->centre_x, dy = box->y + box->h / 2 - view->centre_y;
    float x = (cosine * dx + sine * dy) * k, y = (-sine * dx + cosine * dy) * k;
    float w = hypotf(box->w * cosine, box->h * sine) * k, h = hypotf(box->w * sine, box->h * cosine) * k;
    if (view->is_flipped)
        x = -x;
    return (struct nn_box){x + (float)side / 2 - w / 2, y + (float)side / 2 - h / 2, w, h};
}

static struct nn_box clip_box(const struct nn_box *box, int side)
{
    float end_x = fminf(box->x + box->w, (float)side), end_y = fminf(box->y + box->h, (float)side);
    struct nn_box clipped = {fmaxf(box->x, 0), fmaxf(box->y, 0), 0, 0};
    clipped.w = fmaxf(end_x - clipped.x, 0);
    clipped.h = fmaxf(end_y - clipped.y, 0);
    return clipped;
}

static void write_targets(const struct nn_face_crops *crops, const struct view *view, float *target)
{
    int side = crops->settings.side, n = 0;
    memset(target, 0, NN_DETECTOR_TARGET_FLOATS * sizeof *target);
    for (int i = view->picture->first; i < view->picture->first + view->picture->n && n < NN_CROP_MAX_FACES; i++) {
        const struct nn_face *face = &crops->faces->faces[i];
        struct nn_box whole = view_box(view, side, &face->box), box = clip_box(&whole, side);
        float visible = box.w * box.h / fmaxf(whole.w * whole.h, 1e-6f), size = sqrtf(box.w * box.h);
        if (visible < 0.02f)
            continue;
        bool is_wanted = !face->is_ignored && visible >= 0.5f && size >= NN_CROP_MIN_FACE_PX;
        const float values[] = {box.x, box.y, box.w, box.h, is_wanted ? NN_FACE_WANTED : NN_FACE_IGNORED};
        memcpy(target + (ptrdiff_t)n++ * NN_FACE_TARGETS, values, sizeof values);
    }
}

/* --- its pixels --- */

/* fminf and fmaxf are calls, for NaN's sake */
static inline float between(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static inline float sample(const uint8_t *pixels, int w, int h, float x, float y)
{
    if (x < -0.5f || y < -0.5f || x > (float)w - 0.5f || y > (float)h - 0.5f)
        return OUTSIDE_GREY;
    x = between(x, 0, (float)(w - 1));
    y = between(y, 0, (float)(h - 1));
    int left = (int)x, up = (int)y, right = left + 1 < w, down = up + 1 < h ? w : 0;
    const uint8_t *p = pixels + (ptrdiff_t)up * w + left;
    float u = x - (float)left, v = y - (float)up;
    float above = (float)p[0] + u * (float)(p[right] - p[0]);
    float below = (float)p[down] + u * (float)(p[down + right] - p[down]);
    return above + v * (below - above);
}

/* From the level of the pyramid that has at least the crop's resolution. */
static void draw(const struct view *view, int side, float *grey)
{
    const struct nn_faces_picture *p = view->picture;
    int level = 0;
    while (level + 1 < NN_FACES_PYRAMID && view->scale * (float)(2 << level) <= 1.2f)
        level++;
    const uint8_t *pixels = p->pixels + p->level_at[level];
    int w = p->width >> level > 0 ? p->width >> level : 1, h = p->height >> level > 0 ? p->height >> level : 1;
    float shrink = 1 / (float)(1 << level), a = view->a * shrink, b = view->b * shrink;
    float mirror = view->is_flipped ? -1 : 1;
    for (int i = 0; i < side; i++) {
        float cy = (float)i + 0.5f - (float)side / 2, cx = mirror * (0.5f - (float)side / 2);
        float x = view->centre_x * shrink + a * cx - b * cy - 0.5f, y = view->centre_y * shrink + b * cx + a * cy - 0.5f;
        for (int j = 0; j < side; j++)
            *grey++ = sample(pixels, w, h, x + a * mirror * (float)j, y + b * mirror * (float)j);
    }
}

/* A rectangle of one grey, or of what lies elsewhere in the crop. */
static void cover(struct fb_rng *rng, const struct nn_box *box, int side, float *grey)
{
    int left = (int)between(box->x, 0, (float)side), right = (int)between(box->x + box->w, 0, (float)side);
    int up = (int)between(box->y, 0, (float)side), down = (int)between(box->y + box->h, 0, (float)side);
    int w = right - left, h = down - up;
    if (w < 1 || h < 1)
        return;
    bool is_flat = fb_rng_below(rng, 3) == 0;
    float flat = fb_rng_range(rng, 0, 255);
    int from_x = (int)fb_rng_below(rng, (uint32_t)(side - w + 1)), from_y = (int)fb_rng_below(rng, (uint32_t)(side - h + 1));
    for (int y = 0; y < h; y++) {
        float *to = grey + (ptrdiff_t)(up + y) * side + left;
        if (!is_flat)
            memmove(to, grey + (ptrdiff_t)(from_y + y) * side + from_x, (size_t)w * sizeof *to);
        for (int x = 0; x < w && is_flat; x++)
            to[x] = flat;
    }
}

/* What is before a face: from one of its sides inwards, a fifth to half of it. */
static struct nn_box choose_cover(struct fb_rng *rng, const float face[4])
{
    float part = fb_rng_range(rng, 0.2f, 0.5f), x = face[0], y = face[1], w = face[2], h = face[3];
    switch (fb_rng_below(rng, 4)) {
    case 0: /* sides */
        return (struct nn_box){x - 0.2f * w, y, (0.2f + part) * w, h};
    case 1:
        return (struct nn_box){x + (1 - part) * w, y, (0.2f + part) * w, h};
    case 2: /* forehead */
        return (struct nn_box){x - 0.1f * w, y - 0.2f * h, 1.2f * w, (0.2f + 0.8f * part) * h};
    default: /* mouth and chin */
        return (struct nn_box){x - 0.1f * w, y + (1 - part) * h, 1.2f * w, (0.2f + part) * h};
    }
}

static void cover_faces(const struct nn_face_crops *crops, struct fb_rng *rng, const float *target, float *grey)
{
    for (int i = 0; i < NN_CROP_MAX_FACES && target[4] > 0; i++, target += NN_FACE_TARGETS) {
        if (fb_rng_float(rng) >= crops->settings.cover)
            continue;
        struct nn_box box = choose_cover(rng, target);
        cover(rng, &box, crops->settings.side, grey);
    }
}

/* Light that differs from place to place, contrast, brightness, gamma: all by one pass. */
static void relight(struct fb_rng *rng, int side, float *grey)
{
    float contrast = log_uniform(rng, 0.55f, 1.5f), brightness = fb_rng_range(rng, -35, 35);
    float gamma = log_uniform(rng, 0.65f, 1.5f), curve[257];
    bool is_sloped = fb_rng_float(rng) < 0.3f;
    float slope_x = is_sloped ? fb_rng_range(rng, -60, 60) / (float)side : 0;
    float slope_y = is_sloped ? fb_rng_range(rng, -60, 60) / (float)side : 0;
    for (int i = 0; i <= 256; i++)
        curve[i] = 255 * powf((float)i / 256, gamma);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++, grey++) {
            int i = (int)*grey;
            float lit = curve[i] + (*grey - (float)i) * (curve[i + 1] - curve[i]);
            lit = (lit - 127.5f) * contrast + 127.5f + brightness + slope_x * (float)(x - side / 2) +
                  slope_y * (float)(y - side / 2);
            *grey = between(lit, 0, 255);
        }
}

/* Binomial (1 2 1) both ways; the rim stays. */
NN_CLONES static void blur(float *grey, int side, float *other)
{
    memcpy(other, grey, (size_t)side * (size_t)side * sizeof *other);
    for (int y = 1; y < side - 1; y++)
        for (int x = 1; x < side - 1; x++) {
            const float *p = grey + (ptrdiff_t)y * side + x;
            other[(ptrdiff_t)y * side + x] = (p[-side - 1] + 2 * p[-side] + p[-side + 1] + 2 * p[-1] + 4 * p[0] + 2 * p[1] +
                                              p[side - 1] + 2 * p[side] + p[side + 1]) / 16;
        }
    memcpy(grey, other, (size_t)side * (size_t)side * sizeof *other);
}

NN_CLONES static void add_noise(float *grey, const float *noise, int n, float amount)
{
    for (int i = 0; i < n; i++) {
        float x = grey[i] + amount * noise[i];
        grey[i] = x < 0 ? 0 : x > 255 ? 255 : x;
    }
}

static void disturb(const struct nn_face_crops *crops, struct fb_rng *rng, float *grey)
{
    const struct nn_face_crops_settings *s = &crops->settings;
    relight(rng, s->side, grey);
    if (fb_rng_float(rng) < s->blur)
        for (uint32_t i = 1 + fb_rng_below(rng, 3); i > 0; i--)
            blur(grey, s->side, crops->blurred);
    if (fb_rng_float(rng) >= s->noise)
        return;
    float amount = fb_rng_range(rng, 2, 12);
    for (int y = 0; y < s->side; y++) /* rows from anywhere in the table */
        add_noise(grey + (ptrdiff_t)y * s->side, crops->noise + fb_rng_below(rng, (uint32_t)(NOISE_FLOATS - s->side)),
                  s->side, amount);
}

/* --- batches --- */

static void shuffle(struct nn_face_crops *crops, int epoch)
{
    struct fb_rng rng;
    int n = crops->n_pictures * crops->settings.n_per_picture, *order = crops->order;
    fb_rng_seed_stream(&rng, crops->settings.seed ^ ORDER_STREAM, (uint64_t)epoch);
    for (int i = 0; i < n; i++)
        order[i] = crops->pictures[i % crops->n_pictures];
    for (int i = n - 1; i > 0; i--) {
        int j = (int)fb_rng_below(&rng, (uint32_t)i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    crops->epoch = epoch;
}

void nn_face_crop(struct nn_face_crops *crops, int epoch, int64_t position, float *grey, float *target)
{
    struct fb_rng rng;
    if (crops->epoch != epoch)
        shuffle(crops, epoch);
    fb_rng_seed_stream(&rng, crops->settings.seed ^ CROP_STREAM ^ ((uint64_t)epoch << 40), (uint64_t)position);
    struct view view = choose_view(crops, &crops->faces->pictures[crops->order[position]], &rng);
    draw(&view, crops->settings.side, grey);
    write_targets(crops, &view, target);
    cover_faces(crops, &rng, target, grey);
    disturb(crops, &rng, grey);
}

static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    struct nn_face_crops *crops = user;
    int n_px = crops->settings.side * crops->settings.side;
    for (int i = 0; i < n; i++, x += n_px, target += NN_DETECTOR_TARGET_FLOATS) {
        nn_face_crop(crops, epoch, first + i, x, target);
        nn_preprocess_floats(NN_PREPROCESS_FIXED, x, n_px, x);
        weight[i] = 1;
    }
    return FB_OK;
}

struct nn_batch_source nn_face_crops_source(struct nn_face_crops *crops)
{
    return (struct nn_batch_source){.user = crops,
                                    .n_samples = (int64_t)crops->n_pictures * crops->settings.n_per_picture,
                                    .n_classes = NN_DETECTOR_TARGET_FLOATS, .fill = fill};
}
