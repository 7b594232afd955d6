/* What a run of the window cost and how late its pictures and boxes were: the figures of `watch
 * --stats FILE`, from which the README's live budget comes.
 *
 *     struct app_stats stats = {0};
 *     for each new frame that was drawn: app_stats_shown(&stats, &shown);
 *     app_stats_write(path, &stats, source, &pipeline_status);     // before the threads end
 *
 * The first APP_STATS_WARM_UP_NS after the first picture are left out, but for the first box.
 * Threads: one at a time per struct.
 */
#ifndef APP_STATS_H
#define APP_STATS_H

#include "pipeline.h"

#define APP_STATS_WARM_UP_NS (2 * FB_NS_PER_S)
enum { APP_STATS_BINS = 4000 }; /* of 0.25 ms; the last one holds all that is later */

struct app_stats_delays {
    int64_t counts[APP_STATS_BINS];
    int64_t n;
};

struct app_stats_shown {
    int64_t now_ns;     /* fb_clock, when it had been presented */
    int64_t capture_ns; /* of the frame */
    int64_t frame_ns;   /* the source's time between frames */
    int64_t labels_ns;  /* capture_ns of the observation whose boxes were drawn; 0: none were */
    int64_t frame_index;
};

struct app_stats {
    int64_t first_ns, begin_ns; /* first picture; end of the warm-up; 0: not yet */
    int64_t first_capture_ns, first_box_ns;
    int64_t first_index, last_index; /* frames that came from the source, between the two */
    int64_t n_on_time;
    double cpu_begin_s;
    int64_t n_analysed_begin;
    int64_t last_ns;
    struct app_stats_delays screen, labels; /* camera to screen; age of the labels */
};

void app_stats_shown(struct app_stats *stats, const struct app_stats_shown *shown,
                     const struct app_pipeline_status *status);

/* One JSON object. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int app_stats_write(const char *path, const struct app_stats *stats,
                                const struct vis_source_info *source,
                                const struct app_pipeline_status *status);

#endif
