/* Who is who in a recording: keeps the edits, leaves the forgotten out, names the faces that are
 * drawn. Threads: the recording's. */
#ifndef APP_RECORDING_PEOPLE_H
#define APP_RECORDING_PEOPLE_H

#include "session/session.h"
#include "ui/view.h"

struct app_recording_people;
/* session is borrowed. FB_ERR_NOMEM. */
FB_MUST_USE int app_recording_people_create(struct app_session *session,
                                            struct app_recording_people **out);
/* Erases what is to be forgotten and has not been yet. Accepts NULL. */
int app_recording_people_close(struct app_recording_people **people);

FB_MUST_USE int app_recording_people_edit(struct app_recording_people *people, const char *line);
/* app_session_add, without those who are forgotten. */
FB_MUST_USE int app_recording_people_add(struct app_recording_people *people,
                                         const struct mon_observation *observation);
/* view->observation of tracks becomes one of students, with their names. */
void app_recording_people_show(struct app_recording_people *people, struct ui_view *view);

#endif
