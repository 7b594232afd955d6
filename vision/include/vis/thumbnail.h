/* A small JPEG of a frame, for pages. Threads: any. */
#ifndef VIS_THUMBNAIL_H
#define VIS_THUMBNAIL_H

#include "base/frame.h"

#include <stddef.h>

/* At most max_width px wide, by whole steps; *jpeg is freed with free(). FB_ERR_NOMEM, FB_ERR_FAILED. */
FB_MUST_USE int vis_thumbnail_jpeg(const struct fb_frame *frame, int max_width,
                                   unsigned char **jpeg, size_t *n_bytes);

#endif
