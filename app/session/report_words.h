/* The report's sentences in the user's language (ui/words.h): headings, notes, cells of tables. All
 * text is escaped here. Threads: one at a time per file. */
#ifndef APP_REPORT_WORDS_H
#define APP_REPORT_WORDS_H

#include <stdio.h>

/* "neutral" ... "not sure", in the user's language. */
const char *app_report_name(int state);

void app_report_heading(FILE *file, const char *text);
/* A paragraph in small print. */
void app_report_note(FILE *file, const char *text);
/* A table's heads; those whose text begins with '#' stand over numbers, without the '#'. */
void app_report_heads(FILE *file, const char *const *texts, int n);

#endif
