/* The work of feltlab train-detector: data, net, epochs, validation, log, checkpoint. Main thread. */
#ifndef APP_DETECTOR_JOB_H
#define APP_DETECTOR_JOB_H

#include "nn/face_crops.h"
#include "nn/train.h"

struct app_detector_options {
    const char *net_path, *data_path, *out_path, *init_path; /* init may be NULL */
    struct nn_trainer_settings trainer;
    struct nn_face_crops_settings crops; /* side 0: the net's */
    int n_threads;                       /* 0: one per core */
    bool is_resuming, is_overwriting;
};

/* FB_ERR_INTERRUPTED leaves a checkpoint that --resume goes on from. */
FB_MUST_USE int app_train_detector(const struct app_detector_options *options);

#endif
