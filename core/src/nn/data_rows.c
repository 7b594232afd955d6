/* fer2013new.csv: one row a picture, "Usage,Image name," and ten vote columns. Columns are found by
 * their names, so that their order does not matter. */
#include "data_rows.h"

#include "nn/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 10000000
#define MAX_NAME_CHARS 200
#define MAX_VOTES 255 /* of one column; FER+ has ten taggers */

static const char *const vote_columns[] = {"neutral", "happiness", "surprise", "sadness", "anger",
                                           "disgust", "fear",      "contempt", "unknown", "NF"};
_Static_assert(sizeof vote_columns / sizeof *vote_columns == NN_VOTE_COUNT, "a name per column");

struct columns {
    int usage, name, votes[NN_VOTE_COUNT];
};

enum nn_split nn_split_from_usage(const char *usage)
{
    static const char *const usages[] = {"", "Training", "PublicTest", "PrivateTest"};
    _Static_assert(sizeof usages / sizeof *usages == NN_SPLIT_COUNT, "a usage per split");
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        if (!strcmp(usage, usages[i]))
            return (enum nn_split)i;
    }
    return NN_SPLIT_NONE;
}

static int find_columns(const struct nn_csv *csv, struct columns *columns)
{
    const char *missing = NULL;
    if ((columns->usage = nn_csv_column(csv, "Usage")) < 0)
        missing = "Usage";
    if ((columns->name = nn_csv_column(csv, "Image name")) < 0)
        missing = "Image name";
    for (int i = 0; i < NN_VOTE_COUNT; i++) {
        if ((columns->votes[i] = nn_csv_column(csv, vote_columns[i])) < 0)
            missing = vote_columns[i];
    }
    if (missing)
        return fb_fail(FB_ERR_INPUT, "%s, line 1: no column \"%s\"; expected the header of FERPlus's "
                       "fer2013new.csv", csv->path, missing);
    return FB_OK;
}

static int grow_rows(struct nn_data_rows *rows)
{
    if (rows->n < rows->capacity)
        return FB_OK;
    int capacity = rows->capacity ? 2 * rows->capacity : 4096;
    if (capacity > MAX_ROWS)
        return fb_fail(FB_ERR_INPUT, "%s: more than %d rows", rows->path, MAX_ROWS / 2);
    size_t bytes = (size_t)capacity * sizeof *rows->rows;
    struct nn_data_row *grown = realloc(rows->rows, bytes);
    if (!grown)
        return fb_fail_nomem("rows", bytes);
    rows->rows = grown;
    rows->capacity = capacity;
    return FB_OK;
}

static int store_name(struct nn_data_rows *rows, const char *name, ptrdiff_t *offset)
{
    size_t n = strlen(name) + 1;
    *offset = -1;
    if (n == 1)
        return FB_OK;
    if (rows->names_used + n > rows->names_bytes) {
        size_t bytes = 2 * rows->names_bytes + 65536;
        char *grown = realloc(rows->names, bytes);
        if (!grown)
            return fb_fail_nomem("image names", bytes);
        rows->names = grown;
        rows->names_bytes = bytes;
    }
    *offset = (ptrdiff_t)rows->names_used;
    memcpy(rows->names + rows->names_used, name, n);
    rows->names_used += n;
    return FB_OK;
}

/* A name becomes part of a path: it must stay inside its folder. */
static int check_name(const struct nn_csv *csv, const char *name)
{
    if (strlen(name) > MAX_NAME_CHARS || strchr(name, '/') || name[0] == '.')
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column Image name: \"%.40s\" is no plain file name",
                       csv->path, csv->line_number, name);
    return FB_OK;
}

static int read_row(const struct nn_csv *csv, const struct columns *columns, struct nn_data_row *row)
{
    if (columns->usage >= csv->n_fields || columns->name >= csv->n_fields)
        return fb_fail(FB_ERR_INPUT, "%s, line %d: %d columns, fewer than the header has", csv->path,
                       csv->line_number, csv->n_fields);
    enum nn_split split = nn_split_from_usage(csv->fields[columns->usage]);
    if (split == NN_SPLIT_NONE)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column Usage: \"%.40s\" is none of Training, "
                       "PublicTest, PrivateTest", csv->path, csv->line_number,
                       csv->fields[columns->usage]);
    *row = (struct nn_data_row){.sample = {.split = (uint8_t)split, .line = csv->line_number}};
    for (int i = 0; i < NN_VOTE_COUNT; i++) {
        int votes, status = nn_csv_number(csv, columns->votes[i], vote_columns[i], MAX_VOTES, &votes);
        if (status < 0)
            return status;
        row->sample.votes[i] = (uint8_t)votes;
    }
    return check_name(csv, csv->fields[columns->name]);
}

static int read_rows(struct nn_data_rows *rows, struct nn_csv *csv, struct nn_data_report *report)
{
    struct columns columns;
    int status = find_columns(csv, &columns);
    for (bool has_line = true; status == FB_OK;) {
        status = nn_csv_next(csv, &has_line);
        if (status < 0 || !has_line)
            return status;
        if ((status = grow_rows(rows)) < 0)
            return status;
        struct nn_data_row *row = &rows->rows[rows->n];
        if ((status = read_row(csv, &columns, row)) < 0 ||
            (status = store_name(rows, csv->fields[columns.name], &row->name)) < 0)
            return status;
        struct nn_split_report *split = &report->splits[row->sample.split];
        split->n_rows++;
        split->n_unnamed += row->name < 0;
        rows->n++;
    }
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int count_repeated(const struct nn_data_rows *rows, int *n_repeated)
{
    const char **names = malloc((size_t)(rows->n + 1) * sizeof *names);
    if (!names)
        return fb_fail_nomem("image names", (size_t)rows->n * sizeof *names);
    size_t n = 0;
    for (int i = 0; i < rows->n; i++) {
        if (rows->rows[i].name >= 0)
            names[n++] = rows->names + rows->rows[i].name;
    }
    qsort(names, n, sizeof *names, by_text);
    *n_repeated = 0;
    for (size_t i = 1; i < n; i++) {
        bool is_same = !strcmp(names[i], names[i - 1]);
        *n_repeated += is_same && (i < 2 || strcmp(names[i], names[i - 2]));
    }
    free(names);
    return FB_OK;
}

int nn_data_rows_read(struct nn_data_rows *rows, const char *folder, struct nn_data_report *report)
{
    *rows = (struct nn_data_rows){.folder = folder};
    snprintf(rows->path, sizeof rows->path, "%s/fer2013new.csv", folder);
    struct nn_csv csv;
    int status = nn_csv_open(&csv, rows->path);
    if (status == FB_OK)
        status = read_rows(rows, &csv, report);
    nn_csv_finish(&csv);
    if (status == FB_OK && rows->n == 0)
        status = fb_fail(FB_ERR_INPUT, "%s: no rows after the header", rows->path);
    return status < 0 ? status : count_repeated(rows, &report->n_repeated_names);
}

void nn_data_rows_finish(struct nn_data_rows *rows)
{
    free(rows->rows);
    free(rows->names);
    *rows = (struct nn_data_rows){0};
}
