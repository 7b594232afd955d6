/* A network's answers to the validation pictures, while it is being trained. */
#ifndef APP_TRAIN_VALIDATION_H
#define APP_TRAIN_VALIDATION_H

#include "base/pool.h"
#include "nn/batches.h"
#include "nn/model.h"

struct app_validation;

/* What one pass gives; all 0 without validation pictures. */
struct app_validation_result {
    int n;
    double loss, accuracy;
};

/* net and selection must outlive it. is_flipped: answers are the mean over a picture and its mirror image. */
FB_MUST_USE int app_validation_create(const struct nn_net *net, const struct nn_data *data,
                                      const struct nn_selection *selection, enum nn_preprocess preprocess,
                                      bool is_flipped, struct fb_pool *pool, struct app_validation **out);
void app_validation_destroy(struct app_validation **validation);

/* One pass with the net's present values; NULL gives zeros. */
FB_MUST_USE int app_validation_run(struct app_validation *validation, struct app_validation_result *result);
/* The last pass's temperature and the metrics with it into info. */
FB_MUST_USE int app_validation_calibrate(struct app_validation *validation, struct nn_model_info *info);

#endif
