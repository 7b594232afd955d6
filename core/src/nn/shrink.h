/* A grey picture scaled down, each pixel the mean of what it covers; two passes with tables made once per size. Private to
 * detector.c and its test. Threads: one at a time per table. */
#ifndef NN_SHRINK_H
#define NN_SHRINK_H

#include "base/status.h"

#include <stdint.h>

/* Pixel i of the result is the sum of weight[i][k] times pixel first[i] + k. */
struct nn_shrink_axis {
    int n_from, n_to, n_taps;
    int *first;    /* (n_to) */
    float *weight; /* (n_to, n_taps) */
};

struct nn_shrink {
    struct nn_shrink_axis x, y;
    float *row; /* (x.n_from + padding) */
};

/* to <= from, all >= 1. FB_ERR_NOMEM. */
FB_MUST_USE int nn_shrink_init(struct nn_shrink *shrink, int from_w, int from_h, int to_w, int to_h);
void nn_shrink_finish(struct nn_shrink *shrink);

/* to: rows of to_stride floats; value = (grey - mean) * scale. */
void nn_shrink_run(const struct nn_shrink *shrink, const uint8_t *grey, int stride, float mean, float scale, float *to,
                   int to_stride);

#endif
