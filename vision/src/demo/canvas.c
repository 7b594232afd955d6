/* See canvas.h. Outlines become coverage by accumulating signed areas (as in font-rs: each edge
 * adds its area to the right of it, a running sum along the row gives the exact share of each px).
 */
#include "canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- colours ----------------------------------------------------------------------------------
 */

struct demo_colour demo_rgba(uint32_t hex, float alpha)
{
    return (struct demo_colour){(float)(hex >> 16 & 255) / 255.0f, (float)(hex >> 8 & 255) / 255.0f,
                                (float)(hex & 255) / 255.0f, alpha};
}

struct demo_colour demo_rgb(uint32_t hex)
{
    return demo_rgba(hex, 1.0f);
}

struct demo_colour demo_mix(struct demo_colour from, struct demo_colour to, float share)
{
    return (struct demo_colour){from.r + (to.r - from.r) * share, from.g + (to.g - from.g) * share,
                                from.b + (to.b - from.b) * share, from.a + (to.a - from.a) * share};
}

struct demo_colour demo_shade(struct demo_colour colour, float amount)
{
    struct demo_colour goal =
        amount > 0.0f ? demo_rgba(0xfffaf0, colour.a) : demo_rgba(0x1c1420, colour.a);
    return demo_mix(colour, goal, fabsf(amount));
}

struct demo_paint demo_solid(struct demo_colour colour)
{
    return (struct demo_paint){.kind = DEMO_SOLID, .from = colour, .to = colour};
}

struct demo_paint demo_linear(const struct demo_map *m, float x0, float y0, struct demo_colour from,
                              float x1, float y1, struct demo_colour to)
{
    return (struct demo_paint){DEMO_LINEAR,
                               from,
                               to,
                               m->xx * x0 + m->xy * y0 + m->x0,
                               m->yx * x0 + m->yy * y0 + m->y0,
                               m->xx * x1 + m->xy * y1 + m->x0,
                               m->yx * x1 + m->yy * y1 + m->y0};
}

struct demo_paint demo_radial(const struct demo_map *m, float x, float y, float rx, float ry,
                              struct demo_colour from, struct demo_colour to)
{
    return (struct demo_paint){
        DEMO_RADIAL, from,      to, m->xx * x + m->xy * y + m->x0, m->yx * x + m->yy * y + m->y0,
        rx * m->xx,  ry * m->yy};
}

/* ---- life --------------------------------------------------------------------------------------
 */

int demo_canvas_init(struct demo_canvas *canvas, int width, int height)
{
    *canvas = (struct demo_canvas){.width = width, .height = height, .stride = width + 2};
    size_t n_mask = (size_t)canvas->stride * (size_t)height;
    canvas->rgba = calloc((size_t)width * (size_t)height, 4 * sizeof *canvas->rgba);
    canvas->mask = calloc(n_mask, 3 * sizeof *canvas->mask);
    if (!canvas->rgba || !canvas->mask) {
        demo_canvas_finish(canvas);
        return fb_fail_nomem("the demo's canvas", 7 * n_mask * sizeof(float));
    }
    canvas->clip = canvas->mask + n_mask;
    canvas->scratch = canvas->clip + n_mask;
    return FB_OK;
}

void demo_canvas_finish(struct demo_canvas *canvas)
{
    free(canvas->rgba);
    free(canvas->mask);
    *canvas = (struct demo_canvas){0};
}

void demo_canvas_clear(struct demo_canvas *canvas)
{
    size_t n_px = (size_t)canvas->width * (size_t)canvas->height;
    memset(canvas->rgba, 0, n_px * 4 * sizeof *canvas->rgba);
}

/* ---- coverage -----------------------------------------------------------------------------------
 */

static int clamp_int(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static struct demo_rect bounds_of(const struct demo_canvas *canvas, const struct demo_path *path)
{
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    for (int i = 0; i < path->n; i++) {
        const struct demo_edge *e = &path->edges[i];
        x0 = fminf(x0, fminf(e->x0, e->x1));
        x1 = fmaxf(x1, fmaxf(e->x0, e->x1));
        y0 = fminf(y0, fminf(e->y0, e->y1));
        y1 = fmaxf(y1, fmaxf(e->y0, e->y1));
    }
    return (struct demo_rect){clamp_int((int)floorf(x0), 0, canvas->width),
                              clamp_int((int)floorf(y0), 0, canvas->height),
                              clamp_int((int)ceilf(x1) + 1, 0, canvas->width),
                              clamp_int((int)ceilf(y1) + 1, 0, canvas->height)};
}

/* One edge's piece within one row: from x to x_next, d rows high (signed). */
static void add_piece(float *row, float x, float x_next, float d)
{
    float left = fminf(x, x_next), right = fmaxf(x, x_next);
    int first = (int)left, last = (int)ceilf(right);
    if (last <= first + 1) {
        float share = 0.5f * (left + right) - (float)first;
        row[first] += d * (1.0f - share);
        row[first + 1] += d * share;
        return;
    }
    float per_px = 1.0f / (right - left), head = 1.0f - (left - (float)first);
    float sum = 0.5f * per_px * head * head, before = 0.0f;
    row[first] += d * sum;
    before = sum;
    for (int i = first + 1; i < last; i++) {
        float end = fminf((float)(i + 1), right), begin = (float)i;
        float level = per_px * (begin - left); /* share of the edge left of this px */
        float inside = per_px * (end - begin);
        float cover = level + inside * (1.0f - 0.5f * (end - begin));
        row[i] += d * (cover - before);
        before = cover;
    }
    row[last] += d * (1.0f - before);
}

static void add_edge(const struct demo_canvas *canvas, float *mask, const struct demo_edge *edge)
{
    float sign = edge->y0 < edge->y1 ? 1.0f : -1.0f;
    bool is_down = edge->y0 < edge->y1;
    float x = is_down ? edge->x0 : edge->x1, y0 = is_down ? edge->y0 : edge->y1;
    float end_x = is_down ? edge->x1 : edge->x0, y1 = is_down ? edge->y1 : edge->y0;
    if (y1 - y0 < 1e-6f || y1 <= 0.0f || y0 >= (float)canvas->height)
        return;
    float slope = (end_x - x) / (y1 - y0), max_x = (float)canvas->width;
    if (y0 < 0.0f) {
        x -= y0 * slope;
        y0 = 0.0f;
    }
    for (int y = (int)y0; y < canvas->height && (float)y < y1; y++) {
        float height = fminf((float)(y + 1), y1) - fmaxf((float)y, y0);
        float next = x + slope * height;
        add_piece(mask + (size_t)y * (size_t)canvas->stride, fminf(fmaxf(x, 0.0f), max_x),
                  fminf(fmaxf(next, 0.0f), max_x), sign * height);
        x = next;
    }
}

static void integrate(const struct demo_canvas *canvas, float *mask, struct demo_rect r)
{
    for (int y = r.y0; y < r.y1; y++) {
        float *row = mask + (size_t)y * (size_t)canvas->stride, sum = 0.0f;
        for (int x = r.x0; x < canvas->stride; x++) {
            sum += row[x];
            row[x] = x < r.x1 ? fminf(fabsf(sum), 1.0f) : 0.0f;
        }
    }
}

static struct demo_rect rasterise(const struct demo_canvas *canvas, float *mask,
                                  const struct demo_path *path)
{
    struct demo_rect r = bounds_of(canvas, path);
    for (int i = 0; i < path->n; i++)
        add_edge(canvas, mask, &path->edges[i]);
    integrate(canvas, mask, r);
    return r;
}

void demo_mark(struct demo_canvas *canvas, const struct demo_path *path)
{
    canvas->marked = rasterise(canvas, canvas->mask, path);
}

void demo_clip(struct demo_canvas *canvas, const struct demo_path *path)
{
    memset(canvas->clip, 0, (size_t)canvas->stride * (size_t)canvas->height * sizeof *canvas->clip);
    rasterise(canvas, canvas->clip, path);
    canvas->is_clipped = true;
}

void demo_unclip(struct demo_canvas *canvas)
{
    canvas->is_clipped = false;
}

/* ---- softness
 * ------------------------------------------------------------------------------------ */

/* The average over 2 * radius + 1 values, zeros outside. */
static void box_average(const float *from, float *to, int n, int step, int radius)
{
    float sum = 0.0f, scale = 1.0f / (float)(2 * radius + 1);
    for (int i = 0; i < radius && i < n; i++)
        sum += from[(ptrdiff_t)i * step];
    for (int i = 0; i < n; i++) {
        if (i + radius < n)
            sum += from[(ptrdiff_t)(i + radius) * step];
        to[(ptrdiff_t)i * step] = sum * scale;
        if (i - radius >= 0)
            sum -= from[(ptrdiff_t)(i - radius) * step];
    }
}

static void blur_rect(float *plane, float *scratch, int stride, struct demo_rect r, int radius)
{
    for (int y = r.y0; y < r.y1; y++) {
        ptrdiff_t at = (ptrdiff_t)y * stride + r.x0;
        box_average(plane + at, scratch + at, r.x1 - r.x0, 1, radius);
    }
    for (int x = r.x0; x < r.x1; x++) {
        ptrdiff_t at = (ptrdiff_t)r.y0 * stride + x;
        box_average(scratch + at, plane + at, r.y1 - r.y0, stride, radius);
    }
}

static int box_radius(float sigma_px) /* of three boxes in a row: variance 3 * (w * w - 1) / 12 */
{
    return (int)lrintf(0.5f * (sqrtf(4.0f * sigma_px * sigma_px + 1.0f) - 1.0f));
}

void demo_soften(struct demo_canvas *canvas, float sigma_px)
{
    int radius = box_radius(sigma_px);
    if (radius < 1)
        return;
    struct demo_rect *r = &canvas->marked;
    *r = (struct demo_rect){clamp_int(r->x0 - 3 * radius, 0, canvas->width),
                            clamp_int(r->y0 - 3 * radius, 0, canvas->height),
                            clamp_int(r->x1 + 3 * radius, 0, canvas->width),
                            clamp_int(r->y1 + 3 * radius, 0, canvas->height)};
    for (int i = 0; i < 3; i++)
        blur_rect(canvas->mask, canvas->scratch, canvas->stride, *r, radius);
}

/* Edge px stand for what lies outside, so that the rim does not fade: the picture is opaque. */
void demo_canvas_blur(struct demo_canvas *canvas, float sigma_px)
{
    int radius = box_radius(sigma_px), n_px = canvas->width * canvas->height;
    if (radius < 1)
        return;
    struct demo_rect all = {0, 0, canvas->width, canvas->height};
    for (int channel = 0; channel < 4; channel++) {
        float *plane = canvas->mask, *weight = canvas->clip;
        for (int i = 0; i < n_px; i++) {
            plane[i] = canvas->rgba[4 * i + channel];
            weight[i] = 1.0f;
        }
        for (int i = 0; i < 3; i++) {
            blur_rect(plane, canvas->scratch, canvas->width, all, radius);
            blur_rect(weight, canvas->scratch, canvas->width, all, radius);
        }
        for (int i = 0; i < n_px; i++)
            canvas->rgba[4 * i + channel] = plane[i] / weight[i];
    }
    memset(canvas->mask, 0, (size_t)canvas->stride * (size_t)canvas->height * sizeof(float));
}

/* ---- paint
 * ---------------------------------------------------------------------------------------- */

static struct demo_colour colour_at(const struct demo_paint *paint, float x, float y)
{
    float t;
    if (paint->kind == DEMO_SOLID)
        return paint->from;
    if (paint->kind == DEMO_LINEAR) {
        float dx = paint->x1 - paint->x0, dy = paint->y1 - paint->y0;
        t = ((x - paint->x0) * dx + (y - paint->y0) * dy) / (dx * dx + dy * dy);
    } else {
        float dx = (x - paint->x0) / paint->x1, dy = (y - paint->y0) / paint->y1;
        t = sqrtf(dx * dx + dy * dy);
    }
    t = fminf(fmaxf(t, 0.0f), 1.0f);
    return demo_mix(paint->from, paint->to, t * t * (3.0f - 2.0f * t));
}

static void blend_px(float *px, struct demo_colour colour, float share, bool is_atop)
{
    float a = colour.a * share, below = px[3];
    float add = is_atop ? a * below : a;
    px[0] += colour.r * add - px[0] * a;
    px[1] += colour.g * add - px[1] * a;
    px[2] += colour.b * add - px[2] * a;
    px[3] += add - below * a;
}

static void paint_marked(struct demo_canvas *canvas, const struct demo_paint *paint, bool is_atop)
{
    struct demo_rect r = canvas->marked;
    for (int y = r.y0; y < r.y1; y++) {
        size_t at = (size_t)y * (size_t)canvas->stride;
        float *mask = canvas->mask + at, *clip = canvas->clip + at;
        float *row = canvas->rgba + (size_t)y * (size_t)canvas->width * 4;
        for (int x = r.x0; x < r.x1; x++) {
            float share = canvas->is_clipped ? mask[x] * clip[x] : mask[x];
            mask[x] = 0.0f;
            if (share > 0.0f)
                blend_px(row + 4 * x, colour_at(paint, (float)x + 0.5f, (float)y + 0.5f), share,
                         is_atop);
        }
    }
}

void demo_paint(struct demo_canvas *canvas, const struct demo_paint *paint)
{
    paint_marked(canvas, paint, false);
}

void demo_paint_atop(struct demo_canvas *canvas, const struct demo_paint *paint)
{
    paint_marked(canvas, paint, true);
}

void demo_fill(struct demo_canvas *canvas, const struct demo_path *path, struct demo_colour colour)
{
    demo_fill_soft(canvas, path, 0.0f, colour);
}

void demo_fill_soft(struct demo_canvas *canvas, const struct demo_path *path, float sigma_px,
                    struct demo_colour colour)
{
    struct demo_paint paint = demo_solid(colour);
    demo_mark(canvas, path);
    demo_soften(canvas, sigma_px);
    demo_paint(canvas, &paint);
}

void demo_fill_atop(struct demo_canvas *canvas, const struct demo_path *path, float sigma_px,
                    struct demo_colour colour)
{
    struct demo_paint paint = demo_solid(colour);
    demo_mark(canvas, path);
    demo_soften(canvas, sigma_px);
    demo_paint_atop(canvas, &paint);
}
