/* See strips.h. Neighbouring columns that look alike are drawn as one. */
#include "strips.h"

#include "base/clock.h"
#include "base/words.h"
#include "format.h"
#include "overlay.h"

#include <stdio.h>
#include <string.h>

enum { CONFIDENCE_STEP = 32 };

static struct ui_rect columns(const struct ui_axis *axis, struct ui_rect rect, int from, int to)
{
    float x = axis->cells_x + (float)from * axis->cell_w;
    struct ui_rect all = ui_rect(x, rect.y, (float)(to - from) * axis->cell_w, rect.h);
    return ui_rect_intersect(all, ui_rect(axis->x, rect.y, axis->w, rect.h));
}

static void draw_shades(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect rect,
                        const struct mon_cell *cells, int from, int to)
{
    for (int i = from, end; i < to; i = end) {
        int level = cells[i].confidence / CONFIDENCE_STEP;
        for (end = i + 1; end < to && cells[end].confidence / CONFIDENCE_STEP == level;)
            end++;
        float share = .45f + .55f * (float)(level + 1) / (256.f / CONFIDENCE_STEP);
        ui_draw_fill(pen->list, columns(axis, rect, i, end), 0,
                     ui_mix(pen->theme->well, ui_expression_colour(cells[i].state), share));
    }
}

static void draw_run(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect rect,
                     const struct mon_cell *cells, int from, int to)
{
    int state = cells[from].state;
    struct ui_rect run = columns(axis, rect, from, to);
    if (state == MON_CELL_UNSEEN)
        return;
    if (state == MON_NOT_SURE) {
        ui_draw_hatch(pen->list, run, ui_pen_px(pen, 5), pen->theme->not_sure);
        return;
    }
    draw_shades(pen, axis, rect, cells, from, to);
    float size = rect.h - ui_pen_px(pen, 4);
    if (size >= ui_pen_px(pen, 8) && run.w >= 2.2f * size)
        ui_draw_glyph(pen->list,
                      ui_rect(run.x + ui_pen_px(pen, 3), rect.y + (rect.h - size) / 2, size, size),
                      (enum ui_glyph)(UI_GLYPH_MARK + state), pen->theme->mark);
}

void ui_strip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                   const struct mon_timeline *timeline, int row, struct ui_rect rect)
{
    struct mon_cell cells[UI_AXIS_MAX_CELLS];
    ui_draw_fill(pen->list, rect, 0, pen->theme->well);
    mon_timeline_cells(timeline, row, axis->cells_from_ns, axis->cells_to_ns, cells, axis->n_cells);
    for (int i = 0, end; i < axis->n_cells; i = end) {
        for (end = i + 1; end < axis->n_cells && cells[end].state == cells[i].state;)
            end++;
        draw_run(pen, axis, rect, cells, i, end);
    }
}

/* A column as whole px from the bottom up: where each share ends. */
struct stack {
    int tops[FB_EXPRESSION_COUNT + 1]; /* the last: not sure */
};

static struct stack make_stack(const struct mon_class_cell *cell, float height)
{
    struct stack stack;
    float sum = 0;
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++) {
        sum += i < FB_EXPRESSION_COUNT ? cell->share[i] : cell->not_sure;
        stack.tops[i] = cell->n_faces > 0 ? (int)lroundf(fminf(1, sum) * height) : 0;
    }
    return stack;
}

static void draw_stack(const struct ui_pen *pen, struct ui_rect column, const struct stack *stack)
{
    int below = 0;
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++) {
        float height = (float)(stack->tops[i] - below);
        struct ui_rect part =
            ui_rect(column.x, ui_bottom(column) - (float)stack->tops[i], column.w, height);
        if (height > 0 && i < FB_EXPRESSION_COUNT)
            ui_draw_fill(pen->list, part, 0, ui_expression_colour(i));
        else if (height > 0)
            ui_draw_hatch(pen->list, part, ui_pen_px(pen, 5), pen->theme->not_sure);
        below = stack->tops[i];
    }
}

static void draw_n_faces(const struct ui_pen *pen, const struct ui_axis *axis, struct ui_rect band,
                         const struct mon_class_cell *cells)
{
    float most = 1;
    for (int i = 0; i < axis->n_cells; i++)
        most = fmaxf(most, cells[i].n_faces);
    char text[16];
    snprintf(text, sizeof text, "%ld", lroundf(most));
    for (int i = 0, end; i < axis->n_cells; i = end) {
        float height = roundf(cells[i].n_faces / most * band.h);
        for (end = i + 1;
             end < axis->n_cells && roundf(cells[end].n_faces / most * band.h) == height;)
            end++;
        struct ui_rect run = columns(axis, band, i, end);
        ui_draw_fill(pen->list, ui_rect(run.x, ui_bottom(band) - height, run.w, height), 0,
                     ui_mix(pen->theme->panel, pen->theme->text_faint, .55f));
    }
    ui_pen_text(pen, ui_rect(band.x + ui_pen_px(pen, 2), band.y, ui_pen_px(pen, 40), band.h),
                UI_FONT_SMALL, pen->theme->text_soft, UI_ALIGN_LEFT, text);
}

void ui_class_strip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                         const struct mon_timeline *timeline, struct ui_rect rect)
{
    struct mon_class_cell cells[UI_AXIS_MAX_CELLS];
    struct ui_rect band = ui_cut_top(&rect, ui_pen_px(pen, 10));
    ui_cut_top(&rect, ui_pen_px(pen, 2));
    mon_timeline_class_cells(timeline, axis->cells_from_ns, axis->cells_to_ns, cells,
                             axis->n_cells);
    ui_draw_fill(pen->list, rect, 0, pen->theme->well);
    draw_n_faces(pen, axis, band, cells);
    for (int i = 0, end; i < axis->n_cells; i = end) {
        struct stack stack = make_stack(&cells[i], rect.h);
        for (end = i + 1; end < axis->n_cells; end++) {
            struct stack next = make_stack(&cells[end], rect.h);
            if (memcmp(&next, &stack, sizeof stack) != 0)
                break;
        }
        draw_stack(pen, columns(axis, rect, i, end), &stack);
    }
}

enum { MAX_TIP_LINES = 11 };

struct tip {
    int expressions[MAX_TIP_LINES]; /* a glyph's, or -9: none */
    char lines[MAX_TIP_LINES][UI_NAME_BYTES + 48];
    int n;
};

enum { NO_GLYPH = -9 };

static char *tip_line(struct tip *tip, int expression)
{
    tip->expressions[tip->n] = expression;
    return tip->lines[tip->n++];
}

static void fill_class_tip(struct tip *tip, const struct mon_class_cell *cell)
{
    size_t n = sizeof tip->lines[0];
    if (!(cell->n_faces > 0)) {
        snprintf(tip_line(tip, NO_GLYPH), n, "%s", _("nobody seen"));
        return;
    }
    snprintf(tip_line(tip, NO_GLYPH), n, PLURAL("%d face", "%d faces", lroundf(cell->n_faces)),
             (int)lroundf(cell->n_faces));
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        if (cell->share[i] >= .005f)
            snprintf(tip_line(tip, i), n, "%s  %.0f %%", _(fb_expression_name(i)),
                     100 * (double)cell->share[i]);
    if (cell->not_sure >= .005f)
        snprintf(tip_line(tip, MON_NOT_SURE), n, _("not sure  %.0f %%"),
                 100 * (double)cell->not_sure);
}

static void fill_row_tip(struct tip *tip, const struct mon_cell *cell)
{
    size_t n = sizeof tip->lines[0];
    if (cell->state == MON_CELL_UNSEEN)
        snprintf(tip_line(tip, NO_GLYPH), n, "%s", _("not seen"));
    else if (cell->state == MON_NOT_SURE)
        snprintf(tip_line(tip, MON_NOT_SURE), n, "%s", _("not sure"));
    else
        snprintf(tip_line(tip, cell->state), n, "%s  %.0f %%", _(fb_expression_name(cell->state)),
                 100 * cell->confidence / 255.0);
}

static void fill_tip(struct tip *tip, const struct ui_axis *axis, const struct ui_view *view,
                     int row, float x)
{
    int64_t cell_ns = (axis->cells_to_ns - axis->cells_from_ns) / axis->n_cells;
    int64_t at = ui_axis_time(axis, x);
    at = axis->cells_from_ns + (at - axis->cells_from_ns) / cell_ns * cell_ns;
    char buffer[UI_NAME_BYTES], time[32];
    ui_format_clock((double)at / (double)FB_NS_PER_S, time, sizeof time);
    const char *who =
        row < 0 ? _("Class")
                : ui_student_name(view, mon_timeline_student(view->timeline, row), buffer);
    snprintf(tip_line(tip, NO_GLYPH), sizeof tip->lines[0], "%s  \u00b7  %s", who, time);
    if (row < 0) {
        struct mon_class_cell cell;
        mon_timeline_class_cells(view->timeline, at, at + cell_ns, &cell, 1);
        fill_class_tip(tip, &cell);
    } else {
        struct mon_cell cell;
        mon_timeline_cells(view->timeline, row, at, at + cell_ns, &cell, 1);
        fill_row_tip(tip, &cell);
    }
}

static float tip_width(const struct ui_pen *pen, const struct tip *tip)
{
    float widest = 0;
    for (int i = 0; i < tip->n; i++) {
        float glyph = tip->expressions[i] == NO_GLYPH ? 0 : ui_pen_px(pen, 20);
        enum ui_font font = i ? UI_FONT_BODY : UI_FONT_STRONG;
        widest = fmaxf(widest, glyph + (float)ui_text_width(pen->fonts, (int)font, tip->lines[i]));
    }
    return widest + 1;
}

void ui_strip_tip_draw(const struct ui_pen *pen, const struct ui_axis *axis,
                       const struct ui_view *view, int row, float x, float y, struct ui_rect bounds)
{
    struct tip tip = {.n = 0};
    fill_tip(&tip, axis, view, row, x);
    float pad = ui_pen_px(pen, 9), line = ui_pen_px(pen, 20), away = ui_pen_px(pen, 14);
    struct ui_rect card = {0, 0, tip_width(pen, &tip) + 2 * pad, 2 * pad + (float)tip.n * line};
    card.x = x - away - card.w;
    if (card.x < bounds.x)
        card.x = fminf(x + away, ui_right(bounds) - card.w);
    card.y = fmaxf(bounds.y, fminf(y + away, ui_bottom(bounds) - card.h));
    ui_pen_card(pen, card, ui_pen_px(pen, 6));
    struct ui_rect rest = ui_rect_inset(card, pad);
    for (int i = 0; i < tip.n; i++) {
        struct ui_rect at = ui_cut_top(&rest, line);
        if (tip.expressions[i] != NO_GLYPH) {
            float size = ui_pen_px(pen, 14);
            struct ui_rect mark = ui_cut_left(&at, ui_pen_px(pen, 20));
            ui_pen_glyph(pen, mark.x + size / 2, mark.y + mark.h / 2, size,
                         ui_glyph_of(tip.expressions[i]), ui_expression_colour(tip.expressions[i]));
        }
        ui_pen_text(pen, at, i ? UI_FONT_BODY : UI_FONT_STRONG,
                    i ? pen->theme->text_soft : pen->theme->text, UI_ALIGN_LEFT, tip.lines[i]);
    }
}
