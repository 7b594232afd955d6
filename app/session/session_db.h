/* The database of a session: opening, schema, statements, and errors as this program's status
 * codes. Private to the session's files. Threads: one at a time. */
#ifndef APP_SESSION_DB_H
#define APP_SESSION_DB_H

#include "mon/cast.h"
#include "seal/key.h"
#include "session.h"

#include <sqlite3.h>
#include <stdbool.h>

#define APP_SESSION_SCHEMA 1
#define APP_SESSION_APPLICATION 0x46454c54 /* "FELT", in the file's header */
#define APP_SESSION_PATH_BYTES 4096

enum app_session_statement {
    STATEMENT_PUT_FRAME,
    STATEMENT_CLEAR_FRAME,
    STATEMENT_PUT_ROW,
    STATEMENT_PUT_MARKER,
    STATEMENT_PUT_STUDENT,
    STATEMENT_DELETE_STUDENT,
    STATEMENT_PUT_FACT,
    STATEMENT_GET_FACT,
    STATEMENT_COUNT,
};

struct app_session {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char folder[APP_SESSION_PATH_BYTES], path[APP_SESSION_PATH_BYTES]; /* path: of the database */
    struct seal_key *key; /* that a new database is sealed with; NULL: plain */
    bool is_writable;
    bool has_transaction, is_synced;   /* is_synced: its commit goes to the disk itself */
    bool is_new;                       /* the database's file may not be on the disk yet */
    int64_t transaction_ns;            /* fb_clock time when it began */
    int64_t sync_ns;                   /* of the last commit that went to the disk itself */
    int lock_fd;                       /* of the folder, held while writing; -1 */
    struct mon_observation row_buffer; /* of app_session_each */
    struct mon_cast *cast;             /* who is who, for reading; NULL: as the tracks are */
    bool has_tracks;                   /* reads tracks, whoever they are */
};

/* Opens session->path. is_new: the file is there, empty, and gets the schema. The caller closes,
 * whatever is returned. */
FB_MUST_USE int app_session_db_open(struct app_session *session, bool is_new);
/* Commits, checkpoints, closes. First error. */
int app_session_db_close(struct app_session *session);

/* fb_fail with SQLite's own text. Reading: a damaged file is FB_ERR_INPUT; writing: FB_ERR_IO. */
int app_session_db_fail(const struct app_session *session, const char *doing);

/* Copies text as valid UTF-8, cut between characters where it does not fit; bytes that are none
 * become
 * '?'. What comes from a file or a command line is not UTF-8 just because it should be. */
void app_session_clean_text(char *out, size_t out_bytes, const char *text);

/* Runs SQL without results. */
FB_MUST_USE int app_session_db_run(struct app_session *session, const char *sql, const char *doing);
/* Steps a statement without results once, resets it and clears its bindings. */
FB_MUST_USE int app_session_db_step(struct app_session *session, sqlite3_stmt *statement,
                                    const char *doing);

#endif
