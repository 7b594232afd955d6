/* The trainer's inside, for train.c and checkpoint.c. */
#ifndef NN_TRAINER_H
#define NN_TRAINER_H

#include "nn/train.h"

#include "base/arena.h"
#include "batch_loader.h"
#include "nn/run.h"

struct nn_trainer {
    struct nn_net *net;
    struct nn_trainer_settings settings; /* schedule's state lives here */
    struct nn_run *run;
    struct nn_optimizer *optimizer;
    struct nn_batch_loader *loader;
    struct fb_arena kept; /* sharpness-aware: the values before the climb */
    int n_classes;
    int64_t steps_per_epoch;
    int epoch;
    int64_t step; /* of the epoch */
    double sum_loss;
    int64_t n_correct, n_seen; /* of the epoch */
    bool has_average_in_net;
};

#endif
