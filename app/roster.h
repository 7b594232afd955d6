/* The names of a class, from a text file: one a line, UTF-8, in the order of the seats or not. What
 * stands after a tab, comma or semicolon is not read; lines that start with # are comments.
 * Threads: one at a time. */
#ifndef APP_ROSTER_H
#define APP_ROSTER_H

#include "base/status.h"
#include "mon/cast.h"

#include <stdbool.h>

enum { APP_ROSTER_MAX = 512 };

struct app_roster {
    char names[APP_ROSTER_MAX][MON_NAME_BYTES];
    int n;
};

/* FB_ERR_INPUT names file and line: not text, not UTF-8, too many. */
FB_MUST_USE int app_roster_read(const char *path, struct app_roster *roster);

/* The names that fit what was typed (start of any word, whatever the case), those nobody has yet
 * first; at most n_max. Returns how many. */
int app_roster_suggest(const struct app_roster *roster, const struct mon_cast *cast,
                       const char *typed, const char **names, int n_max);

#endif
