/* Forgetting a student for good: the rows, the name and whatever edit speaks it. Threads: those of
 * the session. */
#ifndef APP_SESSION_FORGET_H
#define APP_SESSION_FORGET_H

#include "session.h"

/* The student that a person means: by the name, or by the number, as "3" or "Student 3" (the rows
 * of the report, of 'sessions show'); capitals do not matter. FB_ERR_USAGE: nobody, or more than
 * one; the message lists who is there. FB_ERR_IO. */
FB_MUST_USE int app_forget_find(struct app_session *session, const char *text, int *student);
/* All that was merged into the student goes too; the file holds none of it afterwards. The video,
 * if any, is not changed. FB_ERR_IO. */
FB_MUST_USE int app_forget_student(struct app_session *session, int student);

#endif
