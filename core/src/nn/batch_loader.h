/* Batches from a source, the next one prepared on a thread of its own while this one is trained on.
 * Threads: the trainer's thread calls; the source is called from the loader's thread only (or, not
 * threaded, from the trainer's). What comes out depends on the positions asked for, not on threads. */
#ifndef NN_BATCH_LOADER_H
#define NN_BATCH_LOADER_H

#include "nn/batch_source.h"
#include "nn/tensor.h"

struct nn_batch_loader;

struct nn_batch_place {
    int epoch, n;
    int64_t first;
};

struct nn_batch {
    struct nn_batch_place place;
    float *x;      /* (n, C, H, W) */
    float *target; /* (n, n_classes) */
    float *weight; /* (n) */
};

FB_MUST_USE int nn_batch_loader_create(const struct nn_batch_source *source, struct nn_shape image,
                                       int max_batch, bool is_threaded, struct nn_batch_loader **out);
void nn_batch_loader_destroy(struct nn_batch_loader **loader);

/* The batch at place, valid until the next call; preparation of `next` begins. A failure of the source
 * is passed on, text included. */
FB_MUST_USE int nn_batch_loader_get(struct nn_batch_loader *loader, struct nn_batch_place place,
                                    struct nn_batch_place next, const struct nn_batch **batch);

#endif
