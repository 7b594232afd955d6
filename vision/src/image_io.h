/* Still pictures by libavcodec, chosen by content, not by name. Threads: any; no shared state. */
#ifndef VIS_IMAGE_IO_H
#define VIS_IMAGE_IO_H

#include "av_convert.h"

#include <stddef.h>

#define VIS_IMAGE_MAX_BYTES (256 << 20)
#define VIS_IMAGE_MAX_PIXELS (128 << 20)

/* Whether a file that begins so is a picture of a kind we read. */
bool vis_is_picture(const unsigned char *head, size_t n_bytes);

/* The decoded picture (the caller's: av_frame_free) and how it stands upright (EXIF). FB_ERR_INPUT
 * (missing, no picture, damaged, too large), FB_ERR_NOMEM; the text names the path. */
FB_MUST_USE int vis_picture_decode(const char *path, AVFrame **picture, struct vis_turn *turn);

#endif
