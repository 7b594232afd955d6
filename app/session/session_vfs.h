/* SQLite on sealed files (seal/file.h): the VFS that every session's database is opened through.
 *
 * It stands before SQLite's own, which opens the file, locks it and shares the log's index. A database that is
 * sealed, or is to be (URI parameter key=NAME, seal_key_name), has its bytes and those of its log and journal
 * sealed with its session's key; a plain one's pass through. Temporary files do not exist: SQLite is told to keep
 * what it needs in memory, and one that it would open all the same is refused.
 *
 * Threads: as SQLite's own. */
#ifndef APP_SESSION_VFS_H
#define APP_SESSION_VFS_H

#include "seal/key.h"

#include <sqlite3.h>

#define APP_SESSION_VFS "feltboard"

/* Once before the first sqlite3_open_v2 with APP_SESSION_VFS; any thread, any number of times. */
FB_MUST_USE int app_session_vfs_register(void);

/* What the last call of this thread that failed with a seal's error returned (FB_ERR_LOCKED, FB_ERR_TAMPERED,
 * FB_ERR_INPUT), with its text as fb_error_text's; FB_OK when there was none since. Asking clears it. */
int app_session_vfs_failure(void);

/* Of the main database; NULL: plain. */
struct seal_key *app_session_vfs_key(sqlite3 *db);

#endif
