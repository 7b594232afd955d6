/* One student's strip, the class's stacked shares, and the tooltips over both. */
#ifndef UI_STRIPS_H
#define UI_STRIPS_H

#include "axis.h"

/* Colour by expression, paler the less sure; hatched while not sure; empty while unseen. */
void ui_strip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                   const struct mon_timeline *timeline, int row, struct ui_rect rect);
/* Shares of the faces seen, stacked in the expressions' order, not sure on top; above it a band
 * whose height is the number of faces. */
void ui_class_strip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                         const struct mon_timeline *timeline, struct ui_rect rect);

/* A card about time x, beside (x, y), inside bounds. row < 0: the class. */
void ui_strip_tip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                       const struct ui_view *view, int row, float x, float y,
                       struct ui_rect bounds);

#endif
