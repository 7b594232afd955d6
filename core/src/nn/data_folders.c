/* FER+ as folders of 48x48 PNGs. Files are looked for first, so that memory is asked for once and
 * decoding can go on several threads. */
#include "data_rows.h"

#include "nn/image.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 64 /* pictures a thread takes at a time */

struct decoding {
    struct nn_data *data;
    const char *folder;
    pthread_mutex_t lock;
    /* protected by lock: the failure of the lowest sample, so that the message is always the same */
    int failed_sample, status;
    char text[FB_ERROR_TEXT_BYTES];
};

static void path_of(char path[NN_DATA_PATH_BYTES], const char *folder,
                    const struct nn_sample *sample, const char *name)
{
    snprintf(path, NN_DATA_PATH_BYTES, "%s/%s/%s", folder,
             nn_split_folder((enum nn_split)sample->split), name);
}

static void record_failure(struct decoding *decoding, int sample, int status)
{
    pthread_mutex_lock(&decoding->lock);
    if (decoding->status == FB_OK || sample < decoding->failed_sample) {
        decoding->status = status;
        decoding->failed_sample = sample;
        snprintf(decoding->text, sizeof decoding->text, "%s", fb_error_text());
    }
    pthread_mutex_unlock(&decoding->lock);
}

static void decode_chunk(void *user, int item, int worker)
{
    (void)worker;
    struct decoding *decoding = user;
    struct nn_data *data = decoding->data;
    int end = (item + 1) * CHUNK < data->n ? (item + 1) * CHUNK : data->n;
    for (int i = item * CHUNK; i < end; i++) {
        char path[NN_DATA_PATH_BYTES];
        path_of(path, decoding->folder, &data->samples[i], data->samples[i].name);
        int status = nn_image_read_png(path, NN_FACE_SIDE, data->pixels[i]);
        if (status < 0) {
            status = fb_fail_context(status, "%s/fer2013new.csv, line %d", decoding->folder,
                                     (int)data->samples[i].line);
            record_failure(decoding, i, status);
            return;
        }
    }
}

static int decode_all(struct nn_data *data, const char *folder, struct fb_pool *pool)
{
    struct decoding decoding = {.data = data, .folder = folder};
    pthread_mutex_init(&decoding.lock, NULL);
    fb_pool_run(pool, (data->n + CHUNK - 1) / CHUNK, decode_chunk, &decoding);
    pthread_mutex_destroy(&decoding.lock);
    return decoding.status < 0 ? fb_fail(decoding.status, "%s", decoding.text) : FB_OK;
}

static void find_folders(struct nn_data *data, const char *folder)
{
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        char path[NN_DATA_PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, nn_split_folder((enum nn_split)i));
        data->report.splits[i].is_present = access(path, R_OK | X_OK) == 0;
    }
}

/* Copies the rows whose picture is there into samples. */
static void find_files(struct nn_data *data, const struct nn_data_rows *rows,
                       const struct nn_data_settings *settings)
{
    for (int i = 0; i < rows->n; i++) {
        const struct nn_data_row *row = &rows->rows[i];
        struct nn_split_report *split = &data->report.splits[row->sample.split];
        if (!settings->splits[row->sample.split] || !split->is_present || row->name < 0)
            continue;
        char path[NN_DATA_PATH_BYTES];
        path_of(path, rows->folder, &row->sample, rows->names + row->name);
        if (access(path, F_OK)) {
            split->n_missing++;
            continue;
        }
        data->samples[data->n] = row->sample;
        data->samples[data->n++].name = rows->names + row->name;
    }
}

int nn_data_read_folders(struct nn_data *data, const struct nn_data_rows *rows,
                         const struct nn_data_settings *settings)
{
    int status = nn_data_allocate(data, rows->n);
    if (status < 0)
        return status;
    find_folders(data, rows->folder);
    find_files(data, rows, settings);
    return decode_all(data, rows->folder, settings->pool);
}
