/* Makes the demo class's face basis (base/facebasis.h) from a FER+ data set: aligns the training
 * crops, keeps the frontal, well-fitting ones, and takes the mean face of each expression and the
 * principal components of what is left when the expression is taken out.
 *
 * Each map is an average over hundreds to thousands of pictures (n_least is the fewest): no single
 * person is in it. Threads: one call at a time; works on the pool it is given. */
#ifndef NN_FACEBASIS_H
#define NN_FACEBASIS_H

#include "base/facebasis.h"
#include "nn/data.h"

struct nn_face_basis_settings {
    int side;            /* px of the maps, 16..128, default 64 */
    int n_components;    /* 1..200, default 40 */
    float keep;          /* share of the crops used, the best fitting ones, 0.05..1, default 0.35 */
    uint64_t seed;       /* of the component search, default 1 */
    struct fb_pool *pool;
};

struct nn_face_basis_settings nn_face_basis_default_settings(void);

struct nn_face_basis_report {
    int n_aligned, n_kept;
    int n_mean[FB_EXPRESSION_COUNT];  /* kept pictures with at least 7 of 10 votes for it */
    float explained;                  /* share of the identities' variance in the components */
    double seconds;
};

/* Only the train split is used. FB_ERR_USAGE, FB_ERR_INPUT (too few pictures), FB_ERR_NOMEM.
 * report may be NULL. Caller owns *out. */
FB_MUST_USE int nn_face_basis_make(const struct nn_data *data,
                                   const struct nn_face_basis_settings *settings,
                                   struct nn_face_basis_report *report, struct fb_face_basis **out);

#endif
