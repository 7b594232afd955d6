/* See nn/preprocess.h. */
#include "nn/preprocess.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"none", "fixed", "contrast"};
_Static_assert(sizeof names / sizeof *names == NN_PREPROCESS_COUNT, "a name per mode");

const char *nn_preprocess_name(enum nn_preprocess mode)
{
    return mode > NN_PREPROCESS_NONE && mode < NN_PREPROCESS_COUNT ? names[mode] : names[0];
}

int nn_preprocess_from_name(const char *name, enum nn_preprocess *mode)
{
    for (int i = NN_PREPROCESS_FIXED; i < NN_PREPROCESS_COUNT; i++) {
        if (!strcmp(name, names[i])) {
            *mode = (enum nn_preprocess)i;
            return FB_OK;
        }
    }
    return fb_fail(FB_ERR_INPUT, "preprocessing \"%.40s\" is unknown; known are fixed and contrast",
                   name);
}

/* Sums in double: the two-pass-free variance of 0..255 values stays exact to a few 1e-12. */
static void crop_mean_deviation(const float *grey, int n_px, float *mean, float *deviation)
{
    double sum = 0.0, sum_squares = 0.0;
    for (int i = 0; i < n_px; i++) {
        sum += (double)grey[i];
        sum_squares += (double)grey[i] * (double)grey[i];
    }
    double m = sum / n_px, variance = sum_squares / n_px - m * m;
    *mean = (float)m;
    *deviation = variance > 0.0 ? (float)sqrt(variance) : 0.0f;
}

void nn_preprocess_floats(enum nn_preprocess mode, const float *grey, int n_px, float *x)
{
    float mean = NN_PREPROCESS_MEAN, deviation = NN_PREPROCESS_DEVIATION;
    if (mode == NN_PREPROCESS_CONTRAST) {
        crop_mean_deviation(grey, n_px, &mean, &deviation);
        deviation = fmaxf(deviation, NN_PREPROCESS_MIN_DEVIATION);
    }
    float scale = 1.0f / deviation;
    for (int i = 0; i < n_px; i++)
        x[i] = (grey[i] - mean) * scale;
}

void nn_preprocess_bytes(enum nn_preprocess mode, const uint8_t *grey, int n_px, float *x)
{
    for (int i = 0; i < n_px; i++)
        x[i] = (float)grey[i];
    nn_preprocess_floats(mode, x, n_px, x);
}
