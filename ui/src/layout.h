/* Where things go: a pure function of the window's size, the scale and what is shown. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include "geometry.h"

struct ui_layout_input {
    float width, height; /* px of the output */
    float scale;
    int frame_width, frame_height; /* 0: no frame; 16:9 is assumed */
    bool show_panel, show_seek_bar;
};

struct ui_layout {
    struct ui_rect window;
    struct ui_rect picture;                 /* what is left for the video */
    struct ui_rect video;                   /* the frame in it, aspect kept */
    struct ui_rect panel, seek_bar, status; /* empty when not shown */
    bool is_panel_beside;                   /* else below */
};

struct ui_layout ui_layout_make(const struct ui_layout_input *input);

#endif
