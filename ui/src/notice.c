/* See notice.h. */
#include "notice.h"

#include "base/words.h"
#include "format.h"

#include <stdio.h>
#include <string.h>

/* At the top of the area; in its middle for is_alone. */
static void draw_banner(const struct ui_pen *pen, struct ui_rect area, const char *text,
                        bool is_problem, float margin, bool is_alone)
{
    float pad = ui_pen_px(pen, 14), mark = is_problem ? ui_pen_px(pen, 18) : 0;
    float gap = mark > 0 ? pad * .7f : 0;
    float room = fmaxf(0, area.w - 2 * margin - 2 * pad - mark - gap);
    float width = fminf(room, (float)ui_text_width(pen->fonts, UI_FONT_STRONG, text) + 1);
    struct ui_rect lines = {0, 0, width, area.h};
    float text_h = ui_pen_paragraph(pen, lines, UI_FONT_STRONG, pen->theme->text, text, true);
    float height = fmaxf(ui_pen_px(pen, 40), text_h + 2 * ui_pen_px(pen, 9));
    struct ui_rect card = {0, 0, width + 2 * pad + mark + gap, height};
    card.x = roundf(area.x + (area.w - card.w) / 2);
    card.y = is_alone ? roundf(area.y + (area.h - height) / 2) : area.y + margin;
    struct ui_colour ground = pen->theme->card;
    ui_draw_fill(pen->list, card, ui_pen_px(pen, 8),
                 is_problem ? ui_mix(ground, pen->theme->problem, .18f) : ground);
    ui_draw_stroke(pen->list, card, ui_pen_px(pen, 8), ui_pen_px(pen, 1), 0,
                   is_problem ? pen->theme->problem : ui_mix(ground, pen->theme->text, .16f));
    struct ui_rect rest = ui_rect_inset(card, 0);
    ui_cut_left(&rest, pad);
    if (is_problem) {
        struct ui_rect at = ui_cut_left(&rest, mark + gap);
        ui_pen_glyph(pen, at.x + mark / 2, at.y + at.h / 2, mark, UI_GLYPH_WARNING,
                     pen->theme->problem);
    }
    lines.x = rest.x;
    lines.y = roundf(card.y + (height - text_h) / 2);
    ui_pen_paragraph(pen, lines, UI_FONT_STRONG, pen->theme->text, text, false);
}

void ui_banner_draw(const struct ui_pen *pen, struct ui_rect area, const char *text,
                    bool is_problem, float margin)
{
    draw_banner(pen, area, text, is_problem, margin, false);
}

void ui_message_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture)
{
    const char *text = view->message ? view->message
                       : view->frame ? NULL
                                     : _("Waiting for a picture");
    if (text && text[0])
        draw_banner(pen, picture, text, view->message && view->is_message_problem,
                    ui_pen_px(pen, 16), !view->frame);
}

struct line {
    const char *caption;
    char value[48];
};

enum { N_LINES = 9 };

static void fill_lines(struct line lines[N_LINES], const struct ui_view *view)
{
    const struct ui_status *s = &view->status;
    int i = 0, n_sure = 0, n_faces = view->observation.n_faces;
    for (int k = 0; k < n_faces && k < MON_MAX_FACES; k++)
        n_sure += view->observation.faces[k].expression >= 0;
#define LINE(caption_, ...)                                                                        \
    do {                                                                                           \
        lines[i].caption = caption_;                                                               \
        snprintf(lines[i].value, sizeof lines[i].value, __VA_ARGS__);                              \
        i++;                                                                                       \
    } while (0)
    LINE(N_("Picture"), "%d \u00d7 %d", view->frame ? view->frame->width : 0,
         view->frame ? view->frame->height : 0);
    LINE(N_("Shown"), "%.1f fps", s->fps_shown);
    LINE(N_("Analysed"), "%.1f fps", s->fps_analysed);
    LINE(N_("Capture to screen"), "%.0f ms", s->latency_ms);
    LINE(N_("Age of labels"), "%.0f ms", s->label_age_ms);
    LINE(N_("Faces, labelled"), "%d, %d", n_faces, n_sure);
    LINE(N_("Skipped by analysis"), "%lld", (long long)s->n_dropped);
    LINE(N_("Lost or broken"), "%lld", (long long)s->n_lost);
    LINE(N_("Missing in recording"), "%lld", (long long)s->n_record_dropped);
#undef LINE
}

void ui_statistics_draw(const struct ui_pen *pen, const struct ui_view *view,
                        struct ui_rect picture)
{
    struct line lines[N_LINES];
    fill_lines(lines, view);
    float pad = ui_pen_px(pen, 12), row = ui_pen_px(pen, 20);
    struct ui_rect card = {picture.x + pad, picture.y + pad, ui_pen_px(pen, 236),
                           2 * pad + (float)N_LINES * row};
    ui_draw_fill(pen->list, card, ui_pen_px(pen, 8), pen->theme->label);
    ui_draw_stroke(pen->list, card, ui_pen_px(pen, 8), ui_pen_px(pen, 1), 0,
                   pen->theme->label_border);
    struct ui_rect rest = ui_rect_inset(card, pad);
    for (int i = 0; i < N_LINES; i++) {
        struct ui_rect at = ui_cut_top(&rest, row);
        ui_pen_text(pen, at, UI_FONT_BODY, pen->theme->label_soft, UI_ALIGN_LEFT,
                    _(lines[i].caption));
        ui_pen_text(pen, at, UI_FONT_STRONG, pen->theme->label_text, UI_ALIGN_RIGHT,
                    lines[i].value);
    }
}
