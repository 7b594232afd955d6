/* The rows of a session as stretches: times in which a student shows one expression, or is not sure.
 * A stretch ends when that changes or when the student has not been in the rows for two seconds.
 * Exports, captions and the report are made of them. Threads: one at a time. */
#ifndef APP_STRETCHES_H
#define APP_STRETCHES_H

#include "session.h"

struct app_stretch {
    int student, expression; /* expression: or MON_NOT_SURE */
    int64_t start_ns, end_ns;
    int64_t first_frame, last_frame;
    double confidence; /* mean over the frames that had one; 0 without */
};

struct app_stretch_marker {
    int64_t time_ns;
    char text[APP_SESSION_TEXT_BYTES];
};

struct app_stretch_student {
    int student;
    int open; /* private */
    int n_confident;
    char name[APP_SESSION_TEXT_BYTES]; /* one line; "Student 3" until named */
};

struct app_stretches {
    struct app_stretch *stretches; /* by start, then student */
    struct app_stretch_marker *markers;
    struct app_stretch_student *students; /* by number */
    int n_stretches, n_markers, n_students;
    int64_t start_ns; /* session time of 0 in stretches and markers: the video's start, if there is
                         one, else 0 */
    int64_t end_ns;   /* of the last frame, the same way */
    char started_at[64], video[256]; /* the facts */
    /* private */
    int stretch_capacity, marker_capacity, student_capacity, only;
    int64_t last_frame_ns, frame_ns;
};

/* student: only this one's; 0: everybody's. Times count from the start of the session's video when
 * it has one, so that they fit it. FB_ERR_INPUT (damaged), FB_ERR_NOMEM; finish it in any case. */
FB_MUST_USE int app_stretches_init(struct app_stretches *stretches, struct app_session *session,
                                   int student);
void app_stretches_finish(struct app_stretches *stretches);

/* "" for a student that is not there. */
const char *app_stretches_name(const struct app_stretches *stretches, int student);

#endif
