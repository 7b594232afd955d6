/* From grey bytes to the network's input: one definition for training, evaluation and the live
 * program, so that a net never meets numbers it was not trained on.
 *
 * A model file keeps the mode's name ("fixed", "contrast"); the constants belong to the name.
 * Threads: pure functions, any thread. */
#ifndef NN_PREPROCESS_H
#define NN_PREPROCESS_H

#include "base/status.h"

#include <stdint.h>

/* fixed: x = (grey - 127.5) / 63.75, so that 0..255 becomes -2..2 (FER2013's own mean and deviation
 * are 129 and 65). */
#define NN_PREPROCESS_MEAN 127.5f
#define NN_PREPROCESS_DEVIATION 63.75f
/* contrast: x = (grey - the crop's mean) / max(the crop's deviation, this), which makes light and
 * camera gain drop out; the floor keeps a flat crop from becoming amplified noise. */
#define NN_PREPROCESS_MIN_DEVIATION 8.0f

enum nn_preprocess {
    NN_PREPROCESS_NONE,
    NN_PREPROCESS_FIXED, /* default */
    NN_PREPROCESS_CONTRAST,
    NN_PREPROCESS_COUNT,
};

/* "fixed", "contrast"; "none" for anything else. Static storage. */
const char *nn_preprocess_name(enum nn_preprocess mode);

/* FB_ERR_INPUT for an unknown name, with the known ones in the text. */
FB_MUST_USE int nn_preprocess_from_name(const char *name, enum nn_preprocess *mode);

/* One crop. grey: (n_px) bytes, or floats in 0..255; x: (n_px). mode must be FIXED or CONTRAST.
 * The float one may work in place. Equal values give equal results in both. */
void nn_preprocess_bytes(enum nn_preprocess mode, const uint8_t *grey, int n_px, float *x);
void nn_preprocess_floats(enum nn_preprocess mode, const float *grey, int n_px, float *x);

#endif
