/* Durations and rates over the last few seconds, for the status line and the benchmarks.
 * Threads: one at a time per struct; pass copies across threads. */
#ifndef FB_BASE_PROFILE_H
#define FB_BASE_PROFILE_H

#include <stdint.h>

#define FB_PROFILE_WINDOW 256

/* The last FB_PROFILE_WINDOW values; a plain value, zero-initialised. */
struct fb_profile {
    int64_t values[FB_PROFILE_WINDOW];
    int64_t times_ns[FB_PROFILE_WINDOW];
    int64_t n_total;
};

/* value in any unit (mostly ns); now_ns from fb_clock_now_ns. */
void fb_profile_add(struct fb_profile *profile, int64_t value, int64_t now_ns);
/* The value below which `share` (0..1) of the window lies; 0 when empty. */
int64_t fb_profile_quantile(const struct fb_profile *profile, double share);
/* Additions a second over the last two seconds before now_ns (or since the first). */
double fb_profile_rate(const struct fb_profile *profile, int64_t now_ns);

#endif
