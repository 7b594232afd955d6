/* See draw_list.h. */
#include "draw_list.h"

#include <stdlib.h>
#include <string.h>

int ui_draw_list_init(struct ui_draw_list *list, int max_draws, int max_text_bytes)
{
    *list = (struct ui_draw_list){.max_draws = max_draws, .max_text_bytes = max_text_bytes};
    list->draws = calloc((size_t)max_draws, sizeof *list->draws);
    list->text = malloc((size_t)max_text_bytes);
    if (!list->draws || !list->text) {
        ui_draw_list_finish(list);
        return fb_fail_nomem("a draw list", (size_t)max_draws * sizeof *list->draws);
    }
    return FB_OK;
}

void ui_draw_list_finish(struct ui_draw_list *list)
{
    free(list->draws);
    free(list->text);
    *list = (struct ui_draw_list){0};
}

void ui_draw_list_clear(struct ui_draw_list *list)
{
    list->n_draws = list->n_text_bytes = list->n_left_out = 0;
}

static void add(struct ui_draw_list *list, struct ui_draw draw)
{
    if (list->n_draws == list->max_draws) {
        list->n_left_out++;
        return;
    }
    list->draws[list->n_draws++] = draw;
}

void ui_draw_fill(struct ui_draw_list *list, struct ui_rect rect, float radius,
                  struct ui_colour colour)
{
    if (!ui_rect_is_empty(rect) && colour.a)
        add(list, (struct ui_draw){
                      .kind = UI_DRAW_FILL, .rect = rect, .radius = radius, .colour = colour});
}

void ui_draw_stroke(struct ui_draw_list *list, struct ui_rect rect, float radius, float stroke,
                    float dash, struct ui_colour colour)
{
    if (!ui_rect_is_empty(rect) && colour.a)
        add(list, (struct ui_draw){.kind = UI_DRAW_STROKE,
                                   .rect = rect,
                                   .radius = radius,
                                   .stroke = stroke,
                                   .dash = dash,
                                   .colour = colour});
}

void ui_draw_hatch(struct ui_draw_list *list, struct ui_rect rect, float distance,
                   struct ui_colour colour)
{
    if (!ui_rect_is_empty(rect))
        add(list, (struct ui_draw){
                      .kind = UI_DRAW_HATCH, .rect = rect, .stroke = distance, .colour = colour});
}

void ui_draw_glyph(struct ui_draw_list *list, struct ui_rect rect, enum ui_glyph glyph,
                   struct ui_colour colour)
{
    if (!ui_rect_is_empty(rect))
        add(list, (struct ui_draw){
                      .kind = UI_DRAW_GLYPH, .rect = rect, .glyph = (int)glyph, .colour = colour});
}

void ui_draw_text(struct ui_draw_list *list, float x, float y, int font, struct ui_colour colour,
                  const char *text)
{
    int n_bytes = (int)strlen(text) + 1;
    if (n_bytes == 1)
        return;
    if (list->n_text_bytes + n_bytes > list->max_text_bytes) {
        list->n_left_out++;
        return;
    }
    memcpy(list->text + list->n_text_bytes, text, (size_t)n_bytes);
    add(list, (struct ui_draw){.kind = UI_DRAW_TEXT,
                               .rect = {x, y, 0, 0},
                               .font = font,
                               .colour = colour,
                               .text = list->n_text_bytes});
    list->n_text_bytes += n_bytes;
}

void ui_draw_frame(struct ui_draw_list *list, struct ui_rect rect, int slot)
{
    add(list, (struct ui_draw){.kind = UI_DRAW_FRAME, .rect = rect, .slot = slot});
}

void ui_draw_clip(struct ui_draw_list *list, struct ui_rect rect)
{
    add(list, (struct ui_draw){.kind = UI_DRAW_CLIP, .rect = rect});
}

void ui_draw_unclip(struct ui_draw_list *list)
{
    ui_draw_clip(list, ui_rect(0, 0, 0, 0));
}
