/* See pen.h. */
#include "pen.h"

#include <string.h>

void ui_pen_hit(const struct ui_pen *pen, struct ui_hit hit)
{
    if (pen->hits && pen->hits->n_hits < UI_MAX_HITS)
        pen->hits->hits[pen->hits->n_hits++] = hit;
}

const struct ui_hit *ui_hits_find(const struct ui_hits *hits, float x, float y)
{
    for (int i = hits->n_hits - 1; i >= 0; i--)
        if (ui_rect_has(hits->hits[i].rect, x, y))
            return &hits->hits[i];
    return NULL;
}

float ui_pen_text(const struct ui_pen *pen, struct ui_rect rect, enum ui_font font,
                  struct ui_colour colour, enum ui_align align, const char *text)
{
    char fitted[512];
    ui_text_fit(pen->fonts, (int)font, text, rect.w, fitted, sizeof fitted);
    float width = (float)ui_text_width(pen->fonts, (int)font, fitted);
    float height = (float)ui_text_height(pen->fonts, (int)font);
    float x = rect.x;
    if (align == UI_ALIGN_CENTRE)
        x += (rect.w - width) / 2;
    else if (align == UI_ALIGN_RIGHT)
        x += rect.w - width;
    ui_draw_text(pen->list, roundf(x), roundf(rect.y + (rect.h - height) / 2), (int)font, colour,
                 fitted);
    return width;
}

/* Bytes of the longest start of text that fits into width and ends between words; at least one
 * word.
 */
static size_t line_bytes(const struct ui_pen *pen, enum ui_font font, const char *text, float width)
{
    char line[512];
    size_t taken = 0;
    while (text[taken]) {
        size_t end = taken + strspn(text + taken, " ");
        end += strcspn(text + end, " \n");
        if (end >= sizeof line)
            return taken ? taken : sizeof line - 1;
        memcpy(line, text, end);
        line[end] = 0;
        if (taken && (float)ui_text_width(pen->fonts, (int)font, line) > width)
            break;
        taken = end;
        if (text[taken] == '\n')
            break;
    }
    return taken;
}

float ui_pen_paragraph(const struct ui_pen *pen, struct ui_rect rect, enum ui_font font,
                       struct ui_colour colour, const char *text, bool is_measured)
{
    float height = roundf((float)ui_text_height(pen->fonts, (int)font) * 1.3f), y = rect.y;
    while (*text) {
        char line[512];
        size_t n = line_bytes(pen, font, text, rect.w);
        memcpy(line, text, n);
        line[n] = 0;
        if (!is_measured)
            ui_pen_text(pen, ui_rect(rect.x, y, rect.w, height), font, colour, UI_ALIGN_LEFT, line);
        y += height;
        text += n;
        if (*text == '\n')
            text++;
        else
            text += strspn(text, " ");
    }
    return y - rect.y;
}

void ui_pen_glyph(const struct ui_pen *pen, float x, float y, float size, enum ui_glyph glyph,
                  struct ui_colour colour)
{
    ui_draw_glyph(pen->list, ui_rect(roundf(x - size / 2), roundf(y - size / 2), size, size), glyph,
                  colour);
}

void ui_pen_card(const struct ui_pen *pen, struct ui_rect rect, float radius)
{
    ui_draw_fill(pen->list, rect, radius, pen->theme->card);
    ui_draw_stroke(pen->list, rect, radius, ui_pen_px(pen, 1), 0,
                   ui_mix(pen->theme->card, pen->theme->text, .18f));
}
