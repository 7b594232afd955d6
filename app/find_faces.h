/* The detect stage: boxes of vision's cascade, of core/nn's network, or of both joined.
 *
 * Boxes and scores mean the same whoever found them, since tracks and the classifier were made for the cascade's: a box is the
 * square that the cascade would draw, a score counts agreeing windows. The network's boxes are turned into such squares; its
 * threshold stands for FIND_SURE windows, and boxes down to half of it come with less, enough to keep a track alive.
 *
 * Threads: one at a time per handle; the pool's threads work inside. */
#ifndef APP_FIND_FACES_H
#define APP_FIND_FACES_H

#include "base/pool.h"
#include "nn/detector.h"
#include "vis/detector.h"

enum app_find_kind { APP_FIND_NONE, APP_FIND_HAAR, APP_FIND_NET, APP_FIND_BOTH, APP_FIND_KIND_COUNT };

/* "haar", "net", "both"; NULL for others. APP_FIND_NONE for an unknown name. */
const char *app_find_name(enum app_find_kind kind);
enum app_find_kind app_find_from_name(const char *name);

/* The network alone: the cascade beside it finds 1-2 faces of 100 more, for five times the time (`feltlab
 * evaluate-detector`). */
#define APP_FIND_DEFAULT APP_FIND_NET

/* Windows from which on a box is a face. */
#define APP_FIND_SURE 6.0f

struct app_find_settings {
    enum app_find_kind kind;
    struct vis_haar_settings haar; /* its min_face_px is the network's too, whose boxes are kept from two thirds of it */
    const char *network; /* path of the detector's model; not looked at with APP_FIND_HAAR */
    struct nn_detector_settings net;
};

/* APP_FIND_DEFAULT with the shipped network. */
struct app_find_settings app_default_find_settings(void);

struct app_finder;

/* Errors of vis_haar_create and nn_detector_create. pool must outlive it. */
FB_MUST_USE int app_finder_create(const struct app_find_settings *settings, struct fb_pool *pool, struct app_finder **out);
void app_finder_destroy(struct app_finder **finder);

/* Best first, at most max. Returns their number or an error. */
FB_MUST_USE int app_finder_run(struct app_finder *finder, const struct fb_frame *frame, struct mon_detection *detections,
                               int max);

/* The square that the cascade draws round a face with this (upright, tight) box. */
struct mon_box app_find_square(const struct nn_box *face);

#endif
