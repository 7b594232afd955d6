/* The start screen: cameras with their live pictures, the demo class, videos and sessions. */
#ifndef UI_START_H
#define UI_START_H

#include "pen.h"
#include "ui/view.h"

void ui_start_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect window);
/* What the teacher is told before anything else, once. */
void ui_statement_draw(const struct ui_pen *pen, const struct ui_statement *statement,
                       struct ui_rect window);

#endif
