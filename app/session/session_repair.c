/* See session_repair.h. SQLite reads a damaged table up to the first bad page; read backwards it
 * gives what lies after the last one. */
#include "session_repair.h"

#include "session_db.h"
#include "session_folder.h"
#include "session_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES (APP_SESSION_PATH_BYTES + 16)

struct table {
    const char *name, *order; /* of its key */
    int n_columns;
};
static const struct table tables[] = {
    {"session", "key", 2},
    {"student", "id", 2},
    {"frame", "time_ns", 3},
    {"observation", "time_ns %s, student", 12 + 2 * FB_EXPRESSION_COUNT},
    {"marker", "id", 4},
};

/* One pass over a table, as far as it goes. */
static void copy_rows(sqlite3 *from, sqlite3 *to, const struct table *table, const char *direction)
{
    char order[64], sql[200], marks[200] = "?";
    sqlite3_stmt *read = NULL, *write = NULL;
    for (int i = 1; i < table->n_columns; i++)
        strcat(marks, ",?");
    if (strstr(table->order, "%s"))
        snprintf(order, sizeof order, "time_ns %s, student %s", direction, direction);
    else
        snprintf(order, sizeof order, "%s %s", table->order, direction);
    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY %s", table->name, order);
    if (sqlite3_prepare_v2(from, sql, -1, &read, NULL) != SQLITE_OK ||
        sqlite3_column_count(read) != table->n_columns)
        goto done;
    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO %s VALUES(%s)", table->name, marks);
    if (sqlite3_prepare_v2(to, sql, -1, &write, NULL) != SQLITE_OK)
        goto done;
    while (sqlite3_step(read) == SQLITE_ROW) {
        for (int i = 0; i < table->n_columns; i++)
            sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
        sqlite3_step(write); /* a row that breaks a rule is lost */
        sqlite3_reset(write);
    }
done:
    sqlite3_finalize(read);
    sqlite3_finalize(write);
}

/* Values that app_session_each would refuse. */
static const char *const cleaning[] = {
    "DELETE FROM observation WHERE student<1 OR student>2147483647 OR abs(x)>=1e6 OR abs(y)>=1e6 OR "
    "abs(w)>=1e6 OR abs(h)>=1e6 OR expression<0 OR expression>7 OR "
    "NOT confidence BETWEEN 0 AND 1.001 OR NOT quality BETWEEN 0 AND 1.001 OR reason<0 OR reason>7 "
    "OR typeof(time_ns)<>'integer' OR typeof(student)<>'integer'",
    "DELETE FROM observation WHERE "
    "max(coalesce(p_neutral,0),coalesce(p_happiness,0),coalesce(p_surprise,0),coalesce(p_sadness,0),"
    "coalesce(p_anger,0),coalesce(p_disgust,0),coalesce(p_fear,0),coalesce(p_contempt,0),"
    "coalesce(raw_neutral,0),coalesce(raw_happiness,0),coalesce(raw_surprise,0),"
    "coalesce(raw_sadness,0),coalesce(raw_anger,0),coalesce(raw_disgust,0),coalesce(raw_fear,0),"
    "coalesce(raw_contempt,0))>1.001",
    "DELETE FROM observation WHERE "
    "min(coalesce(p_neutral,0),coalesce(p_happiness,0),coalesce(p_surprise,0),coalesce(p_sadness,0),"
    "coalesce(p_anger,0),coalesce(p_disgust,0),coalesce(p_fear,0),coalesce(p_contempt,0),"
    "coalesce(raw_neutral,0),coalesce(raw_happiness,0),coalesce(raw_surprise,0),"
    "coalesce(raw_sadness,0),coalesce(raw_anger,0),coalesce(raw_disgust,0),coalesce(raw_fear,0),"
    "coalesce(raw_contempt,0))<0",
};
_Static_assert(FB_EXPRESSION_COUNT == 8 && MON_REASON_COUNT == 8, "the limits above");

static int clean(struct app_session *session, struct app_repair_result *result)
{
    int status = FB_OK;
    for (size_t i = 0; i < sizeof cleaning / sizeof *cleaning && !status; i++) {
        status = app_session_db_run(session, cleaning[i], "leaving out what cannot be");
        result->n_lost += sqlite3_changes(session->db);
    }
    return status ? status
                  : app_session_db_run(session,
                                       "INSERT OR IGNORE INTO frame SELECT time_ns,min(frame),"
                                       "count(*) FROM observation GROUP BY time_ns",
                                       "finding frames");
}

static int fill(struct app_session *fresh, const char *damaged, struct app_repair_result *result)
{
    sqlite3 *from = NULL;
    int status = app_session_db_run(fresh, "BEGIN", "rebuilding it");
    if (!status && sqlite3_open_v2(damaged, &from, SQLITE_OPEN_READWRITE, APP_SESSION_VFS) != SQLITE_OK)
        status = fb_fail(FB_ERR_INPUT, "%s: cannot be opened", damaged);
    sqlite3_db_config(from, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(from, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !status; i++) {
        copy_rows(from, fresh->db, &tables[i], "ASC");
        copy_rows(from, fresh->db, &tables[i], "DESC");
    }
    sqlite3_close(from);
    if (!status)
        status = clean(fresh, result);
    return status ? status : app_session_db_run(fresh, "COMMIT", "rebuilding it");
}

static int put_in_place(const char *db, const char *fresh)
{
    char damaged[PATH_BYTES], log[PATH_BYTES];
    snprintf(damaged, sizeof damaged, "%s.damaged", db);
    if (rename(db, damaged) || rename(fresh, db))
        return fb_fail(FB_ERR_IO, "%s: %s", db, strerror(errno));
    static const char *const logs[] = {"-wal", "-shm"};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) { /* of the old one */
        snprintf(log, sizeof log, "%s%s", db, logs[i]);
        unlink(log);
    }
    return FB_OK;
}

static int rebuild(const char *folder, struct app_repair_result *result)
{
    char db[APP_SESSION_PATH_BYTES];
    struct app_session *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return fb_fail_nomem("a session", sizeof *fresh);
    fresh->is_writable = true;
    fresh->lock_fd = -1;
    int status = app_session_folder_db(folder, false, db, sizeof db);
    if (!status)
        status = seal_key_of_file(db, &fresh->key);
    snprintf(fresh->path, sizeof fresh->path, "%.4080s.new", db);
    unlink(fresh->path);
    int fd = status ? -1 : open(fresh->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!status && fd < 0)
        status = fb_fail(FB_ERR_IO, "%s: %s", fresh->path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!status)
        status = app_session_db_open(fresh, true);
    if (!status)
        status = fill(fresh, db, result);
    struct app_session_totals totals = {0};
    if (!status)
        status = app_session_totals(fresh, &totals);
    if (!status && !totals.n_frames)
        status = fb_fail(FB_ERR_INPUT, "%s: nothing of it can be read", db);
    int close_status = app_session_db_close(fresh);
    status = status ? status : close_status;
    if (!status)
        status = put_in_place(db, fresh->path);
    if (status)
        unlink(fresh->path);
    result->is_rebuilt = !status;
    free(fresh);
    return status;
}

/* Opening for writing replays what a dead writer left in the log, closing folds it in. */
static int check(const char *path, struct app_repair_result *result)
{
    struct app_session *session = NULL;
    struct app_session_totals totals = {0};
    int status = app_session_open(path, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_session_verify(session);
    if (!status)
        status = app_session_totals(session, &totals);
    result->n_frames = totals.n_frames;
    result->n_rows = totals.n_rows;
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

int app_session_repair(const char *path, struct app_repair_result *result)
{
    char folder[APP_SESSION_PATH_BYTES], db[APP_SESSION_PATH_BYTES];
    *result = (struct app_repair_result){0};
    int status = app_session_folder_find(path, folder, sizeof folder);
    if (!status)
        status = app_session_folder_db(folder, false, db, sizeof db); /* a missing one is no damage */
    if (status)
        return status;
    status = check(path, result);
    if (status != FB_ERR_INPUT && status != FB_ERR_TAMPERED)
        return status;
    status = rebuild(folder, result);
    return status ? status : check(path, result);
}
