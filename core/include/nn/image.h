/* Picture files as grey bytes, and their way to a network's input size. Any thread. */
#ifndef NN_IMAGE_H
#define NN_IMAGE_H

#include "base/status.h"

#include <stdint.h>

#define NN_IMAGE_MAX_SIDE 16384

/* A PNG of exactly (side, side) px into pixels. FB_ERR_INPUT: unreadable, no PNG, truncated, other
 * size; the text names the file and what was found. */
FB_MUST_USE int nn_image_read_png(const char *path, int side, uint8_t *pixels);

/* A PNG or JPEG, told apart by its first bytes, of up to NN_IMAGE_MAX_SIDE px a side and 128
 * megapixels. *pixels: (height, width), the caller frees it. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_image_read(const char *path, int *width, int *height, uint8_t **pixels);

/* Fits a picture (height, width) into (side, side): the shorter side is filled up with repeated edges,
 * then each output pixel is the mean of what it covers (or, enlarging, bilinear). side 1..128. */
void nn_image_fit(const uint8_t *from, int width, int height, uint8_t *to, int side);

#endif
