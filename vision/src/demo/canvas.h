/* A picture that is painted in steps: mark an area (an outline, perhaps softened and clipped), then
 * paint it. Used while the class is set up; frames are put together from the results (sprite.h).
 *
 *     demo_mark(&canvas, &path);
 *     demo_soften(&canvas, 3.0f);
 *     demo_paint(&canvas, &paint);      (the mark is used up)
 *
 * Colours are sRGB 0..1, not premultiplied; the picture itself is premultiplied.
 * Threads: one at a time per canvas. */
#ifndef VIS_DEMO_CANVAS_H
#define VIS_DEMO_CANVAS_H

#include "path.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct demo_colour {
    float r, g, b, a;
};
/* 0xRRGGBB */
struct demo_colour demo_rgb(uint32_t hex);
struct demo_colour demo_rgba(uint32_t hex, float alpha);
struct demo_colour demo_mix(struct demo_colour from, struct demo_colour to, float share);
/* Brighter (amount > 0, towards white) or darker (< 0, towards a warm black). */
struct demo_colour demo_shade(struct demo_colour colour, float amount);

struct demo_paint {
    enum { DEMO_SOLID, DEMO_LINEAR, DEMO_RADIAL } kind;
    struct demo_colour from, to;
    float x0, y0, x1, y1; /* px. linear: from at 0, to at 1; radial: centre 0, radii in 1 */
};
struct demo_paint demo_solid(struct demo_colour colour);
/* In the map's units. */
struct demo_paint demo_linear(const struct demo_map *map, float x0, float y0,
                              struct demo_colour from, float x1, float y1, struct demo_colour to);
struct demo_paint demo_radial(const struct demo_map *map, float x, float y, float rx, float ry,
                              struct demo_colour from, struct demo_colour to);

struct demo_rect {
    int x0, y0, x1, y1; /* x1, y1 outside */
};

struct demo_canvas {
    int width, height, stride;    /* px; stride of the masks, floats */
    float *rgba;                  /* (height, width, 4) premultiplied */
    float *mask, *clip, *scratch; /* (height, stride) */
    struct demo_rect marked;      /* mask is 0 outside */
    bool is_clipped;
};

FB_MUST_USE int demo_canvas_init(struct demo_canvas *canvas, int width, int height);
void demo_canvas_finish(struct demo_canvas *canvas);
void demo_canvas_clear(struct demo_canvas *canvas);

void demo_mark(struct demo_canvas *canvas, const struct demo_path *path);
/* Gaussian of that deviation, px (three box averages). */
void demo_soften(struct demo_canvas *canvas, float sigma_px);
/* Until demo_unclip, painting reaches only inside the path. */
void demo_clip(struct demo_canvas *canvas, const struct demo_path *path);
void demo_unclip(struct demo_canvas *canvas);
void demo_paint(struct demo_canvas *canvas, const struct demo_paint *paint);
/* As demo_paint, only onto what is painted already: the picture's alpha stays. */
void demo_paint_atop(struct demo_canvas *canvas, const struct demo_paint *paint);

/* Short forms: mark, soften (0: not), paint. */
void demo_fill(struct demo_canvas *canvas, const struct demo_path *path, struct demo_colour colour);
void demo_fill_soft(struct demo_canvas *canvas, const struct demo_path *path, float sigma_px,
                    struct demo_colour colour);
void demo_fill_atop(struct demo_canvas *canvas, const struct demo_path *path, float sigma_px,
                    struct demo_colour colour);

/* The whole picture out of focus. */
void demo_canvas_blur(struct demo_canvas *canvas, float sigma_px);

#endif
