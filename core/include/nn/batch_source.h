/* Where the trainer gets its samples from: a callback that fills batches.
 *
 * Position i of an epoch is a sample of that epoch's shuffled order; what a fill returns depends
 * only on (the source's seed, epoch, position), never on threads or on earlier calls, so that a
 * resumed run sees the same batches. */
#ifndef NN_BATCH_SOURCE_H
#define NN_BATCH_SOURCE_H

#include "base/status.h"

#include <stdint.h>

struct nn_batch_source {
    void *user;
    int64_t n_samples; /* positions of an epoch, >= 1 */
    int n_classes;     /* columns of target */
    /* Writes positions [first, first + n) of the epoch, first + n <= n_samples:
     * x: (n, C, H, W) as the net takes it, already normalised; target: (n, n_classes) each row sums
     * to 1; weight: (n) multiplies the sample's loss, mean about 1. Called from one thread at a
     * time, not always the same one. Allocates nothing. FB_OK or a failure, which ends the training. */
    int (*fill)(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight);
};

#endif
