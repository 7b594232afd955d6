/* See base/clock.h. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

int64_t fb_clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * FB_NS_PER_S + now.tv_nsec;
}

void fb_clock_sleep_until_ns(int64_t deadline_ns)
{
    struct timespec deadline = {.tv_sec = deadline_ns / FB_NS_PER_S,
                                .tv_nsec = deadline_ns % FB_NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
        ;
}
