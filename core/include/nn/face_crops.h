/* Training crops for a detector: parts of pictures at many scales, rotated, flipped, partly covered, relit, blurred, noisy,
 * with their faces. Half-visible faces and those below NN_CROP_MIN_FACE_PX are neither to be found nor to be left out.
 *
 * Position i of an epoch is the same crop whatever was asked before (see nn/batch_source.h).
 * Threads: one fill at a time. */
#ifndef NN_FACE_CROPS_H
#define NN_FACE_CROPS_H

#include "nn/batch_source.h"
#include "nn/faces.h"

#define NN_CROP_MIN_FACE_PX 15

struct nn_face_crops_settings {
    int side;         /* of a crop, px, a multiple of 32; default 256 */
    int n_per_picture; /* crops of each picture in an epoch; default 4 */
    uint64_t seed;
    float rotation_deg; /* at most, in half of the crops; default 30 */
    float tumble;       /* share of crops turned by any angle: heads laid on arms or upside down; default 0.1 */
    float cover;        /* share of faces with a strip of something before them: hands, hair, heads, masks; default 0.15 */
    float face_share;   /* crops that are laid round a face of a chosen size; the rest lie anywhere; default 0.85 */
    float max_enlarge;  /* pictures are enlarged by no more; default 1.8 */
    float blur, noise;  /* shares of crops; 0.2, 0.3 */
};
struct nn_face_crops_settings nn_default_face_crops_settings(void);

struct nn_face_crops;

/* faces: loaded pictures, must outlive it. Uses those of the training part. FB_ERR_USAGE, FB_ERR_INPUT (no picture), FB_ERR_NOMEM. */
FB_MUST_USE int nn_face_crops_create(const struct nn_faces *faces, const struct nn_face_crops_settings *settings,
                                     struct nn_face_crops **out);
void nn_face_crops_destroy(struct nn_face_crops **crops);

/* For the trainer: x (n, 1, side, side), target (n, NN_DETECTOR_TARGET_FLOATS). */
struct nn_batch_source nn_face_crops_source(struct nn_face_crops *crops);
/* One crop as grey values 0..255 in floats (side, side), for looking at it; target as above. */
void nn_face_crop(struct nn_face_crops *crops, int epoch, int64_t position, float *grey, float *target);

#endif
