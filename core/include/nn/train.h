/* Training a net on batches from a source.
 *
 *     struct nn_trainer *trainer;
 *     nn_trainer_create(net, &source, &settings, &trainer);       // or nn_checkpoint_load to go on
 *     struct nn_train_report report;
 *     while (!nn_trainer_is_done(trainer)) {
 *         nn_trainer_step(trainer, &report);                      // one batch
 *         if (report.is_epoch_end) { nn_trainer_use_average(trainer, true); ... evaluate net, save ...;
 *                                    nn_trainer_use_average(trainer, false);
 *                                    nn_trainer_end_epoch(trainer, accuracy); }
 *     }
 *     nn_trainer_destroy(&trainer);
 *
 * With the same seed, settings and number of threads a training gives the same bits, also when it was
 * stopped between two steps and resumed from a checkpoint. Nothing is allocated in a step.
 * Threads: one at a time per trainer; the net is the trainer's while it steps. */
#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include "base/pool.h"
#include "nn/batch_source.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

struct nn_trainer_settings {
    int batch;           /* images a step, 1..4096; default 64 */
    int n_epochs;        /* default 40 */
    uint64_t seed;       /* of weights' start and dropout; default 0 */
    enum nn_loss_kind loss; /* default cross-entropy */
    double sam;             /* radius of sharpness-aware minimisation (Foret et al. 2021), 0..10; twice the time a step;
                               0.05 usual; default 0, off */
    struct nn_optimizer_settings optimizer;
    struct nn_schedule schedule; /* default one-cycle to 0.05 */
    struct fb_pool *pool;        /* NULL: one thread */
    bool is_loading_ahead;       /* the next batch is prepared on a thread of its own; default true */
    /* A loss that is not of a classifier, in place of the one named above; NULL: none. outputs: (n, the net's); target:
     * (n, the source's n_classes), whatever they mean; writes the gradient of the mean loss. Returns the loss times n. */
    double (*own_loss)(void *user, const float *outputs, const float *target, int n, float *d_outputs);
    void *loss_user;
};

struct nn_train_report {
    int epoch;        /* of this step, from 0 */
    int64_t step, n_steps; /* done in this epoch; of an epoch */
    double loss;      /* of this batch, mean over its images */
    double accuracy;  /* share of images whose largest output is the largest target */
    double rate;      /* learning rate */
    double gradient_length; /* before clipping; 0 when clipping is off */
    double epoch_loss, epoch_accuracy; /* means over the epoch so far */
    bool is_epoch_end;
};

struct nn_trainer;

struct nn_trainer_settings nn_default_trainer_settings(void);

/* net has its initial weights and must outlive the trainer, as must the source and pool. Its output must
 * have as many channels as the source has classes. A source smaller than a batch makes the batch smaller;
 * the samples of an epoch that fill no whole batch are left out of it. FB_ERR_USAGE, FB_ERR_NOMEM. */
FB_MUST_USE int nn_trainer_create(struct nn_net *net, const struct nn_batch_source *source,
                                  const struct nn_trainer_settings *settings, struct nn_trainer **out);
void nn_trainer_destroy(struct nn_trainer **trainer);

bool nn_trainer_is_done(const struct nn_trainer *trainer);
/* One batch. The source's failures; FB_ERR_FAILED when the loss is no longer finite. */
FB_MUST_USE int nn_trainer_step(struct nn_trainer *trainer, struct nn_train_report *report);
/* After the step that ended an epoch: validation accuracy (or 0 without), for the plateau schedule. */
void nn_trainer_end_epoch(struct nn_trainer *trainer, double accuracy);
/* Puts the averaged weights into the net, or the trained ones back. Nothing without an average. */
void nn_trainer_use_average(struct nn_trainer *trainer, bool is_average);

/* Epochs and steps of the present epoch done. */
int nn_trainer_epoch(const struct nn_trainer *trainer);
int64_t nn_trainer_step_in_epoch(const struct nn_trainer *trainer);
int64_t nn_trainer_steps_per_epoch(const struct nn_trainer *trainer);
struct nn_net *nn_trainer_net(const struct nn_trainer *trainer);

/* What the caller keeps in a checkpoint beside the trainer's own state. */
struct nn_checkpoint_extra {
    double best_accuracy; /* of validation so far */
    int best_epoch;
    int n_stale_epochs;
};

/* Everything the next step depends on: weights, moments, average, running statistics, places, schedule.
 * A checkpoint is also a model file. Between steps, trained weights in the net. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int nn_checkpoint_save(const char *path, struct nn_trainer *trainer,
                                   const struct nn_model_info *info,
                                   const struct nn_checkpoint_extra *extra);
/* Into a trainer created with the same net text and settings. FB_ERR_INPUT: not a checkpoint, of another
 * net, or of settings that do not fit (the text names them). */
FB_MUST_USE int nn_checkpoint_load(const char *path, struct nn_trainer *trainer,
                                   struct nn_checkpoint_extra *extra);

#endif
