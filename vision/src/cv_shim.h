/* OpenCV behind a C interface: the only C++ of the program, and the only place that knows OpenCV.
 * No exception leaves it: each function returns a status and leaves the text (base/status.h).
 * OpenCV works on the caller's thread alone. Threads: one at a time per handle. */
#ifndef VIS_CV_SHIM_H
#define VIS_CV_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/status.h"

struct cv_shim_window {
    int x, y, w, h;
    double weight; /* how far the window passed the last stage's threshold */
};

struct cv_shim_cascade;

/* FB_ERR_INPUT: no cascade in that file; FB_ERR_NOMEM. */
FB_MUST_USE int cv_shim_cascade_load(const char *path, struct cv_shim_cascade **out);
/* Accepts NULL. */
void cv_shim_cascade_free(struct cv_shim_cascade **cascade);
/* Side in px of the smallest window the cascade looks at. */
int cv_shim_cascade_window_px(const struct cv_shim_cascade *cascade);

/* Every window the cascade accepts, ungrouped, in the order of the scan. grey: (height, stride).
 * *windows belongs to the cascade and is valid until its next call. Returns how many, or
 * FB_ERR_USAGE (arguments OpenCV refuses), FB_ERR_NOMEM, FB_ERR_FAILED. */
FB_MUST_USE int cv_shim_cascade_scan(struct cv_shim_cascade *cascade, const uint8_t *grey,
                                     int width, int height, int stride, double scale_factor,
                                     int min_side_px, int max_side_px,
                                     const struct cv_shim_window **windows);
#ifdef __cplusplus
}
#endif

#endif
