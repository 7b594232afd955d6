/* The line at the bottom: what is watched, how fast, what was lost, and whether it is recorded.
 * What does not fit is left out, least important first. */
#ifndef UI_STATUS_H
#define UI_STATUS_H

#include "pen.h"
#include "ui/view.h"

void ui_status_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect);

#endif
