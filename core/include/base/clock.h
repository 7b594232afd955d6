/* Monotonic time in nanoseconds (CLOCK_MONOTONIC, the clock of V4L2 timestamps). Any thread. */
#ifndef FB_BASE_CLOCK_H
#define FB_BASE_CLOCK_H

#include <stdint.h>

#define FB_NS_PER_S INT64_C(1000000000)
#define FB_NS_PER_MS INT64_C(1000000)

int64_t fb_clock_now_ns(void);

/* Returns at once if deadline_ns has passed. Goes on sleeping when a signal arrives. */
void fb_clock_sleep_until_ns(int64_t deadline_ns);

#endif
