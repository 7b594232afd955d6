/* See help.h. */
#include "help.h"

#include "base/words.h"

#include <string.h>

struct key_line {
    const char *keys; /* caps, separated by blanks */
    const char *what;
};

static const struct key_line watching[] = {
    {"R", N_("record on or off")},
    {"M \u21b5", N_("set a marker; write its text")},
    {"K", N_("list of markers")},
    {"1 \u2026 9 N", N_("choose a row; name it")},
    {"Ctrl Z", N_("undo; Ctrl Y redoes")},
    {"O", N_("sort by seat or by name")},
    {"T", N_("timelines on or off")},
    {"+ \u2212", N_("longer or shorter timelines")},
    {"B", N_("blur faces in the next recording")},
    {"C", N_("record with or without boxes")},
    {"V", N_("mirror the picture")},
    {"S", N_("save a screenshot")},
    {"I", N_("statistics")},
};
static const struct key_line replay[] = {
    {"Space P", N_("play or pause")},
    {"\u2190 \u2192", N_("5 seconds back or forward")},
    {"\u2193 \u2191", N_("1 minute back or forward")},
    {"Shift \u2190 \u2192", N_("1 second back or forward")},
    {", .", N_("one frame back or forward")},
    {"[ ]", N_("slower or faster; Backspace: normal")},
    {"L", N_("loop: start, end, off")},
    {"PgUp PgDn", N_("next or previous marker")},
    {"Ctrl O", N_("cameras, videos, sessions")},
    {"F F11", N_("full screen")},
    {"D", N_("dark or light")},
    {"Ctrl + \u2212", N_("larger or smaller text")},
    {"Tab Esc", N_("next button; close")},
    {"? H F1", N_("this list")},
    {"Q", N_("quit")},
};

enum {
    N_WATCHING = sizeof watching / sizeof *watching,
    N_REPLAY = sizeof replay / sizeof *replay,
    N_LINES = N_REPLAY > N_WATCHING ? N_REPLAY : N_WATCHING
};

/* A low row has small letters. */
static enum ui_font font_of(const struct ui_pen *pen, float row_height)
{
    return row_height < ui_pen_px(pen, 18) ? UI_FONT_SMALL : UI_FONT_BODY;
}

static void draw_caps(const struct ui_pen *pen, struct ui_rect row, const char *keys)
{
    enum ui_font font = font_of(pen, row.h);
    while (*keys) {
        char cap[24] = "";
        size_t n = strcspn(keys, " ");
        memcpy(cap, keys, n < sizeof cap ? n : sizeof cap - 1);
        keys += n + (keys[n] == ' ');
        const char *name = _(cap);
        float height = fminf(ui_pen_px(pen, 21), row.h - ui_pen_px(pen, 1));
        float width = (float)ui_text_width(pen->fonts, (int)font, name) + ui_pen_px(pen, 12);
        struct ui_rect rect =
            ui_rect(row.x, roundf(row.y + (row.h - height) / 2), fmaxf(width, height), height);
        ui_draw_fill(pen->list, rect, ui_pen_px(pen, 4),
                     ui_mix(pen->theme->raised, pen->theme->text, .12f));
        ui_pen_text(pen, rect, font, pen->theme->text, UI_ALIGN_CENTRE, name);
        ui_cut_left(&row, rect.w + ui_pen_px(pen, 5));
    }
}

static void draw_column(const struct ui_pen *pen, struct ui_rect column, const char *title,
                        const struct key_line *lines, int n, float row_height)
{
    ui_pen_text(pen, ui_cut_top(&column, ui_pen_px(pen, 26)), UI_FONT_STRONG, pen->theme->accent,
                UI_ALIGN_LEFT, title);
    for (int i = 0; i < n; i++) {
        struct ui_rect row = ui_cut_top(&column, row_height);
        draw_caps(pen, ui_cut_left(&row, ui_pen_px(pen, 104)), lines[i].keys);
        ui_pen_text(pen, row, font_of(pen, row_height), pen->theme->text_soft, UI_ALIGN_LEFT, _(lines[i].what));
    }
}

/* Returns their height; with is_measured nothing is drawn. */
static float draw_notes(const struct ui_pen *pen, struct ui_rect at, bool is_measured)
{
    const char *const notes[] = {_("Click a face or a row and type its name; click a timeline for its values; "
                                   "drop a file to open it."),
                                 _("Labels name the expression a face shows. They do not say what a person feels.")};
    float top = at.y;
    for (int i = 0; i < 2; i++)
        ui_cut_top(&at, ui_pen_paragraph(pen, at, UI_FONT_BODY, pen->theme->text_soft, notes[i], is_measured));
    return at.y - top;
}

void ui_help_draw(const struct ui_pen *pen, struct ui_rect window)
{
    float pad = fminf(ui_pen_px(pen, 24), window.h / 24), width = fminf(window.w, ui_pen_px(pen, 720));
    float notes = draw_notes(pen, ui_rect(0, 0, width - 2 * pad, window.h), true);
    float row = fminf(ui_pen_px(pen, 27),
                      (window.h - 2 * pad - ui_pen_px(pen, 36 + 26 + 12) - notes) / N_LINES);
    float height = 2 * pad + ui_pen_px(pen, 36 + 26 + 12) + (float)N_LINES * row + notes;
    struct ui_rect card = {0, 0, width, fminf(window.h, height)};
    card.x = roundf((window.w - card.w) / 2);
    card.y = roundf((window.h - card.h) / 2);
    ui_draw_fill(pen->list, window, 0, pen->theme->shade);
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_BUTTON, .rect = window, .event = UI_EVENT_HELP});
    ui_pen_card(pen, card, ui_pen_px(pen, 12));
    struct ui_rect rest = ui_rect_inset(card, pad);
    ui_draw_clip(pen->list, card);
    ui_pen_text(pen, ui_cut_top(&rest, ui_pen_px(pen, 36)), UI_FONT_TITLE, pen->theme->text,
                UI_ALIGN_LEFT, _("Keys"));
    struct ui_rect columns = ui_cut_top(&rest, ui_pen_px(pen, 26 + 12) + (float)N_LINES * row);
    draw_column(pen, ui_cut_left(&columns, columns.w / 2), _("Watching"), watching, N_WATCHING,
                row);
    draw_column(pen, columns, _("Replay and window"), replay, N_REPLAY, row);
    draw_notes(pen, rest, false);
    ui_draw_unclip(pen->list);
}
