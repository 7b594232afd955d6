/* Buttons, text fields and tooltips: what can be clicked says what it does, and the keyboard
 * reaches it by Tab. */
#ifndef UI_BUTTON_H
#define UI_BUTTON_H

#include "pen.h"

struct ui_button {
    enum ui_event_kind event;
    int amount, student;
    enum ui_glyph glyph;           /* UI_GLYPH_NONE: text only */
    const char *text;              /* NULL: glyph only */
    const char *tip;               /* NULL: none */
    struct ui_colour glyph_colour; /* a = 0: as the text */
    bool is_on;                    /* a toggle that is set */
    bool is_primary;               /* what Enter does */
    bool is_off;                   /* cannot be used now */
};

void ui_button_draw(const struct ui_pen *pen, struct ui_rect rect, const struct ui_button *button);
/* px the button wants, height being that of a line of buttons. */
float ui_button_width(const struct ui_pen *pen, const struct ui_button *button);
float ui_button_height(const struct ui_pen *pen);

/* hint is shown while it is empty. */
void ui_field_draw(const struct ui_pen *pen, struct ui_rect rect, const struct ui_field *field,
                   const char *hint);

/* Of the hit under the pointer or the keyboard's focus, if it has one; inside bounds. */
void ui_tip_draw(const struct ui_pen *pen, const struct ui_hits *hits, struct ui_rect bounds);

#endif
