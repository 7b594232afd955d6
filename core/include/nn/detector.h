/* A face detector network as app uses it: a grey picture in, boxes with scores out.
 *
 * The picture is scaled down (never up) so that its longest side has at most max_side px, and stands at the top left of an
 * input whose sides are multiples of 32. A second look at half that size finds the large faces, which are as small there as
 * those that crops are made of in training, at a quarter of the first look's cost. Memory is allocated when a picture of another size comes, never otherwise.
 *
 * Threads: one at a time per handle; the pool's threads work inside run. */
#ifndef NN_DETECTOR_H
#define NN_DETECTOR_H

#include "base/pool.h"
#include "nn/boxes.h"

#include <stdint.h>

struct nn_detector;
struct nn_net;

struct nn_detector_settings {
    int max_side;      /* px, 64..4096; default 640 */
    float min_score;   /* 0..1; 0 (default): the model's own, for 0.2 false boxes a picture on its validation part */
    float overlap;     /* IoU above which two boxes are one face; default 0.4 */
    int n_looks;       /* 1 or 2 (default); pictures below 256 px get one */
};
struct nn_detector_settings nn_default_detector_settings(void);

struct nn_detector_info {
    char name[64];
    float min_score; /* in use */
    double recall;   /* of faces of 48 px and more on the validation part; 0 unknown */
    int n_recall;    /* faces it was measured on */
};

/* Loads and validates a .safetensors model. pool may be NULL (one thread) and must outlive the handle. FB_ERR_INPUT,
 * FB_ERR_USAGE, FB_ERR_NOMEM. */
FB_MUST_USE int nn_detector_create(const char *path, const struct nn_detector_settings *settings, struct fb_pool *pool,
                                   struct nn_detector **out);
/* The same of a net, with its weights of now, which are copied. min_score must be given. */
FB_MUST_USE int nn_detector_create_from_net(const struct nn_net *net, const struct nn_detector_settings *settings,
                                            struct fb_pool *pool, struct nn_detector **out);
void nn_detector_destroy(struct nn_detector **detector);

const struct nn_detector_info *nn_detector_info(const struct nn_detector *detector);

/* grey: (height, stride) bytes. Boxes in the picture's px, best first, at most max. Returns their number, or FB_ERR_USAGE
 * (size), FB_ERR_NOMEM. */
FB_MUST_USE int nn_detector_run(struct nn_detector *detector, const uint8_t *grey, int width, int height, int stride,
                                struct nn_detection *detections, int max);

/* FB_ERR_INPUT unless the net takes a grey picture and gives what nn/boxes.h says. */
FB_MUST_USE int nn_detector_check_net(const struct nn_net *net);

#endif
