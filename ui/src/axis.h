/* The timelines' common axis of time: which times are shown between which px, in columns that stay
 * on the same times while the axis slides, so that strips do not shimmer. Pure functions but for
 * the ruler, which draws. */
#ifndef UI_AXIS_H
#define UI_AXIS_H

#include "pen.h"
#include "ui/view.h"

#define UI_AXIS_MAX_CELLS 1024

struct ui_axis {
    float x, w;                         /* px of the strips */
    int64_t from_ns, to_ns;             /* at x and x + w; to > from */
    int64_t cells_from_ns, cells_to_ns; /* whole columns; starts at or before from_ns */
    float cells_x, cell_w;              /* px of the first column, and of each */
    int n_cells;
    bool is_relative; /* the ruler counts back from now */
};

/* column_px: the width wanted for a column. */
struct ui_axis ui_axis_make(const struct ui_view *view, float x, float w, float column_px);
float ui_axis_x(const struct ui_axis *axis, int64_t time_ns);
int64_t ui_axis_time(const struct ui_axis *axis, float x);

/* Ticks and times under the strips. */
void ui_ruler_draw(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect rect);

#endif
