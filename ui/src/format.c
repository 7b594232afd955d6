/* See format.h. */
#include "format.h"

#include "base/words.h"

#include <math.h>
#include <stdio.h>

void ui_format_clock(double seconds, char *out, size_t n_out)
{
    double rounded = floor(fabs(seconds) + 1e-6);
    if (!(rounded < 1e9))
        rounded = 0; /* not a number, or not a time */
    long s = (long)rounded;
    const char *sign = seconds < 0 && s > 0 ? "\u2212" : "";
    if (s >= 3600)
        snprintf(out, n_out, "%s%ld:%02ld:%02ld", sign, s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, n_out, "%s%ld:%02ld", sign, s / 60, s % 60);
}

void ui_format_bytes(int64_t n_bytes, char *out, size_t n_out)
{
    static const char *const units[] = {"MB", "GB", "TB"};
    double value = (double)n_bytes / 1e6;
    int unit = 0;
    while (value >= 1000 && unit < 2) {
        value /= 1000;
        unit++;
    }
    snprintf(out, n_out, unit > 0 && value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void ui_format_span(double window_s, char *out, size_t n_out)
{
    if (window_s <= 0)
        snprintf(out, n_out, "%s", _("lesson"));
    else if (window_s < 60)
        snprintf(out, n_out, "%.0f s", window_s);
    else
        snprintf(out, n_out, "%.3g min", window_s / 60);
}
