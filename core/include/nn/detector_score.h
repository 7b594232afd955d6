/* How good a detector is: faces found by size, against false boxes a picture, over all thresholds at once.
 *
 *     struct nn_detector_score *score;  nn_detector_score_create(NN_SCORE_OVERLAP, &score);
 *     for each picture: nn_detector_score_add(score, faces, n_faces, detections, n_detections);
 *     nn_detector_score_at(score, 0.2, &result);          // at the threshold that gives 0.2 false boxes a picture
 *
 * Best first, a box finds the face that it overlaps most, at IoU >= 0.4 (NN_SCORE_OVERLAP), if that has not been found yet. A box is false that
 * finds none and does not lie on an ignored one (by half of itself). One thread. */
#ifndef NN_DETECTOR_SCORE_H
#define NN_DETECTOR_SCORE_H

#include "nn/faces.h"

enum nn_face_size { NN_FACE_24, NN_FACE_48, NN_FACE_96, NN_FACE_SIZE_COUNT }; /* 24-47, 48-95, >= 96 px wide */

#define NN_SCORE_OVERLAP 0.4f

struct nn_detector_score;

struct nn_detector_result {
    float min_score;     /* boxes from here on count */
    int n_pictures, n_false;
    int n_faces[NN_FACE_SIZE_COUNT], n_found[NN_FACE_SIZE_COUNT];
    double recall_24, recall_48; /* of faces 24-47 px; of 48 px and more; 0 without any */
    double false_per_picture;
    double overlap; /* mean IoU of the found ones */
};

/* overlap: the least IoU that finds a face. FB_ERR_NOMEM. */
FB_MUST_USE int nn_detector_score_create(float overlap, struct nn_detector_score **out);
void nn_detector_score_destroy(struct nn_detector_score **score);
/* detections: best first. FB_ERR_NOMEM. */
FB_MUST_USE int nn_detector_score_add(struct nn_detector_score *score, const struct nn_face *faces, int n_faces,
                                      const struct nn_detection *detections, int n_detections);
/* With the lowest threshold at which no more than this many boxes a picture are false. */
void nn_detector_score_at(struct nn_detector_score *score, double false_per_picture, struct nn_detector_result *result);
/* With a given one. */
void nn_detector_score_from(struct nn_detector_score *score, float min_score, struct nn_detector_result *result);

#endif
