/* See session.h: reading. A row is checked before it becomes an observation. */
#include "session_db.h"
#include "session_people.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int prepare(struct app_session *session, const char *sql, sqlite3_stmt **statement)
{
    if (sqlite3_prepare_v2(session->db, sql, -1, statement, NULL) == SQLITE_OK)
        return FB_OK;
    return app_session_db_fail(session, "reading");
}

/* 1: a row, 0: no more, or an error. */
static int next(struct app_session *session, sqlite3_stmt *statement)
{
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        return 1;
    return step == SQLITE_DONE ? 0 : app_session_db_fail(session, "reading");
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

int app_session_fact(struct app_session *session, const char *key, char *value, size_t value_bytes)
{
    sqlite3_stmt *statement = session->statements[STATEMENT_GET_FACT];
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
    int status = next(session, statement);
    app_session_clean_text(value, value_bytes, status > 0 ? text_at(statement, 0) : "");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status > 0 ? FB_OK : status;
}

/* The walks over small tables differ in SQL and in what a row is handed to. */
typedef int row_visit(sqlite3_stmt *statement, void *visit, void *user);

union visitor {
    app_session_fact_visit *fact;
    app_session_student_visit *student;
    app_session_marker_visit *marker;
};

static int fact_row(sqlite3_stmt *statement, void *visitor, void *user)
{
    const union visitor *visit = visitor;
    char key[APP_SESSION_TEXT_BYTES], value[APP_SESSION_TEXT_BYTES];
    app_session_clean_text(key, sizeof key, text_at(statement, 0));
    app_session_clean_text(value, sizeof value, text_at(statement, 1));
    return visit->fact(user, key, value);
}

static int student_row(sqlite3_stmt *statement, void *visitor, void *user)
{
    const union visitor *visit = visitor;
    int64_t student = sqlite3_column_int64(statement, 0);
    if (student < 1 || student > INT_MAX)
        return fb_fail(FB_ERR_INPUT,
                       "student %lld: numbers go from 1 to %d; the session is damaged",
                       (long long)student, INT_MAX);
    char name[APP_SESSION_TEXT_BYTES];
    app_session_clean_text(name, sizeof name, text_at(statement, 1));
    return visit->student(user, (int)student, name);
}

static int marker_row(sqlite3_stmt *statement, void *visitor, void *user)
{
    const union visitor *visit = visitor;
    char text[APP_SESSION_TEXT_BYTES], wall[APP_SESSION_TEXT_BYTES];
    app_session_clean_text(text, sizeof text, text_at(statement, 1));
    app_session_clean_text(wall, sizeof wall, text_at(statement, 2));
    return visit->marker(user, sqlite3_column_int64(statement, 0), text, wall);
}

static int walk(struct app_session *session, const char *sql, row_visit *row, union visitor visitor,
                void *user)
{
    sqlite3_stmt *statement = NULL;
    int status = prepare(session, sql, &statement), more = 0;
    while (!status && (more = next(session, statement)) > 0)
        status = row(statement, &visitor, user);
    sqlite3_finalize(statement);
    return status ? status : more;
}

int app_session_each_fact(struct app_session *session, app_session_fact_visit *visit, void *user)
{
    return walk(session, "SELECT key,value FROM session ORDER BY key", fact_row,
                (union visitor){.fact = visit}, user);
}

int app_session_each_student(struct app_session *session, app_session_student_visit *visit,
                             void *user)
{
    int status = app_people_refresh(session);
    if (status || session->cast)
        return status ? status : app_people_each_student(session, visit, user);
    return walk(session,
                "SELECT s, coalesce(name,'') FROM (SELECT DISTINCT student AS s FROM observation "
                "UNION SELECT id FROM student) LEFT JOIN student ON id=s ORDER BY s",
                student_row, (union visitor){.student = visit}, user);
}

int app_session_each_marker(struct app_session *session, app_session_marker_visit *visit,
                            void *user)
{
    return walk(session, "SELECT time_ns,text,wall FROM marker ORDER BY time_ns,id", marker_row,
                (union visitor){.marker = visit}, user);
}

static int bad_row(const struct app_session *session, sqlite3_stmt *row, const char *what)
{
    return fb_fail(FB_ERR_INPUT, "%s: row of student %lld at %.3f s: %s; the session is damaged",
                   session->path, (long long)sqlite3_column_int64(row, 1),
                   (double)sqlite3_column_int64(row, 0) / 1e9, what);
}

/* NULL stays 0; is_there: none of the eight is NULL. */
static bool read_eight(sqlite3_stmt *row, int column, float *p, bool *is_there)
{
    *is_there = true;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        double value = sqlite3_column_double(row, column + i);
        if (!(value >= 0 && value <= 1.001))
            return false;
        p[i] = (float)value;
        *is_there &= sqlite3_column_type(row, column + i) != SQLITE_NULL;
    }
    return true;
}

static bool read_length(sqlite3_stmt *row, int column, float *value)
{
    double read = sqlite3_column_double(row, column);
    *value = (float)read;
    return fabs(read) < 1e6;
}

static int read_face(const struct app_session *session, sqlite3_stmt *row, struct mon_face *face)
{
    *face = (struct mon_face){.expression = MON_NOT_SURE};
    int64_t student = sqlite3_column_int64(row, 1);
    if (student < 1 || student > INT_MAX)
        return bad_row(session, row, "no such student can be");
    face->student = (int)student;
    if (!read_length(row, 3, &face->box.x) || !read_length(row, 4, &face->box.y) ||
        !read_length(row, 5, &face->box.w) || !read_length(row, 6, &face->box.h))
        return bad_row(session, row, "box out of any picture");
    face->is_seen = sqlite3_column_int(row, 7) != 0;
    if (sqlite3_column_type(row, 8) != SQLITE_NULL) {
        int64_t expression = sqlite3_column_int64(row, 8);
        if (expression < 0 || expression >= FB_EXPRESSION_COUNT)
            return bad_row(session, row, "unknown expression");
        face->expression = (int)expression;
    }
    double confidence = sqlite3_column_double(row, 9), quality = sqlite3_column_double(row, 10);
    if (!(confidence >= 0 && confidence <= 1.001 && quality >= 0 && quality <= 1.001))
        return bad_row(session, row, "confidence or quality outside 0 to 1");
    face->confidence = (float)confidence;
    face->quality = (float)quality;
    int64_t reason = sqlite3_column_int64(row, 11);
    if (reason < 0 || reason >= MON_REASON_COUNT)
        return bad_row(session, row, "unknown reason");
    face->reason = (enum mon_reason)reason;
    bool has_p;
    if (!read_eight(row, 12, face->p, &has_p) ||
        !read_eight(row, 12 + FB_EXPRESSION_COUNT, face->p_raw, &face->is_labelled))
        return bad_row(session, row, "probability outside 0 to 1");
    return FB_OK;
}

/* Takes the rows of the frame's time; *more says whether `rows` stands on a row. Rows without a
 * frame, which only another program could have left, are skipped. */
static int read_faces(struct app_session *session, sqlite3_stmt *rows, int *more,
                      struct mon_observation *observation)
{
    int status = FB_OK;
    while (!status && *more > 0 && sqlite3_column_int64(rows, 0) <= observation->pts_ns) {
        bool is_here = sqlite3_column_int64(rows, 0) == observation->pts_ns;
        if (is_here && observation->n_faces == MON_MAX_FACES)
            return bad_row(session, rows, "too many faces in a frame");
        if (is_here)
            status = read_face(session, rows, &observation->faces[observation->n_faces++]);
        *more = next(session, rows);
    }
    return status ? status : *more < 0 ? *more : FB_OK;
}

static void read_size(struct app_session *session, struct mon_observation *observation)
{
    char size[64];
    int width, height;
    *observation = (struct mon_observation){0};
    if (app_session_fact(session, "size", size, sizeof size) == FB_OK &&
        sscanf(size, "%5dx%5d", &width, &height) == 2) {
        observation->width = width;
        observation->height = height;
    }
}

static int read_frames(struct app_session *session, sqlite3_stmt *frames, sqlite3_stmt *rows,
                       app_session_visit *visit, void *user)
{
    struct mon_observation *observation = &session->row_buffer;
    read_size(session, observation);
    int more_rows = next(session, rows), more = 0, status = more_rows < 0 ? more_rows : FB_OK;
    while (!status && (more = next(session, frames)) > 0) {
        observation->pts_ns = sqlite3_column_int64(frames, 0);
        observation->frame_index = sqlite3_column_int64(frames, 1);
        observation->n_faces = 0;
        status = read_faces(session, rows, &more_rows, observation);
        if (!status)
            app_people_apply(session, observation);
        if (!status)
            status = visit(user, observation);
    }
    return status ? status : more;
}

int app_session_each(struct app_session *session, int64_t from_ns, int64_t to_ns,
                     app_session_visit *visit, void *user)
{
    sqlite3_stmt *frames = NULL, *rows = NULL;
    int status = app_people_refresh(session);
    if (!status)
        status = prepare(
            session, "SELECT * FROM frame WHERE time_ns BETWEEN ? AND ? ORDER BY time_ns", &frames);
    if (!status)
        status = prepare(session,
                         "SELECT * FROM observation WHERE time_ns BETWEEN ? AND ? "
                         "ORDER BY time_ns,student",
                         &rows);
    if (!status) {
        sqlite3_bind_int64(frames, 1, from_ns);
        sqlite3_bind_int64(frames, 2, to_ns);
        sqlite3_bind_int64(rows, 1, from_ns);
        sqlite3_bind_int64(rows, 2, to_ns);
        status = read_frames(session, frames, rows, visit, user);
    }
    sqlite3_finalize(frames);
    sqlite3_finalize(rows);
    return status;
}

int app_session_totals(struct app_session *session, struct app_session_totals *totals)
{
    sqlite3_stmt *statement = NULL;
    *totals = (struct app_session_totals){0};
    int status = prepare(session,
                         "SELECT (SELECT count(*) FROM frame), (SELECT count(*) FROM observation), "
                         "(SELECT count(*) FROM marker), (SELECT count(DISTINCT student) FROM "
                         "observation), (SELECT min(time_ns) FROM frame), (SELECT max(time_ns) "
                         "FROM frame)",
                         &statement);
    int more = status ? status : next(session, statement);
    if (more > 0) {
        totals->n_frames = sqlite3_column_int64(statement, 0);
        totals->n_rows = sqlite3_column_int64(statement, 1);
        totals->n_markers = sqlite3_column_int64(statement, 2);
        totals->n_students = sqlite3_column_int(statement, 3);
        totals->first_ns = sqlite3_column_int64(statement, 4);
        totals->last_ns = sqlite3_column_int64(statement, 5);
    }
    sqlite3_finalize(statement);
    return more < 0 ? more : FB_OK;
}

static int count_row(void *user, const struct mon_observation *observation)
{
    *(int64_t *)user += observation->n_faces;
    return FB_OK;
}

int app_session_verify(struct app_session *session)
{
    sqlite3_stmt *statement = NULL;
    int status = prepare(session, "PRAGMA integrity_check(1)", &statement);
    int more = status ? status : next(session, statement);
    if (more > 0 && strcmp(text_at(statement, 0), "ok"))
        status = fb_fail(FB_ERR_INPUT, "%s: damaged: %.200s", session->path, text_at(statement, 0));
    else if (more < 0)
        status = more;
    sqlite3_finalize(statement);
    struct app_session_totals totals;
    int64_t n_rows = 0;
    if (!status)
        status = app_session_totals(session, &totals);
    if (!status)
        status = app_session_each(session, INT64_MIN, INT64_MAX, count_row, &n_rows);
    if (!status && n_rows != totals.n_rows)
        status = fb_fail(FB_ERR_INPUT, "%s: %lld of %lld rows belong to no frame", session->path,
                         (long long)(totals.n_rows - n_rows), (long long)totals.n_rows);
    return status;
}
