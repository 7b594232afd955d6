/* A session's database after a crash or a damaged disk. Threads: one at a time. */
#ifndef APP_SESSION_REPAIR_H
#define APP_SESSION_REPAIR_H

#include "session.h"

struct app_repair_result {
    bool is_rebuilt;             /* it was damaged; what could be read is in a new one */
    int64_t n_frames, n_rows;    /* in the session now */
    int64_t n_lost;              /* rows that could be read but cannot be right, left out */
};

/* Takes in what a writer that died had not folded into the file, and checks all of it. Where it is
 * damaged, a new database is made of every row that can be read from either end of each table; the
 * old one stays beside it as session.db.damaged. FB_ERR_FAILED: it is being written to. FB_ERR_INPUT:
 * no session, or nothing of it can be read. FB_ERR_IO. */
FB_MUST_USE int app_session_repair(const char *path, struct app_repair_result *result);

#endif
