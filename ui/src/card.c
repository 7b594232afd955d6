/* See card.h. */
#include "card.h"

#include "base/words.h"
#include "button.h"
#include "format.h"
#include "overlay.h"

#include <stdio.h>

enum { N_ACTIONS = 7 };

static float px(const struct ui_pen *pen, float length)
{
    return ui_pen_px(pen, length);
}

static void fill_actions(const struct ui_card *card, struct ui_button actions[N_ACTIONS])
{
    const struct ui_button all[N_ACTIONS] = {
        {.event = UI_EVENT_MERGE,
         .text = _("Same as ..."),
         .tip = _("Then click the other face or row of this student")},
        {.event = UI_EVENT_SWAP,
         .text = _("Swap with ..."),
         .tip = _("From now on: the two were taken for each other")},
        {.event = UI_EVENT_SPLIT,
         .text = _("Somebody else"),
         .tip = _("From now on this is a new student")},
        {.event = UI_EVENT_PIN,
         .text = card->is_pinned ? _("Seat pinned") : _("Pin to seat"),
         .tip = card->is_pinned ? _("Let go of the seat") : _("Whoever sits here is this student"),
         .is_on = card->is_pinned,
         .is_off = !card->is_pinned && !card->has_seat},
        {.event = UI_EVENT_BASELINE,
         .text = card->has_baseline ? _("Own neutral: on") : _("Own neutral"),
         .tip = card->has_baseline ? _("Judge this face like any other again")
                                   : _("5 seconds of a resting face, to compare with"),
         .is_on = card->has_baseline},
        {.event = UI_EVENT_POSTER,
         .text = _("Not a student"),
         .tip = _("A poster or a picture: not shown, not counted")},
        {.event = UI_EVENT_FORGET,
         .text = _("Forget"),
         .tip = _("Erases the rows of this student after 10 seconds")},
    };
    for (int i = 0; i < N_ACTIONS; i++) {
        actions[i] = all[i];
        actions[i].student = card->student;
    }
}

static float card_height(const struct ui_pen *pen, const struct ui_card *card)
{
    int rows = (N_ACTIONS + 1) / 2;
    return px(pen, 12 + 26 + 32 + 8) + (card->n_suggestions ? px(pen, 32) : 0) + px(pen, 22) +
           (float)rows * px(pen, 33) + px(pen, 22 + 8);
}

static void draw_suggestions(const struct ui_pen *pen, const struct ui_card *card,
                             struct ui_rect row)
{
    for (int i = 0; i < card->n_suggestions; i++) {
        struct ui_button button = {.event = UI_EVENT_SUGGESTION,
                                   .amount = i,
                                   .text = card->suggestions[i],
                                   .is_on = i == card->chosen_suggestion};
        float width = fminf(ui_button_width(pen, &button), row.w);
        if (width < px(pen, 34))
            break;
        ui_button_draw(pen, ui_cut_left(&row, width), &button);
        ui_cut_left(&row, px(pen, 6));
    }
}

static void draw_summary(const struct ui_pen *pen, const struct ui_card *card, struct ui_rect row)
{
    char text[128], seen[32], not_sure[32];
    if (card->baseline_done > 0) {
        snprintf(text, sizeof text, _("Measuring the resting face: %.0f %%"),
                 100 * (double)card->baseline_done);
        ui_pen_text(pen, row, UI_FONT_SMALL, pen->theme->accent, UI_ALIGN_LEFT, text);
        return;
    }
    if (!card->summary)
        return;
    ui_format_clock(card->summary->seen_s, seen, sizeof seen);
    ui_format_clock(card->summary->not_sure_s, not_sure, sizeof not_sure);
    snprintf(text, sizeof text, _("Seen for %s, not sure for %s"), seen, not_sure);
    ui_pen_text(pen, row, UI_FONT_SMALL, pen->theme->text_soft, UI_ALIGN_LEFT, text);
}

static void draw_actions(const struct ui_pen *pen, const struct ui_card *card, struct ui_rect *rest)
{
    struct ui_button actions[N_ACTIONS];
    fill_actions(card, actions);
    float gap = px(pen, 8);
    for (int i = 0; i < N_ACTIONS; i += 2) {
        struct ui_rect row = ui_cut_top(rest, px(pen, 33));
        row.h = ui_button_height(pen);
        float width = roundf((row.w - gap) / 2);
        ui_button_draw(pen, ui_cut_left(&row, width), &actions[i]);
        ui_cut_left(&row, gap);
        if (i + 1 < N_ACTIONS)
            ui_button_draw(pen, row, &actions[i + 1]);
    }
}

static bool is_face_right(const struct ui_view *view, int student)
{
    const struct mon_observation *seen = &view->observation;
    for (int i = 0; i < seen->n_faces && i < MON_MAX_FACES; i++)
        if (seen->faces[i].student == student) {
            bool is_right =
                seen->faces[i].box.x + seen->faces[i].box.w / 2 > .5f * (float)seen->width;
            return is_right != view->is_mirrored;
        }
    return false;
}

static struct ui_rect place(const struct ui_pen *pen, const struct ui_view *view,
                            struct ui_rect picture, struct ui_rect window,
                            struct ui_card_memory *memory)
{
    const struct ui_card *card = view->card;
    if (memory->student != card->student)
        *memory = (struct ui_card_memory){card->student, is_face_right(view, card->student)};
    float margin = px(pen, 10);
    struct ui_rect rect = {0, 0, fminf(px(pen, 300), window.w - 2 * margin),
                           card_height(pen, card)};
    struct ui_rect area =
        picture.w >= rect.w + 2 * margin && picture.h >= rect.h ? picture : window;
    rect.x = memory->is_left ? area.x + margin : ui_right(area) - margin - rect.w;
    rect.y = fmaxf(window.y, ui_bottom(area) - margin - rect.h);
    return rect;
}

void ui_card_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture,
                  struct ui_rect window, struct ui_card_memory *memory)
{
    const struct ui_card *card = view->card;
    if (!card || !card->student) {
        memory->student = 0;
        return;
    }
    char buffer[UI_NAME_BYTES];
    struct ui_rect rect = place(pen, view, picture, window, memory);
    ui_pen_card(pen, rect, px(pen, 10));
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_COVER, .rect = rect});
    struct ui_rect rest = ui_rect_inset(rect, px(pen, 12));
    struct ui_rect title = ui_cut_top(&rest, px(pen, 26));
    const struct ui_button close = {
        .event = UI_EVENT_CLOSE, .glyph = UI_GLYPH_CLOSE, .tip = _("Close (Esc)")};
    struct ui_rect corner = ui_cut_right(&title, px(pen, 26));
    corner.y -= px(pen, 3);
    ui_button_draw(pen, corner, &close);
    ui_pen_text(pen, title, UI_FONT_STRONG, pen->theme->text, UI_ALIGN_LEFT,
                card->title[0] ? card->title : ui_student_name(view, card->student, buffer));
    ui_field_draw(pen, ui_cut_top(&rest, px(pen, 32)), &card->name, _("type a name"));
    ui_cut_top(&rest, px(pen, 8));
    if (card->n_suggestions)
        draw_suggestions(
            pen, card,
            ui_rect(rest.x, ui_cut_top(&rest, px(pen, 32)).y, rest.w, ui_button_height(pen)));
    draw_summary(pen, card, ui_cut_top(&rest, px(pen, 22)));
    draw_actions(pen, card, &rest);
    ui_pen_text(pen, rest, UI_FONT_SMALL, pen->theme->text_faint, UI_ALIGN_LEFT,
                _("Enter keeps the name, Ctrl+Z undoes"));
}
