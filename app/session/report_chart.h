/* The report's pictures, as inline SVG. Private to report.c. Threads: one at a time. */
#ifndef APP_REPORT_CHART_H
#define APP_REPORT_CHART_H

#include "mon/timeline.h"

#include <stdio.h>

struct app_chart_span {
    int64_t from_ns, to_ns;
    const int64_t *marker_ns; /* (n_markers), sorted */
    int n_markers;
};

/* CSS class of a state: "e0" .. "e7", "ns". */
const char *app_chart_class(int state);
/* Colours of the classes, as CSS rules. */
void app_chart_style(FILE *file);

/* "1:02:03", "2:03". */
void app_chart_time(FILE *file, double time_s);
void app_chart_time_text(double time_s, char text[32]);

/* Shares of the expressions over time, stacked, with the number of faces below, a time axis and
 * numbered markers. FB_ERR_NOMEM. */
FB_MUST_USE int app_chart_class_timeline(FILE *file, const struct mon_timeline *timeline,
                                         const struct app_chart_span *span);
/* One student's strip. */
void app_chart_strip(FILE *file, const struct mon_timeline *timeline, int row,
                     const struct app_chart_span *span);
/* Parts of seconds, not sure last, as one bar; its width is the whole of it. */
void app_chart_shares(FILE *file, const double *expression_s, double not_sure_s);

#endif
