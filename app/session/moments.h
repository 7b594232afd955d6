/* When the class changed most: times at which the shares of the expressions some seconds before and
 * after differ most. A change of what faces showed, nothing more. Threads: one at a time. */
#ifndef APP_MOMENTS_H
#define APP_MOMENTS_H

#include "mon/timeline.h"

enum { APP_MOMENTS_MAX = 6 };

struct app_moment {
    int64_t time_ns;
    float change;        /* 0..1: half the sum of the shares' differences */
    struct mon_class_cell before, after; /* means over the windows */
};

/* At most APP_MOMENTS_MAX, by time, apart from each other; none where too few faces were seen to speak
 * of a class, or nothing changed. Returns how many; FB_ERR_NOMEM. */
int app_moments_find(const struct mon_timeline *timeline, struct app_moment *moments);

#endif
