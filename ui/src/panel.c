/* See panel.h. Beside the picture the class stands above the rows, below it to their left. Few rows
 * have a line for the name above the strip; where they would not fit, the name goes beside it, and
 * the class's strip keeps in line with the rows'. */
#include "panel.h"

#include "base/clock.h"
#include "base/words.h"
#include "button.h"
#include "format.h"
#include "overlay.h"
#include "strips.h"

#include <stdio.h>

struct panel {
    const struct ui_pen *pen;
    const struct ui_view *view;
    struct ui_rect rect;
    int n_rows;
    bool is_compact;
    struct ui_rect class_area, rows_head, rows_area;
    struct ui_axis class_axis, rows_axis;
    struct ui_rect class_strip;
    int tip_row; /* under the pointer; -1 the class, NO_TIP */
    int pinned_row;
    float pinned_y;
};

enum { NO_TIP = -2 };

static float px(const struct panel *p, float length)
{
    return ui_pen_px(p->pen, length);
}

static float row_height(const struct panel *p)
{
    return px(p, p->is_compact ? 25 : 48);
}

static float name_width(const struct panel *p, float whole)
{
    return p->is_compact ? fminf(px(p, 124), whole * .4f) : 0;
}

/* The class's strip with its band; lower where the rows would find no room. */
static float class_strip_height(const struct panel *p)
{
    return px(p, 12) + roundf(fmaxf(px(p, 40), fminf(px(p, 76), .12f * p->rect.h)));
}

enum { N_KEYS = FB_EXPRESSION_COUNT + 1 };

static int key_columns(const struct panel *p, float width)
{
    return width < px(p, 300) ? 2 : 3;
}

static float class_height(const struct panel *p, float width)
{
    int columns = key_columns(p, width), lines = (N_KEYS + columns - 1) / columns;
    return px(p, 40 + 20 + 4 + 14) + class_strip_height(p) + (float)lines * px(p, 22);
}

static void arrange(struct panel *p)
{
    struct ui_rect rest = p->rect;
    float pad = px(p, 14);
    ui_cut_left(&rest, pad);
    ui_cut_right(&rest, pad);
    bool is_wide = rest.w > 1.5f * rest.h;
    if (is_wide) {
        p->class_area = ui_cut_left(&rest, roundf(rest.w * .42f));
        ui_cut_left(&rest, 2 * pad);
        p->rows_area = rest;
        ui_cut_top(&p->rows_area, px(p, 8));
    } else {
        p->class_area = ui_cut_top(&rest, class_height(p, rest.w));
        p->rows_area = rest;
    }
    if (p->n_rows > 1 && p->rows_area.h > px(p, 150))
        p->rows_head = ui_cut_top(&p->rows_area, px(p, 28));
    p->is_compact = (float)p->n_rows * px(p, 48) > p->rows_area.h;
    float names = name_width(p, p->rows_area.w);
    if (p->is_compact)
        p->rows_area.w -= px(p, 6); /* the scroll bar's */
    p->rows_axis = ui_axis_make(p->view, p->rows_area.x + names, p->rows_area.w - names, px(p, 2));
    p->class_axis =
        is_wide ? ui_axis_make(p->view, p->class_area.x, p->class_area.w, px(p, 2)) : p->rows_axis;
}

/* Returns what is left of the header. */
static struct ui_rect draw_spans(const struct panel *p, struct ui_rect header)
{
    const struct ui_pen *pen = p->pen;
    int chosen = 0;
    for (int i = 0; i < UI_N_WINDOW_SPANS; i++)
        if (ui_window_span_step(p->view->window_s, 0) == ui_window_spans_s[i])
            chosen = i;
    float height = px(p, 24), pad = px(p, 8);
    struct ui_rect rest = header;
    for (int i = UI_N_WINDOW_SPANS - 1; i >= 0; i--) {
        char text[24];
        ui_format_span(ui_window_spans_s[i], text, sizeof text);
        float width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, text) + 2 * pad;
        struct ui_rect chip = ui_cut_right(&rest, width);
        chip.y = roundf(header.y + (header.h - height) / 2);
        chip.h = height;
        if (i == chosen || ui_pen_is_over(pen, chip))
            ui_draw_fill(pen->list, chip, px(p, 6),
                         i == chosen ? pen->theme->raised : pen->theme->well);
        ui_pen_text(pen, chip, UI_FONT_BODY,
                    i == chosen ? pen->theme->text : pen->theme->text_faint, UI_ALIGN_CENTRE, text);
        ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_SPAN, .rect = chip, .amount = i - chosen});
    }
    return rest;
}

static void draw_header(const struct panel *p, struct ui_rect header)
{
    const char *title = _("Class");
    const struct ui_pen *pen = p->pen;
    int n = p->view->observation.n_faces;
    char count[32];
    snprintf(count, sizeof count, PLURAL("%d face", "%d faces", n), n);
    struct ui_rect rest = draw_spans(p, header);
    ui_cut_right(&rest, px(p, 6));
    if (rest.w < (float)ui_text_width(pen->fonts, UI_FONT_TITLE, title))
        return;
    float width = ui_pen_text(pen, rest, UI_FONT_TITLE, pen->theme->text, UI_ALIGN_LEFT, title);
    ui_cut_left(&rest, width + px(p, 10));
    rest.y += px(p, 1);
    if (rest.w >= (float)ui_text_width(pen->fonts, UI_FONT_BODY, count))
        ui_pen_text(pen, rest, UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT, count);
}

static void count_faces(const struct mon_observation *seen, int counts[FB_EXPRESSION_COUNT + 1])
{
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++)
        counts[i] = 0;
    for (int i = 0; i < seen->n_faces && i < MON_MAX_FACES; i++) {
        int e = seen->faces[i].expression;
        counts[e >= 0 && e < FB_EXPRESSION_COUNT ? e : FB_EXPRESSION_COUNT]++;
    }
}

/* The key to the colours, with how many faces show each now. */
static void draw_key(const struct panel *p, struct ui_rect area)
{
    const struct ui_pen *pen = p->pen;
    int counts[FB_EXPRESSION_COUNT + 1];
    count_faces(&p->view->observation, counts);
    int columns = key_columns(p, area.w), lines = (N_KEYS + columns - 1) / columns;
    float gap = px(p, 14), line = px(p, 22), size = px(p, 15);
    float width = (area.w - (float)(columns - 1) * gap) / (float)columns;
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++) {
        int expression = i < FB_EXPRESSION_COUNT ? i : MON_NOT_SURE;
        struct ui_rect at = ui_rect(area.x + (float)(i / lines) * (width + gap),
                                    area.y + (float)(i % lines) * line, width, line);
        struct ui_colour colour = counts[i] ? pen->theme->text : pen->theme->text_faint;
        struct ui_rect mark = ui_cut_left(&at, size + px(p, 6));
        ui_pen_glyph(pen, mark.x + size / 2, mark.y + mark.h / 2, size, ui_glyph_of(expression),
                     expression < 0 ? pen->theme->text_faint : ui_expression_colour(expression));
        char count[16] = "";
        if (counts[i])
            snprintf(count, sizeof count, "%d", counts[i]);
        ui_pen_text(pen, ui_cut_right(&at, px(p, 20)), UI_FONT_STRONG, colour, UI_ALIGN_RIGHT,
                    count);
        ui_pen_text(pen, at, UI_FONT_BODY, colour, UI_ALIGN_LEFT,
                    _(fb_expression_name(expression)));
    }
}

/* student -1: the class. */
static void add_time_hit(const struct panel *p, const struct ui_axis *axis, struct ui_rect rect,
                         int student)
{
    if (p->view->timeline)
        ui_pen_hit(p->pen, (struct ui_hit){.kind = UI_HIT_TIME,
                                           .rect = rect,
                                           .student = student,
                                           .from_s = (double)axis->from_ns / (double)FB_NS_PER_S,
                                           .to_s = (double)axis->to_ns / (double)FB_NS_PER_S});
}

/* Where replay is, and where the pointer is, on one strip; a little longer than it, so that the
 * lines of the rows read as one. */
static void draw_lines(const struct panel *p, const struct ui_axis *axis, struct ui_rect strip)
{
    const struct ui_pen *pen = p->pen;
    int64_t position = (int64_t)(p->view->playback.position_s * (double)FB_NS_PER_S);
    float more = px(p, 3), x = roundf(ui_axis_x(axis, position));
    if (p->view->playback.is_replay && position >= axis->from_ns && position <= axis->to_ns)
        ui_draw_fill(pen->list, ui_rect(x - px(p, 1), strip.y - more, px(p, 2), strip.h + 2 * more),
                     0, pen->theme->accent);
    if (p->view->pinned_student) {
        float at = roundf(ui_axis_x(axis, (int64_t)(p->view->pinned_s * (double)FB_NS_PER_S)));
        if (at >= axis->x && at <= axis->x + axis->w)
            ui_draw_fill(pen->list, ui_rect(at, strip.y - more, px(p, 1), strip.h + 2 * more), 0,
                         pen->theme->text);
    }
    bool is_beside = pen->has_pointer && pen->pointer_x >= axis->x &&
                     pen->pointer_x < axis->x + axis->w && ui_pen_is_over(pen, p->rect);
    if (is_beside)
        ui_draw_fill(pen->list, ui_rect(pen->pointer_x, strip.y, px(p, 1), strip.h), 0,
                     ui_faded(pen->theme->text, .55f));
}

static void draw_markers(const struct panel *p, const struct ui_axis *axis, struct ui_rect strip)
{
    for (int i = 0; i < p->view->n_markers; i++) {
        int64_t at = (int64_t)(p->view->markers[i].time_s * (double)FB_NS_PER_S);
        if (at < axis->from_ns || at > axis->to_ns)
            continue;
        float x = roundf(ui_axis_x(axis, at));
        ui_draw_fill(p->pen->list, ui_rect(x, strip.y, px(p, 1), strip.h), 0,
                     ui_faded(p->pen->theme->text, .8f));
        ui_pen_glyph(p->pen, x, strip.y + px(p, 4), px(p, 9), UI_GLYPH_MARKER, p->pen->theme->text);
    }
}

/* What the two parts of the class's strip are, where the names leave room beside it. */
static void draw_captions(const struct panel *p, struct ui_rect strip)
{
    struct ui_rect at = {p->class_area.x, strip.y - px(p, 2), strip.x - p->class_area.x - px(p, 8),
                         px(p, 14)};
    if (at.w < px(p, 60))
        return;
    ui_pen_text(p->pen, at, UI_FONT_SMALL, p->pen->theme->text_faint, UI_ALIGN_RIGHT, _("faces"));
    at.y = strip.y + px(p, 5) + strip.h / 2;
    ui_pen_text(p->pen, at, UI_FONT_SMALL, p->pen->theme->text_faint, UI_ALIGN_RIGHT, _("shares"));
}

static void draw_class(struct panel *p)
{
    struct ui_rect rest = p->class_area;
    draw_header(p, ui_cut_top(&rest, px(p, 40)));
    struct ui_rect strip = ui_cut_top(&rest, class_strip_height(p));
    strip.x = p->class_axis.x;
    strip.w = p->class_axis.w;
    p->class_strip = strip;
    if (p->view->timeline)
        ui_class_strip_draw(p->pen, &p->class_axis, p->view->timeline, strip);
    draw_captions(p, strip);
    draw_markers(p, &p->class_axis, strip);
    draw_lines(p, &p->class_axis, strip);
    add_time_hit(p, &p->class_axis, strip, -1);
    if (p->view->pinned_student == -1) {
        p->pinned_row = -1;
        p->pinned_y = ui_bottom(strip);
    }
    if (ui_pen_is_over(p->pen, strip))
        p->tip_row = -1;
    ui_ruler_draw(p->pen, &p->class_axis, ui_cut_top(&rest, px(p, 20)));
    ui_cut_top(&rest, px(p, 4));
    draw_key(p, rest);
}

static const struct mon_face *find_face(const struct ui_view *view, int student)
{
    for (int i = 0; i < view->observation.n_faces && i < MON_MAX_FACES; i++)
        if (view->observation.faces[i].student == student)
            return &view->observation.faces[i];
    return NULL;
}

static void draw_name(const struct panel *p, struct ui_rect at, const struct mon_face *face,
                      const char *name)
{
    const struct ui_pen *pen = p->pen;
    float size = px(p, 15);
    struct ui_rect mark = ui_cut_left(&at, size + px(p, 7));
    if (face)
        ui_pen_glyph(
            pen, mark.x + size / 2, mark.y + mark.h / 2, size, ui_glyph_of(face->expression),
            face->expression < 0 ? pen->theme->text_faint : ui_expression_colour(face->expression));
    else
        ui_pen_glyph(pen, mark.x + size / 2, mark.y + mark.h / 2, px(p, 5), UI_GLYPH_DOT,
                     pen->theme->not_sure);
    ui_pen_text(pen, at, UI_FONT_STRONG, face ? pen->theme->text : pen->theme->text_faint,
                UI_ALIGN_LEFT, name);
}

static void draw_state(const struct panel *p, struct ui_rect at, const struct mon_face *face)
{
    const struct ui_pen *pen = p->pen;
    char text[48];
    if (!face)
        snprintf(text, sizeof text, "%s", _("not in view"));
    else if (face->expression < 0)
        snprintf(text, sizeof text, "%s", _("not sure"));
    else
        snprintf(text, sizeof text, "%s  %.0f %%", _(fb_expression_name(face->expression)),
                 100 * (double)face->confidence);
    ui_pen_text(pen, at, UI_FONT_BODY,
                face && face->expression >= 0 ? pen->theme->text_soft : pen->theme->text_faint,
                UI_ALIGN_RIGHT, text);
}

static void draw_row_ground(const struct panel *p, struct ui_rect rect, bool is_selected)
{
    struct ui_rect wide = ui_rect(p->rect.x, rect.y, p->rect.w, rect.h);
    if (is_selected || ui_pen_is_over(p->pen, wide))
        ui_draw_fill(p->pen->list, wide, 0,
                     ui_mix(p->pen->theme->panel, p->pen->theme->raised, is_selected ? 1 : .5f));
    if (is_selected)
        ui_draw_fill(p->pen->list, ui_rect(p->rect.x, rect.y, px(p, 3), rect.h), 0,
                     p->pen->theme->accent);
}

static void draw_row(struct panel *p, int row, struct ui_rect rect)
{
    int student = mon_timeline_student(p->view->timeline, row);
    const struct mon_face *face = find_face(p->view, student);
    char buffer[UI_NAME_BYTES];
    const char *name = ui_student_name(p->view, student, buffer);
    draw_row_ground(p, rect, student == p->view->selected_student);
    struct ui_rect visible =
        ui_rect_intersect(ui_rect(p->rect.x, rect.y, p->rect.w, rect.h),
                          ui_rect(p->rect.x, p->rows_area.y, p->rect.w, p->rows_area.h));
    ui_pen_hit(p->pen,
               (struct ui_hit){.kind = UI_HIT_STUDENT, .rect = visible, .student = student});
    struct ui_rect strip =
        ui_rect(p->rows_axis.x, 0, p->rows_axis.w, px(p, p->is_compact ? 15 : 14));
    if (p->is_compact) {
        strip.y = roundf(rect.y + (rect.h - strip.h) / 2);
        draw_name(p, ui_rect(rect.x, rect.y, strip.x - rect.x - px(p, 8), rect.h), face, name);
    } else {
        strip.y = rect.y + px(p, 28);
        struct ui_rect line = ui_rect(rect.x, rect.y + px(p, 5), rect.w, px(p, 20));
        draw_state(p, ui_cut_right(&line, px(p, 120)), face);
        line.w -= px(p, 8);
        draw_name(p, line, face, name);
    }
    ui_strip_draw(p->pen, &p->rows_axis, p->view->timeline, row, strip);
    draw_lines(p, &p->rows_axis, strip);
    add_time_hit(p, &p->rows_axis, ui_rect_intersect(strip, p->rows_area), student);
    if (p->view->pinned_student == student) {
        p->pinned_row = row;
        p->pinned_y = ui_bottom(strip);
    }
    if (ui_pen_is_over(p->pen, ui_rect_intersect(strip, p->rows_area)))
        p->tip_row = row;
}

static void draw_scroll_bar(const struct panel *p, const struct ui_panel_scroll *scroll)
{
    struct ui_rect area = p->rows_area;
    float whole = scroll->max_px + area.h, height = fmaxf(px(p, 24), area.h * area.h / whole);
    float y = area.y + (area.h - height) * scroll->at_px / scroll->max_px;
    ui_draw_fill(p->pen->list, ui_rect(ui_right(p->rect) - px(p, 9), y, px(p, 4), height), px(p, 2),
                 ui_mix(p->pen->theme->panel, p->pen->theme->text, .3f));
}

static void draw_rows(struct panel *p, struct ui_panel_scroll *scroll)
{
    float height = row_height(p);
    scroll->max_px = fmaxf(0, (float)p->n_rows * height - p->rows_area.h);
    scroll->at_px = roundf(fmaxf(0, fminf(scroll->at_px, scroll->max_px)));
    if (ui_rect_is_empty(p->rows_area))
        return;
    ui_pen_hit(p->pen, (struct ui_hit){.kind = UI_HIT_SCROLL, .rect = p->rows_area});
    ui_draw_clip(p->pen->list, ui_rect(p->rect.x, p->rows_area.y, p->rect.w, p->rows_area.h));
    int first = (int)(scroll->at_px / height);
    for (int i = first; i < p->n_rows; i++) {
        float y = p->rows_area.y + (float)i * height - scroll->at_px;
        if (y >= ui_bottom(p->rows_area))
            break;
        draw_row(p, p->view->order ? p->view->order[i] : i,
                 ui_rect(p->rows_area.x, y, p->rows_area.w, height));
    }
    if (scroll->max_px > 0)
        draw_scroll_bar(p, scroll);
    ui_draw_unclip(p->pen->list);
}

static void draw_rows_head(const struct panel *p)
{
    char text[48];
    struct ui_rect rest = p->rows_head;
    const struct ui_button sort = {.event = UI_EVENT_SORT,
                                   .text = p->view->is_sorted_by_name ? _("by name") : _("by seat"),
                                   .tip = p->view->is_sorted_by_name ? _("Sort by seat (O)")
                                                                     : _("Sort by name (O)")};
    if (ui_rect_is_empty(rest))
        return;
    float width = ui_button_width(p->pen, &sort);
    struct ui_rect at = ui_cut_right(&rest, width);
    ui_button_draw(p->pen, ui_rect(at.x, at.y + px(p, 2), at.w, px(p, 22)), &sort);
    snprintf(text, sizeof text, PLURAL("%d student", "%d students", p->n_rows), p->n_rows);
    ui_pen_text(p->pen, rest, UI_FONT_STRONG, p->pen->theme->text_soft, UI_ALIGN_LEFT, text);
}

static void draw_tips(const struct panel *p)
{
    if (!p->view->timeline)
        return;
    const struct ui_axis *axis = p->pinned_row < 0 ? &p->class_axis : &p->rows_axis;
    float x = ui_axis_x(axis, (int64_t)(p->view->pinned_s * (double)FB_NS_PER_S));
    if (p->pinned_row != NO_TIP && x >= axis->x && x <= axis->x + axis->w)
        ui_strip_tip_draw(p->pen, axis, p->view, p->pinned_row, x, p->pinned_y, p->rect);
    if (p->tip_row != NO_TIP)
        ui_strip_tip_draw(p->pen, p->tip_row < 0 ? &p->class_axis : &p->rows_axis, p->view,
                          p->tip_row, p->pen->pointer_x, p->pen->pointer_y, p->rect);
}

static void draw_empty(const struct panel *p)
{
    struct ui_rect at = p->rows_area;
    at.h = fminf(at.h, px(p, 60));
    ui_pen_text(p->pen, at, UI_FONT_BODY, p->pen->theme->text_faint, UI_ALIGN_CENTRE,
                _("No faces seen yet"));
}

void ui_panel_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect,
                   struct ui_panel_scroll *scroll)
{
    struct panel p = {
        .pen = pen, .view = view, .rect = rect, .tip_row = NO_TIP, .pinned_row = NO_TIP};
    scroll->max_px = 0;
    if (ui_rect_is_empty(rect))
        return;
    p.n_rows = view->timeline ? mon_timeline_n_students(view->timeline) : 0;
    if (view->timeline && view->order && view->n_order < p.n_rows)
        p.n_rows = view->n_order;
    ui_draw_fill(pen->list, rect, 0, pen->theme->panel);
    ui_draw_clip(pen->list, rect);
    arrange(&p);
    draw_class(&p);
    ui_draw_unclip(pen->list);
    draw_rows_head(&p);
    if (p.n_rows > 0)
        draw_rows(&p, scroll);
    else
        draw_empty(&p);
    draw_tips(&p);
}
