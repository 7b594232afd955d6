/* See axis.h. */
#include "axis.h"

#include "base/clock.h"
#include "base/words.h"
#include "format.h"

#include <stdio.h>

static const int64_t shortest_session_ns = 30 * FB_NS_PER_S;

/* Of a saved video all is known: the span lies around the picture, within the video. */
static void choose_span_of_video(struct ui_axis *axis, const struct ui_view *view,
                                 int64_t duration_ns)
{
    int64_t span_ns = (int64_t)(view->window_s * (double)FB_NS_PER_S);
    axis->from_ns = 0;
    axis->to_ns = duration_ns;
    if (span_ns <= 0 || span_ns >= duration_ns)
        return;
    int64_t from_ns = view->now_ns - span_ns / 2;
    axis->from_ns = from_ns < 0                       ? 0
                    : from_ns > duration_ns - span_ns ? duration_ns - span_ns
                                                      : from_ns;
    axis->to_ns = axis->from_ns + span_ns;
}

static void choose_span(struct ui_axis *axis, const struct ui_view *view)
{
    int64_t first = 0, last = 0;
    int64_t duration_ns = (int64_t)(view->playback.duration_s * (double)FB_NS_PER_S);
    if (view->playback.is_replay && duration_ns > 0) {
        choose_span_of_video(axis, view, duration_ns);
        return;
    }
    axis->to_ns = view->now_ns;
    axis->is_relative = !view->playback.is_replay && view->window_s > 0;
    if (view->window_s > 0) {
        axis->from_ns = axis->to_ns - (int64_t)(view->window_s * (double)FB_NS_PER_S);
        return;
    }
    bool has_span = view->timeline && mon_timeline_span(view->timeline, &first, &last);
    axis->from_ns = has_span ? first : axis->to_ns;
    if (has_span && last > axis->to_ns)
        axis->to_ns = last;
    if (axis->to_ns - axis->from_ns < shortest_session_ns)
        axis->to_ns = axis->from_ns + shortest_session_ns;
}

struct ui_axis ui_axis_make(const struct ui_view *view, float x, float w, float column_px)
{
    struct ui_axis axis = {.x = x, .w = fmaxf(1, w)};
    choose_span(&axis, view);
    column_px = fmaxf(column_px, axis.w / (UI_AXIS_MAX_CELLS - 2));
    int64_t span_ns = axis.to_ns - axis.from_ns;
    int64_t cell_ns = (int64_t)((double)span_ns * (double)(column_px / axis.w));
    cell_ns = cell_ns < 1 ? 1 : cell_ns;
    int64_t rest = axis.from_ns % cell_ns;
    axis.cells_from_ns = axis.from_ns - (rest < 0 ? rest + cell_ns : rest);
    axis.n_cells = (int)((axis.to_ns - axis.cells_from_ns + cell_ns - 1) / cell_ns);
    axis.n_cells = axis.n_cells > UI_AXIS_MAX_CELLS ? UI_AXIS_MAX_CELLS : axis.n_cells;
    axis.cells_to_ns = axis.cells_from_ns + cell_ns * axis.n_cells;
    axis.cells_x = ui_axis_x(&axis, axis.cells_from_ns);
    axis.cell_w = column_px;
    return axis;
}

float ui_axis_x(const struct ui_axis *axis, int64_t time_ns)
{
    double share = (double)(time_ns - axis->from_ns) / (double)(axis->to_ns - axis->from_ns);
    return axis->x + (float)(share * (double)axis->w);
}

int64_t ui_axis_time(const struct ui_axis *axis, float x)
{
    double share = (double)(x - axis->x) / (double)axis->w;
    share = fmax(0, fmin(1, share));
    return axis->from_ns + (int64_t)(share * (double)(axis->to_ns - axis->from_ns));
}

/* The shortest round step that leaves room for the times' text. */
static int64_t choose_step(const struct ui_axis *axis, float room_px)
{
    static const int steps_s[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
    enum { N_STEPS = sizeof steps_s / sizeof *steps_s };
    double ns_per_px = (double)(axis->to_ns - axis->from_ns) / (double)axis->w;
    for (int i = 0; i < N_STEPS; i++)
        if ((double)(steps_s[i] * FB_NS_PER_S) >= (double)room_px * ns_per_px)
            return steps_s[i] * FB_NS_PER_S;
    return steps_s[N_STEPS - 1] * FB_NS_PER_S;
}

static void draw_tick(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect rect,
                      int64_t at_ns, int64_t zero_ns)
{
    char text[32];
    float x = roundf(ui_axis_x(axis, at_ns));
    if (axis->is_relative && at_ns == zero_ns)
        snprintf(text, sizeof text, "%s", _("now"));
    else
        ui_format_clock((double)(at_ns - zero_ns) / (double)FB_NS_PER_S, text, sizeof text);
    float width = (float)ui_text_width(pen->fonts, UI_FONT_SMALL, text) + 1;
    float left = fmaxf(rect.x, fminf(ui_right(rect) - width, x - width / 2));
    ui_draw_fill(
        pen->list,
        ui_rect(fminf(x, ui_right(rect) - 1), rect.y, ui_pen_px(pen, 1), ui_pen_px(pen, 4)), 0,
        pen->theme->text_faint);
    ui_pen_text(pen, ui_rect(left, rect.y + ui_pen_px(pen, 4), width, rect.h - ui_pen_px(pen, 4)),
                UI_FONT_SMALL, pen->theme->text_faint, UI_ALIGN_LEFT, text);
}

void ui_ruler_draw(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect rect)
{
    int64_t step = choose_step(axis, ui_pen_px(pen, 58));
    int64_t zero_ns = axis->is_relative ? axis->to_ns : 0;
    int64_t first = (axis->from_ns - zero_ns) / step * step + zero_ns;
    struct ui_rect strip = ui_rect(axis->x, rect.y, axis->w, rect.h);
    for (int64_t at = first; at <= axis->to_ns; at += step)
        if (at >= axis->from_ns)
            draw_tick(pen, axis, strip, at, zero_ns);
}
