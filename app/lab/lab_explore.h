/* What `explore` finds out about a data set, and its page. Main thread. */
#ifndef APP_LAB_EXPLORE_H
#define APP_LAB_EXPLORE_H

#include "nn/data.h"
#include "nn/outliers.h"

#define APP_ENTROPY_BINS 24

struct app_explored_split {
    int n;                              /* pictures */
    int n_before[NN_VOTE_COUNT];        /* by the largest of the ten vote columns; rows without votes in none */
    int n_after[FB_EXPRESSION_COUNT];   /* by majority, what training and evaluation count */
    int n_plurality, n_majority;        /* with a label in that mode */
    int n_duplicates;                   /* pixel-identical to an earlier picture of any split */
    double entropy[APP_ENTROPY_BINS];   /* pictures by the entropy of their vote distribution, 0..3 bits */
    double mean_entropy;
};

struct app_explored {
    const struct nn_data *data;
    struct app_explored_split splits[NN_SPLIT_COUNT];
    double class_entropy[FB_EXPRESSION_COUNT]; /* mean, by majority label */
    int *first_copy;                           /* (data->n), nn_data_find_duplicates */
    struct nn_outlier *outliers;               /* (data->n), worst first */
    struct nn_pca *pca;
};

/* n_components as nn_outliers_find takes it. Finish it also after a failure. FB_ERR_NOMEM, FB_ERR_USAGE. */
FB_MUST_USE int app_explore(const struct nn_data *data, int n_components, uint64_t seed, struct app_explored *out);
void app_explored_finish(struct app_explored *explored);

/* seed: of the samples and augmentations shown. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int app_explored_write_page(const struct app_explored *explored, uint64_t seed, const char *path);

#endif
