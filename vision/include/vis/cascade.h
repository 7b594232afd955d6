/* OpenCV's published cascades (Haar and LBP, stumps and trees, tilted features) evaluated by our
 * own code: the same windows as cv::CascadeClassifier 4.6, grouped the same way, several times
 * faster.
 *
 *     struct vis_cascade_settings settings = vis_default_cascade_settings();
 *     vis_cascade_create(path, &settings, pool, &cascade);
 *     n = vis_cascade_detect(cascade, frame->y, width, height, stride, boxes, 64);
 *     vis_cascade_destroy(&cascade);
 *
 * Method: Viola and Jones, 2001; Lienhart and Maydt, 2002 (tilted); Liao et al., 2007 (block LBP).
 * Threads: one at a time per handle; the pool's threads work inside detect.
 */
#ifndef VIS_CASCADE_H
#define VIS_CASCADE_H

#include "base/pool.h"
#include "base/status.h"

#include <stdint.h>

/* How windows are evaluated. Every kernel finds the same windows. */
enum vis_cascade_kernel {
    VIS_CASCADE_KERNEL_NONE, /* choose the fastest this machine and this cascade allow */
    VIS_CASCADE_KERNEL_PLAIN,
    VIS_CASCADE_KERNEL_AVX2,
    VIS_CASCADE_KERNEL_AVX512,
    VIS_CASCADE_KERNEL_COUNT,
};

struct vis_cascade_settings {
    double scale_factor; /* between window sizes; > 1, at most 10; default 1.1 */
    int min_px,
        max_px; /* smallest and largest window side in the picture; 0: no limit; default 30, 0 */
    int min_neighbours;    /* windows that must agree; 0: raw windows, not grouped; default 4 */
    double group_distance; /* edges this share of a side apart still agree; 0..1, default 0.2 */
    enum vis_cascade_kernel
        kernel; /* default VIS_CASCADE_KERNEL_NONE; one that is not available: FB_ERR_USAGE */
};
struct vis_cascade_settings vis_default_cascade_settings(void);

struct vis_cascade_box {
    int x, y, w, h;   /* px of the picture, inside it */
    int n_neighbours; /* windows that agreed; 1 for a raw window */
    float score;      /* best window's last stage sum above its threshold, >= 0 */
};

struct vis_cascade;

/* Loads path (an OpenCV cascade XML of the format of 2.4 and later). The pool is borrowed and must
 * outlive the cascade; NULL: no threads. FB_ERR_INPUT (unreadable or invalid file: names line and
 * reason), FB_ERR_USAGE (settings), FB_ERR_NOMEM. */
FB_MUST_USE int vis_cascade_create(const char *path, const struct vis_cascade_settings *settings,
                                   struct fb_pool *pool, struct vis_cascade **out);
/* Accepts NULL. */
void vis_cascade_destroy(struct vis_cascade **cascade);

/* Changes min_px and max_px of the settings; the next detect prepares anew. FB_ERR_USAGE. */
FB_MUST_USE int vis_cascade_set_range(struct vis_cascade *cascade, int min_px, int max_px);

/* Side in px of the smallest window the cascade knows. */
int vis_cascade_window_px(const struct vis_cascade *cascade);

/* Allocates everything pictures of width x height need, unless that is done already. FB_ERR_NOMEM,
 * FB_ERR_USAGE (size: 1..FB_FRAME_MAX_SIDE). */
FB_MUST_USE int vis_cascade_prepare(struct vis_cascade *cascade, int width, int height);

/* Finds windows in a grey picture, (height, stride) bytes, and groups them; prepares if the size is
 * new, otherwise allocates nothing. At most max boxes, those with most neighbours first, then by
 * score and place: the order does not depend on threads or kernel. Returns their number or an
 * error of vis_cascade_prepare. */
FB_MUST_USE int vis_cascade_detect(struct vis_cascade *cascade, const uint8_t *grey, int width,
                                   int height, int stride, struct vis_cascade_box *boxes, int max);

/* Windows of the last detect before grouping, and those lost because more were found than is room
 * for (hundreds of thousands: the cascade or the picture is not a sensible one). */
int vis_cascade_n_windows(const struct vis_cascade *cascade);
int vis_cascade_n_lost(const struct vis_cascade *cascade);

/* The kernel in use, and its name ("plain", "avx2", "avx512"); static storage. */
enum vis_cascade_kernel vis_cascade_kernel(const struct vis_cascade *cascade);
const char *vis_cascade_kernel_name(enum vis_cascade_kernel kernel);

#endif
