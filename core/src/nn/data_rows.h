/* The rows of fer2013new.csv while a folder is being loaded, and the readers that add pixels. */
#ifndef NN_SRC_DATA_ROWS_H
#define NN_SRC_DATA_ROWS_H

#include "nn/data.h"

#include <stddef.h>

#define NN_DATA_PATH_BYTES 1024

struct nn_data_rows {
    const char *folder;
    int n, capacity;
    struct nn_data_row {
        struct nn_sample sample; /* name NULL until the names' memory has its final place */
        ptrdiff_t name;          /* offset into names, -1: the row has none */
    } *rows;                     /* (n) */
    char *names;
    size_t names_bytes, names_used;
    char path[NN_DATA_PATH_BYTES];
};

/* Reads fer2013new.csv of folder and counts rows and unnamed rows into report. FB_ERR_INPUT,
 * FB_ERR_NOMEM. Finish also after a failure. */
FB_MUST_USE int nn_data_rows_read(struct nn_data_rows *rows, const char *folder,
                                  struct nn_data_report *report);
void nn_data_rows_finish(struct nn_data_rows *rows);

/* "Training", "PublicTest", "PrivateTest"; NN_SPLIT_NONE for others. */
enum nn_split nn_split_from_usage(const char *usage);

/* "FER2013Train" ... */
const char *nn_split_folder(enum nn_split split);

/* Room for n samples. FB_ERR_NOMEM. */
FB_MUST_USE int nn_data_allocate(struct nn_data *data, int n);

/* Both fill samples and pixels (and n) from the rows of the wanted splits. */
FB_MUST_USE int nn_data_read_folders(struct nn_data *data, const struct nn_data_rows *rows,
                                     const struct nn_data_settings *settings);
FB_MUST_USE int nn_data_read_kaggle(struct nn_data *data, const struct nn_data_rows *rows,
                                    const struct nn_data_settings *settings);

/* Folders by class, which have no rows. is_classes: whether the folder looks like them. */
bool nn_data_is_classes(const char *folder);
FB_MUST_USE int nn_data_read_classes(struct nn_data *data, const struct nn_data_settings *settings);

/* Sample i's picture into pixels; any thread. */
typedef int nn_sample_reader(const struct nn_data *data, int i, const void *user, uint8_t pixels[NN_FACE_PX]);
/* All samples' pictures, by the pool; the failure told is that of the first sample that fails. */
FB_MUST_USE int nn_data_decode(struct nn_data *data, struct fb_pool *pool, nn_sample_reader *read, const void *user);

#endif
