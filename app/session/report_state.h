/* A report while it is written: report.c gathers it, report_head.c and report_tables.c write its parts. Threads: one. */
#ifndef APP_REPORT_STATE_H
#define APP_REPORT_STATE_H

#include "report.h"
#include "report_chart.h"

struct app_report_student {
    int student;
    bool is_named;
    char name[APP_SESSION_TEXT_BYTES];
};

struct app_report_marker {
    int64_t time_ns;
    char text[APP_SESSION_TEXT_BYTES], wall[64];
};

struct app_report {
    FILE *file;
    struct app_session *session;
    const struct app_report_settings *settings; /* or NULL */
    struct app_session_totals totals;
    struct mon_timeline *timeline;
    struct app_report_student *students; /* by number */
    struct app_report_marker *markers;   /* by time */
    int64_t *marker_ns;
    int n_students, n_markers, student_capacity, marker_capacity;
    struct app_chart_span span;
};

/* What was recorded and the warning. */
void app_report_head(const struct app_report *report);
/* FB_ERR_NOMEM. */
FB_MUST_USE int app_report_class(const struct app_report *report);

void app_report_markers(const struct app_report *report);
void app_report_students(const struct app_report *report);
void app_report_totals(const struct app_report *report);
/* What it was made with, and how far that can be trusted. */
void app_report_origin(const struct app_report *report);

#endif
