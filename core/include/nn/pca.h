/* Principal components of pictures: for the demo's face basis, for outliers and for `explore`.
 *
 * The leading components are found by subspace iteration with a Rayleigh-Ritz step (Halko,
 * Martinsson and Tropp 2011), never forming the (d, d) covariance.
 * Threads: a fit runs in the caller (and OpenBLAS's threads); a fitted PCA is immutable. */
#ifndef NN_PCA_H
#define NN_PCA_H

#include "base/status.h"

#include <stdint.h>

struct nn_pca {
    int d, k;
    float *mean;       /* (d) */
    float *components; /* (k, d) orthonormal rows, largest deviation first */
    float *deviation;  /* (k) of the data along each */
    double variance;   /* of the data, all d directions: sum of squares / n */
};

/* x: (n, d), n >= 2; 1 <= k <= min(n - 1, d). The same seed gives the same numbers; signs
 * are fixed: the first entry of at least half a component's largest size is positive.
 * FB_ERR_USAGE, FB_ERR_NOMEM. Caller owns *out. */
FB_MUST_USE int nn_pca_fit(const float *x, int n, int d, int k, uint64_t seed, struct nn_pca **out);
void nn_pca_destroy(struct nn_pca **pca);

/* coefficients: (k) of x (d). */
void nn_pca_project(const struct nn_pca *pca, const float *x, float *coefficients);

/* Root mean square difference, in x's unit, between x (d) and its reconstruction from k components;
 * reconstruction: (d), may be NULL. */
float nn_pca_error(const struct nn_pca *pca, const float *x, float *reconstruction);

#endif
