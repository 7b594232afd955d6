/* See svg.h. */
#include "svg.h"

#include "fonts.h"

static void write_text(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", file);
        else if (*text == '<')
            fputs("&lt;", file);
        else if ((unsigned char)*text >= 0x20)
            fputc(*text, file);
    }
}

static void write_colour(FILE *file, const char *attribute, struct ui_colour colour)
{
    fprintf(file, " %s=\"#%02x%02x%02x\"", attribute, colour.r, colour.g, colour.b);
    if (colour.a != 255)
        fprintf(file, " %s-opacity=\"%.3f\"", attribute, colour.a / 255.0);
}

static void write_rect(FILE *file, const struct ui_draw *draw)
{
    float inset = draw->kind == UI_DRAW_STROKE ? draw->stroke / 2 : 0; /* SVG strokes the middle */
    struct ui_rect rect = ui_rect_inset(draw->rect, inset);
    fprintf(file, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%.2f\"",
            (double)rect.x, (double)rect.y, (double)rect.w, (double)rect.h, (double)draw->radius);
    if (draw->kind == UI_DRAW_STROKE) {
        fprintf(file, " fill=\"none\" stroke-width=\"%.2f\"", (double)draw->stroke);
        write_colour(file, "stroke", draw->colour);
    } else {
        write_colour(file, "fill", draw->colour);
    }
    fputs("/>\n", file);
}

static void write_label(FILE *file, const struct ui_draw_list *list, const struct ui_draw *draw,
                        float scale)
{
    static const float sizes[] = {11, 13, 13, 16};
    _Static_assert(sizeof sizes / sizeof *sizes == UI_FONT_COUNT, "one size each");
    float size = sizes[draw->font] * scale;
    bool is_strong = draw->font == UI_FONT_STRONG || draw->font == UI_FONT_TITLE;
    fprintf(file, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.1f\"%s", (double)draw->rect.x,
            (double)(draw->rect.y + size * 0.97f), (double)size,
            is_strong ? " font-weight=\"600\"" : "");
    write_colour(file, "fill", draw->colour);
    fputs(">", file);
    write_text(file, list->text + draw->text);
    fputs("</text>\n", file);
}

int ui_svg_write(const struct ui_draw_list *list, float width, float height, float scale,
                 FILE *file)
{
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
            "height=\"%.0f\" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n",
            (double)width, (double)height, (double)width, (double)height);
    for (int i = 0; i < list->n_draws; i++) {
        const struct ui_draw *draw = &list->draws[i];
        if (draw->kind == UI_DRAW_FILL || draw->kind == UI_DRAW_STROKE)
            write_rect(file, draw);
        else if (draw->kind == UI_DRAW_TEXT)
            write_label(file, list, draw, scale);
        else
            return fb_fail(FB_ERR_USAGE, "draw command %d has no SVG form", draw->kind);
    }
    fputs("</svg>\n", file);
    return FB_OK;
}
