/* One session as one page: what was seen, when, how surely, and by what. Threads: one at a time. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "session.h"

#include <stdio.h>

/* Pictures for the page: the video at a time of the session as a JPEG, *jpeg to be freed with free().
 * Any error: no picture there. */
struct app_report_settings {
    int (*picture)(void *user, int64_t time_ns, unsigned char **jpeg, size_t *n_bytes);
    void *user;
};

/* A self-contained HTML page (also well-formed XML): inline SVG and style, no script, nothing loaded
 * from anywhere; a policy in the page forbids it, too. No score and no ranking: students stand by
 * number. settings may be NULL: no pictures; give them only when faces were stored clear.
 * FB_ERR_INPUT: damaged session; FB_ERR_IO: writing failed; FB_ERR_NOMEM. */
FB_MUST_USE int app_report_write(struct app_session *session,
                                 const struct app_report_settings *settings, FILE *file);

/* The same into a file, 0600, which appears when it is whole. */
FB_MUST_USE int app_report_save(struct app_session *session,
                                const struct app_report_settings *settings, const char *path);

#endif
