/* fer2013.csv as Kaggle ships it: "emotion,pixels,Usage", 2,304 numbers a row. Row i belongs to row
 * i of fer2013new.csv; Usage must agree, or the two files are not of the same set. */
#include "nn/csv.h"
#include "data_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int pixel_fail(const struct nn_csv *csv, int i, const char *text, const char *problem)
{
    return fb_fail(FB_ERR_INPUT, "%s, line %d, column pixels, value %d: \"%.12s\" %s", csv->path,
                   csv->line_number, i + 1, text, problem);
}

static int parse_pixels(const struct nn_csv *csv, const char *text, uint8_t pixels[NN_FACE_PX])
{
    int n = 0;
    for (;;) {
        text += strspn(text, " \t");
        if (!*text)
            break;
        char *end;
        long value = strtol(text, &end, 10);
        if (end == text || !strchr(" \t", *end))
            return pixel_fail(csv, n, text, "is not a whole number");
        if (value < 0 || value > 255)
            return pixel_fail(csv, n, text, "is outside 0..255");
        if (n < NN_FACE_PX)
            pixels[n] = (uint8_t)value;
        n++;
        text = end;
    }
    if (n != NN_FACE_PX)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column pixels: %d values, expected %d (48x48)",
                       csv->path, csv->line_number, n, NN_FACE_PX);
    return FB_OK;
}

static int check_pair(const struct nn_csv *csv, const struct nn_data_rows *rows, int i, int usage)
{
    if (i >= rows->n)
        return fb_fail(FB_ERR_INPUT, "%s, line %d: more rows than fer2013new.csv, which has %d; the "
                       "two files must come from the same download", csv->path, csv->line_number,
                       rows->n);
    const struct nn_sample *sample = &rows->rows[i].sample;
    if (nn_split_from_usage(csv->fields[usage]) != (enum nn_split)sample->split)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column Usage: \"%.20s\", but line %d of "
                       "fer2013new.csv says %s; the two files do not belong together", csv->path,
                       csv->line_number, csv->fields[usage], (int)sample->line,
                       nn_split_name((enum nn_split)sample->split));
    return FB_OK;
}

static int read_row(const struct nn_csv *csv, int pixels, const struct nn_data_row *row,
                    const struct nn_data_rows *rows, struct nn_data *data)
{
    int status = parse_pixels(csv, csv->fields[pixels], data->pixels[data->n]);
    if (status < 0)
        return status;
    data->samples[data->n] = row->sample;
    data->samples[data->n++].name = rows->names + row->name;
    return FB_OK;
}

static int read_rows(struct nn_csv *csv, const struct nn_data_rows *rows,
                     const struct nn_data_settings *settings, struct nn_data *data)
{
    int pixels = nn_csv_column(csv, "pixels"), usage = nn_csv_column(csv, "Usage");
    if (pixels < 0 || usage < 0)
        return fb_fail(FB_ERR_INPUT, "%s, line 1: no column \"%s\"; expected Kaggle's header "
                       "emotion,pixels,Usage", csv->path, pixels < 0 ? "pixels" : "Usage");
    for (int i = 0;; i++) {
        bool has_line;
        int status = nn_csv_next(csv, &has_line);
        if (status < 0)
            return status;
        if (!has_line && i < rows->n)
            return fb_fail(FB_ERR_INPUT, "%s: ends after %d rows, fer2013new.csv has %d; is the "
                           "download complete?", csv->path, i, rows->n);
        if (!has_line)
            return FB_OK;
        if (pixels >= csv->n_fields || usage >= csv->n_fields)
            return fb_fail(FB_ERR_INPUT, "%s, line %d: %d columns, fewer than the header has",
                           csv->path, csv->line_number, csv->n_fields);
        if ((status = check_pair(csv, rows, i, usage)) < 0)
            return status;
        const struct nn_data_row *row = &rows->rows[i];
        if (settings->splits[row->sample.split] && row->name >= 0 &&
            (status = read_row(csv, pixels, row, rows, data)) < 0)
            return status;
    }
}

int nn_data_read_kaggle(struct nn_data *data, const struct nn_data_rows *rows,
                        const struct nn_data_settings *settings)
{
    int status = nn_data_allocate(data, rows->n);
    if (status < 0)
        return status;
    char path[NN_DATA_PATH_BYTES];
    snprintf(path, sizeof path, "%s/fer2013.csv", rows->folder);
    struct nn_csv csv;
    status = nn_csv_open(&csv, path);
    if (status == FB_OK)
        status = read_rows(&csv, rows, settings, data);
    nn_csv_finish(&csv);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        data->report.splits[i].is_present = data->report.splits[i].n_rows > 0;
    return status;
}
