/* Pictures unlike the rest: those that the principal components of all explain least. In FER2013 they
 * are text, drawings, cut-off and blank pictures.
 * Threads: one call at a time (the components run in OpenBLAS's threads). */
#ifndef NN_OUTLIERS_H
#define NN_OUTLIERS_H

#include "nn/data.h"
#include "nn/pca.h"

struct nn_outlier {
    int index;      /* into the data's samples */
    float error;    /* share of the picture's own variance that is left unexplained, 0..1 and over */
    bool is_flat;   /* deviation under 4 grey levels: nothing to explain; these come first */
};

/* All samples of data, light and contrast taken out, largest error first; *outliers (data->n) is the
 * caller's to free, *pca the caller's to destroy (may be NULL: not wanted). 1 <= n_components < 200 and
 * less than data->n. FB_ERR_USAGE, FB_ERR_NOMEM. */
FB_MUST_USE int nn_outliers_find(const struct nn_data *data, int n_components, uint64_t seed,
                                 struct nn_outlier **outliers, struct nn_pca **pca);

#endif
