/* A batch source (nn/batch_source.h) over a selection of a data set: shuffled anew each epoch,
 * augmented, mixed up, preprocessed.
 *
 * Position i of an epoch is the same sample with the same changes whatever the batch size, the order
 * of calls or the thread. Threads: one fill at a time per handle. */
#ifndef NN_BATCHES_H
#define NN_BATCHES_H

#include "nn/augment.h"
#include "nn/batch_source.h"
#include "nn/data.h"
#include "nn/preprocess.h"

struct nn_batches;

struct nn_batches_settings {
    struct nn_augment_settings augment; /* default none */
    enum nn_preprocess preprocess;      /* default fixed */
    int side;                           /* of the net's input, 8..128, default 48 */
    uint64_t seed;                      /* default 0 */
    bool is_shuffled;                   /* default true; false (evaluation): position i is sample i */
};

struct nn_batches_settings nn_batches_default_settings(void);

/* data and selection must outlive the handle. FB_ERR_USAGE (settings), FB_ERR_NOMEM. */
FB_MUST_USE int nn_batches_create(const struct nn_data *data, const struct nn_selection *selection,
                                  const struct nn_batches_settings *settings, struct nn_batches **out);
void nn_batches_destroy(struct nn_batches **batches);

/* As the trainer takes it: x (n, 1, side, side), target (n, 8), weight (n). Valid as long as batches. */
struct nn_batch_source nn_batches_source(struct nn_batches *batches);

/* The selection's sample at a position of an epoch. */
int nn_batches_sample(struct nn_batches *batches, int epoch, int64_t position);

#endif
