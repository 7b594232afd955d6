/* Typing one line of UTF-8. */
#include "test.h"
#include "ui/field.h"

static struct ui_field field;

static void type_and_move(void)
{
    ui_field_set(&field, "");
    CHECK(ui_field_type(&field, "Zo\u00eb"));
    CHECK(ui_field_edit(&field, UI_EDIT_LEFT));
    CHECK_INT(field.caret, 2);
    CHECK(ui_field_type(&field, "x\n\ty"));
    CHECK_STR(field.text, "Zoxy\u00eb");
    CHECK(ui_field_edit(&field, UI_EDIT_DELETE));
    CHECK_STR(field.text, "Zoxy");
    CHECK(!ui_field_edit(&field, UI_EDIT_DELETE));
    CHECK(ui_field_edit(&field, UI_EDIT_HOME));
    CHECK(!ui_field_edit(&field, UI_EDIT_BACKSPACE));
    CHECK(!ui_field_edit(&field, UI_EDIT_LEFT));
    CHECK(ui_field_edit(&field, UI_EDIT_END));
    CHECK(ui_field_type(&field, "\u674e"));
    CHECK(ui_field_edit(&field, UI_EDIT_BACKSPACE));
    CHECK_STR(field.text, "Zoxy");
    CHECK(!ui_field_type(&field, "\x1b\x7f"));
    CHECK(!ui_field_edit(&field, UI_EDIT_ENTER));
}

static void selection(void)
{
    ui_field_set(&field, "Anna");
    CHECK(field.is_all_selected);
    CHECK(ui_field_type(&field, "B"));
    CHECK_STR(field.text, "B");
    CHECK(ui_field_edit(&field, UI_EDIT_SELECT_ALL));
    CHECK(ui_field_edit(&field, UI_EDIT_BACKSPACE));
    CHECK_STR(field.text, "");
    CHECK_INT(field.caret, 0);
    ui_field_set(&field, "Anna");
    CHECK(ui_field_edit(&field, UI_EDIT_RIGHT));
    CHECK(!field.is_all_selected);
    CHECK_INT(field.caret, 4);
}

/* No character is ever cut in two, however little room there is. */
static void full(void)
{
    ui_field_set(&field, "");
    for (int i = 0; i < UI_FIELD_BYTES; i++)
        ui_field_type(&field, "\u674e");
    CHECK_INT(strlen(field.text), (UI_FIELD_BYTES - 1) / 3 * 3);
    CHECK_INT(field.caret, strlen(field.text));
    char text[2 * UI_FIELD_BYTES];
    memset(text, 'a', sizeof text);
    memcpy(text + UI_FIELD_BYTES - 3, "\u674e", 3);
    text[sizeof text - 1] = 0;
    ui_field_set(&field, text);
    CHECK_INT(strlen(field.text), UI_FIELD_BYTES - 3);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"type_and_move", type_and_move}, {"selection", selection}, {"full", full}};
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
