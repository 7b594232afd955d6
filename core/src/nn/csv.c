/* See nn/csv.h. */
#include "nn/csv.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text[n - 1] = '\0';
        text++;
    }
    return text;
}

static int split_fields(struct nn_csv *csv, char *text)
{
    csv->n_fields = 0;
    while (text) {
        if (csv->n_fields == NN_CSV_MAX_FIELDS)
            return fb_fail(FB_ERR_INPUT, "%s, line %d: more than %d columns; is it comma-separated?",
                           csv->path, csv->line_number, NN_CSV_MAX_FIELDS);
        char *field = strsep(&text, ",");
        csv->fields[csv->n_fields++] = trimmed(field);
    }
    return FB_OK;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

int nn_csv_next(struct nn_csv *csv, bool *has_line)
{
    for (;;) {
        errno = 0;
        ssize_t n = getline(&csv->line, &csv->line_bytes, csv->file);
        *has_line = n >= 0;
        if (n < 0 && ferror(csv->file))
            return fb_fail(FB_ERR_INPUT, "%s, line %d: %s", csv->path, csv->line_number + 1,
                           strerror(errno));
        if (n < 0 && errno == ENOMEM)
            return fb_fail_nomem(csv->path, csv->line_bytes);
        if (n < 0)
            return FB_OK;
        csv->line_number++;
        if (strlen(csv->line) != (size_t)n)
            return fb_fail(FB_ERR_INPUT, "%s, line %d: a zero byte; it is not a text file",
                           csv->path, csv->line_number);
        csv->line[strcspn(csv->line, "\r\n")] = '\0';
        char *text = csv->line;
        if (csv->line_number == 1 && !strncmp(text, byte_order_mark, 3))
            text += 3;
        if (!is_blank(text))
            return split_fields(csv, text);
    }
}

int nn_csv_open(struct nn_csv *csv, const char *path)
{
    *csv = (struct nn_csv){.path = path};
    bool has_line;
    int status = fb_file_open(path, "check the path", &csv->file);
    if (status == FB_OK)
        status = nn_csv_next(csv, &has_line);
    if (status < 0)
        return status;
    if (!has_line)
        return fb_fail(FB_ERR_INPUT, "%s: the file is empty", path);
    return FB_OK;
}

void nn_csv_finish(struct nn_csv *csv)
{
    if (csv->file)
        fclose(csv->file);
    free(csv->line);
    *csv = (struct nn_csv){0};
}

int nn_csv_column(const struct nn_csv *csv, const char *name)
{
    for (int i = 0; i < csv->n_fields; i++) {
        if (!strcasecmp(csv->fields[i], name))
            return i;
    }
    return -1;
}

int nn_csv_number(const struct nn_csv *csv, int field, const char *column, int max, int *out)
{
    if (field >= csv->n_fields)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column %s: missing, the line has only %d columns",
                       csv->path, csv->line_number, column, csv->n_fields);
    const char *text = csv->fields[field];
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column %s: \"%.20s\" is not a whole number",
                       csv->path, csv->line_number, column, text);
    if (errno || value < 0 || value > max)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column %s: %.20s is outside 0..%d", csv->path,
                       csv->line_number, column, text, max);
    *out = (int)value;
    return FB_OK;
}
