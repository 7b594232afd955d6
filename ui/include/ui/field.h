/* One line of text being typed: UTF-8, a caret between characters. Plain values, pure functions.
 * Threads: one at a time per field. */
#ifndef UI_FIELD_H
#define UI_FIELD_H

#include <stdbool.h>

#define UI_FIELD_BYTES 512

enum ui_edit_key {
    UI_EDIT_NONE,
    UI_EDIT_BACKSPACE,
    UI_EDIT_DELETE,
    UI_EDIT_LEFT,
    UI_EDIT_RIGHT,
    UI_EDIT_HOME,
    UI_EDIT_END,
    UI_EDIT_SELECT_ALL,
    UI_EDIT_UP, /* the rest is for whoever shows the field */
    UI_EDIT_DOWN,
    UI_EDIT_ENTER,
    UI_EDIT_KEY_COUNT,
};

struct ui_field {
    char text[UI_FIELD_BYTES];
    int caret;            /* byte offset, at a character's start or the end */
    bool is_all_selected; /* what is typed next replaces everything */
};

/* Shows text, all of it selected. */
void ui_field_set(struct ui_field *field, const char *text);
/* Puts typed at the caret; control characters are left out, and what does not fit. False: nothing
 * changed. */
bool ui_field_type(struct ui_field *field, const char *typed);
/* False: nothing changed (also for the keys that are not the field's). */
bool ui_field_edit(struct ui_field *field, enum ui_edit_key key);

#endif
