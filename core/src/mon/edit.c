/* The text form of an edit (mon/cast.h): a word, numbers, and for a name the rest of the line. */
#include "mon/cast.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    [MON_EDIT_NONE] = "none",     [MON_EDIT_NAME] = "name",     [MON_EDIT_MERGE] = "merge",
    [MON_EDIT_SPLIT] = "split",   [MON_EDIT_SWAP] = "swap",     [MON_EDIT_PIN] = "pin",
    [MON_EDIT_UNPIN] = "unpin",   [MON_EDIT_POSTER] = "poster", [MON_EDIT_FORGET] = "forget",
    [MON_EDIT_ASSIGN] = "assign",
};
_Static_assert(sizeof words / sizeof *words == MON_EDIT_KIND_COUNT, "a word each");

void mon_edit_print(const struct mon_edit *edit, char line[MON_EDIT_LINE_BYTES])
{
    int kind = edit->kind > MON_EDIT_NONE && edit->kind < MON_EDIT_KIND_COUNT ? (int)edit->kind : 0;
    int n = snprintf(line, MON_EDIT_LINE_BYTES, "%s %d", words[kind], edit->student);
    char *rest = line + n;
    size_t room = (size_t)(MON_EDIT_LINE_BYTES - n);
    if (kind == MON_EDIT_NAME)
        snprintf(rest, room, " %s", edit->text);
    else if (kind == MON_EDIT_PIN)
        snprintf(rest, room, " %" PRId64 " %.1f %.1f %.1f %.1f", edit->from_ns, (double)edit->box.x,
                 (double)edit->box.y, (double)edit->box.w, (double)edit->box.h);
    else
        snprintf(rest, room, " %d %" PRId64, edit->other, edit->from_ns);
    for (; *line; line++)
        if (*line == '\n' || *line == '\r')
            *line = ' ';
}

static bool parse_rest(struct mon_edit *edit, const char *rest)
{
    if (edit->kind == MON_EDIT_NAME) {
        rest += *rest == ' ';
        return snprintf(edit->text, sizeof edit->text, "%s", rest) < (int)sizeof edit->text;
    }
    if (edit->kind == MON_EDIT_PIN)
        return sscanf(rest, "%" SCNd64 " %f %f %f %f", &edit->from_ns, &edit->box.x, &edit->box.y,
                      &edit->box.w, &edit->box.h) == 5;
    return sscanf(rest, "%d %" SCNd64, &edit->other, &edit->from_ns) >= 1; /* no time: 0 */
}

int mon_edit_parse(const char *line, struct mon_edit *edit)
{
    char word[16];
    int n = 0;
    *edit = (struct mon_edit){0};
    if (sscanf(line, "%15s %d%n", word, &edit->student, &n) == 2)
        for (int i = 1; i < MON_EDIT_KIND_COUNT; i++)
            if (!strcmp(word, words[i]))
                edit->kind = (enum mon_edit_kind)i;
    if (edit->kind && parse_rest(edit, line + n))
        return FB_OK;
    return fb_fail(FB_ERR_INPUT, "'%.60s' is no change of who is who", line);
}
