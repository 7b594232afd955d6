/* See start.h: the statement. It says what is so; reading it makes no use lawful. */
#include "base/words.h"
#include "button.h"
#include "start.h"

#include <stdio.h>

enum { N_PARAGRAPHS = 6 };

struct paragraph {
    const char *text;
    enum ui_font font;
    struct ui_colour colour;
};

static void fill(const struct ui_pen *pen, const char *figures,
                 struct paragraph paragraphs[N_PARAGRAPHS])
{
    const struct ui_theme *theme = pen->theme;
    const struct paragraph all[N_PARAGRAPHS] = {
        {_("This program labels facial expressions. It does not know what anyone feels."),
         UI_FONT_STRONG, theme->text},
        {figures, UI_FONT_BODY, theme->text_soft},
        {_("In the European Union it is illegal to use this on pupils, students, teachers or "
           "employees (AI Act Art. 5(1)(f), since 2 February 2025). Consent does not change that."),
         UI_FONT_STRONG, theme->text},
        {_("Elsewhere: get informed consent (guardians for minors), tell people before the camera "
           "starts, check your law."),
         UI_FONT_BODY, theme->text_soft},
        {_("Never use it to grade, rank, discipline, hire, or diagnose anyone."), UI_FONT_STRONG,
         theme->text},
        {_("Nothing is recorded until you press R, and nothing is sent anywhere. That you read "
           "this is kept in the settings, so that it is asked once; it makes no use lawful."),
         UI_FONT_BODY, theme->text_faint},
    };
    for (int i = 0; i < N_PARAGRAPHS; i++)
        paragraphs[i] = all[i];
}

static void write_figures(const struct ui_statement *statement, char *out, size_t n_out)
{
    if (statement->accuracy > 0)
        snprintf(out, n_out,
                 _("On test pictures one human labeller agrees with the crowd 77 %% of the time, "
                   "the model %.0f %% (n = %d). On children it is untested, and similar tools do "
                   "much worse there (anger, fear, sadness)."),
                 100 * statement->accuracy, statement->n_accuracy);
    else
        snprintf(out, n_out, "%s",
                 _("One human labeller agrees with the crowd 77 times in 100. On children it is "
                   "untested, and similar tools do much worse there (anger, fear, sadness)."));
}

static float lay_out(const struct ui_pen *pen, struct ui_rect rect,
                     const struct paragraph *paragraphs, float gap, bool is_measured)
{
    float y = rect.y;
    for (int i = 0; i < N_PARAGRAPHS; i++)
        y += gap + ui_pen_paragraph(pen, ui_rect(rect.x, y, rect.w, 0), paragraphs[i].font,
                                    paragraphs[i].colour, paragraphs[i].text, is_measured);
    return y - gap - rect.y;
}

void ui_statement_draw(const struct ui_pen *pen, const struct ui_statement *statement,
                       struct ui_rect window)
{
    char figures[512];
    struct paragraph paragraphs[N_PARAGRAPHS];
    write_figures(statement, figures, sizeof figures);
    fill(pen, figures, paragraphs);
    bool is_low = window.h < ui_pen_px(pen, 460);
    float pad = ui_pen_px(pen, is_low ? 14 : 30), gap = ui_pen_px(pen, is_low ? 5 : 13);
    float title = ui_pen_px(pen, is_low ? 30 : 42), foot = ui_pen_px(pen, is_low ? 40 : 52);
    struct ui_rect card = {0, 0, fminf(window.w, ui_pen_px(pen, 680)), 0};
    float text = lay_out(pen, ui_rect(0, 0, card.w - 2 * pad, 0), paragraphs, gap, true);
    card.h = fminf(window.h, 2 * pad + title + text + foot);
    card.x = roundf((window.w - card.w) / 2);
    card.y = roundf((window.h - card.h) / 2);
    ui_draw_fill(pen->list, window, 0, pen->theme->ground);
    ui_pen_card(pen, card, ui_pen_px(pen, 12));
    struct ui_rect rest = ui_rect_inset(card, pad);
    ui_pen_text(pen, ui_cut_top(&rest, title), UI_FONT_TITLE, pen->theme->text, UI_ALIGN_LEFT,
                _("Before you start"));
    struct ui_rect buttons = ui_cut_bottom(&rest, ui_button_height(pen));
    lay_out(pen, rest, paragraphs, gap, false);
    const struct ui_button accept = {
        .event = UI_EVENT_ACCEPT, .text = _("I have read this"), .is_primary = true};
    const struct ui_button quit = {.event = UI_EVENT_QUIT, .text = _("Quit")};
    ui_button_draw(pen, ui_cut_right(&buttons, ui_button_width(pen, &accept)), &accept);
    ui_cut_right(&buttons, ui_pen_px(pen, 10));
    ui_button_draw(pen, ui_cut_right(&buttons, ui_button_width(pen, &quit)), &quit);
}
