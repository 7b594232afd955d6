/* Who is who, kept in a session: the edits of a cast as facts edit.0001, edit.0002 ..., the rows
 * themselves staying as they were measured, and the names as the session's students.
 * Threads: those of the session. */
#ifndef APP_SESSION_PEOPLE_H
#define APP_SESSION_PEOPLE_H

#include "mon/cast.h"
#include "session.h"

/* One line of mon_edit_print, or "undo" or "redo": done to the cast and kept in the session. Rows
 * of a forgotten student stay until app_people_erase. FB_ERR_INPUT, FB_ERR_IO. */
FB_MUST_USE int app_people_edit(struct app_session *session, struct mon_cast *cast,
                                const char *line);
/* The same for a session whose cast is not at hand; "erase" is app_people_erase. */
FB_MUST_USE int app_people_change(struct app_session *session, const char *line);
/* Does the session's edits to the cast; one that is damaged is left out, with a line in the log. */
FB_MUST_USE int app_people_load(struct app_session *session, struct mon_cast *cast);
/* For the session's own reading: its cast, read anew from the edits; none if there are no edits or
 * tracks are wanted. */
FB_MUST_USE int app_people_refresh(struct app_session *session);
void app_people_apply(const struct app_session *session, struct mon_observation *observation);
/* As app_session_each_student, with those that tracks are since. */
FB_MUST_USE int app_people_each_student(struct app_session *session,
                                        app_session_student_visit *visit, void *user);
/* Deletes the rows and the names of everybody forgotten, in the cast's edits too, and overwrites
 * them. */
FB_MUST_USE int app_people_erase(struct app_session *session, struct mon_cast *cast);
/* Takes the faces of everybody forgotten out of an observation of tracks. */
void app_people_leave_out(const struct mon_cast *cast, struct mon_observation *observation);

#endif
