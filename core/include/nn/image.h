/* Face crops as grey bytes: FER+'s PNGs, and the way to a network's input size. (Pictures of any kind
 * are vision's: vis/image.h.) Any thread. */
#ifndef NN_IMAGE_H
#define NN_IMAGE_H

#include "base/status.h"

#include <stdint.h>

/* A PNG of exactly (side, side) px into pixels. FB_ERR_INPUT: unreadable, no PNG, truncated, other
 * size; the text names the file and what was found. */
FB_MUST_USE int nn_image_read_png(const char *path, int side, uint8_t *pixels);

/* A PNG of any size up to 8192 a side, fitted as below. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_image_read_png_fitted(const char *path, int side, uint8_t *pixels);

/* Fits a picture (height, width) into (side, side): the shorter side is filled up with repeated edges,
 * then each output pixel is the mean of what it covers (or, enlarging, bilinear). side 1..128. */
void nn_image_fit(const uint8_t *from, int width, int height, uint8_t *to, int side);

#endif
