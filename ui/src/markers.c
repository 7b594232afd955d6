/* See markers.h. */
#include "markers.h"

#include "base/words.h"
#include "button.h"
#include "format.h"

#include <stdio.h>

static float px(const struct ui_pen *pen, float length)
{
    return ui_pen_px(pen, length);
}

static void draw_time(const struct ui_pen *pen, struct ui_rect at, double time_s)
{
    char text[32];
    ui_format_clock(time_s, text, sizeof text);
    ui_pen_text(pen, at, UI_FONT_BODY, pen->theme->text, UI_ALIGN_LEFT, text);
}

static void draw_row(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect row,
                     int i)
{
    const struct ui_marker *marker = &view->markers[i];
    bool has_text = marker->text && marker->text[0];
    struct ui_button note = {.event = UI_EVENT_MARKER_NOTE,
                             .amount = i,
                             .text = _("Note"),
                             .tip = _("Write what this marker is about")};
    if (view->note && view->note_marker == i) {
        draw_time(pen, ui_cut_left(&row, px(pen, 64)), marker->time_s);
        ui_field_draw(pen, ui_rect(row.x, row.y + px(pen, 1), row.w, row.h - px(pen, 2)),
                      view->note, _("what happened?"));
        return;
    }
    if (ui_pen_is_over(pen, row))
        ui_draw_fill(pen->list, row, px(pen, 5), ui_mix(pen->theme->card, pen->theme->text, .07f));
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_BUTTON,
                                    .rect = row,
                                    .event = view->playback.is_replay ? UI_EVENT_MARKER_GO
                                                                      : UI_EVENT_MARKER_NOTE,
                                    .amount = i});
    ui_button_draw(pen, ui_rect_inset(ui_cut_right(&row, ui_button_width(pen, &note)), px(pen, 1)),
                   &note);
    draw_time(pen, ui_cut_left(&row, px(pen, 64)), marker->time_s);
    ui_pen_text(pen, row, UI_FONT_BODY, has_text ? pen->theme->text_soft : pen->theme->text_faint,
                UI_ALIGN_LEFT, has_text ? marker->text : _("no text"));
}

/* The newest that fit, in order. */
static void draw_list(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture)
{
    float pad = px(pen, 14), row = px(pen, 30);
    int n = view->n_markers, room = (int)((picture.h - 4 * pad - px(pen, 56)) / row);
    int shown = n < room ? n : room > 1 ? room : 1;
    struct ui_rect card = {0, 0, fminf(px(pen, 420), picture.w - pad),
                           2 * pad + px(pen, 32 + 22) + (float)(shown ? shown : 1) * row};
    card.x = roundf(picture.x + (picture.w - card.w) / 2);
    card.y = roundf(picture.y + fmaxf(0, (picture.h - card.h) / 2));
    ui_pen_card(pen, card, px(pen, 10));
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_COVER, .rect = card});
    struct ui_rect rest = ui_rect_inset(card, pad);
    struct ui_rect title = ui_cut_top(&rest, px(pen, 32));
    const struct ui_button close = {
        .event = UI_EVENT_MARKERS, .glyph = UI_GLYPH_CLOSE, .tip = _("Close (Esc)")};
    ui_button_draw(pen, ui_cut_right(&title, px(pen, 28)), &close);
    ui_pen_text(pen, title, UI_FONT_TITLE, pen->theme->text, UI_ALIGN_LEFT, _("Markers"));
    if (!n)
        ui_pen_text(pen, ui_cut_top(&rest, row), UI_FONT_BODY, pen->theme->text_faint,
                    UI_ALIGN_LEFT, _("None yet: M sets one."));
    for (int i = n - shown; i < n; i++)
        draw_row(pen, view, ui_cut_top(&rest, row), i);
    ui_pen_text(pen, rest, UI_FONT_SMALL, pen->theme->text_faint, UI_ALIGN_LEFT,
                view->playback.is_replay ? _("A click goes there; Note writes a text")
                                         : _("Enter writes the last one's text"));
}

static void draw_note(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture)
{
    float pad = px(pen, 10);
    struct ui_rect card = {0, 0, fminf(px(pen, 440), picture.w - pad), px(pen, 52)};
    card.x = roundf(picture.x + (picture.w - card.w) / 2);
    card.y = ui_bottom(picture) - card.h - pad;
    ui_pen_card(pen, card, px(pen, 8));
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_COVER, .rect = card});
    struct ui_rect rest = ui_rect_inset(card, pad);
    struct ui_rect mark = ui_cut_left(&rest, px(pen, 20));
    ui_pen_glyph(pen, mark.x + px(pen, 6), mark.y + mark.h / 2, px(pen, 11), UI_GLYPH_MARKER,
                 pen->theme->text);
    draw_time(pen, ui_cut_left(&rest, px(pen, 56)), view->markers[view->note_marker].time_s);
    ui_field_draw(pen, rest, view->note, _("what happened?"));
}

void ui_markers_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture)
{
    bool has_note = view->note && view->note_marker >= 0 && view->note_marker < view->n_markers;
    if (view->show_markers)
        draw_list(pen, view, picture);
    else if (has_note)
        draw_note(pen, view, picture);
}
