/* See seekbar.h. */
#include "seekbar.h"

#include "format.h"

#include <stdio.h>
#include <string.h>

static void draw_button(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect)
{
    bool is_over = ui_pen_is_over(pen, rect);
    struct ui_rect disc = ui_rect_inset(rect, ui_pen_px(pen, 6));
    if (is_over)
        ui_draw_fill(pen->list, disc, disc.w / 2, pen->theme->raised);
    ui_pen_glyph(pen, rect.x + rect.w / 2, rect.y + rect.h / 2, ui_pen_px(pen, 14),
                 view->playback.is_paused ? UI_GLYPH_PLAY : UI_GLYPH_PAUSE, pen->theme->text);
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_PAUSE, .rect = rect});
}

static void draw_markers(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect track)
{
    for (int i = 0; i < view->n_markers; i++) {
        double share = view->markers[i].time_s / view->playback.duration_s;
        if (share >= 0 && share <= 1)
            ui_pen_glyph(pen, track.x + track.w * (float)share, track.y - ui_pen_px(pen, 5),
                         ui_pen_px(pen, 9), UI_GLYPH_MARKER, pen->theme->text_soft);
    }
}

/* What is repeated between two brackets; the first alone until the second is set. */
static void draw_loop(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect track)
{
    const struct ui_playback *playback = &view->playback;
    float x[2] = {0}, width = ui_pen_px(pen, 2), height = ui_pen_px(pen, 16);
    for (int i = 0; i < playback->n_loop_ends; i++) {
        double share = playback->loop_s[i] / playback->duration_s;
        x[i] = roundf(track.x + track.w * (float)fmax(0, fmin(1, share)));
    }
    float top = roundf(track.y + track.h / 2 - height / 2);
    if (playback->n_loop_ends == 2)
        ui_draw_fill(pen->list, ui_rect(x[0], top, fmaxf(width, x[1] - x[0]), height), 0,
                     ui_faded(pen->theme->warn, .3f));
    for (int i = 0; i < playback->n_loop_ends; i++) {
        float inwards = ui_pen_px(pen, 5), left = i ? x[i] - inwards : x[i];
        ui_draw_fill(pen->list, ui_rect(x[i] - width / 2, top, width, height), 0,
                     pen->theme->warn);
        ui_draw_fill(pen->list, ui_rect(left, top, inwards, width), 0, pen->theme->warn);
        ui_draw_fill(pen->list, ui_rect(left, top + height - width, inwards, width), 0,
                     pen->theme->warn);
    }
}

/* The marker within a few px of the pointer, or NULL. */
static const char *marker_text(const struct ui_pen *pen, const struct ui_view *view,
                               struct ui_rect track)
{
    for (int i = 0; i < view->n_markers; i++) {
        double share = view->markers[i].time_s / view->playback.duration_s;
        float x = track.x + track.w * (float)share;
        if (view->markers[i].text && fabsf(pen->pointer_x - x) <= ui_pen_px(pen, 5))
            return view->markers[i].text;
    }
    return NULL;
}

static void draw_hover(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect track)
{
    char text[160];
    float share = fmaxf(0, fminf(1, (pen->pointer_x - track.x) / track.w));
    const char *marker = marker_text(pen, view, track);
    ui_format_clock((double)share * view->playback.duration_s, text, sizeof text);
    if (marker) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "  %s", marker);
    }
    float width = (float)ui_text_width(pen->fonts, UI_FONT_SMALL, text) + ui_pen_px(pen, 12);
    float height = ui_pen_px(pen, 18);
    float x = fmaxf(track.x, fminf(ui_right(track) - width, pen->pointer_x - width / 2));
    struct ui_rect card = ui_rect(x, track.y - height - ui_pen_px(pen, 10), width, height);
    ui_pen_card(pen, card, ui_pen_px(pen, 4));
    ui_pen_text(pen, card, UI_FONT_SMALL, pen->theme->text, UI_ALIGN_CENTRE, text);
}

static void draw_track(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect)
{
    const struct ui_playback *playback = &view->playback;
    bool is_over = ui_pen_is_over(pen, rect) && playback->is_seekable;
    float thickness = ui_pen_px(pen, is_over ? 6 : 4), middle = rect.y + rect.h / 2;
    struct ui_rect track = ui_rect(rect.x, roundf(middle - thickness / 2), rect.w, thickness);
    double duration = playback->duration_s > 0 ? playback->duration_s : 1;
    float share = (float)fmax(0, fmin(1, playback->position_s / duration));
    ui_draw_fill(pen->list, track, thickness / 2,
                 ui_mix(pen->theme->panel, pen->theme->text, .22f));
    ui_draw_fill(pen->list, ui_rect(track.x, track.y, track.w * share, track.h), thickness / 2,
                 pen->theme->accent);
    if (playback->duration_s > 0)
        draw_loop(pen, view, track);
    draw_markers(pen, view, track);
    float knob = ui_pen_px(pen, is_over ? 16 : 13);
    ui_pen_glyph(pen, track.x + track.w * share, middle, knob, UI_GLYPH_DOT, pen->theme->text);
    if (!playback->is_seekable)
        return;
    ui_pen_hit(pen,
               (struct ui_hit){
                   .kind = UI_HIT_SEEK, .rect = rect, .from_s = 0, .to_s = playback->duration_s});
    if (is_over)
        draw_hover(pen, view, track);
}

static void draw_speed(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect)
{
    char text[32];
    snprintf(text, sizeof text, "%.3g\u00d7", view->playback.speed);
    bool is_normal = fabs(view->playback.speed - 1) < 1e-3;
    ui_pen_text(pen, rect, UI_FONT_STRONG, is_normal ? pen->theme->text_faint : pen->theme->accent,
                UI_ALIGN_RIGHT, text);
}

void ui_seekbar_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect)
{
    if (ui_rect_is_empty(rect))
        return;
    char position[32], duration[32];
    ui_format_clock(view->playback.position_s, position, sizeof position);
    ui_format_clock(view->playback.duration_s, duration, sizeof duration);
    float clock = (float)ui_text_width(pen->fonts, UI_FONT_BODY, duration) + ui_pen_px(pen, 4);
    float gap = ui_pen_px(pen, 14);

    ui_draw_fill(pen->list, rect, 0, pen->theme->panel);
    ui_draw_fill(pen->list, ui_rect(rect.x, rect.y, rect.w, ui_pen_px(pen, 1)), 0,
                 pen->theme->line);
    struct ui_rect rest = rect;
    ui_cut_left(&rest, ui_pen_px(pen, 4));
    ui_cut_right(&rest, ui_pen_px(pen, 12));
    draw_button(pen, view, ui_cut_left(&rest, rect.h));
    ui_pen_text(pen, ui_cut_left(&rest, clock), UI_FONT_BODY, pen->theme->text, UI_ALIGN_RIGHT,
                position);
    draw_speed(pen, view, ui_cut_right(&rest, ui_pen_px(pen, 44)));
    ui_pen_text(pen, ui_cut_right(&rest, clock), UI_FONT_BODY, pen->theme->text_soft,
                UI_ALIGN_RIGHT, duration);
    ui_cut_left(&rest, gap);
    ui_cut_right(&rest, gap);
    draw_track(pen, view, rest);
}
