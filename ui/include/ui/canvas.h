/* Drawing without a window: the same overlay burnt into recorded frames, and test images.
 * Threads: create and destroy on main; draw from one thread at a time (the recorder's). */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include "ui/view.h"

struct ui_canvas;
struct ui_canvas_settings {
    int width, height;      /* px */
    float scale;            /* of text and controls; 0: fit for watching a video of that size */
    bool is_light_theme;
    const char *assets_dir;
    bool has_pointer;       /* as if the mouse were there: for tests */
    float pointer_x, pointer_y;
};
/* Draws pictures of width x height px. FB_ERR_INPUT: no font. FB_ERR_NOMEM. */
FB_MUST_USE int ui_canvas_create(int width, int height, const char *assets_dir,
                                 struct ui_canvas **out);
FB_MUST_USE int ui_canvas_create_with(const struct ui_canvas_settings *settings,
                                      struct ui_canvas **out);
void ui_canvas_destroy(struct ui_canvas **canvas);

/* Burns boxes, labels and a time stamp of the view into frame (its own copy of the picture, not
 * published yet, of the canvas's size); view->frame is ignored. */
FB_MUST_USE int ui_canvas_annotate(struct ui_canvas *canvas, const struct ui_view *view,
                                   struct fb_frame *frame);
/* The whole window's picture (video, panels, status) as RGB, (height, width, 3), caller's memory. */
FB_MUST_USE int ui_canvas_draw(struct ui_canvas *canvas, const struct ui_view *view, uint8_t *rgb);

#endif
