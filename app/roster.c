/* See roster.h. */
#include "roster.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Bytes of the UTF-8 character at text, 0 when it is none. */
static int character_bytes(const unsigned char *text)
{
    int n = *text < 0x80       ? 1
            : *text >> 5 == 6  ? 2
            : *text >> 4 == 14 ? 3
            : *text >> 3 == 30 ? 4
                               : 0;
    for (int i = 1; i < n; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static bool is_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        int n = character_bytes(at);
        if (!n || (n == 1 && *at < 0x20 && *at != '\t'))
            return false;
        at += n;
    }
    return true;
}

static int add(struct app_roster *roster, const char *path, int line_number, char *line)
{
    char *start = line + strspn(line, " \t\"");
    size_t n = strcspn(start, "\t,;\"\r\n");
    if (*start == '#' || !n)
        return FB_OK;
    if (!is_text(line))
        return fb_fail(FB_ERR_INPUT, "%s:%d: not UTF-8 text; save the list as UTF-8", path,
                       line_number);
    if (roster->n == APP_ROSTER_MAX)
        return fb_fail(FB_ERR_INPUT, "%s:%d: more than %d names", path, line_number,
                       APP_ROSTER_MAX);
    while (n > 0 && start[n - 1] == ' ')
        n--;
    if (n >= MON_NAME_BYTES) /* whole characters only */
        for (n = MON_NAME_BYTES - 1; n > 0 && ((unsigned char)start[n] & 0xC0) == 0x80;)
            n--;
    memcpy(roster->names[roster->n], start, n);
    roster->names[roster->n++][n] = 0;
    return FB_OK;
}

int app_roster_read(const char *path, struct app_roster *roster)
{
    static const char hint[] = "give a text file with a name a line";
    char line[4096];
    bool is_end = false;
    FILE *file;
    roster->n = 0;
    int status = fb_file_open(path, hint, &file);
    if (status)
        return status;
    for (int number = 1; !status && !is_end; number++) {
        status = fb_file_next_line(file, path, number, hint, line, sizeof line, &is_end);
        if (!status)
            status = add(roster, path, number, line);
    }
    fclose(file);
    return status;
}

static bool does_fit(const char *name, const char *typed)
{
    size_t n = strlen(typed);
    for (const char *word = name; *word;) {
        if (!strncasecmp(word, typed, n))
            return true;
        word += strcspn(word, " -");
        word += strspn(word, " -");
    }
    return false;
}

int app_roster_suggest(const struct app_roster *roster, const struct mon_cast *cast,
                       const char *typed, const char **names, int n_max)
{
    int n = 0;
    for (int is_taken = 0; is_taken < 2; is_taken++)
        for (int i = 0; i < roster->n && n < n_max; i++)
            if (does_fit(roster->names[i], typed) &&
                (mon_cast_find(cast, roster->names[i]) != 0) == is_taken)
                names[n++] = roster->names[i];
    return n;
}
