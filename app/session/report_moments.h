/* The report's part on moments of change. Private to report.c. Threads: one at a time. */
#ifndef APP_REPORT_MOMENTS_H
#define APP_REPORT_MOMENTS_H

#include "moments.h"
#include "report.h"

void app_report_moments(FILE *file, const struct app_moment *moments, int n,
                        const struct app_report_settings *settings);

#endif
