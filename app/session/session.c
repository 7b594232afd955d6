/* See session.h: creating, opening and writing. Reading is in session_read.c. */
#include "session.h"

#include "base/clock.h"
#include "session_db.h"
#include "session_folder.h"
#include "session_vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMIT_NS (FB_NS_PER_S * 3 / 10)
#define SYNC_NS (FB_NS_PER_S * 6 / 10) /* with COMMIT: on the disk itself within a second */

static int close_handle(struct app_session **session)
{
    int status = *session ? app_session_db_close(*session) : FB_OK;
    if (*session && (*session)->lock_fd >= 0)
        close((*session)->lock_fd);
    if (*session)
        mon_cast_destroy(&(*session)->cast);
    free(*session);
    *session = NULL;
    return status;
}

/* Appends ",text" (without the comma at the start); cut when it does not fit. */
static void join(char *list, size_t list_bytes, const char *text, bool is_first)
{
    size_t n = strlen(list);
    snprintf(list + n, list_bytes - n, "%s%s", is_first ? "" : ",", text);
}

static int set_first_facts(struct app_session *session, const char *name)
{
    char started_at[APP_SESSION_WALL_BYTES], expressions[200] = "", reasons[200] = "";
    app_session_wall_time(started_at);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        join(expressions, sizeof expressions, fb_expression_name(i), i == 0);
    for (int i = 0; i < MON_REASON_COUNT; i++)
        join(reasons, sizeof reasons, mon_reason_name((enum mon_reason)i), i == 0);
    const struct {
        const char *key, *value;
    } facts[] = {
        {"program", "feltboard " FB_VERSION}, {"started_at", started_at}, {"name", name},
        {"expressions", expressions},         {"reasons", reasons},
    };
    int status = FB_OK;
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !status; i++)
        status = app_session_set_fact(session, facts[i].key, facts[i].value);
    return status;
}

/* What create has made of a session that cannot be. The error's text stays. */
static void remove_failed(struct app_session **session)
{
    static const char *const names[] = {APP_SESSION_DB, APP_SESSION_DB "-wal", APP_SESSION_DB "-shm", APP_SESSION_DB "-journal"};
    char folder[sizeof (*session)->folder], path[sizeof folder + 32], text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    memcpy(folder, (*session)->folder, sizeof folder);
    close_handle(session);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    fb_fail(FB_ERR_FAILED, "%s", text);
}

int app_session_create(const char *parent, const char *name, struct app_session **out)
{
    return app_session_create_sealed(parent, name, NULL, out);
}

/* Of a sealed one the folder does not tell the name either. */
int app_session_create_sealed(const char *parent, const char *name, struct seal_key *key, struct app_session **out)
{
    struct app_session *session = *out = calloc(1, sizeof *session);
    if (!session)
        return fb_fail_nomem("a session", sizeof *session);
    session->is_writable = session->is_new = true;
    session->sync_ns = fb_clock_now_ns();
    session->key = key;
    session->lock_fd = -1;
    name = name && *name ? name : "session";
    int status = app_session_folder_make(parent, key ? APP_SESSION_SEALED : name, session->folder, sizeof session->folder);
    bool is_made = !status;
    if (!status)
        status = app_session_folder_lock(session->folder, &session->lock_fd);
    if (!status)
        status = app_session_folder_db(session->folder, true, session->path, sizeof session->path);
    if (!status)
        status = app_session_db_open(session, true);
    if (!status)
        status = set_first_facts(session, name);
    if (status && is_made)
        remove_failed(out);
    else if (status)
        close_handle(out);
    return status;
}

int app_session_open(const char *path, enum app_session_access access, struct app_session **out)
{
    struct app_session *session = *out = calloc(1, sizeof *session);
    if (!session)
        return fb_fail_nomem("a session", sizeof *session);
    session->is_writable = access == APP_SESSION_WRITE;
    session->lock_fd = -1;
    int status = app_session_folder_find(path, session->folder, sizeof session->folder);
    if (!status && session->is_writable)
        status = app_session_folder_lock(session->folder, &session->lock_fd);
    if (!status)
        status = app_session_folder_db(session->folder, false, session->path, sizeof session->path);
    if (!status)
        status = app_session_db_open(session, false);
    if (status)
        close_handle(out);
    return status;
}

int app_session_close(struct app_session **session)
{
    return close_handle(session);
}

void app_session_read_tracks(struct app_session *session)
{
    session->has_tracks = true;
}

struct seal_key *app_session_key(const struct app_session *session)
{
    return session->key ? session->key : app_session_vfs_key(session->db);
}

const char *app_session_folder(const struct app_session *session)
{
    return session->folder;
}

/* Each commit survives the end of the process; one in a while is also synced, for a power cut. */
static int begin(struct app_session *session)
{
    if (session->has_transaction)
        return FB_OK;
    bool is_synced = session->is_synced = fb_clock_now_ns() - session->sync_ns >= SYNC_NS;
    if (is_synced)
        session->sync_ns = fb_clock_now_ns();
    int status = app_session_db_run(session,
                                    is_synced ? "PRAGMA synchronous=FULL; BEGIN IMMEDIATE"
                                              : "PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE",
                                    "writing");
    if (!status) {
        session->has_transaction = true;
        session->transaction_ns = fb_clock_now_ns();
    }
    return status;
}

/* A failed transaction is given up, so that the next one can start when there is room again. */
static int give_up(struct app_session *session, int status)
{
    if (!session->has_transaction)
        return status;
    session->has_transaction = false;
    if (!sqlite3_get_autocommit(session->db))
        sqlite3_exec(session->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Until the database's file itself is on the disk, a power cut leaves one of no bytes, beside which SQLite does not look
 * at the log. */
static int settle(struct app_session *session)
{
    session->is_new = false;
    return app_session_db_run(session, "PRAGMA wal_checkpoint(PASSIVE)", "writing rows");
}

static int commit(struct app_session *session)
{
    if (!session->has_transaction)
        return FB_OK;
    int status = app_session_db_run(session, "COMMIT", "writing rows");
    if (status)
        return give_up(session, status);
    session->has_transaction = false;
    return session->is_new && session->is_synced ? settle(session) : FB_OK;
}

int app_session_tick(struct app_session *session)
{
    bool is_due = fb_clock_now_ns() - session->transaction_ns >= COMMIT_NS;
    return session->has_transaction && is_due ? commit(session) : FB_OK;
}

/* NaN and infinities have no place in a row: SQLite would store NULL, or what no reader takes. */
static void bind_real(sqlite3_stmt *statement, int column, float value)
{
    sqlite3_bind_double(statement, column, value - value == 0 ? (double)value : 0);
}

static void bind_eight(sqlite3_stmt *statement, int column, const float *p, bool is_there)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT && is_there; i++)
        bind_real(statement, column + i, p[i]);
}

static bool has_any(const float *p)
{
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += p[i];
    return sum > 0;
}

static int put_row(struct app_session *session, const struct mon_observation *observation,
                   const struct mon_face *face)
{
    sqlite3_stmt *row = session->statements[STATEMENT_PUT_ROW];
    sqlite3_bind_int64(row, 1, observation->pts_ns);
    sqlite3_bind_int(row, 2, face->student);
    sqlite3_bind_int64(row, 3, observation->frame_index);
    bind_real(row, 4, face->box.x);
    bind_real(row, 5, face->box.y);
    bind_real(row, 6, face->box.w);
    bind_real(row, 7, face->box.h);
    sqlite3_bind_int(row, 8, face->is_seen);
    if (face->expression >= 0 && face->expression < FB_EXPRESSION_COUNT)
        sqlite3_bind_int(row, 9, face->expression);
    bind_real(row, 10, face->confidence);
    bind_real(row, 11, face->quality);
    sqlite3_bind_int(row, 12, (int)face->reason);
    bind_eight(row, 13, face->p, has_any(face->p));
    bind_eight(row, 13 + FB_EXPRESSION_COUNT, face->p_raw, face->is_labelled);
    return app_session_db_step(session, row, "writing a row");
}

static int put_frame(struct app_session *session, const struct mon_observation *observation)
{
    int n_faces = 0;
    for (int i = 0; i < observation->n_faces; i++)
        n_faces += observation->faces[i].student > 0;
    sqlite3_stmt *clear = session->statements[STATEMENT_CLEAR_FRAME];
    sqlite3_bind_int64(clear, 1, observation->pts_ns);
    int status = app_session_db_step(session, clear, "writing a frame");
    sqlite3_stmt *frame = session->statements[STATEMENT_PUT_FRAME];
    sqlite3_bind_int64(frame, 1, observation->pts_ns);
    sqlite3_bind_int64(frame, 2, observation->frame_index);
    sqlite3_bind_int(frame, 3, n_faces);
    return status ? status : app_session_db_step(session, frame, "writing a frame");
}

int app_session_add(struct app_session *session, const struct mon_observation *observation)
{
    int status = begin(session);
    if (!status)
        status = put_frame(session, observation);
    for (int i = 0; i < observation->n_faces && !status; i++)
        if (observation->faces[i].student > 0)
            status = put_row(session, observation, &observation->faces[i]);
    return status ? give_up(session, status) : app_session_tick(session);
}

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    char clean[APP_SESSION_TEXT_BYTES];
    app_session_clean_text(clean, sizeof clean, text);
    sqlite3_bind_text(statement, column, clean, -1, SQLITE_TRANSIENT);
}

/* A single change that must be on disk when we return, and with it the rows before it. */
static int put_now(struct app_session *session, sqlite3_stmt *statement, const char *doing)
{
    int status = begin(session);
    if (!status)
        status = app_session_db_step(session, statement, doing);
    return status ? give_up(session, status) : commit(session);
}

int app_session_mark(struct app_session *session, int64_t pts_ns, const char *text)
{
    char wall[APP_SESSION_WALL_BYTES];
    app_session_wall_time(wall);
    char sql[80]; /* one a moment: a text that follows takes its place */
    snprintf(sql, sizeof sql, "DELETE FROM marker WHERE time_ns=%lld", (long long)pts_ns);
    int status = begin(session);
    if (!status)
        status = app_session_db_run(session, sql, "writing a marker");
    if (status)
        return give_up(session, status);
    sqlite3_stmt *marker = session->statements[STATEMENT_PUT_MARKER];
    sqlite3_bind_int64(marker, 1, pts_ns);
    bind_text(marker, 2, text);
    bind_text(marker, 3, wall);
    return put_now(session, marker, "writing a marker");
}

int app_session_set_name(struct app_session *session, int student, const char *name)
{
    if (student < 1)
        return fb_fail(FB_ERR_USAGE, "student %d: numbers start at 1", student);
    sqlite3_stmt *statement =
        session->statements[*name ? STATEMENT_PUT_STUDENT : STATEMENT_DELETE_STUDENT];
    sqlite3_bind_int(statement, 1, student);
    if (*name)
        bind_text(statement, 2, name);
    return put_now(session, statement, "writing a name");
}

int app_session_set_fact(struct app_session *session, const char *key, const char *value)
{
    sqlite3_stmt *fact = session->statements[STATEMENT_PUT_FACT];
    bind_text(fact, 1, key);
    bind_text(fact, 2, value);
    return put_now(session, fact, "writing a fact");
}

int app_session_forget(struct app_session *session, int student)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "UPDATE frame SET n_faces=n_faces-1 WHERE time_ns IN "
             "(SELECT time_ns FROM observation WHERE student=%d);"
             "DELETE FROM observation WHERE student=%d; DELETE FROM student WHERE id=%d",
             student, student, student);
    int status = begin(session);
    if (!status)
        status = app_session_db_run(session, sql, "forgetting a student");
    status = status ? give_up(session, status) : commit(session);
    /* The old rows must not stay in the log or in free pages (secure_delete is on). */
    if (!status)
        status = app_session_db_run(session,
                                    "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; "
                                    "PRAGMA wal_checkpoint(TRUNCATE)",
                                    "overwriting a student's rows");
    return status;
}
