/* app_lab_faces_from_manifest: a CSV of picture paths and labels. A crop is a box round the whole
 * picture: cut out as the live program cuts out a face. */
#include "lab_data.h"

#include "cli.h"
#include "nn/csv.h"
#include "vis/image.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FACES 10000000

struct reading {
    struct nn_csv csv;
    int path_column, label_column, capacity, n_missed;
    struct app_finder *finder; /* NULL: pictures are crops */
    float crop_factor;
    struct app_lab_faces *faces;
};

static int grow(struct reading *reading)
{
    struct app_lab_faces *faces = reading->faces;
    if (faces->n < reading->capacity)
        return FB_OK;
    int capacity = reading->capacity ? 2 * reading->capacity : 256;
    if (capacity > MAX_FACES)
        return fb_fail(FB_ERR_INPUT, "%s: more than %d faces", reading->csv.path, MAX_FACES / 2);
    size_t bytes = (size_t)capacity * (size_t)(faces->side * faces->side);
    uint8_t *crops = realloc(faces->crops, bytes);
    if (!crops)
        return fb_fail_nomem("faces", bytes);
    faces->crops = crops;
    int8_t *label = realloc(faces->label, (size_t)capacity);
    if (!label)
        return fb_fail_nomem("labels", (size_t)capacity);
    faces->label = label;
    bool *is_missed = realloc(faces->is_missed, (size_t)capacity * sizeof *is_missed);
    if (!is_missed)
        return fb_fail_nomem("faces", (size_t)capacity);
    faces->is_missed = is_missed;
    reading->capacity = capacity;
    return FB_OK;
}

/* Relative to the manifest's folder unless absolute. */
static int full_path(const struct nn_csv *csv, const char *relative, char path[PATH_MAX])
{
    const char *slash = strrchr(csv->path, '/');
    int folder_chars = slash && relative[0] != '/' ? (int)(slash - csv->path) + 1 : 0;
    int n = snprintf(path, PATH_MAX, "%.*s%s", folder_chars, csv->path, relative);
    return n < PATH_MAX ? FB_OK : fb_fail(FB_ERR_INPUT, "%s, line %d, column path: too long",
                                          csv->path, csv->line_number);
}

static int find_largest(struct app_finder *finder, const struct fb_frame *frame, struct mon_box *box,
                        bool *is_found)
{
    struct mon_detection detections[MON_MAX_FACES];
    int n = app_finder_run(finder, frame, detections, MON_MAX_FACES);
    if (n < 0)
        return n;
    for (int i = 0; i < n; i++) {
        const struct mon_box *found = &detections[i].box;
        if (detections[i].score < APP_FIND_SURE)
            continue;
        if (!*is_found || found->w * found->h > box->w * box->h)
            *box = *found;
        *is_found = true;
    }
    return FB_OK;
}

static int cut_out(struct reading *reading, const struct fb_frame *frame)
{
    struct app_lab_faces *faces = reading->faces;
    size_t n_px = (size_t)(faces->side * faces->side);
    uint8_t *crop = faces->crops + (size_t)faces->n * n_px;
    struct mon_box box = {0.0f, 0.0f, (float)frame->width, (float)frame->height};
    bool is_found = !reading->finder;
    int status = is_found ? FB_OK : find_largest(reading->finder, frame, &box, &is_found);
    if (status < 0)
        return status;
    faces->is_missed[faces->n] = !is_found;
    reading->n_missed += !is_found;
    if (is_found)
        vis_crop_face(frame, &box, reading->finder ? reading->crop_factor : 1.0f, faces->side, crop);
    else
        memset(crop, 128, n_px);
    return FB_OK;
}

static int read_picture(struct reading *reading, const char *relative)
{
    char path[PATH_MAX];
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    int status = full_path(&reading->csv, relative, path);
    if (status == FB_OK)
        status = vis_image_load(path, &pool, &frame);
    if (status == FB_OK)
        status = cut_out(reading, frame);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    if (status < 0)
        return fb_fail_context(status, "%s, line %d", reading->csv.path, reading->csv.line_number);
    return FB_OK;
}

static int read_line(struct reading *reading)
{
    struct nn_csv *csv = &reading->csv;
    if (reading->path_column >= csv->n_fields || reading->label_column >= csv->n_fields)
        return fb_fail(FB_ERR_INPUT, "%s, line %d: %d columns, expected path and label", csv->path,
                       csv->line_number, csv->n_fields);
    const char *name = csv->fields[reading->label_column];
    int label = fb_expression_from_name(name), status = grow(reading);
    if (status < 0)
        return status;
    if (label < 0)
        return fb_fail(FB_ERR_INPUT, "%s, line %d, column label: \"%.40s\" is none of neutral, "
                       "happiness, surprise, sadness, anger, disgust, fear, contempt", csv->path,
                       csv->line_number, name);
    status = read_picture(reading, csv->fields[reading->path_column]);
    if (status == FB_OK)
        reading->faces->label[reading->faces->n++] = (int8_t)label;
    return status;
}

static int read_lines(struct reading *reading)
{
    struct nn_csv *csv = &reading->csv;
    reading->path_column = nn_csv_column(csv, "path");
    reading->label_column = nn_csv_column(csv, "label");
    if (reading->path_column < 0 || reading->label_column < 0)
        return fb_fail(FB_ERR_INPUT, "%s, line 1: no column \"%s\"; expected the header path,label",
                       csv->path, reading->path_column < 0 ? "path" : "label");
    for (;;) {
        bool has_line;
        int status = nn_csv_next(csv, &has_line);
        if (status < 0 || !has_line)
            return status;
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted while reading pictures");
        if ((status = read_line(reading)) < 0)
            return status;
        app_progress("pictures", reading->faces->n, 0);
    }
}

int app_lab_faces_from_manifest(const char *path, enum app_find_kind detector, float crop_factor, int side,
                                struct app_lab_faces *out)
{
    struct reading reading = {.faces = out, .crop_factor = crop_factor};
    struct app_find_settings find = app_default_find_settings();
    find.kind = detector;
    *out = (struct app_lab_faces){.side = side};
    int status = detector == APP_FIND_NONE ? FB_OK : app_finder_create(&find, NULL, &reading.finder);
    if (status == FB_OK)
        status = nn_csv_open(&reading.csv, path);
    if (status == FB_OK)
        status = read_lines(&reading);
    nn_csv_finish(&reading.csv);
    app_finder_destroy(&reading.finder);
    app_progress_end();
    if (status == FB_OK && out->n == 0)
        status = fb_fail(FB_ERR_INPUT, "%s: no rows after the header", path);
    if (status == FB_OK && reading.n_missed)
        app_message("%s: no face found in %d of %d pictures; they count as wrong", path,
                    reading.n_missed, out->n);
    if (status < 0)
        app_lab_faces_finish(out);
    return status;
}
