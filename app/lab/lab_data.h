/* What feltlab's commands do with data: load with a report on stderr, faces with labels from a data
 * folder or a manifest, and a model's answers to them. Main thread. */
#ifndef APP_LAB_DATA_H
#define APP_LAB_DATA_H

#include "find_faces.h"
#include "base/pool.h"
#include "nn/classifier.h"
#include "nn/data.h"

/* nn_data_load of the splits marked (NULL: all) with its report as lines on stderr. Pictures in folders by class may be
 * JPEG, PNG, WebP, BMP. */
FB_MUST_USE int app_lab_load(const char *folder, const bool *splits, struct fb_pool *pool,
                             struct nn_data **out);

/* Crops at a classifier's side with one label each. */
struct app_lab_faces {
    int n, side;
    uint8_t *crops;  /* (n, side, side) */
    int8_t *label;   /* (n) */
    bool *is_missed; /* (n) no face was found: the crop is grey and gets no answer; NULL: all found */
};

/* The split's faces that have a label under the protocol (majority or plurality). */
FB_MUST_USE int app_lab_faces_from_data(const char *folder, enum nn_split split,
                                        enum nn_labels protocol, int side, struct fb_pool *pool,
                                        struct app_lab_faces *out);

/* A CSV with header path,label: paths relative to it, pictures of any size, each taken as a face
 * crop (APP_FIND_NONE); or the largest sure face that the detector finds in it, with the model's
 * crop_factor; a picture without one counts as missed. FB_ERR_INPUT names line and column, or the
 * picture. */
FB_MUST_USE int app_lab_faces_from_manifest(const char *path, enum app_find_kind detector, float crop_factor,
                                            int side, struct app_lab_faces *out);
void app_lab_faces_finish(struct app_lab_faces *faces);

/* p: (n, 8) of the faces, all 0 for a missed one; ms_per_face may be NULL. Shows progress; FB_ERR_INTERRUPTED. */
FB_MUST_USE int app_lab_predict(struct nn_classifier *classifier, const struct app_lab_faces *faces,
                                float (*p)[FB_EXPRESSION_COUNT], double *ms_per_face);
#define APP_LAB_BATCH 32 /* faces of one nn_classifier_run there */

#endif
