/* Replay's line: play or pause, position, the bar, duration, speed. */
#ifndef UI_SEEKBAR_H
#define UI_SEEKBAR_H

#include "pen.h"
#include "ui/view.h"

void ui_seekbar_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect);

#endif
