/* Faces in a grey picture by a Haar cascade (Viola and Jones 2001; OpenCV's evaluator and files).
 * Threads: one at a time per handle. */
#ifndef VIS_DETECTOR_H
#define VIS_DETECTOR_H

#include "base/frame.h"
#include "mon/observation.h"

struct vis_haar_settings {
    const char *cascade;  /* path of an OpenCV cascade XML; NULL: the installed frontalface_default */
    float scale_factor;   /* between sizes; 1.01..2, default 1.1 */
    int min_neighbours;   /* windows that must agree; 0 raw windows; default 4 */
    int min_face_px;      /* smallest face looked for, in the frame's px; default 30 */
    float max_face_share; /* largest, as a share of the frame's height; default 1 */
    int max_side_px;      /* the picture is scaled down to this longest side first; default 640 */
};
struct vis_haar_settings vis_default_haar_settings(void);

struct vis_haar;
/* FB_ERR_INPUT (no or bad cascade: names the path and the package), FB_ERR_USAGE. */
FB_MUST_USE int vis_haar_create(const struct vis_haar_settings *settings, struct vis_haar **out);
void vis_haar_destroy(struct vis_haar **haar);

/* Boxes in the frame's px, best score first, at most max. Returns their number or an error. */
FB_MUST_USE int vis_haar_detect(struct vis_haar *haar, const struct fb_frame *frame,
                                struct mon_detection *detections, int max);

#endif
