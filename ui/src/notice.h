/* What is said over the picture: news or a problem in one line, and the statistics card. */
#ifndef UI_NOTICE_H
#define UI_NOTICE_H

#include "pen.h"
#include "ui/view.h"

/* The view's message: a banner at the top of the picture, in its middle when there is no frame. */
void ui_message_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture);
/* One line at the top of area, margin px from its edge. */
void ui_banner_draw(const struct ui_pen *pen, struct ui_rect area, const char *text,
                    bool is_problem, float margin);
void ui_statistics_draw(const struct ui_pen *pen, const struct ui_view *view,
                        struct ui_rect picture);

#endif
