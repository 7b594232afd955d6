/* See button.h. */
#include "button.h"

#include <stdio.h>
#include <string.h>

static bool has_focus(const struct ui_pen *pen, enum ui_event_kind event, int amount)
{
    return pen->focus.event == event && pen->focus.amount == amount && event != UI_EVENT_NONE;
}

float ui_button_height(const struct ui_pen *pen)
{
    return ui_pen_px(pen, 28);
}

float ui_button_width(const struct ui_pen *pen, const struct ui_button *button)
{
    float width = button->text ? (float)ui_text_width(pen->fonts, UI_FONT_BODY, button->text) + 1 +
                                     ui_pen_px(pen, 20)
                               : 0;
    if (button->glyph)
        width += ui_pen_px(pen, button->text ? 20 : 28);
    return width;
}

static struct ui_colour ground_of(const struct ui_pen *pen, const struct ui_button *button,
                                  bool is_over)
{
    const struct ui_theme *theme = pen->theme;
    struct ui_colour ground = ui_mix(theme->raised, theme->text, .06f);
    if (button->is_primary)
        ground = ui_mix(theme->accent, theme->raised, .15f);
    else if (button->is_on)
        ground = ui_mix(theme->raised, theme->accent, .45f);
    return is_over ? ui_mix(ground, theme->text, .12f) : ground;
}

static struct ui_colour ink_of(const struct ui_pen *pen, const struct ui_button *button)
{
    if (button->is_off)
        return ui_faded(pen->theme->text_faint, .6f);
    if (button->is_primary)
        return pen->theme->on_accent;
    return pen->theme->text;
}

static void draw_inside(const struct ui_pen *pen, struct ui_rect rect,
                        const struct ui_button *button, struct ui_colour ink)
{
    float size = ui_pen_px(pen, 14);
    bool has_colour = button->glyph_colour.a && !button->is_off;
    if (button->glyph) {
        float x = button->text ? rect.x + ui_pen_px(pen, 10) + size / 2 : rect.x + rect.w / 2;
        ui_pen_glyph(pen, x, rect.y + rect.h / 2, size, button->glyph,
                     has_colour ? button->glyph_colour : ink);
    }
    if (!button->text)
        return;
    struct ui_rect at = rect;
    ui_cut_left(&at, ui_pen_px(pen, button->glyph ? 30 : 9));
    ui_cut_right(&at, ui_pen_px(pen, 9));
    ui_pen_text(pen, at, UI_FONT_BODY, ink, button->glyph ? UI_ALIGN_LEFT : UI_ALIGN_CENTRE,
                button->text);
}

static void draw_focus(const struct ui_pen *pen, struct ui_rect rect, float radius)
{
    float line = ui_pen_px(pen, 2);
    ui_draw_stroke(pen->list, ui_rect_inset(rect, -line), radius + line, line, 0,
                   pen->theme->accent);
}

void ui_button_draw(const struct ui_pen *pen, struct ui_rect rect, const struct ui_button *button)
{
    bool is_over = ui_pen_is_over(pen, rect) && !button->is_off;
    float radius = ui_pen_px(pen, 6);
    if (button->text || is_over || button->is_on)
        ui_draw_fill(pen->list, rect, radius, ground_of(pen, button, is_over));
    draw_inside(pen, rect, button, ink_of(pen, button));
    if (has_focus(pen, button->event, button->amount))
        draw_focus(pen, rect, radius);
    ui_pen_hit(pen, (struct ui_hit){.kind = button->is_off ? UI_HIT_COVER : UI_HIT_BUTTON,
                                    .rect = rect,
                                    .event = button->event,
                                    .amount = button->amount,
                                    .student = button->student,
                                    .tip = button->tip});
}

/* px from the text's start to the caret. */
static float caret_x(const struct ui_pen *pen, const struct ui_field *field)
{
    char before[UI_FIELD_BYTES];
    snprintf(before, sizeof before, "%.*s", field->caret, field->text);
    return (float)ui_text_width(pen->fonts, UI_FONT_BODY, before);
}

void ui_field_draw(const struct ui_pen *pen, struct ui_rect rect, const struct ui_field *field,
                   const char *hint)
{
    const struct ui_theme *theme = pen->theme;
    float radius = ui_pen_px(pen, 5), pad = ui_pen_px(pen, 9);
    ui_draw_fill(pen->list, rect, radius, theme->well);
    ui_draw_stroke(pen->list, rect, radius, ui_pen_px(pen, 2), 0, theme->accent);
    struct ui_rect inside = ui_rect(rect.x + pad, rect.y, rect.w - 2 * pad, rect.h);
    float height = (float)ui_text_height(pen->fonts, UI_FONT_BODY), x = caret_x(pen, field);
    float top = roundf(rect.y + (rect.h - height) / 2);
    float moved = fmaxf(0, x - inside.w); /* the caret stays in sight */
    ui_draw_clip(pen->list, ui_rect_inset(rect, ui_pen_px(pen, 2)));
    float width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, field->text);
    if (field->is_all_selected)
        ui_draw_fill(pen->list, ui_rect(inside.x - moved, top, width, height), 0,
                     ui_mix(theme->well, theme->accent, .45f));
    ui_draw_text(pen->list, roundf(inside.x - moved), top, UI_FONT_BODY, theme->text, field->text);
    if (!field->text[0])
        ui_pen_text(pen, inside, UI_FONT_BODY, theme->text_faint, UI_ALIGN_LEFT, hint);
    ui_draw_fill(pen->list, ui_rect(roundf(inside.x - moved + x), top, ui_pen_px(pen, 1), height),
                 0, theme->text);
    ui_draw_unclip(pen->list);
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_COVER, .rect = rect});
}

static const struct ui_hit *focused(const struct ui_pen *pen, const struct ui_hits *hits)
{
    for (int i = 0; i < hits->n_hits; i++)
        if (hits->hits[i].kind == UI_HIT_BUTTON &&
            has_focus(pen, hits->hits[i].event, hits->hits[i].amount))
            return &hits->hits[i];
    return NULL;
}

void ui_tip_draw(const struct ui_pen *pen, const struct ui_hits *hits, struct ui_rect bounds)
{
    const struct ui_hit *hit =
        pen->has_pointer ? ui_hits_find(hits, pen->pointer_x, pen->pointer_y) : NULL;
    if (!hit || !hit->tip)
        hit = focused(pen, hits);
    if (!hit || !hit->tip)
        return;
    float pad = ui_pen_px(pen, 8), gap = ui_pen_px(pen, 6);
    float width = fminf((float)ui_text_width(pen->fonts, UI_FONT_BODY, hit->tip) + 1 + 2 * pad,
                        bounds.w - 2 * gap);
    struct ui_rect card = {hit->rect.x + (hit->rect.w - width) / 2, hit->rect.y - gap, width,
                           ui_pen_px(pen, 26)};
    card.y -= card.h;
    if (card.y < bounds.y)
        card.y = ui_bottom(hit->rect) + gap;
    card.x = roundf(fmaxf(bounds.x + gap, fminf(ui_right(bounds) - gap - width, card.x)));
    ui_pen_card(pen, card, ui_pen_px(pen, 5));
    ui_pen_text(pen, ui_rect(card.x + pad, card.y, card.w - 2 * pad, card.h), UI_FONT_BODY,
                pen->theme->text, UI_ALIGN_LEFT, hit->tip);
}
