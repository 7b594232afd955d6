/* See help.h. */
#include "help.h"

#include <string.h>

struct key_line {
    const char *keys; /* caps, separated by blanks */
    const char *what;
};

static const struct key_line watching[] = {
    {"R", "record on or off"},    {"M", "set a marker"},
    {"B", "blur faces"},          {"S", "save a screenshot"},
    {"T", "timelines on or off"}, {"+ \u2212", "longer or shorter timelines"},
    {"F F11", "full screen"},     {"Esc", "leave full screen, help, selection"},
    {"I", "statistics"},          {"V", "mirror the picture"},
    {"? H F1", "this list"},      {"Q", "quit"},
};
static const struct key_line replay[] = {
    {"Space P", "play or pause"},
    {"\u2190 \u2192", "5 seconds back or forward"},
    {"\u2193 \u2191", "1 minute back or forward"},
    {"Shift \u2190 \u2192", "1 second back or forward"},
    {", .", "one frame back or forward"},
    {"[ ]", "slower or faster"},
    {"Backspace", "normal speed"},
    {"L", "loop: start, end, off"},
    {"PgUp PgDn", "next or previous marker"},
};

enum { N_WATCHING = sizeof watching / sizeof *watching, N_REPLAY = sizeof replay / sizeof *replay };

static void draw_caps(const struct ui_pen *pen, struct ui_rect row, const char *keys)
{
    while (*keys) {
        char cap[24] = "";
        size_t n = strcspn(keys, " ");
        memcpy(cap, keys, n < sizeof cap ? n : sizeof cap - 1);
        keys += n + (keys[n] == ' ');
        float height = ui_pen_px(pen, 21);
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
                        const struct key_line *lines, int n)
{
    ui_pen_text(pen, ui_cut_top(&column, ui_pen_px(pen, 26)), UI_FONT_STRONG, pen->theme->accent,
                UI_ALIGN_LEFT, title);
    for (int i = 0; i < n; i++) {
        struct ui_rect row = ui_cut_top(&column, ui_pen_px(pen, 27));
        draw_caps(pen, ui_cut_left(&row, ui_pen_px(pen, 104)), lines[i].keys);
        ui_pen_text(pen, row, UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT, lines[i].what);
    }
}

void ui_help_draw(const struct ui_pen *pen, struct ui_rect window)
{
    static const char note[] =
        "Click a face or a row to select it; click a timeline or the seek bar to go there; drop a "
        "file to open it.";
    static const char words[] =
        "Labels name the expression a face shows. They do not say what a person feels.";
    float pad = ui_pen_px(pen, 24), line = ui_pen_px(pen, 22);
    float height = 2 * pad + ui_pen_px(pen, 36 + 26 + 27 * N_WATCHING + 12) + 2 * line;
    struct ui_rect card = {0, 0, fminf(window.w, ui_pen_px(pen, 720)), fminf(window.h, height)};
    card.x = roundf((window.w - card.w) / 2);
    card.y = roundf((window.h - card.h) / 2);
    ui_draw_fill(pen->list, window, 0, pen->theme->shade);
    ui_pen_card(pen, card, ui_pen_px(pen, 12));
    struct ui_rect rest = ui_rect_inset(card, pad);
    ui_draw_clip(pen->list, card);
    ui_pen_text(pen, ui_cut_top(&rest, ui_pen_px(pen, 36)), UI_FONT_TITLE, pen->theme->text,
                UI_ALIGN_LEFT, "Keys");
    struct ui_rect columns = ui_cut_top(&rest, ui_pen_px(pen, 26 + 27 * N_WATCHING + 12));
    draw_column(pen, ui_cut_left(&columns, columns.w / 2), "Watching", watching, N_WATCHING);
    draw_column(pen, columns, "Replay", replay, N_REPLAY);
    ui_pen_text(pen, ui_cut_top(&rest, line), UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT,
                note);
    ui_pen_text(pen, ui_cut_top(&rest, line), UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT,
                words);
    ui_draw_unclip(pen->list);
}
