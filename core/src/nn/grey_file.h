/* A PNG or JPEG file as grey bytes. Any thread. */
#ifndef NN_SRC_GREY_FILE_H
#define NN_SRC_GREY_FILE_H

#include "base/status.h"

#include <stdint.h>

#define NN_GREY_MAX_SIDE 16384

/* A PNG of exactly (side, side) px into pixels. FB_ERR_INPUT: unreadable, no PNG, truncated, other
 * size; the text names the file and what was found. */
FB_MUST_USE int nn_grey_read_png(const char *path, int side, uint8_t *pixels);

/* A PNG or JPEG, told apart by its first bytes, of up to NN_GREY_MAX_SIDE px a side and 128
 * megapixels. *pixels: (height, width), the caller frees it. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_grey_read(const char *path, int *width, int *height, uint8_t **pixels);

#endif
