/* The key list over everything. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "pen.h"

void ui_help_draw(const struct ui_pen *pen, struct ui_rect window);

#endif
