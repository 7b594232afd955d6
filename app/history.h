/* Observations of a saved video by time, so that the picture at any position finds its boxes.
 * Threads: one at a time. */
#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include "base/status.h"
#include "mon/observation.h"

struct app_history;
FB_MUST_USE int app_history_create(struct app_history **out);
void app_history_destroy(struct app_history **history);

/* Copies it in; in any order of time; one at the same time is replaced. FB_ERR_NOMEM. */
FB_MUST_USE int app_history_add(struct app_history *history,
                                const struct mon_observation *observation);

/* The one nearest to pts_ns, carried there by its faces' motion; false when none lies within
 * max_distance_ns. */
bool app_history_at(const struct app_history *history, int64_t pts_ns, int64_t max_distance_ns,
                    struct mon_observation *observation);

#endif
