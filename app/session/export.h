/* A session's rows for other programs. Threads: one at a time. */
#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "session.h"

#include <stdio.h>

enum app_export_format {
    APP_EXPORT_NONE,
    APP_EXPORT_CSV,   /* a row per face and frame; comment lines with the facts */
    APP_EXPORT_RUNS,  /* CSV with a row per student and stretch of one expression */
    APP_EXPORT_JSONL, /* an object per frame, those without faces too; the facts first */
    APP_EXPORT_VTT, /* WebVTT: a cue per student and stretch of one expression, for video players */
    APP_EXPORT_EAF, /* ELAN: a tier per student, and one of markers */
    APP_EXPORT_BORIS, /* a BORIS project with one observation */
    APP_EXPORT_CHAPTERS, /* WebVTT of the markers alone */
    APP_EXPORT_COUNT,
};

struct app_export_settings {
    enum app_export_format format;
    int student; /* only this one's rows; 0: everybody's */
};

/* "csv" ...; APP_EXPORT_NONE for any other. */
enum app_export_format app_export_format_from_name(const char *name);

/* Formats with a row per stretch count time from the start of the session's video, if it has one;
 * csv and jsonl as the session does (fact video_start_ns). Numbers have a decimal point whatever the locale; text is UTF-8. What is not known is an empty
 * cell (CSV) or null (JSONL), never a zero. FB_ERR_INPUT: damaged session; FB_ERR_IO: writing
 * failed. */
FB_MUST_USE int app_export_write(struct app_session *session,
                                 const struct app_export_settings *settings, FILE *file);

/* The same into a file, 0600, which appears when it is whole. */
FB_MUST_USE int app_export_save(struct app_session *session,
                                const struct app_export_settings *settings, const char *path);

#endif
