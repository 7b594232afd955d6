/* See ui/field.h. */
#include "ui/field.h"

#include <stdio.h>
#include <string.h>

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static int step_left(const struct ui_field *field, int at)
{
    while (at > 0 && is_inside(field->text[--at]))
        ;
    return at;
}

static int step_right(const struct ui_field *field, int at)
{
    at += field->text[at] != 0;
    while (is_inside(field->text[at]))
        at++;
    return at;
}

/* As much of text as fits into n_out bytes without cutting a character. */
static void copy_whole(char *out, size_t n_out, const char *text)
{
    size_t n = strlen(text);
    if (n >= n_out)
        for (n = n_out - 1; n > 0 && is_inside(text[n]);)
            n--;
    memmove(out, text, n);
    out[n] = 0;
}

void ui_field_set(struct ui_field *field, const char *text)
{
    *field = (struct ui_field){0};
    copy_whole(field->text, sizeof field->text, text);
    field->caret = (int)strlen(field->text);
    field->is_all_selected = field->caret > 0;
}

static void cut(struct ui_field *field, int from, int to)
{
    memmove(field->text + from, field->text + to, strlen(field->text + to) + 1);
    field->caret = from;
}

static bool clear_selected(struct ui_field *field)
{
    bool was_selected = field->is_all_selected;
    if (was_selected)
        cut(field, 0, (int)strlen(field->text));
    field->is_all_selected = false;
    return was_selected;
}

bool ui_field_type(struct ui_field *field, const char *typed)
{
    char clean[UI_FIELD_BYTES], part[UI_FIELD_BYTES];
    size_t n = 0;
    for (const char *c = typed; *c && n + 1 < sizeof clean; c++)
        if ((unsigned char)*c >= 0x20 && *c != 0x7F)
            clean[n++] = *c;
    clean[n] = 0;
    if (!n)
        return false;
    clear_selected(field);
    copy_whole(part, sizeof field->text - strlen(field->text), clean);
    n = strlen(part);
    char *at = field->text + field->caret;
    memmove(at + n, at, strlen(at) + 1);
    memcpy(at, part, n);
    field->caret += (int)n;
    return n > 0;
}

static bool move_caret(struct ui_field *field, int to)
{
    bool is_changed = to != field->caret || field->is_all_selected;
    field->caret = to;
    field->is_all_selected = false;
    return is_changed;
}

bool ui_field_edit(struct ui_field *field, enum ui_edit_key key)
{
    int length = (int)strlen(field->text), at = field->caret;
    switch (key) {
    case UI_EDIT_BACKSPACE:
        if (clear_selected(field))
            return true;
        cut(field, step_left(field, at), at);
        return at > 0;
    case UI_EDIT_DELETE:
        if (clear_selected(field))
            return true;
        cut(field, at, step_right(field, at));
        return at < length;
    case UI_EDIT_LEFT:
        return move_caret(field, field->is_all_selected ? 0 : step_left(field, at));
    case UI_EDIT_RIGHT:
        return move_caret(field, field->is_all_selected ? length : step_right(field, at));
    case UI_EDIT_HOME:
        return move_caret(field, 0);
    case UI_EDIT_END:
        return move_caret(field, length);
    case UI_EDIT_SELECT_ALL:
        field->is_all_selected = length > 0;
        return length > 0;
    default:
        return false;
    }
}
