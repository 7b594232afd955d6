/* A cut-out picture in the frame's own format (full range YUV 4:2:0, premultiplied, with alpha),
 * and putting it onto frames. All in whole numbers, so that a frame is the same on every run.
 * Threads: a sprite may be put from several threads while none changes it. */
#ifndef VIS_DEMO_SPRITE_H
#define VIS_DEMO_SPRITE_H

#include "canvas.h"

#include "base/frame.h"

struct demo_sprite {
    int width, height;       /* px, even */
    uint8_t *y, *a;          /* (height, width) */
    uint8_t *u, *v, *half_a; /* (height / 2, width / 2) */
    struct demo_rect used;   /* px; everything outside is transparent; sides even */
};

/* Transparent; odd sizes grow by one. */
FB_MUST_USE int demo_sprite_init(struct demo_sprite *sprite, int width, int height);
void demo_sprite_finish(struct demo_sprite *sprite);

/* The canvas' picture, cut or padded to the sprite's size. Sets `used`. */
void demo_sprite_take(struct demo_sprite *sprite, const struct demo_canvas *canvas);
/* From premultiplied 8-bit RGBA, (height, width, 4), only the given part. Leaves
 * `used` alone. */
void demo_sprite_take_rgba(struct demo_sprite *sprite, const uint8_t *rgba, struct demo_rect part);

/* With its top left corner at (x, y) px of the frame, to 1/16 px, and no row of the frame from
 * end_y on changed. */
void demo_sprite_put(const struct demo_sprite *sprite, struct fb_frame *frame, float x, float y,
                     int end_y);
/* Turned and scaled: map takes the sprite's px to the frame's. The sprite's outermost px are taken
 * for transparent. */
void demo_sprite_put_turned(const struct demo_sprite *sprite, struct fb_frame *frame,
                            const struct demo_map *map);

#endif
