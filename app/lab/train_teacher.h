/* Teachers' answers to the training pictures, with progress. */
#ifndef APP_TRAIN_TEACHER_H
#define APP_TRAIN_TEACHER_H

#include "nn/teacher.h"

#define APP_TEACHER_BATCH 64

/* The selection's targets become (1 - share) of themselves and share of what the teachers (made for APP_TEACHER_BATCH)
 * say of the pictures as they are. FB_ERR_INTERRUPTED after a signal. */
FB_MUST_USE int app_teach_selection(struct nn_teacher *teacher, const struct nn_data *data,
                                    struct nn_selection *selection, double share);

#endif
