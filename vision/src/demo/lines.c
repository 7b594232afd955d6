/* See lines.h. */
#include "lines.h"

#include "base/expression.h"

#include <math.h>

#define EYE_HALF 0.080f /* half widths, face squares; lengths below are shares of them */
#define BROW_HALF 0.105f
#define MOUTH_HALF 0.135f
#define BROW_Y (-0.262f)

struct form {
    float eye_open;              /* 1 at rest */
    float brow_up, brow_inner;   /* the whole brow, its inner end: up, of half an eye's width */
    float mouth_width, mouth_up; /* corners up */
    float open_up, open_down;    /* from the middle of the mouth */
    float teeth;
    float lopsided; /* of corner and brow on one side */
};

static const struct form forms[] = {
    [FB_NEUTRAL] = {1.0f, 0.0f, 0.0f, 1.0f, 0.03f, 0.0f, 0.0f, 0.0f, 0.0f},
    [FB_HAPPINESS] = {0.80f, 0.05f, 0.0f, 1.22f, 0.34f, 0.0f, 0.36f, 1.0f, 0.0f},
    [FB_SURPRISE] = {1.40f, 0.62f, 0.05f, 0.66f, 0.0f, 0.36f, 0.62f, 0.0f, 0.0f},
    [FB_SADNESS] = {0.85f, 0.05f, 0.36f, 0.92f, -0.26f, 0.0f, 0.0f, 0.0f, 0.0f},
    [FB_ANGER] = {0.85f, -0.22f, -0.40f, 0.92f, -0.14f, 0.0f, 0.05f, 0.0f, 0.0f},
    [FB_DISGUST] = {0.62f, -0.18f, -0.22f, 0.96f, -0.24f, 0.16f, 0.04f, 0.6f, 0.0f},
    [FB_FEAR] = {1.30f, 0.40f, 0.34f, 1.02f, -0.14f, 0.10f, 0.26f, 0.7f, 0.0f},
    [FB_CONTEMPT] = {0.90f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f},
};
_Static_assert(sizeof forms / sizeof *forms == FB_EXPRESSION_COUNT, "a form for each");

static float bell(float distance, float sigma)
{
    float t = distance / sigma;
    return expf(-0.5f * t * t);
}

/* 1 where distance is well below 0, 0 above it. */
static float inside(float distance, float softness)
{
    float t = 0.5f - 0.5f * distance / softness;
    return fminf(fmaxf(t, 0.0f), 1.0f);
}

static float eye_detail(float x, float y, const struct form *form)
{
    float outwards = x < 0.0f ? -1.0f : 1.0f, open = form->eye_open;
    float u = (fabsf(x) + DEMO_EYE_X) / EYE_HALF; /* -1 at the nose's side */
    float v = (y - DEMO_EYE_Y) / EYE_HALF + 0.05f * u;
    if (fabsf(u) > 1.6f || fabsf(v) > 1.6f)
        return 0.0f;
    float arc = fmaxf(1.0f - u * u, 0.0f), ends = inside(fabsf(u) - 1.02f, 0.16f);
    float upper = -0.44f * open * sqrtf(arc) * (0.75f + 0.25f * arc);
    float lower = 0.27f * open * arc;
    float between = inside(upper - v, 0.10f) * inside(v - lower, 0.10f) * ends;
    float from_iris = sqrtf(u * u + (v + 0.07f) * (v + 0.07f));
    float iris = inside(from_iris - 0.37f, 0.10f) * between;
    float pupil = inside(from_iris - 0.16f, 0.10f) * between;
    float light_u = u * outwards + 0.12f, light_v = v + 0.22f; /* towards the windows, both eyes */
    float light = bell(sqrtf(light_u * light_u + light_v * light_v), 0.085f) * between;
    float lash = bell(v - upper, 0.085f) * ends * (0.75f + 0.25f * u);
    float rim = bell(v - lower, 0.06f) * ends;
    float crease = bell(v - upper + 0.26f, 0.07f) * ends * arc;
    return 0.9f * between - 2.6f * iris - 1.5f * pupil + 3.0f * light - 1.5f * lash - 0.3f * rim -
           0.35f * crease;
}

static float brow_detail(float x, float y, const struct form *form)
{
    float u = (fabsf(x) + DEMO_EYE_X) / BROW_HALF, v = (y - BROW_Y) / EYE_HALF;
    float side = x > 0.0f ? form->lopsided : 0.0f;
    if (fabsf(u) > 1.3f || fabsf(v) > 2.0f)
        return 0.0f;
    float up = form->brow_up + 0.25f * side + form->brow_inner * fmaxf(-u, 0.0f) * 1.2f;
    float middle = -up - 0.16f * (1.0f - (u - 0.25f) * (u - 0.25f)) + 0.10f;
    float thickness = 0.17f * (u < -0.2f ? 1.0f : 1.0f - 0.45f * (u + 0.2f));
    return -1.5f * bell(v - middle, thickness) * inside(fabsf(u) - 0.95f, 0.20f);
}

static float mouth_detail(float x, float y, const struct form *form)
{
    float u = x / (MOUTH_HALF * form->mouth_width), v = (y - DEMO_MOUTH_Y) / MOUTH_HALF;
    if (fabsf(u) > 1.4f || fabsf(v) > 1.6f)
        return 0.0f;
    float arc = fmaxf(1.0f - u * u, 0.0f), ends = inside(fabsf(u) - 1.0f, 0.14f);
    float corner_up = form->mouth_up + (u > 0.0f ? 0.34f * form->lopsided : 0.0f);
    float middle = 0.5f * corner_up - corner_up * u * u; /* keeps the mouth in its place */
    float top = middle - form->open_up * sqrtf(arc), bottom = middle + form->open_down * sqrtf(arc);
    float gap = bottom - top;
    float hole =
        inside(top - v, 0.07f) * inside(v - bottom, 0.07f) * ends * fminf(gap / 0.15f, 1.0f);
    float upper_teeth = inside(v - top - 0.62f * gap, 0.08f) * inside(fabsf(u) - 0.78f, 0.15f);
    float line = bell(v - top, 0.060f) * ends;
    float lower_lip = bell(v - bottom - 0.20f, 0.11f) * inside(fabsf(u) - 0.70f, 0.30f);
    float below = bell(v - bottom - 0.44f, 0.10f) * inside(fabsf(u) - 0.50f, 0.35f);
    float corner = bell(fabsf(u) - 1.0f, 0.09f) * bell(v - middle, 0.11f);
    return hole * (-2.6f + 4.6f * form->teeth * upper_teeth) - 1.2f * line - 0.35f * lower_lip -
           0.40f * below - 0.8f * corner;
}

float demo_line_detail(float x, float y, int expression)
{
    const struct form *form = &forms[expression];
    return eye_detail(x, y, form) + brow_detail(x, y, form) + mouth_detail(x, y, form);
}
