/* What the keys do, for the mouse: a row of icons at the start of the status line. */
#ifndef UI_TOOLBAR_H
#define UI_TOOLBAR_H

#include "pen.h"
#include "ui/view.h"

/* Takes its room off rect's left side. */
void ui_toolbar_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect *rect);

#endif
