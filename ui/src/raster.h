/* Turns draw commands into the two things a target can do, filling and masking whole px, so that
 * the window and the recorded picture show the same shapes. Threads: as the target and its masks.
 */
#ifndef UI_RASTER_H
#define UI_RASTER_H

#include "draw_list.h"
#include "masks.h"

struct ui_irect {
    int x, y, w, h;
};

struct ui_raster_target {
    void (*fill)(void *user, struct ui_irect rect, struct ui_colour colour);
    /* The part of the mask at its (part.x, part.y) of part's size goes to (x, y). */
    void (*mask)(void *user, struct ui_mask *mask, struct ui_irect part, int x, int y,
                 struct ui_colour colour);
    void (*frame)(void *user, struct ui_irect rect, int slot);
    void (*clip)(void *user, struct ui_irect rect); /* of no size: off */
};

void ui_raster(const struct ui_draw_list *list, struct ui_masks *masks,
               const struct ui_raster_target *target, void *user);

#endif
