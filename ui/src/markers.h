/* The list of markers, and the text of one being typed. */
#ifndef UI_MARKERS_H
#define UI_MARKERS_H

#include "pen.h"
#include "ui/view.h"

void ui_markers_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture);

#endif
