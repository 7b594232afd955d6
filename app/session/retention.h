/* How long sessions are kept. Off until somebody sets it; then sessions older than so many days are
 * deleted when the program starts, and lists say beforehand which ones and when. Deleting is
 * unlinking: on an SSD or a copying file system the old blocks may be readable for a while.
 * Threads: main. */
#ifndef APP_RETENTION_H
#define APP_RETENTION_H

#include "base/status.h"

#include <time.h>

#define APP_RETENTION_MAX_DAYS 36500

/* Days to keep, 0: for ever. From XDG_CONFIG_HOME/feltboard/retention. FB_ERR_INPUT: there is
 * something else in it; nothing is deleted then. */
FB_MUST_USE int app_retention_get(int *days);
/* days 0: for ever. FB_ERR_IO, FB_ERR_USAGE. */
FB_MUST_USE int app_retention_set(int days);

/* When a session's folder will be due: its start (the date in its name, else the database's last
 * change) plus days. */
time_t app_retention_due(const char *folder, int days);

/* Deletes the sessions in parent (NULL: the user's) that are due at now; ones being recorded stay.
 * visit is called with each folder before it is deleted; NULL: nobody. n_deleted may be NULL. A
 * session that cannot be deleted does not keep the others: the first error is returned. */
typedef void app_retention_visit(void *user, const char *folder);
FB_MUST_USE int app_retention_purge(const char *parent, int days, time_t now,
                                    app_retention_visit *visit, void *user, int *n_deleted);

#endif
