/* See ui/view.h. */
#include "ui/view.h"

const double ui_window_spans_s[UI_N_WINDOW_SPANS] = {30, 120, 600, 0};

/* Of the longest span offered that is not longer; the whole session is the longest of all. */
static int span_index(double window_s)
{
    int longest = UI_N_WINDOW_SPANS - 2, at = 0;
    if (window_s <= 0)
        return longest + 1;
    while (at < longest && ui_window_spans_s[at + 1] <= window_s)
        at++;
    return at;
}

double ui_window_span_step(double window_s, int amount)
{
    int at = span_index(window_s) + amount;
    at = at < 0 ? 0 : at >= UI_N_WINDOW_SPANS ? UI_N_WINDOW_SPANS - 1 : at;
    return ui_window_spans_s[at];
}
