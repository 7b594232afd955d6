/* The timelines: the class as stacked shares, then a row a student, all over one span of time. */
#ifndef UI_PANEL_H
#define UI_PANEL_H

#include "pen.h"
#include "ui/view.h"

struct ui_panel_scroll {
    float at_px;  /* in and out: put inside its range */
    float max_px; /* out */
};

/* Tooltips are drawn outside the rectangle where needed; nothing else is. */
void ui_panel_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect,
                   struct ui_panel_scroll *scroll);

#endif
