/* Pictures with boxes round their faces: what a detector is trained and measured on.
 *
 *     nn_faces_read("DIR/boxes.csv", &faces);
 *     for each picture: load it (core knows no JPEG) and nn_faces_set_pixels(faces, i, grey, width, height, stride);
 *
 * The CSV has a header with file, x, y, w, h and perhaps ignore or invalid (not 0: such a box is neither to be found nor
 * false when found; the same holds for boxes of no size). Pictures without a row of boxes are unknown to it. Split: a tenth of the files is for validation, by a
 * hash of the name, so that it stays the same when files come and go.
 *
 * Threads: set_pixels of different pictures at the same time; else immutable. */
#ifndef NN_FACES_H
#define NN_FACES_H

#include "nn/boxes.h"

#include <stdint.h>

enum { NN_FACES_PYRAMID = 5, NN_FACES_MAX_NAME = 256 };

struct nn_face {
    struct nn_box box;
    bool is_ignored;
};

/* Immutable once its pixels are set. */
struct nn_faces_picture {
    char *file; /* as the CSV names it */
    bool is_valid_split;
    int first, n; /* of faces->faces */
    int width, height; /* 0: not loaded */
    uint8_t *pixels; /* halved again and again: level l is (height >> l, width >> l), at level_at[l] */
    size_t level_at[NN_FACES_PYRAMID];
};

struct nn_faces {
    int n_pictures, n_faces;
    struct nn_faces_picture *pictures; /* (n_pictures) */
    struct nn_face *faces;             /* (n_faces), by picture */
};

/* FB_ERR_INPUT with file and line, FB_ERR_NOMEM. */
FB_MUST_USE int nn_faces_read(const char *csv_path, struct nn_faces **out);
void nn_faces_destroy(struct nn_faces **faces);

/* grey: (height, stride) bytes, copied. FB_ERR_NOMEM, FB_ERR_INPUT (a box lies outside). */
FB_MUST_USE int nn_faces_set_pixels(struct nn_faces *faces, int picture, const uint8_t *grey, int width, int height,
                                    int stride);
/* Whether a file of this name is in the validation part. */
bool nn_faces_is_valid_split(const char *file);

#endif
