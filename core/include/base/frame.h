/* Pictures and the fixed pool they come from.
 *
 * One format everywhere: planar YUV 4:2:0 (I420), full range, BT.601 (JFIF). The Y plane is the
 * grey picture of detection and classification; the planes go to an SDL IYUV texture and to the
 * encoder as they are. Sources convert on entry.
 *
 * A frame is written by whoever acquired it, then published and immutable from there on.
 * Threads: acquire, ref and unref from any thread; the pool must outlive its frames.
 */
#ifndef FB_BASE_FRAME_H
#define FB_BASE_FRAME_H

#include "base/status.h"

#include <stdint.h>

#define FB_FRAME_MAX_SIDE 16384

struct fb_frame_pool;

struct fb_frame {
    int width, height;       /* px, >= 1; odd sizes are allowed */
    int y_stride, uv_stride; /* bytes a row */
    uint8_t *y;              /* (height, y_stride) */
    uint8_t *u, *v;          /* ((height + 1) / 2, uv_stride) each */
    int64_t index;           /* of this frame in its source, from 0 */
    int64_t pts_ns;     /* media time: the file's own timestamp, or ns since a live source opened */
    int64_t capture_ns; /* fb_clock_now_ns() when it was captured or decoded */
    struct fb_frame_pool *pool; /* immutable; owner of the memory */
};

/* n_frames >= 1 frames of width x height. FB_ERR_NOMEM, FB_ERR_USAGE (size). */
FB_MUST_USE int fb_frame_pool_create(int n_frames, int width, int height,
                                     struct fb_frame_pool **out);
/* Every frame must have been unref'd. Accepts NULL. */
void fb_frame_pool_destroy(struct fb_frame_pool **pool);

/* A frame with one reference and width, height, strides, planes set, or NULL if all are in use. */
struct fb_frame *fb_frame_acquire(struct fb_frame_pool *pool);
struct fb_frame *fb_frame_ref(struct fb_frame *frame);
/* Drops the caller's reference and nulls it. Accepts NULL. */
void fb_frame_unref(struct fb_frame **frame);

/* Frames free at the moment; for counters and tests. */
int fb_frame_pool_n_free(struct fb_frame_pool *pool);

/* Copies planes, index and times; the sizes must be equal. */
void fb_frame_copy(struct fb_frame *to, const struct fb_frame *from);

/* Mid-grey picture. */
void fb_frame_clear(struct fb_frame *frame);

#endif
