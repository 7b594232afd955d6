/* A line a second of how the window does, as CSV: the figures of `watch --stats-log FILE`, which the long run
 * (tests/bench/soak.py) and the camera's faults (tests/pipe/camera_faults.py) are judged by.
 *
 *     app_stats_log_open(&log, path);
 *     after each drawing: app_stats_log_drawn(&log, &line);
 *     app_stats_log_close(&log);
 *
 * Threads: one at a time per struct. */
#ifndef APP_STATS_LOG_H
#define APP_STATS_LOG_H

#include "pipeline.h"

#include <stdio.h>

struct app_stats_log {
    FILE *file; /* NULL: none is wanted */
    int64_t begun_ns, next_ns;
    int64_t n_drawn, n_shown; /* in this second */
};

struct app_stats_log_line {
    int64_t now_ns;
    bool is_new_frame;
    double screen_ms[3], label_ms[3]; /* p50, p95, p99 of camera to screen and of the labels' age */
};

/* path NULL: nothing is written. FB_ERR_IO. */
FB_MUST_USE int app_stats_log_open(struct app_stats_log *log, const char *path);
void app_stats_log_drawn(struct app_stats_log *log, const struct app_stats_log_line *line,
                         const struct app_pipeline_status *status);
/* FB_ERR_IO: not all of it could be written. */
FB_MUST_USE int app_stats_log_close(struct app_stats_log *log);

#endif
