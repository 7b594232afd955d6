/* A picture as a list of commands: what layout and drawing produce and both rasterisers (SDL
 * renderer, I420 planes) consume. Pure data: no SDL, no pixels, so that tests can read it.
 * Threads: one at a time per list. Nothing is allocated after create; what does not fit is left out
 * and counted. */
#ifndef UI_DRAW_LIST_H
#define UI_DRAW_LIST_H

#include "base/status.h"
#include "geometry.h"
#include "glyphs.h"

#include <stdint.h>

struct ui_colour {
    uint8_t r, g, b, a;
};

/* Which picture of the view: its frame, the start screen's demo class, or a camera's. */
enum { UI_SLOT_VIDEO, UI_SLOT_DEMO, UI_SLOT_CAMERA, UI_N_SLOTS = UI_SLOT_CAMERA + 8 };

enum ui_draw_kind {
    UI_DRAW_NONE,
    UI_DRAW_FILL,   /* rect, radius, colour */
    UI_DRAW_STROKE, /* rect's inner edge, radius, stroke, dash (0: solid), colour */
    UI_DRAW_HATCH,  /* rect, stroke (distance of the lines), colour: fixed to the screen, so that
                       neighbours join */
    UI_DRAW_GLYPH,  /* rect, glyph, colour */
    UI_DRAW_TEXT,   /* rect's top left, text, font, colour */
    UI_DRAW_FRAME,  /* rect, slot: a picture of the view */
    UI_DRAW_CLIP,   /* rect; of no size: clipping off */
    UI_DRAW_COUNT,
};

struct ui_draw {
    enum ui_draw_kind kind;
    struct ui_rect rect;
    struct ui_colour colour;
    float radius, stroke, dash;
    int glyph; /* enum ui_glyph */
    int font;  /* enum ui_font */
    int slot;  /* UI_SLOT_ */
    int text;  /* offset in ui_draw_list.text */
};

struct ui_draw_list {
    struct ui_draw *draws;
    int n_draws, max_draws;
    char *text;
    int n_text_bytes, max_text_bytes;
    int n_left_out; /* commands that found no room; 0 in any sane picture */
};

FB_MUST_USE int ui_draw_list_init(struct ui_draw_list *list, int max_draws, int max_text_bytes);
void ui_draw_list_finish(struct ui_draw_list *list);
void ui_draw_list_clear(struct ui_draw_list *list);

void ui_draw_fill(struct ui_draw_list *list, struct ui_rect rect, float radius,
                  struct ui_colour colour);
void ui_draw_stroke(struct ui_draw_list *list, struct ui_rect rect, float radius, float stroke,
                    float dash, struct ui_colour colour);
void ui_draw_hatch(struct ui_draw_list *list, struct ui_rect rect, float distance,
                   struct ui_colour colour);
void ui_draw_glyph(struct ui_draw_list *list, struct ui_rect rect, enum ui_glyph glyph,
                   struct ui_colour colour);
/* The text is copied. */
void ui_draw_text(struct ui_draw_list *list, float x, float y, int font, struct ui_colour colour,
                  const char *text);
void ui_draw_frame(struct ui_draw_list *list, struct ui_rect rect, int slot);
void ui_draw_clip(struct ui_draw_list *list, struct ui_rect rect);
void ui_draw_unclip(struct ui_draw_list *list);

#endif
