/* The teacher's desk: one window on one source, from its opening to its closing.
 *
 *     app_desk_run(&settings);     // returns when the window is closed or the process interrupted
 *
 * Threads: main.
 */
#ifndef APP_DESK_H
#define APP_DESK_H

#include "options.h"

struct app_desk_settings {
    const struct app_options *options;
    const char *spec;    /* of the source; NULL: the start screen */
    const char *session; /* replay: timelines come from its rows, nothing is analysed; else NULL */
    const char *notice;  /* shown first for some seconds, or NULL */
};

/* Errors of opening the source, the model, the display, and of a recording. */
FB_MUST_USE int app_desk_run(const struct app_desk_settings *settings);

#endif
