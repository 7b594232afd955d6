/* What every drawing function gets: where to draw, in what style, what the pointer does, and the
 * list of places it can click. A plain value made for one picture. */
#ifndef UI_PEN_H
#define UI_PEN_H

#include "draw_list.h"
#include "fonts.h"
#include "theme.h"
#include "ui/window.h"

enum ui_hit_kind {
    UI_HIT_NONE,
    UI_HIT_PICTURE, /* round the students */
    UI_HIT_STUDENT, /* student */
    UI_HIT_TIME,    /* x of rect -> from_s .. to_s */
    UI_HIT_SEEK,    /* the same, and may be dragged */
    UI_HIT_SPAN,    /* amount */
    UI_HIT_PAUSE,
    UI_HIT_SCROLL, /* the wheel scrolls the rows */
    UI_HIT_BUTTON, /* event, amount, student */
    UI_HIT_COVER,  /* nothing: what lies below is not reached */
};

struct ui_hit {
    enum ui_hit_kind kind;
    struct ui_rect rect;
    int student, amount;
    double from_s, to_s;
    enum ui_event_kind event;
    const char *tip; /* for the pointer resting on it; NULL: none */
};

/* Which button the keyboard is on. */
struct ui_focus {
    enum ui_event_kind event; /* UI_EVENT_NONE: none */
    int amount;
};

#define UI_MAX_HITS 768

struct ui_hits {
    struct ui_hit hits[UI_MAX_HITS];
    int n_hits;
};

struct ui_pen {
    struct ui_draw_list *list;
    struct ui_fonts *fonts;
    const struct ui_theme *theme;
    struct ui_hits *hits; /* NULL: not wanted */
    float scale;          /* px for a length of 1 */
    bool has_pointer;
    float pointer_x, pointer_y;
    struct ui_focus focus;
};

static inline float ui_pen_px(const struct ui_pen *pen, float length)
{
    return ui_px(pen->scale, length);
}

static inline bool ui_pen_is_over(const struct ui_pen *pen, struct ui_rect rect)
{
    return pen->has_pointer && ui_rect_has(rect, pen->pointer_x, pen->pointer_y);
}

void ui_pen_hit(const struct ui_pen *pen, struct ui_hit hit);
/* The last one added that has the point, or NULL. */
const struct ui_hit *ui_hits_find(const struct ui_hits *hits, float x, float y);

enum ui_align { UI_ALIGN_LEFT, UI_ALIGN_CENTRE, UI_ALIGN_RIGHT };
/* One line, vertically centred in rect, shortened to its width. Returns the width drawn. */
float ui_pen_text(const struct ui_pen *pen, struct ui_rect rect, enum ui_font font,
                  struct ui_colour colour, enum ui_align align, const char *text);
/* Several lines of the rect's width, broken between words, from its top down. Returns their height;
 * with is_measured nothing is drawn. */
float ui_pen_paragraph(const struct ui_pen *pen, struct ui_rect rect, enum ui_font font,
                       struct ui_colour colour, const char *text, bool is_measured);
/* A square glyph centred at (x, y). */
void ui_pen_glyph(const struct ui_pen *pen, float x, float y, float size, enum ui_glyph glyph,
                  struct ui_colour colour);
/* A raised card with its border, for tooltips and notices. */
void ui_pen_card(const struct ui_pen *pen, struct ui_rect rect, float radius);

#endif
