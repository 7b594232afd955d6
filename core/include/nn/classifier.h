/* A trained network as app uses it: crops in, calibrated probabilities out.
 * Threads: one at a time per handle. Nothing is allocated after create. */
#ifndef NN_CLASSIFIER_H
#define NN_CLASSIFIER_H

#include "base/expression.h"
#include "base/pool.h"
#include "nn/preprocess.h"
#include "nn/run.h"

#include <stdbool.h>
#include <stdint.h>

struct nn_classifier;

struct nn_classifier_info {
    int side;                      /* crops are (side, side) grey */
    float crop_factor;             /* square's side / larger side of the face box, as trained */
    float temperature;             /* calibration, already applied by run */
    enum nn_preprocess preprocess; /* of run */
    bool is_flipped;               /* run takes the mean over each crop and its mirror image */
    char name[64];                 /* "feltboard-1" */
    double accuracy; /* majority accuracy on valid, from the file's metadata; 0 unknown */
    int n_accuracy;  /* images it was measured on */
};

/* Loads a .safetensors model; validates everything first. max_batch: most crops of one run.
 * pool may be NULL (one thread) and must outlive the handle. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_classifier_create(const char *path, int max_batch, struct fb_pool *pool,
                                     struct nn_classifier **out);
/* The same in other ways than the file says. The temperature stays the file's, which was fitted to
 * its own way. */
enum nn_flip { NN_FLIP_AS_MODEL, NN_FLIP_NEVER, NN_FLIP_ALWAYS };
struct nn_classifier_settings {
    enum nn_flip flip;       /* with or without the mirror images */
    enum nn_weights weights; /* nn_classifier_create: NN_WEIGHTS_BY_SIZE */
};
FB_MUST_USE int nn_classifier_create_with(const char *path, int max_batch,
                                          const struct nn_classifier_settings *settings,
                                          struct fb_pool *pool, struct nn_classifier **out);
void nn_classifier_destroy(struct nn_classifier **classifier);

const struct nn_classifier_info *nn_classifier_info(const struct nn_classifier *classifier);

/* crops: (n, side, side) grey bytes; p: (n, FB_EXPRESSION_COUNT), each row sums to 1. n <=
 * max_batch. */
FB_MUST_USE int nn_classifier_run(struct nn_classifier *classifier, const uint8_t *crops, int n,
                                  float (*p)[FB_EXPRESSION_COUNT]);
/* The same of x: (n, side, side) that has been through info's preprocess, such as a training batch.
 */
FB_MUST_USE int nn_classifier_run_prepared(struct nn_classifier *classifier, const float *x, int n,
                                           float (*p)[FB_EXPRESSION_COUNT]);

#endif
