/* A training as `feltlab train` runs it: data, net, validation after each epoch, log, files. */
#ifndef APP_TRAIN_JOB_H
#define APP_TRAIN_JOB_H

#include "nn/augment.h"
#include "nn/data.h"
#include "nn/preprocess.h"
#include "nn/train.h"

struct app_train_options {
    const char *net_path, *data_path, *out_path;
    const char *init_path; /* NULL: random start */
    struct nn_trainer_settings trainer;
    struct nn_augment_settings augment;
    enum nn_preprocess preprocess;
    enum nn_labels labels;
    bool is_class_balanced, is_resuming, is_overwriting;
    bool is_flipped;       /* answers are the mean over a picture and its mirror image */
    double oversample;
    double outlier_share;  /* pictures of which the components leave more than this are left out; 0: none */
    const char *left_out;  /* a list of names, one a line, that are left out; NULL: none */
    const char *teachers;  /* model files with commas between; NULL: none */
    double teacher_share;  /* of the target */
    bool is_teacher_seeing_same; /* the student's batches, not the pictures as they are */
    double crop_factor;
    int patience;  /* epochs without a better validation before it ends; 0: never */
    int n_threads; /* 0: one per core */
};

/* Trains and writes out_path (the best epoch so far), a checkpoint beside it after every epoch and
 * when interrupted, and a CSV line an epoch. One line an epoch on stdout. FB_ERR_INTERRUPTED after
 * a signal. */
FB_MUST_USE int app_train(const struct app_train_options *options);

#endif
