/* Faces in a grey picture by a Haar cascade (Viola and Jones 2001): OpenCV's files, evaluated by our
 * own code (vis/cascade.h) or by OpenCV's, which finds the same windows several times slower.
 * Threads: one at a time per handle; the pool's threads work inside detect. */
#ifndef VIS_DETECTOR_H
#define VIS_DETECTOR_H

#include "base/frame.h"
#include "base/pool.h"
#include "mon/observation.h"

enum vis_haar_engine {
    VIS_HAAR_OWN,
    VIS_HAAR_OPENCV, /* the oracle */
};

/* Measured on 63 photographs with 208 faces of 24 px and more (IoU >= 0.3; ms of OpenCV's evaluator,
 * one core; shares of the faces 24-47, 48-95, >= 96 px wide found; false boxes a picture):
 *
 *     side  factor  windows   24-47  48-95   >=96   false    ms
 *      640    1.15        3     66 %   62 %   66 %    0.6    135
 *      640    1.15        4     64 %   58 %   62 %    0.4    126
 *      640    1.20        3     62 %   58 %   62 %   <0.6    102
 *      800    1.15        3     66 %   64 %   68 %    1.0    210    default
 *      800    1.15        4     64 %   63 %   58 %    0.5    210
 *      800    1.10        4     64 %   63 %   66 %   <1.1    259
 *     1024    1.15        4     64 %   61 %   62 %   <0.9    283
 *
 * A larger side costs false boxes and hardly finds more of the large faces; it sets the smallest face
 * that can be found at all, 24 px of the scaled picture: 38 px of a 1280x720 frame at 800, 48 px at
 * 640. */
struct vis_haar_settings {
    const char
        *cascade;       /* path of an OpenCV cascade XML; NULL: the installed frontalface_default */
    enum vis_haar_engine engine; /* default VIS_HAAR_OWN */
    float scale_factor; /* between sizes; 1.01..2, default 1.15 */
    int min_neighbours; /* windows that must agree; 0 raw windows; default 3 */
    int min_face_px;    /* smallest face looked for, in the frame's px; default 30 */
    float max_face_share; /* largest, as a share of the frame's height; default 1 */
    int max_side_px;      /* the picture is scaled down to this longest side first; default 800 */
};
struct vis_haar_settings vis_default_haar_settings(void);

struct vis_haar;
/* FB_ERR_INPUT (no or bad cascade: names the path and the package), FB_ERR_USAGE. pool: borrowed, must
 * outlive the handle; NULL: no threads. */
FB_MUST_USE int vis_haar_create(const struct vis_haar_settings *settings, struct fb_pool *pool,
                                struct vis_haar **out);
void vis_haar_destroy(struct vis_haar **haar);

/* Boxes in the frame's px, best score first, at most max. Score: how many windows agreed (their
 * best weight decides between equals); for raw windows the window's weight. Returns their number or
 * an error: FB_ERR_NOMEM, FB_ERR_FAILED. */
FB_MUST_USE int vis_haar_detect(struct vis_haar *haar, const struct fb_frame *frame,
                                struct mon_detection *detections, int max);

#endif
