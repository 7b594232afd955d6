/* A session on disk: a folder with what was seen and when (session.db, SQLite) beside its video.
 *
 *     app_session_create(NULL, "Biology 7b", &session);      // .../2026-03-02_08-15-00_Biology-7b/
 *     app_session_set_fact(session, "source", "C920");
 *     for each observation: app_session_add(session, &observation);
 *     app_session_mark(session, pts_ns, "film starts");
 *     app_session_close(&session);
 *
 * Folder 0700, files 0600, whatever the umask. Rows are durable against the end of the process
 * within COMMIT of half a second after app_session_add, if add or tick is called that often;
 * markers, names and facts at once. A session that was not closed is whole when it is opened next.
 *
 * Tables: session(key, value), student(id, name), frame(time_ns, frame, n_faces),
 * observation(time_ns, student, frame, x ... raw_contempt), marker(id, time_ns, text, wall).
 * expression and reason are numbers whose names stand in the facts "expressions" and "reasons";
 * expression NULL is "not sure", p_* and raw_* NULL are "none in this frame".
 *
 * Threads: one at a time per handle.
 */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "base/status.h"
#include "mon/observation.h"

#include <stdint.h>

#define APP_SESSION_DB "session.db"
#define APP_SESSION_TEXT_BYTES                                                                     \
    1024 /* longest name, marker or fact, with its 0; longer ones are cut */

struct app_session;
struct seal_key;

/* Makes the folder PARENT/YYYY-MM-DD_HH-MM-SS_name/ (local time; a -2 and so on is added if it
 * exists) and what is missing above it. parent NULL: app_session_default_parent. name NULL or "":
 * "session"; characters that do not belong into a file's name become '-'. Sets the facts schema,
 * program, started_at (ISO 8601), name, expressions, reasons. FB_ERR_IO, FB_ERR_NOMEM, FB_ERR_USAGE
 * (no home). */
FB_MUST_USE int app_session_create(const char *parent, const char *name, struct app_session **out);

/* The same, with everything in it sealed under key (seal/key.h; NULL: plain). The folder is named PARENT/DATE_sealed
 * then: the name is a fact only. */
FB_MUST_USE int app_session_create_sealed(const char *parent, const char *name, struct seal_key *key,
                                          struct app_session **out);
#define APP_SESSION_SEALED "sealed"

enum app_session_access { APP_SESSION_READ, APP_SESSION_WRITE };

/* path: the folder, or its session.db. Everything is checked before use: FB_ERR_INPUT for what is
 * no session, a damaged one or one of a later version; FB_ERR_LOCKED: sealed, and its key is not in the ring
 * (app/unlock.h asks for it); FB_ERR_TAMPERED. FB_ERR_FAILED: another program writes to it.
 */
FB_MUST_USE int app_session_open(const char *path, enum app_session_access access,
                                 struct app_session **out);

/* Writes what waits and leaves one file, session.db, readable from any medium. Accepts NULL.
 * FB_ERR_IO: what the last commit held is kept. */
int app_session_close(struct app_session **session);

/* NULL: not sealed. What is written beside its database is to be sealed with the same. */
struct seal_key *app_session_key(const struct app_session *session);

/* Path of the folder, as given plus what create added; valid until close. */
const char *app_session_folder(const struct app_session *session);

/* One analysed frame with its faces; faces without a student are left out. A frame at a time
 * already held is replaced. FB_ERR_IO (disk full: rows since the last commit are lost, earlier ones
 * kept; the next call tries again). */
FB_MUST_USE int app_session_add(struct app_session *session,
                                const struct mon_observation *observation);
/* Commits what has waited for half a second. Call at least each half second when nothing is added.
 */
FB_MUST_USE int app_session_tick(struct app_session *session);
/* A note at a media time; durable on return, with all rows before it. */
FB_MUST_USE int app_session_mark(struct app_session *session, int64_t pts_ns, const char *text);
/* student >= 1; name "" takes the name away. */
FB_MUST_USE int app_session_set_name(struct app_session *session, int student, const char *name);
/* Sets or replaces. */
FB_MUST_USE int app_session_set_fact(struct app_session *session, const char *key,
                                     const char *value);
/* Deletes a student's rows and name, and overwrites them in the database's file. The video, if any,
 * is not changed. */
FB_MUST_USE int app_session_forget(struct app_session *session, int student);

/* value gets the text, "" if there is none (still FB_OK). */
FB_MUST_USE int app_session_fact(struct app_session *session, const char *key, char *value,
                                 size_t value_bytes);

/* Called per item; anything but 0 ends the walk and is returned by it. The texts and the
 * observation are valid during the call; it must not call this session's functions. */
typedef int app_session_fact_visit(void *user, const char *key, const char *value);
typedef int app_session_student_visit(void *user, int student, const char *name);
typedef int app_session_marker_visit(void *user, int64_t pts_ns, const char *text,
                                     const char *wall);
typedef int app_session_visit(void *user, const struct mon_observation *observation);

FB_MUST_USE int app_session_each_fact(struct app_session *session, app_session_fact_visit *visit,
                                      void *user);
/* Every student that has rows or a name, by number; name "" if none was given. */
FB_MUST_USE int app_session_each_student(struct app_session *session,
                                         app_session_student_visit *visit, void *user);
/* From here on app_session_each and each_student speak of the tracker's numbers, not of whom they
 * are since names were given and students merged (session_people.h). */
void app_session_read_tracks(struct app_session *session);
/* By time. */
FB_MUST_USE int app_session_each_marker(struct app_session *session,
                                        app_session_marker_visit *visit, void *user);
/* Frames with from_ns <= time <= to_ns, by time, those without a face too. width and height come
 * from the fact "size" (WxH), 0 without it; velocities, capture_ns, done_ns are 0. FB_ERR_INPUT: a
 * row that cannot be. */
FB_MUST_USE int app_session_each(struct app_session *session, int64_t from_ns, int64_t to_ns,
                                 app_session_visit *visit, void *user);

struct app_session_totals {
    int64_t n_frames, n_rows, n_markers;
    int n_students;
    int64_t first_ns, last_ns; /* 0 without frames */
};
FB_MUST_USE int app_session_totals(struct app_session *session, struct app_session_totals *totals);

/* SQLite's own check of the file plus a walk over every row. FB_ERR_INPUT says what is wrong first.
 */
FB_MUST_USE int app_session_verify(struct app_session *session);

#endif
