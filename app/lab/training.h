/* What feltlab's trainings share, whatever they train: the files beside --out (a checkpoint, a CSV log), the loop over
 * steps and epochs, the end. Main thread.
 *
 *     struct app_training training = {.out_path = "x.safetensors", .is_resuming = true};
 *     status = app_training_check(&training);                  // before anything costs time
 *     training.trainer = ...; status = app_training_resume(&training);
 *     status = app_training_open_log(&training, "epoch,seconds");
 *     status = app_training_run(&training, &events);
 *     app_training_finish(&training);
 */
#ifndef APP_TRAINING_H
#define APP_TRAINING_H

#include "nn/train.h"

#include <stdio.h>

#define APP_TRAINING_PATH_BYTES 4096

struct app_training {
    /* the caller's */
    const char *out_path; /* borrowed */
    bool is_resuming, is_overwriting;
    int patience;               /* epochs without a better validation before it ends; 0: never */
    struct nn_trainer *trainer; /* owned by this from when it is set */
    struct nn_model_info info;  /* goes into model and checkpoint */

    char checkpoint_path[APP_TRAINING_PATH_BYTES], log_path[APP_TRAINING_PATH_BYTES];
    FILE *log;
    struct nn_checkpoint_extra extra; /* best_accuracy: whatever the caller judges an epoch by */
    int64_t epoch_start_ns;
    int64_t first_step; /* of the epoch, when it was begun by this process */
};

struct app_training_events {
    void (*on_step)(void *user, const struct nn_train_report *report);
    int (*on_epoch)(void *user, const struct nn_train_report *report); /* validates, saves, logs; a status */
    void *user;
};

/* Makes the paths. FB_ERR_USAGE: too long, or there is an unfinished training and neither flag is given; FB_ERR_INPUT: nothing
 * to resume from. */
FB_MUST_USE int app_training_check(struct app_training *training);

/* Reads the checkpoint when resuming. nn_checkpoint_load's errors. */
FB_MUST_USE int app_training_resume(struct app_training *training);

/* FB_ERR_IO. columns: the CSV's first line, without its end. */
FB_MUST_USE int app_training_open_log(struct app_training *training, const char *columns);

/* Steps until all epochs are done or patience has run out; then the checkpoint is removed. One is written after every epoch and
 * by a signal, which gives FB_ERR_INTERRUPTED. */
FB_MUST_USE int app_training_run(struct app_training *training, const struct app_training_events *events);

/* Since the epoch began, or this process. */
double app_training_seconds(const struct app_training *training);

bool app_training_is_out_of_patience(const struct app_training *training);

/* The network's name in its model: the .net file's without folder and ending. */
void app_training_name(struct app_training *training, const char *net_path);

/* Frees what it holds; may be half built. */
void app_training_finish(struct app_training *training);

#endif
