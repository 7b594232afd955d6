/* A student's card over the picture: the name, and what can be said of the student. */
#ifndef UI_CARD_H
#define UI_CARD_H

#include "pen.h"
#include "ui/view.h"

/* Which side it is on, kept while it is open so that it does not jump as the face moves. */
struct ui_card_memory {
    int student;
    bool is_left;
};

void ui_card_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect picture,
                  struct ui_rect window, struct ui_card_memory *memory);

#endif
