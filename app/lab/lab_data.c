/* See lab_data.h. */
#include "lab_data.h"

#include "base/clock.h"
#include "cli.h"
#include "nn/image.h"
#include "vis/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_count(char *text, size_t n_bytes, int used, int n, const char *what)
{
    if (n == 0 || used < 0 || (size_t)used >= n_bytes)
        return used;
    return used + snprintf(text + used, n_bytes - (size_t)used, "; %d %s", n, what);
}

static void report_split(const struct nn_data *data, enum nn_split split)
{
    const struct nn_split_report *report = &data->report.splits[split];
    char skipped[256] = "";
    if (!report->is_present) {
        app_message("%s: the %s split is absent", data->folder, nn_split_name(split));
        return;
    }
    int used = add_count(skipped, sizeof skipped, 0, report->n_unnamed, "skipped: no image name");
    used = add_count(skipped, sizeof skipped, used, report->n_missing, "skipped: image missing");
    add_count(skipped, sizeof skipped, used, report->n_no_votes, "read, but without usable votes");
    app_message("%s: %s: %d of %d rows read%s", data->folder, nn_split_name(split), report->n_loaded,
                report->n_rows, skipped);
}

/* The whole picture as a face crop. */
static int read_picture(const char *path, uint8_t pixels[NN_FACE_PX])
{
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    int status = vis_image_load(path, &pool, &frame);
    if (!status) {
        struct mon_box box = {0.0f, 0.0f, (float)frame->width, (float)frame->height};
        vis_crop_face(frame, &box, 1.0f, NN_FACE_SIDE, pixels);
    }
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return status;
}

int app_lab_load(const char *folder, const bool *splits, struct fb_pool *pool, struct nn_data **out)
{
    struct nn_data_settings settings = nn_data_default_settings();
    settings.pool = pool;
    settings.read = read_picture;
    if (splits)
        memcpy(settings.splits, splits, sizeof settings.splits);
    int status = nn_data_load(folder, &settings, out);
    if (status < 0)
        return status;
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        if (settings.splits[i])
            report_split(*out, (enum nn_split)i);
    }
    if ((*out)->report.n_repeated_names)
        app_message("%s: %d image names stand on more than one row; each row counts", folder,
                    (*out)->report.n_repeated_names);
    return FB_OK;
}

int app_lab_faces_from_data(const char *folder, enum nn_split split, enum nn_labels protocol,
                            int side, struct fb_pool *pool, struct app_lab_faces *out)
{
    bool splits[NN_SPLIT_COUNT] = {false};
    struct nn_data *data = NULL;
    struct nn_selection *selection = NULL;
    struct nn_select_settings settings = nn_select_default_settings();
    settings.split = split;
    settings.labels = protocol;
    splits[split] = true;
    *out = (struct app_lab_faces){.side = side};
    int status = app_lab_load(folder, splits, pool, &data);
    if (status == FB_OK)
        status = nn_data_select(data, &settings, &selection);
    if (status == FB_OK) {
        size_t n = (size_t)selection->n, n_px = (size_t)(side * side);
        out->n = selection->n;
        out->crops = malloc(n * n_px);
        out->label = malloc(n);
        if (!out->crops || !out->label)
            status = fb_fail_nomem("faces", n * n_px);
        for (size_t i = 0; status == FB_OK && i < n; i++) {
            nn_image_fit(data->pixels[selection->index[i]], NN_FACE_SIDE, NN_FACE_SIDE,
                         out->crops + i * n_px, side);
            out->label[i] = selection->label[i];
        }
    }
    nn_selection_destroy(&selection);
    nn_data_destroy(&data);
    if (status < 0)
        app_lab_faces_finish(out);
    return status;
}

void app_lab_faces_finish(struct app_lab_faces *faces)
{
    free(faces->crops);
    free(faces->label);
    free(faces->is_missed);
    *faces = (struct app_lab_faces){0};
}

int app_lab_predict(struct nn_classifier *classifier, const struct app_lab_faces *faces,
                    float (*p)[FB_EXPRESSION_COUNT], double *ms_per_face)
{
    size_t n_px = (size_t)(faces->side * faces->side);
    int64_t spent_ns = 0;
    for (int first = 0; first < faces->n; first += APP_LAB_BATCH) {
        int n = faces->n - first < APP_LAB_BATCH ? faces->n - first : APP_LAB_BATCH;
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted after %d of %d faces", first, faces->n);
        int64_t started_ns = fb_clock_now_ns();
        int status = nn_classifier_run(classifier, faces->crops + (size_t)first * n_px, n, p + first);
        if (status < 0)
            return status;
        spent_ns += fb_clock_now_ns() - started_ns;
        app_progress("faces", first + n, faces->n);
    }
    app_progress_end();
    for (int i = 0; faces->is_missed && i < faces->n; i++) {
        if (faces->is_missed[i])
            memset(p[i], 0, sizeof p[i]);
    }
    if (ms_per_face)
        *ms_per_face = (double)spent_ns / 1e6 / faces->n;
    return FB_OK;
}
