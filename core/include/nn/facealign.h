/* Lays many face crops over one another: each gets the similarity (shift, rotation, scale) that fits
 * it best to their common mean, which sharpens as they fall into place (congealing, Learned-Miller
 * 2006, with the inverse compositional step of Baker and Matthews 2004). Light is taken out by a
 * gain and a plane per crop; the mouth has little weight, so that an open one is not squeezed.
 *
 * Threads: align runs on the pool it is given; results do not depend on its size. */
#ifndef NN_FACEALIGN_H
#define NN_FACEALIGN_H

#include "base/pool.h"
#include "nn/data.h"

/* From a place on the aligned canvas to one in the crop, both relative to the centre, in units of
 * the side: u = a x - b y + tx, v = b x + a y + ty. */
struct nn_similarity {
    float a, b, tx, ty;
};

struct nn_face_alignment {
    int n;
    struct nn_similarity *warp; /* (n) */
    float *likeness;            /* (n) correlation with the mean under the weights, -1..1 */
    float *symmetry;            /* (n) correlation with its own mirror image, -1..1; frontal: high */
};

/* pixels of the crops index[0..n). pool may be NULL. FB_ERR_USAGE (n < 2), FB_ERR_NOMEM. */
FB_MUST_USE int nn_face_align(const uint8_t (*pixels)[NN_FACE_PX], const int *index, int n,
                              struct fb_pool *pool, struct nn_face_alignment **out);
void nn_face_alignment_destroy(struct nn_face_alignment **alignment);

/* The crop through its warp at (side, side) px, Catmull-Rom, edges repeated; brought to mean 0 and
 * deviation 1 under the face's weights, with its light plane removed. */
void nn_face_sample(const uint8_t pixels[NN_FACE_PX], const struct nn_similarity *warp, int side,
                    float *out);

/* 1 on the face, falling to 0 towards the corners: (side, side). */
void nn_face_mask(int side, float *mask);

#endif
