/* Boxes round faces and what a detector network's output means. Any thread.
 *
 * The output is (5, cells): cells of stride 8, then 16, then 32, each row by row; channels are the score's logit, the centre's
 * offset from the cell's in strides (x, y), and the logarithms of width and height in four strides. One box a cell, no
 * anchors (after YOLOX, Ge et al. 2021). */
#ifndef NN_BOXES_H
#define NN_BOXES_H

#include "base/status.h"

#include <stdbool.h>

enum { NN_DETECTOR_CHANNELS = 5, NN_DETECTOR_LEVELS = 3, NN_DETECTOR_MAX_STRIDE = 32 };

struct nn_box {
    float x, y, w, h; /* px, origin top left */
};

struct nn_detection {
    struct nn_box box;
    float score; /* 0..1 */
};

/* Where cell i of an input of height x width px (multiples of 32) lies. */
struct nn_cell {
    int stride;
    float x, y; /* its centre, px */
};

static inline int nn_level_stride(int level)
{
    return 8 << level;
}

int nn_detector_n_cells(int height, int width);
/* (nn_detector_n_cells), in the output's order. */
void nn_detector_cells(int height, int width, struct nn_cell *cells);

/* The box that four channels of a cell say. */
struct nn_box nn_box_decode(const struct nn_cell *cell, const float channel[4]);

/* Cells of at least min_score, best first, at most max. output: (5, n_cells). Returns their number. */
int nn_boxes_decode(const float *output, const struct nn_cell *cells, int n_cells, float min_score,
                    struct nn_detection *detections, int max);

/* Intersection over union, 0..1; share of a that lies in b. */
float nn_box_iou(const struct nn_box *a, const struct nn_box *b);
float nn_box_share(const struct nn_box *a, const struct nn_box *b);

/* Non-maximum suppression of detections, best first: drops what overlaps a better one by more than iou, or lies in it by
 * more than 0.8 of itself. Keeps the order. Returns how many stay. */
int nn_boxes_suppress(struct nn_detection *detections, int n, float iou);

#endif
