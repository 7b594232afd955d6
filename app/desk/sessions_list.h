/* Sessions as lines, JSON and an index page. Threads: main. */
#ifndef APP_SESSIONS_LIST_H
#define APP_SESSIONS_LIST_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>

/* One session on stdout, as a line or a JSON object; with its due date where sessions are kept for a
 * time only. FB_ERR_INPUT. */
FB_MUST_USE int app_sessions_print(const char *folder, bool is_json);
/* The facts, students, markers of one session as lines. */
FB_MUST_USE int app_sessions_show(const char *folder);
/* All sessions in parent (NULL: the user's) as one HTML page without script, with links to their
 * folders and reports; into path. FB_ERR_IO. */
FB_MUST_USE int app_sessions_index(const char *parent, const char *path);

#endif
