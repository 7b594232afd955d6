/* Exports with a row per stretch of one expression: for players and annotation programs. Private to
 * the exports, the captions and the report. Threads: one at a time. */
#ifndef APP_EXPORT_EVENTS_H
#define APP_EXPORT_EVENTS_H

#include "export.h"
#include "stretches.h"

/* What every export and report says of itself, and of how far people agree (FER+ test split,
 * majority protocol: one tagger against the plurality of the other nine). */
#define APP_HUMAN_AGREEMENT                                                                        \
    "0.771 (one person against the majority of nine others, FER+ test pictures)"
#define APP_EXPORT_NOTE                                                                            \
    "labels of shown expressions, not of what anyone feels; not for grading, ranking or "          \
    "discipline"

FB_MUST_USE int app_export_events(struct app_session *session,
                                  const struct app_export_settings *settings, FILE *file);

void app_export_elan(const struct app_stretches *events, FILE *file);
void app_export_boris(const struct app_stretches *events, FILE *file);
/* Markers alone, each lasting until the next. */
void app_export_chapters(const struct app_stretches *events, FILE *file);

/* WebVTT by parts: the head, then cues. who: NULL for what nobody shows. */
void app_vtt_head(FILE *file);
void app_vtt_cue(FILE *file, int64_t start_ns, int64_t end_ns, const char *who, const char *text);

/* Quoted where CSV needs it; what a spreadsheet would take for a formula gets a ' before it. */
void app_csv_text(FILE *file, const char *text);
/* A JSON string. */
void app_json_text(FILE *file, const char *text);

#endif
