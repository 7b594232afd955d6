/* Random changes of a training crop: what the camera, the box and the head may do without changing
 * the expression. What a crop becomes depends on (settings, seed, epoch, index) alone, never on
 * threads or order.
 *
 * Order: tone (gamma, contrast, brightness) -> one affine map, bilinear, edges repeated (flip, box
 * jitter, rotation, scale, shear, shift) -> light from one side -> low resolution -> noise -> erasing.
 * Threads: pure functions, any thread. */
#ifndef NN_AUGMENT_H
#define NN_AUGMENT_H

#include "base/status.h"

#include <stdint.h>

#define NN_AUGMENT_MAX_SIDE 128

/* Every field 0: the crop stays as it is. Names for nn_augment_set are those of the fields. */
struct nn_augment_settings {
    float flip;           /* 0..1, probability of mirroring */
    float rotation;       /* 0..45 degrees, at most, either way */
    float scale;          /* 0..0.5: factor in 1/(1+s)..1+s */
    float shift;          /* 0..0.5 of the side, at most, each way */
    float shear;          /* 0..0.5, at most, either way */
    float box_jitter;     /* 0..0.3 of the side: each of the box's four edges moves by at most this */
    float brightness;     /* 0..1 of 255, at most, either way */
    float contrast;       /* 0..2: factor about mid-grey in 1/(1+c)..1+c */
    float gamma;          /* 0..2: exponent in 1/(1+g)..1+g */
    float light;          /* 0..1 of 255: difference across the crop of a light from a random side */
    float low_resolution; /* 0..1, probability of passing through fewer pixels and back */
    float low_side_min;   /* 8..side, the fewest pixels a side then, default 18 */
    float low_side_max;   /* low_side_min..side, the most, default 36 */
    float noise;          /* 0..64 grey levels: the largest deviation of normal noise */
    float erase;          /* 0..1, probability of a rectangle of random grey, 3 to 20 % of the area */
    float mixup;          /* 0..1, probability of mixing with a second sample (done by nn/batches.h) */
    float mixup_alpha;    /* 0.05..1: shares from Beta(alpha, alpha), default 0.2 */
};

/* "none", "light", "strong". FB_ERR_USAGE for others, with the known ones in the text. */
FB_MUST_USE int nn_augment_preset(const char *name, struct nn_augment_settings *out);

/* Reads "strong" or "strong,erase=0.3,mixup=0": a preset, then changes to single fields.
 * FB_ERR_USAGE with the field and its range. */
FB_MUST_USE int nn_augment_parse(const char *text, struct nn_augment_settings *out);

/* All fields as nn_augment_parse takes them ("none,flip=0.5,..."), for logs and model files.
 * FB_ERR_FAILED when it does not fit (512 bytes are enough). */
FB_MUST_USE int nn_augment_format(const struct nn_augment_settings *settings, char *text, size_t n_bytes);

/* FB_ERR_USAGE if a field is outside its range or not a number. */
FB_MUST_USE int nn_augment_check(const struct nn_augment_settings *settings);

/* from: (from_side, from_side) grey bytes; to: (to_side, to_side) grey 0..255 as floats. Sides
 * 8..NN_AUGMENT_MAX_SIDE. settings must have passed nn_augment_check. */
void nn_augment(const struct nn_augment_settings *settings, uint64_t seed, int epoch, int64_t index,
                const uint8_t *from, int from_side, float *to, int to_side);

#endif
