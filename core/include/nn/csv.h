/* Lines of a comma-separated file, one at a time, fields cut in place. For the two FER+ files and
 * manifests: fields may be quoted whole ("..."), but hold no comma, quote or line break.
 * Unix and Windows line ends, with or without a byte order mark. One thread. */
#ifndef NN_CSV_H
#define NN_CSV_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>

#define NN_CSV_MAX_FIELDS 32

struct nn_csv {
    FILE *file;
    const char *path; /* the caller's */
    char *line;
    size_t line_bytes;
    int line_number; /* of the present line, from 1 */
    int n_fields;
    char *fields[NN_CSV_MAX_FIELDS]; /* valid until the next line */
};

/* Opens and reads the header line into fields. FB_ERR_INPUT. Finish it also after a failure. */
FB_MUST_USE int nn_csv_open(struct nn_csv *csv, const char *path);
void nn_csv_finish(struct nn_csv *csv);

/* *has_line false at the end; blank lines are passed over. FB_ERR_INPUT (too many fields, error). */
FB_MUST_USE int nn_csv_next(struct nn_csv *csv, bool *has_line);

/* Of the present (header) line: the column of that name, spaces around and case ignored; or -1. */
int nn_csv_column(const struct nn_csv *csv, const char *name);

/* A whole number in 0..max, spaces around it allowed. FB_ERR_INPUT names file, line and column. */
FB_MUST_USE int nn_csv_number(const struct nn_csv *csv, int field, const char *column, int max,
                              int *out);

#endif
