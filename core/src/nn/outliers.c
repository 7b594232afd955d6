/* See nn/outliers.h. */
#include "nn/outliers.h"

#include "nn/preprocess.h"

#include <math.h>
#include <stdlib.h>

#define FLAT_DEVIATION 4.0f

static float deviation_of(const uint8_t *grey)
{
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < NN_FACE_PX; i++) {
        sum += grey[i];
        squares += (double)grey[i] * grey[i];
    }
    double mean = sum / NN_FACE_PX;
    return (float)sqrt(fmax(squares / NN_FACE_PX - mean * mean, 0.0));
}

static int worst_first(const void *a, const void *b)
{
    const struct nn_outlier *x = a, *y = b;
    if (x->is_flat != y->is_flat)
        return y->is_flat - x->is_flat;
    if (x->error < y->error || x->error > y->error)
        return x->error < y->error ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static void judge(const struct nn_data *data, const float *x, const struct nn_pca *pca,
                  struct nn_outlier *outliers)
{
    for (int i = 0; i < data->n; i++) {
        float rest = nn_pca_error(pca, x + (size_t)i * NN_FACE_PX, NULL);
        bool is_flat = deviation_of(data->pixels[i]) < FLAT_DEVIATION;
        outliers[i] = (struct nn_outlier){i, rest * rest, is_flat}; /* x has variance 1 */
    }
    qsort(outliers, (size_t)data->n, sizeof *outliers, worst_first);
}

int nn_outliers_find(const struct nn_data *data, int n_components, uint64_t seed,
                     struct nn_outlier **outliers, struct nn_pca **pca)
{
    size_t n = (size_t)data->n;
    struct nn_pca *fitted = NULL;
    if (pca)
        *pca = NULL;
    *outliers = NULL;
    float *x = malloc(n * NN_FACE_PX * sizeof *x);
    struct nn_outlier *found = malloc(n * sizeof *found);
    int status = x && found ? FB_OK : fb_fail_nomem("pictures", n * NN_FACE_PX * sizeof *x);
    for (size_t i = 0; status == FB_OK && i < n; i++)
        nn_preprocess_bytes(NN_PREPROCESS_CONTRAST, data->pixels[i], NN_FACE_PX, x + i * NN_FACE_PX);
    if (status == FB_OK)
        status = nn_pca_fit(x, data->n, NN_FACE_PX, n_components, seed, &fitted);
    if (status == FB_OK) {
        judge(data, x, fitted, found);
        *outliers = found;
        found = NULL;
    }
    if (status == FB_OK && pca) {
        *pca = fitted;
        fitted = NULL;
    }
    nn_pca_destroy(&fitted);
    free(found);
    free(x);
    return status;
}
