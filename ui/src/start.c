/* See start.h. Tiles of live pictures to the left, as large as fit; what was opened before to the
 * right. */
#include "start.h"

#include "base/words.h"
#include "button.h"
#include "notice.h"

#include <stdio.h>

static const float caption_h = 42, section_h = 30, item_h = 42;

static float px(const struct ui_pen *pen, float length)
{
    return ui_pen_px(pen, length);
}

static void draw_section(const struct ui_pen *pen, struct ui_rect *rest, const char *title)
{
    struct ui_rect at = ui_cut_top(rest, px(pen, section_h));
    ui_pen_text(pen, at, UI_FONT_STRONG, pen->theme->text_soft, UI_ALIGN_LEFT, title);
}

static struct ui_rect fit(struct ui_rect area, const struct fb_frame *frame)
{
    float aspect = (float)frame->width / (float)frame->height;
    float w = fminf(area.w, area.h * aspect), h = w / aspect;
    return ui_rect(roundf(area.x + (area.w - w) / 2), roundf(area.y + (area.h - h) / 2), roundf(w),
                   roundf(h));
}

static void draw_thumbnail(const struct ui_pen *pen, struct ui_rect at, const struct ui_tile *tile,
                           int slot)
{
    ui_draw_fill(pen->list, at, 0, pen->theme->ground);
    if (tile->frame && !tile->problem) {
        ui_draw_frame(pen->list, fit(at, tile->frame), slot);
        return;
    }
    float size = px(pen, 22);
    struct ui_colour colour = tile->problem ? pen->theme->warn : pen->theme->text_faint;
    ui_pen_glyph(pen, at.x + at.w / 2, at.y + at.h / 2 - px(pen, 8), size,
                 tile->problem ? UI_GLYPH_WARNING : UI_GLYPH_CAMERA, colour);
    struct ui_rect text = ui_rect_inset(at, px(pen, 10));
    text.y = at.y + at.h / 2 + px(pen, 8);
    text.h = fminf(px(pen, 36), ui_bottom(at) - text.y);
    if (tile->problem) {
        ui_draw_clip(pen->list, at);
        ui_pen_paragraph(pen, text, UI_FONT_SMALL, pen->theme->text_soft, tile->problem, false);
        ui_draw_unclip(pen->list);
    } else
        ui_pen_text(pen, ui_rect(text.x, text.y, text.w, px(pen, 18)), UI_FONT_SMALL,
                    pen->theme->text_faint, UI_ALIGN_CENTRE, _("waiting for its picture"));
}

static void draw_tile(const struct ui_pen *pen, struct ui_rect at, const struct ui_tile *tile,
                      int slot, struct ui_hit hit, bool is_chosen)
{
    bool is_over = ui_pen_is_over(pen, at);
    bool is_focused = pen->focus.event == hit.event && pen->focus.amount == hit.amount;
    ui_draw_fill(pen->list, at, 0,
                 is_over ? ui_mix(pen->theme->raised, pen->theme->text, .06f) : pen->theme->raised);
    struct ui_rect caption = at;
    draw_thumbnail(pen, ui_cut_top(&caption, at.h - px(pen, caption_h)), tile, slot);
    if (is_chosen || is_focused)
        ui_draw_stroke(pen->list, ui_rect_inset(at, -px(pen, 3)), px(pen, 3), px(pen, 2), 0,
                       pen->theme->accent);
    caption = ui_rect_inset(caption, px(pen, 5));
    ui_cut_left(&caption, px(pen, 5));
    struct ui_rect line = ui_cut_top(&caption, caption.h / 2);
    if (is_chosen) {
        static const char *const key = "\u21b5";
        float width = (float)ui_text_width(pen->fonts, UI_FONT_STRONG, key) + px(pen, 6);
        ui_pen_text(pen, ui_cut_right(&line, width), UI_FONT_STRONG, pen->theme->accent,
                    UI_ALIGN_LEFT, key);
    }
    ui_pen_text(pen, line, UI_FONT_STRONG, pen->theme->text, UI_ALIGN_LEFT, tile->title);
    if (tile->detail)
        ui_pen_text(pen, caption, UI_FONT_SMALL, pen->theme->text_soft, UI_ALIGN_LEFT,
                    tile->detail);
    hit.kind = UI_HIT_BUTTON;
    hit.rect = at;
    ui_pen_hit(pen, hit);
}

/* The number of columns that makes the tiles largest while all fit; of equal ones the most, so that a wide window's width
 * is used. */
static int choose_columns(const struct ui_pen *pen, struct ui_rect area, int n, float gap,
                          float *best_w)
{
    int best = 1;
    *best_w = 0;
    for (int columns = 1; columns <= n; columns++) {
        int rows = (n + columns - 1) / columns;
        float w = fminf((area.w - (float)(columns - 1) * gap) / (float)columns, px(pen, 460));
        float room = (area.h - (float)(rows - 1) * gap) / (float)rows - px(pen, caption_h);
        w = fminf(w, room * 16 / 9);
        if (w >= *best_w) {
            *best_w = w;
            best = columns;
        }
    }
    *best_w = floorf(fmaxf(*best_w, px(pen, 60)));
    return best;
}

static void draw_cameras(const struct ui_pen *pen, const struct ui_start *start,
                         struct ui_rect area)
{
    int n = start->n_cameras + 1;
    float gap = px(pen, 14), w;
    draw_section(pen, &area, start->n_cameras ? _("Cameras") : _("No camera was found"));
    int columns = choose_columns(pen, area, n, gap, &w);
    float h = roundf(w * 9 / 16) + px(pen, caption_h);
    for (int i = 0; i < n; i++) {
        struct ui_rect at = {area.x + (float)(i % columns) * (w + gap),
                             area.y + (float)(i / columns) * (h + gap), w, h};
        bool is_demo = i == start->n_cameras;
        draw_tile(pen, at, is_demo ? &start->demo : &start->cameras[i],
                  is_demo ? UI_SLOT_DEMO : UI_SLOT_CAMERA + i,
                  (struct ui_hit){.event = is_demo ? UI_EVENT_OPEN_DEMO : UI_EVENT_OPEN_CAMERA,
                                  .amount = is_demo ? 0 : i},
                  start->chosen == i && !start->is_typing);
    }
}

static void draw_item(const struct ui_pen *pen, struct ui_rect at, const struct ui_tile *tile,
                      enum ui_glyph glyph, struct ui_hit hit)
{
    bool is_focused = pen->focus.event == hit.event && pen->focus.amount == hit.amount;
    if (ui_pen_is_over(pen, at) || is_focused)
        ui_draw_fill(pen->list, at, px(pen, 6), pen->theme->raised);
    hit.kind = UI_HIT_BUTTON;
    hit.rect = at;
    ui_pen_hit(pen, hit);
    struct ui_rect inside = ui_rect_inset(at, px(pen, 5));
    struct ui_rect mark = ui_cut_left(&inside, px(pen, 26));
    ui_pen_glyph(pen, mark.x + px(pen, 10), mark.y + mark.h / 2, px(pen, 16), glyph,
                 pen->theme->text_soft);
    ui_pen_text(pen, ui_cut_top(&inside, inside.h / 2), UI_FONT_BODY, pen->theme->text,
                UI_ALIGN_LEFT, tile->title);
    ui_pen_text(pen, inside, UI_FONT_SMALL, pen->theme->text_soft, UI_ALIGN_LEFT,
                tile->detail ? tile->detail : "");
}

static void draw_list(const struct ui_pen *pen, struct ui_rect *rest, const char *title,
                      const struct ui_tile *tiles, int n, enum ui_glyph glyph,
                      enum ui_event_kind event, float max_h)
{
    if (!n || max_h < px(pen, section_h + item_h))
        return;
    float from = rest->y;
    draw_section(pen, rest, title);
    for (int i = 0; i < n && rest->y - from + px(pen, item_h) <= max_h; i++)
        draw_item(pen, ui_cut_top(rest, px(pen, item_h)), &tiles[i], glyph,
                  (struct ui_hit){.event = event, .amount = i});
    ui_cut_top(rest, px(pen, 8));
}

static void draw_path(const struct ui_pen *pen, const struct ui_start *start, struct ui_rect *rest)
{
    struct ui_rect at = ui_cut_top(rest, px(pen, 34));
    if (start->is_typing) {
        ui_field_draw(pen, at, &start->path,
                      _("path of a video, a folder of pictures or a session"));
    } else {
        struct ui_button button = {.event = UI_EVENT_TYPE_PATH,
                                   .glyph = UI_GLYPH_FOLDER,
                                   .text = _("Open a video or session ...")};
        at.w = fminf(at.w, ui_button_width(pen, &button) + px(pen, 8));
        ui_button_draw(pen, at, &button);
    }
    ui_pen_text(
        pen, ui_cut_top(rest, px(pen, 24)), UI_FONT_SMALL, pen->theme->text_faint, UI_ALIGN_LEFT,
        start->is_typing ? _("Enter opens it, Esc leaves") : _("or drop a file on this window"));
}

static void draw_opened(const struct ui_pen *pen, const struct ui_start *start, struct ui_rect area)
{
    draw_section(pen, &area, _("Saved"));
    draw_path(pen, start, &area);
    ui_cut_top(&area, px(pen, 6));
    float each = start->n_sessions && start->n_videos ? area.h / 2 : area.h;
    draw_list(pen, &area, _("Recent sessions"), start->sessions, start->n_sessions, UI_GLYPH_LIST,
              UI_EVENT_OPEN_SESSION, each);
    draw_list(pen, &area, _("Recent videos"), start->videos, start->n_videos, UI_GLYPH_FILM,
              UI_EVENT_OPEN_VIDEO, area.h);
}

static void draw_title(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect at)
{
    const struct ui_button buttons[] = {
        {.event = UI_EVENT_HELP, .glyph = UI_GLYPH_HELP, .tip = _("Keys (?)")},
        {.event = UI_EVENT_THEME,
         .glyph = UI_GLYPH_THEME,
         .tip = view->is_light ? _("Dark (D)") : _("Light (D)")},
    };
    for (int i = 0; i < 2; i++) {
        struct ui_rect place = ui_cut_right(&at, px(pen, 30));
        ui_button_draw(pen, ui_rect(place.x, place.y, place.w, ui_button_height(pen)), &buttons[i]);
    }
    struct ui_rect line = ui_cut_top(&at, px(pen, 28));
    float width =
        ui_pen_text(pen, line, UI_FONT_TITLE, pen->theme->text, UI_ALIGN_LEFT, "Feltboard");
    ui_cut_left(&line, width + px(pen, 14));
    ui_pen_text(pen, line, UI_FONT_BODY, pen->theme->text_faint, UI_ALIGN_LEFT,
                _("It names the expression a face shows. It does not know what anyone feels."));
}

void ui_start_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect window)
{
    float pad = px(pen, window.h < px(pen, 460) ? 14 : 26);
    ui_draw_fill(pen->list, window, 0, pen->theme->panel);
    struct ui_rect rest = ui_rect_inset(window, pad);
    draw_title(pen, view, ui_cut_top(&rest, px(pen, 36)));
    ui_cut_top(&rest, pad / 2);
    float side = fmaxf(px(pen, 210), fminf(px(pen, 400), .34f * rest.w));
    struct ui_rect opened = ui_cut_right(&rest, roundf(side));
    ui_cut_right(&rest, pad);
    draw_cameras(pen, view->start, rest);
    draw_opened(pen, view->start, opened);
    if (view->message)
        ui_banner_draw(pen, window, view->message, view->is_message_problem, pad);
}
