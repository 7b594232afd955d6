/* See vis/look.h. Means over patches: the middle of the face, the hair above it, the clothes below.
 * Brightness counts relative to the face's, as lamps change it for all alike. */
#include "vis/look.h"

#include <math.h>

enum { MAX_STEPS = 12 }; /* samples a side */

struct patch {
    float x0, x1, y0, y1; /* box widths from its centre */
};

struct colour {
    float y, u, v;
};

static int clamp_int(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static struct colour mean_colour(const struct fb_frame *frame, const struct mon_box *box,
                                 struct patch patch)
{
    float cx = box->x + 0.5f * box->w, cy = box->y + 0.5f * box->h;
    struct colour sum = {0};
    for (int i = 0; i < MAX_STEPS * MAX_STEPS; i++) {
        float share_x = ((float)(i % MAX_STEPS) + 0.5f) / MAX_STEPS;
        float share_y = ((float)(i / MAX_STEPS) + 0.5f) / MAX_STEPS;
        float at_x = cx + box->w * (patch.x0 + share_x * (patch.x1 - patch.x0));
        float at_y = cy + box->w * (patch.y0 + share_y * (patch.y1 - patch.y0));
        int x = clamp_int((int)fminf(fmaxf(at_x, 0.0f), 1e6f), 0, frame->width - 1);
        int y = clamp_int((int)fminf(fmaxf(at_y, 0.0f), 1e6f), 0, frame->height - 1);
        sum.y += frame->y[(ptrdiff_t)y * frame->y_stride + x];
        sum.u += frame->u[(ptrdiff_t)(y / 2) * frame->uv_stride + x / 2];
        sum.v += frame->v[(ptrdiff_t)(y / 2) * frame->uv_stride + x / 2];
    }
    float n = MAX_STEPS * MAX_STEPS;
    return (struct colour){sum.y / n, sum.u / n, sum.v / n};
}

static float brightness(struct colour colour, struct colour reference)
{
    return logf((colour.y + 8.0f) / (reference.y + 8.0f));
}

void vis_look_measure(const struct fb_frame *frame, const struct mon_box *box,
                      struct mon_look *look)
{
    static const struct patch face_patch = {-0.25f, 0.25f, -0.2f, 0.3f},
                              hair_patch = {-0.25f, 0.25f, -0.72f, -0.52f},
                              side_patch = {-0.62f, -0.48f, -0.4f, 0.2f},
                              other_patch = {0.48f, 0.62f, -0.4f, 0.2f},
                              clothes_patch = {-0.55f, 0.55f, 0.95f, 1.25f};
    struct colour face = mean_colour(frame, box, face_patch);
    struct colour hair = mean_colour(frame, box, hair_patch);
    struct colour side = mean_colour(frame, box, side_patch);
    struct colour other = mean_colour(frame, box, other_patch);
    struct colour clothes = mean_colour(frame, box, clothes_patch);
    const float values[MON_LOOK_SIZE] = {
        face.u,
        face.v,
        hair.u,
        hair.v,
        brightness(hair, face),
        clothes.u,
        clothes.v,
        brightness(clothes, face),
        brightness(side, face),
        brightness(other, face),
    };
    static const float spreads[MON_LOOK_SIZE] = {1.5f, 1.5f, 2.0f,  2.0f, 0.15f,
                                                 5.0f, 5.0f, 0.15f, 0.2f, 0.2f};
    for (int i = 0; i < MON_LOOK_SIZE; i++)
        look->values[i] = values[i] / spreads[i];
}
