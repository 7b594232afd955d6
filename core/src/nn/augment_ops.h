/* The picture operations of augmentation and of the robustness test, without chance. Floats in
 * 0..255. Threads: pure functions, any thread. */
#ifndef NN_SRC_AUGMENT_OPS_H
#define NN_SRC_AUGMENT_OPS_H

#include "nn/augment.h"

/* From the centre of the output, in sides, to the centre of the input: u = m[0] x + m[1] y + m[2].
 */
struct nn_affine {
    float m[6];
};

/* First b, then a. */
struct nn_affine nn_affine_compose(struct nn_affine a, struct nn_affine b);

/* from: (from_side, from_side), to: (to_side, to_side); bilinear, edges repeated. */
void nn_affine_sample(const float *from, int from_side, const struct nn_affine *map, float *to,
                      int to_side);

/* Adds a slope of `strength` grey levels across the side, rising towards angle (radians). */
void nn_add_light(float *x, int side, float angle, float strength);

/* Area means down to (low_side, low_side), then bilinear back to (side, side). 2 <= low_side <
 * side. */
void nn_lower_resolution(float *x, int side, int low_side);

/* What a grey JPEG of this quality (1..100, as libjpeg counts it) leaves of x, unrounded. side up
 * to NN_AUGMENT_MAX_SIDE. */
void nn_jpeg_loss(float *x, int side, int quality);

/* Uniform grey over [x0, x1) x [y0, y1). */
void nn_cover(float *x, int side, int x0, int y0, int x1, int y1, float grey);

#endif
