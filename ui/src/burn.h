/* Draw list -> the planes of a frame (I420, full range BT.601): only what a command covers is
 * touched, all else stays bit for bit. Threads: one at a time per masks. */
#ifndef UI_BURN_H
#define UI_BURN_H

#include "base/frame.h"
#include "draw_list.h"
#include "masks.h"

/* Frame commands are passed over. */
void ui_burn(struct fb_frame *frame, const struct ui_draw_list *list, struct ui_masks *masks);

#endif
