/* FER+ as folders of 48x48 PNGs. Files are looked for first, so that memory is asked for once and
 * decoding can go on several threads. */
#include "data_rows.h"

#include "nn/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void path_of(char path[NN_DATA_PATH_BYTES], const char *folder,
                    const struct nn_sample *sample, const char *name)
{
    snprintf(path, NN_DATA_PATH_BYTES, "%s/%s/%s", folder,
             nn_split_folder((enum nn_split)sample->split), name);
}

static int read_one(const struct nn_data *data, int i, const void *folder, uint8_t pixels[NN_FACE_PX])
{
    char path[NN_DATA_PATH_BYTES];
    path_of(path, folder, &data->samples[i], data->samples[i].name);
    int status = nn_image_read_png(path, NN_FACE_SIDE, pixels);
    return status < 0 ? fb_fail_context(status, "%s/fer2013new.csv, line %d", (const char *)folder,
                                        (int)data->samples[i].line)
                      : FB_OK;
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
    return nn_data_decode(data, settings->pool, read_one, rows->folder);
}
