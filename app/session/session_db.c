/* See session_db.h.
 *
 * WAL: a commit survives the end of the process; one about each second is synced (session.c), so that
 * a power cut takes about that much, and never the file. A database from elsewhere is hostile until shown
 * otherwise: its schema must be ours word for word, so that no view or trigger of its own runs. */
#include "session_db.h"

#include "session_vfs.h"

#include <stdio.h>
#include <string.h>

#define EIGHT(prefix)                                                                              \
    prefix "neutral REAL, " prefix "happiness REAL, " prefix "surprise REAL, " prefix              \
           "sadness REAL, " prefix "anger REAL, " prefix "disgust REAL, " prefix                   \
           "fear REAL, " prefix "contempt REAL"

/* Each is stored by SQLite as it stands here, and compared so when a session is opened. */
static const struct {
    const char *name, *sql;
} tables[] = {
    {"session", "CREATE TABLE session(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"},
    {"student", "CREATE TABLE student(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"},
    {"frame", "CREATE TABLE frame(time_ns INTEGER PRIMARY KEY, frame INTEGER NOT NULL, "
              "n_faces INTEGER NOT NULL)"},
    {"observation",
     "CREATE TABLE observation(time_ns INTEGER NOT NULL, student INTEGER NOT NULL, "
     "frame INTEGER NOT NULL, x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL, "
     "seen INTEGER NOT NULL, expression INTEGER, confidence REAL NOT NULL, quality REAL NOT NULL, "
     "reason INTEGER NOT NULL, " EIGHT("p_") ", " EIGHT(
         "raw_") ", "
                 "PRIMARY KEY(time_ns, student)) WITHOUT ROWID"},
    {"marker", "CREATE TABLE marker(id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, "
               "text TEXT NOT NULL, wall TEXT NOT NULL)"},
};
#define URI_BYTES (3 * APP_SESSION_PATH_BYTES + 100)
#define N_TABLES ((int)(sizeof tables / sizeof *tables))

static const char *const statement_sql[] = {
    [STATEMENT_PUT_FRAME] = "INSERT OR REPLACE INTO frame VALUES(?,?,?)",
    [STATEMENT_CLEAR_FRAME] = "DELETE FROM observation WHERE time_ns=?",
    [STATEMENT_PUT_ROW] = "INSERT OR REPLACE INTO observation VALUES(?,?,?,?,?,?,?,?,?,?,?,?,"
                          "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [STATEMENT_PUT_MARKER] = "INSERT INTO marker(time_ns,text,wall) VALUES(?,?,?)",
    [STATEMENT_PUT_STUDENT] = "INSERT OR REPLACE INTO student VALUES(?,?)",
    [STATEMENT_DELETE_STUDENT] = "DELETE FROM student WHERE id=?",
    [STATEMENT_PUT_FACT] = "INSERT OR REPLACE INTO session VALUES(?,?)",
    [STATEMENT_GET_FACT] = "SELECT value FROM session WHERE key=?",
};
_Static_assert(sizeof statement_sql / sizeof *statement_sql == STATEMENT_COUNT, "one SQL each");

static int code_of(const struct app_session *session, int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_NOMEM:
        return FB_ERR_NOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return FB_ERR_FAILED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return FB_ERR_INPUT;
    default:
        return session->is_writable ? FB_ERR_IO : FB_ERR_INPUT;
    }
}

static const char *advice_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
        return "; free some space; earlier rows are kept";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "; another program uses it: close that one";
    case SQLITE_CORRUPT:
        return "; try \"feltboard sessions repair\"";
    case SQLITE_NOTADB:
        return "; give the folder of a session";
    default:
        return "";
    }
}

int app_session_db_fail(const struct app_session *session, const char *doing)
{
    int sqlite_code = session->db ? sqlite3_errcode(session->db) : SQLITE_NOMEM;
    const char *text = session->db ? sqlite3_errmsg(session->db) : "out of memory";
    int sealed = app_session_vfs_failure();
    if (sealed)
        return sealed;
    return fb_fail(code_of(session, sqlite_code), "%s: %s: %s%s", session->path, doing, text,
                   advice_of(sqlite_code));
}

int app_session_db_run(struct app_session *session, const char *sql, const char *doing)
{
    if (sqlite3_exec(session->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return FB_OK;
    return app_session_db_fail(session, doing);
}

int app_session_db_step(struct app_session *session, sqlite3_stmt *statement, const char *doing)
{
    int status = FB_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = app_session_db_fail(session, doing);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

/* Bytes of the UTF-8 character at text, 0 if there is none (overlong forms and surrogates count as
 * none). */
static size_t character_bytes(const unsigned char *text)
{
    unsigned lead = text[0];
    size_t n = lead < 0x80   ? 1
               : lead < 0xc2 ? 0
               : lead < 0xe0 ? 2
               : lead < 0xf0 ? 3
               : lead < 0xf5 ? 4
                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) ||
        (lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f))
        return 0;
    return n;
}

void app_session_clean_text(char *out, size_t out_bytes, const char *text)
{
    size_t n_out = 0;
    while (*text) {
        size_t n = character_bytes((const unsigned char *)text);
        if (n_out + (n ? n : 1) >= out_bytes)
            break;
        if (n)
            memcpy(out + n_out, text, n);
        else
            out[n_out] = '?';
        n_out += n ? n : 1;
        text += n ? n : 1;
    }
    out[n_out] = 0;
}

/* First integer of the first row. */
static int query_int(struct app_session *session, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int status = FB_OK;
    if (sqlite3_prepare_v2(session->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = app_session_db_fail(session, "not readable as a session");
    else
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* Not synced, so that a slow disk does not keep the window waiting: session.c does that once, from the thread that
 * writes the rows. */
static int create_schema(struct app_session *session)
{
    char pragmas[200];
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL; BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d",
             APP_SESSION_APPLICATION, APP_SESSION_SCHEMA);
    int status = app_session_db_run(session, pragmas, "creating it");
    for (int i = 0; i < N_TABLES && !status; i++)
        status = app_session_db_run(session, tables[i].sql, "creating it");
    return status ? status : app_session_db_run(session, "COMMIT", "creating it");
}

static bool is_our_table(const char *name, const char *sql)
{
    for (int i = 0; i < N_TABLES; i++)
        if (!strcmp(name, tables[i].name))
            return !strcmp(sql, tables[i].sql);
    return false;
}

/* Indexes that SQLite made for primary keys have no SQL; its own statistics do no harm. */
static int check_table(const struct app_session *session, sqlite3_stmt *statement, int *n_tables)
{
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    const char *sql = (const char *)sqlite3_column_text(statement, 1);
    if (!sql)
        return FB_OK;
    if (!name || !is_our_table(name, sql))
        return fb_fail(FB_ERR_INPUT,
                       "%s: holds \"%.40s\", which no session of version %d has; "
                       "it was made or changed by something else",
                       session->path, name ? name : "", APP_SESSION_SCHEMA);
    ++*n_tables;
    return FB_OK;
}

static int check_tables(struct app_session *session)
{
    sqlite3_stmt *statement = NULL;
    int status = FB_OK, n_tables = 0, step = SQLITE_DONE;
    if (sqlite3_prepare_v2(session->db, "SELECT name,sql FROM sqlite_schema", -1, &statement, NULL))
        status = app_session_db_fail(session, "not readable as a session");
    while (!status && (step = sqlite3_step(statement)) == SQLITE_ROW)
        status = check_table(session, statement, &n_tables);
    if (!status && step != SQLITE_DONE)
        status = app_session_db_fail(session, "not readable as a session");
    if (!status && n_tables != N_TABLES)
        status = fb_fail(FB_ERR_INPUT, "%s: holds %d of the %d tables of a session", session->path,
                         n_tables, N_TABLES);
    sqlite3_finalize(statement);
    return status;
}

static int check_schema(struct app_session *session)
{
    int64_t application = 0, version = 0;
    int status = query_int(session, "PRAGMA application_id", &application);
    if (!status && application != APP_SESSION_APPLICATION)
        return fb_fail(FB_ERR_INPUT,
                       "%s: a database, but not of a session; give the folder of a "
                       "session",
                       session->path);
    if (!status)
        status = query_int(session, "PRAGMA user_version", &version);
    if (!status && version != APP_SESSION_SCHEMA)
        return fb_fail(FB_ERR_INPUT,
                       "%s: session of version %lld, this program reads version %d; "
                       "use a newer program",
                       session->path, (long long)version, APP_SESSION_SCHEMA);
    return status ? status : check_tables(session);
}

/* Temporary tables stay in memory: nothing of a session is ever written elsewhere. */
static void defend(sqlite3 *db)
{
    sqlite3_exec(db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_busy_timeout(db, 2000);
}

/* "file:" URI of path, which may hold any byte. */
static void write_uri(const char *path, const char *query, char *uri, size_t uri_bytes)
{
    static const char plain[] = "/-._~";
    size_t n = (size_t)snprintf(uri, uri_bytes, "file:");
    for (const unsigned char *c = (const unsigned char *)path; *c && n + 60 < uri_bytes; c++) {
        bool is_plain =
            (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') || strchr(plain, *c);
        n += (size_t)snprintf(uri + n, 4, is_plain ? "%c" : "%%%02X", *c);
    }
    snprintf(uri + n, uri_bytes - n, "%s", query);
}

/* On a medium that cannot be written, SQLite needs to be told that nobody else writes there. */
static int open_immutable(struct app_session *session)
{
    char uri[URI_BYTES];
    write_uri(session->path, "?immutable=1", uri, sizeof uri);
    sqlite3_close(session->db);
    session->db = NULL;
    return sqlite3_open_v2(uri, &session->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, APP_SESSION_VFS);
}

/* With the key that a new database is to be sealed with, if there is one. */
static int open_file(struct app_session *session)
{
    int flags = (session->is_writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_URI;
    char uri[URI_BYTES], query[80] = "", name[SEAL_KEY_NAME_BYTES];
    if (session->key) {
        seal_key_name(session->key, name);
        snprintf(query, sizeof query, "?key=%s", name);
    }
    write_uri(session->path, query, uri, sizeof uri);
    return sqlite3_open_v2(uri, &session->db, flags, APP_SESSION_VFS);
}

static int open_handle(struct app_session *session)
{
    int64_t ignored;
    int status = app_session_vfs_register();
    if (status)
        return status;
    app_session_vfs_failure(); /* an old one's */
    int code = open_file(session);
    if (code == SQLITE_OK) {
        defend(session->db);
        if (!query_int(session, "PRAGMA schema_version", &ignored))
            return FB_OK;
        code = sqlite3_errcode(session->db);
    }
    if (session->is_writable || (code & 0xff) != SQLITE_CANTOPEN)
        return app_session_db_fail(session, "not readable as a session");
    if (open_immutable(session) != SQLITE_OK)
        return app_session_db_fail(session, "not readable as a session");
    defend(session->db);
    return FB_OK;
}

static int prepare_statements(struct app_session *session)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        unsigned flags = SQLITE_PREPARE_PERSISTENT;
        if (sqlite3_prepare_v3(session->db, statement_sql[i], -1, flags, &session->statements[i],
                               NULL) != SQLITE_OK)
            return app_session_db_fail(session, "preparing to use it");
    }
    return FB_OK;
}

int app_session_db_open(struct app_session *session, bool is_new)
{
    int status = open_handle(session);
    if (!status && is_new)
        status = create_schema(session);
    else if (!status)
        status = check_schema(session);
    if (!status && session->is_writable)
        status = app_session_db_run(session,
                                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                                    "PRAGMA secure_delete=ON",
                                    "preparing to write to it");
    return status ? status : prepare_statements(session);
}

int app_session_db_close(struct app_session *session)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(session->statements[i]);
    memset(session->statements, 0, sizeof session->statements);
    int status = FB_OK;
    if (session->db && session->is_writable && session->has_transaction)
        status = app_session_db_run(session, "COMMIT", "writing the last rows");
    /* Folds the log into the one file; refused while another program reads, which does no harm. */
    if (session->db && session->is_writable && !status &&
        sqlite3_exec(session->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK &&
        sqlite3_errcode(session->db) != SQLITE_BUSY)
        status = app_session_db_fail(session, "finishing it");
    sqlite3_close(session->db);
    session->db = NULL;
    return status;
}
