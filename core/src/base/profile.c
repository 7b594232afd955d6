/* See base/profile.h. */
#include "base/profile.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

void fb_profile_add(struct fb_profile *profile, int64_t value, int64_t now_ns)
{
    int slot = (int)(profile->n_total++ % FB_PROFILE_WINDOW);
    profile->values[slot] = value;
    profile->times_ns[slot] = now_ns;
}

static int n_kept(const struct fb_profile *profile)
{
    return profile->n_total < FB_PROFILE_WINDOW ? (int)profile->n_total : FB_PROFILE_WINDOW;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t fb_profile_quantile(const struct fb_profile *profile, double share)
{
    int n = n_kept(profile);
    if (!n)
        return 0;
    int64_t sorted[FB_PROFILE_WINDOW];
    memcpy(sorted, profile->values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    int at = (int)(share * n);
    return sorted[at < 0 ? 0 : at >= n ? n - 1 : at];
}

double fb_profile_rate(const struct fb_profile *profile, int64_t now_ns)
{
    int64_t window_ns = 2 * FB_NS_PER_S, oldest_ns = now_ns;
    int n = 0;
    for (int i = 0; i < n_kept(profile); i++) {
        if (now_ns - profile->times_ns[i] > window_ns)
            continue;
        n++;
        if (profile->times_ns[i] < oldest_ns)
            oldest_ns = profile->times_ns[i];
    }
    if (n < 2)
        return 0.0;
    /* n events at or after oldest_ns: a source that stopped shows a falling rate */
    return (double)(n - 1) * (double)FB_NS_PER_S / (double)(now_ns - oldest_ns + 1);
}
