/* What a detector network learns from: which cells answer for which face, and the loss on their output.
 *
 * A face belongs to the strides whose cells suit its size (two where ranges overlap), there to the cells near its centre; of
 * two faces the nearer one has the cell. The score is trained towards the overlap that the cell's box reaches (quality focal
 * loss, Li et al. 2020), so that NMS keeps the best-placed box; boxes by EIoU (Zhang et al. 2021). Cells in ignored
 * boxes have no score to learn. The strides count alike, however many more small faces there are. Any thread. */
#ifndef NN_DETECTOR_LOSS_H
#define NN_DETECTOR_LOSS_H

#include "nn/boxes.h"

#include <stddef.h>

enum { NN_CROP_MAX_FACES = 96, NN_FACE_TARGETS = 5 };

enum nn_face_kind { NN_FACE_NONE, NN_FACE_WANTED, NN_FACE_IGNORED };

/* One picture's faces as floats, in the batch's target: (NN_CROP_MAX_FACES, x, y, w, h, kind), the rest NN_FACE_NONE. */
#define NN_DETECTOR_TARGET_FLOATS (NN_CROP_MAX_FACES * NN_FACE_TARGETS)

struct nn_detector_loss;

/* For inputs of height x width px, multiples of 32, and at most max_batch of them. FB_ERR_NOMEM, FB_ERR_USAGE. */
FB_MUST_USE int nn_detector_loss_create(int height, int width, int max_batch, struct nn_detector_loss **out);
void nn_detector_loss_destroy(struct nn_detector_loss **loss);

struct nn_detector_loss_result {
    double score, box; /* means over the levels of sums over the batch divided by the number of answering cells */
    double overlap;    /* mean over answering cells */
    int n_answering;
};

/* output, d_output: (n, 5, cells); target: (n, NN_DETECTOR_TARGET_FLOATS). d_output receives the gradient of score + box. */
struct nn_detector_loss_result nn_detector_loss_run(struct nn_detector_loss *loss, const float *output,
                                                    const float *target, int n, float *d_output);

/* EIoU loss of a box and its gradient by centre x, centre y, w, h. */
double nn_eiou(const struct nn_box *box, const struct nn_box *face, double gradient[4]);
/* Quality focal loss of a logit whose wanted probability is `wanted`, and its derivative. */
double nn_quality_focal(double logit, double wanted, double *derivative);

#endif
