/* Exports with a row per stretch of one expression: for players and annotation programs. Private to
 * export.c. */
#ifndef APP_EXPORT_EVENTS_H
#define APP_EXPORT_EVENTS_H

#include "export.h"

/* What every export and report says of itself, and of how far people agree (FER+ test split,
 * majority protocol: one tagger against the plurality of the other nine). */
#define APP_HUMAN_AGREEMENT                                                                        \
    "0.771 (one person against the majority of nine others, FER+ test pictures)"
#define APP_EXPORT_NOTE                                                                            \
    "labels of shown expressions, not of what anyone feels; not for grading, ranking or "          \
    "discipline"

FB_MUST_USE int app_export_events(struct app_session *session,
                                  const struct app_export_settings *settings, FILE *file);

#endif
