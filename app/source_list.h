/* What `analyze` is to work through: its arguments, then the lines of a text file, a source a line; empty lines are left out.
 *
 *     struct app_source_list list;
 *     int status = app_source_list_read(arguments, n_arguments, path, &list);
 *     ... list.all[i], i < list.n
 *     app_source_list_finish(&list);
 *
 * Threads: one at a time. */
#ifndef APP_SOURCE_LIST_H
#define APP_SOURCE_LIST_H

#include "base/status.h"

enum { APP_SOURCE_MAX_BYTES = 4096 }; /* of a line, its end included */

struct app_source_list {
    char **all;
    int n, n_arguments; /* the first n_arguments are the caller's strings */
    int n_room;
};

/* path: NULL for none. To be finished whatever comes back. FB_ERR_INPUT names file and line: no regular file, a zero byte, longer
 * than a path can be, no line at all; FB_ERR_NOMEM. */
FB_MUST_USE int app_source_list_read(char **arguments, int n_arguments, const char *path, struct app_source_list *list);
void app_source_list_finish(struct app_source_list *list);

#endif
