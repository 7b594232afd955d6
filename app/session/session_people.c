/* See session_people.h. */
#include "session_people.h"

#include "base/log.h"
#include "session_db.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NUMBERS = 4096 };

static int write_edit(struct app_session *session, const struct mon_cast *cast, int i)
{
    char key[32], line[MON_EDIT_LINE_BYTES] = "";
    snprintf(key, sizeof key, "edit.%04d", i + 1);
    if (i < mon_cast_n_edits(cast))
        mon_edit_print(mon_cast_edit(cast, i), line);
    return app_session_set_fact(session, key, line);
}

/* The names that the edit may have changed. */
static int write_names(struct app_session *session, const struct mon_cast *cast,
                       const struct mon_edit *edit)
{
    int students[2] = {edit->student, edit->other}, status = FB_OK;
    for (int i = 0; i < 2 && !status; i++)
        if (students[i] > 0)
            status = app_session_set_name(session, students[i],
                                          mon_cast_root(cast, students[i]) == students[i]
                                              ? mon_cast_name(cast, students[i])
                                              : "");
    return status;
}

static int apply_line(struct mon_cast *cast, const char *line, struct mon_edit *edit)
{
    *edit = (struct mon_edit){0};
    if (!strcmp(line, "undo") || !strcmp(line, "redo")) {
        if (line[0] == 'u')
            mon_cast_undo(cast, edit);
        else
            mon_cast_redo(cast, edit);
        return FB_OK;
    }
    int status = mon_edit_parse(line, edit);
    return status ? status : mon_cast_do(cast, edit);
}

int app_people_edit(struct app_session *session, struct mon_cast *cast, const char *line)
{
    struct mon_edit edit;
    int before = mon_cast_n_edits(cast), status = apply_line(cast, line, &edit);
    int after = mon_cast_n_edits(cast);
    /* Undoing takes one from anywhere before the assignments at the end: all are written anew. */
    int from = after > before ? before : 0, to = after > before ? after : before;
    for (int i = from; i < to && !status; i++)
        status = write_edit(session, cast, i);
    return status ? status : write_names(session, cast, &edit);
}

static int load_fact(void *user, const char *key, const char *value)
{
    struct mon_edit edit;
    if (strncmp(key, "edit.", 5) || !value[0])
        return FB_OK;
    if (mon_edit_parse(value, &edit) || mon_cast_do(user, &edit))
        fb_log(FB_LOG_WARN, "session", "%s is left out: %s", key, fb_error_text());
    return FB_OK;
}

int app_people_load(struct app_session *session, struct mon_cast *cast)
{
    return app_session_each_fact(session, load_fact, cast);
}

int app_people_refresh(struct app_session *session)
{
    mon_cast_destroy(&session->cast);
    if (session->has_tracks)
        return FB_OK;
    int status = mon_cast_create(&session->cast);
    if (!status)
        status = app_people_load(session, session->cast);
    if (status || !mon_cast_n_edits(session->cast))
        mon_cast_destroy(&session->cast);
    return status;
}

void app_people_apply(const struct app_session *session, struct mon_observation *observation)
{
    if (session->cast)
        mon_cast_apply(session->cast, observation);
}

struct numbers {
    int items[MAX_NUMBERS], n;
};

static void put_number(struct numbers *numbers, int number)
{
    int at = 0;
    while (at < numbers->n && numbers->items[at] < number)
        at++;
    if (numbers->n == MAX_NUMBERS || (at < numbers->n && numbers->items[at] == number))
        return;
    memmove(numbers->items + at + 1, numbers->items + at,
            (size_t)(numbers->n - at) * sizeof *numbers->items);
    numbers->items[at] = number;
    numbers->n++;
}

/* The tracks that have rows, in order. */
static int list_tracks(struct app_session *session, struct numbers *tracks)
{
    sqlite3_stmt *statement = NULL;
    tracks->n = 0;
    int step = sqlite3_prepare_v2(session->db, "SELECT DISTINCT student FROM observation", -1,
                                  &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        int64_t track = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        if (track > 0 && track <= INT_MAX)
            put_number(tracks, (int)track);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_DONE ? FB_OK : app_session_db_fail(session, "reading");
}

int app_people_each_student(struct app_session *session, app_session_student_visit *visit,
                            void *user)
{
    struct numbers tracks, students = {.n = 0};
    int status = list_tracks(session, &tracks);
    for (int i = 0; i < tracks.n && !status; i++)
        for (int64_t at_ns = INT64_MIN; at_ns < INT64_MAX;) {
            int student = mon_cast_who(session->cast, tracks.items[i], at_ns, &at_ns);
            if (student)
                put_number(&students, student);
        }
    for (int i = 0; i < students.n && !status; i++)
        status = visit(user, students.items[i], mon_cast_name(session->cast, students.items[i]));
    return status;
}

static int erase_stretch(struct app_session *session, int track, int64_t from_ns, int64_t until_ns)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "UPDATE frame SET n_faces=n_faces-1 WHERE time_ns IN (SELECT time_ns FROM observation "
             "WHERE student=%d AND time_ns>=%lld AND time_ns<%lld);"
             "DELETE FROM observation WHERE student=%d AND time_ns>=%lld AND time_ns<%lld",
             track, (long long)from_ns, (long long)until_ns, track, (long long)from_ns,
             (long long)until_ns);
    return app_session_db_run(session, sql, "forgetting a student");
}

static int erase_track(struct app_session *session, const struct mon_cast *cast, int track)
{
    int64_t from_ns = INT64_MIN, until_ns;
    int status = FB_OK;
    for (; from_ns < INT64_MAX && !status; from_ns = until_ns) {
        mon_cast_who(cast, track, from_ns, &until_ns);
        if (mon_cast_is_forgotten_at(cast, track, from_ns))
            status = erase_stretch(session, track, from_ns, until_ns);
    }
    return status;
}

static int erase_names(struct app_session *session, struct mon_cast *cast)
{
    int status = FB_OK;
    mon_cast_erase_names(cast);
    for (int i = 0; i < mon_cast_n_edits(cast) && !status; i++) {
        const struct mon_edit *edit = mon_cast_edit(cast, i);
        if (edit->kind != MON_EDIT_NAME && edit->kind != MON_EDIT_FORGET)
            continue;
        status = write_edit(session, cast, i);
        if (!status)
            status = write_names(session, cast, edit);
    }
    return status;
}

int app_people_erase(struct app_session *session, struct mon_cast *cast)
{
    struct numbers tracks;
    int status = list_tracks(session, &tracks);
    for (int i = 0; i < tracks.n && !status; i++)
        status = erase_track(session, cast, tracks.items[i]);
    if (!status)
        status = erase_names(session, cast);
    /* The old rows must not stay in the log or in free pages (secure_delete is on). */
    return status ? status
                  : app_session_db_run(session, "PRAGMA wal_checkpoint(TRUNCATE)",
                                       "overwriting a student's rows");
}

int app_people_change(struct app_session *session, const char *line)
{
    struct mon_cast *cast;
    int status = mon_cast_create(&cast);
    if (!status)
        status = app_people_load(session, cast);
    if (!status)
        status = strcmp(line, "erase") ? app_people_edit(session, cast, line)
                                       : app_people_erase(session, cast);
    mon_cast_destroy(&cast);
    return status;
}

void app_people_leave_out(const struct mon_cast *cast, struct mon_observation *observation)
{
    int n = 0;
    for (int i = 0; i < observation->n_faces; i++) {
        int track = observation->faces[i].student;
        if (!track || !mon_cast_is_forgotten_at(cast, track, observation->pts_ns))
            observation->faces[n++] = observation->faces[i];
    }
    observation->n_faces = n;
}
