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
    {"B", N_("blur faces")},
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

static void draw_caps(const struct ui_pen *pen, struct ui_rect row, const char *keys)
{
    while (*keys) {
        char cap[24] = "";
        size_t n = strcspn(keys, " ");
        memcpy(cap, keys, n < sizeof cap ? n : sizeof cap - 1);
        keys += n + (keys[n] == ' ');
        float height = fminf(ui_pen_px(pen, 21), row.h);
        float width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, cap) + ui_pen_px(pen, 12);
        struct ui_rect rect =
            ui_rect(row.x, roundf(row.y + (row.h - height) / 2), fmaxf(width, height), height);
        ui_draw_fill(pen->list, rect, ui_pen_px(pen, 4),
                     ui_mix(pen->theme->raised, pen->theme->text, .12f));
        ui_pen_text(pen, rect, UI_FONT_BODY, pen->theme->text, UI_ALIGN_CENTRE, cap);
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
        ui_pen_text(pen, row, UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT, _(lines[i].what));
    }
}

void ui_help_draw(const struct ui_pen *pen, struct ui_rect window)
{
    const char *note =
        _("Click a face or a row and type its name; click a timeline for its values; "
          "drop a file to open it.");
    const char *words =
        _("Labels name the expression a face shows. They do not say what a person feels.");
    float pad = ui_pen_px(pen, 24), line = ui_pen_px(pen, 22);
    float row = fminf(ui_pen_px(pen, 27),
                      (window.h - 2 * pad - ui_pen_px(pen, 36 + 26 + 12) - 2 * line) / N_LINES);
    float height = 2 * pad + ui_pen_px(pen, 36 + 26 + 12) + (float)N_LINES * row + 2 * line;
    struct ui_rect card = {0, 0, fminf(window.w, ui_pen_px(pen, 720)), fminf(window.h, height)};
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
    ui_pen_text(pen, ui_cut_top(&rest, line), UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT,
                note);
    ui_pen_text(pen, ui_cut_top(&rest, line), UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT,
                words);
    ui_draw_unclip(pen->list);
}
