/* Image operations on frames: crops for the network, blur, still pictures in and out.
 * Threads: any; no shared state. */
#ifndef VIS_IMAGE_H
#define VIS_IMAGE_H

#include "base/frame.h"
#include "mon/observation.h"

/* The square round a face as FER2013 frames it: centred on the box, side = larger side * factor. */
#define VIS_CROP_FACTOR_DEFAULT 1.0f

/* The grey crop of a face, side x side px, area-averaged when it shrinks, bilinear when it grows,
 * edge pixels repeated outside the frame. out: (side, side) bytes. */
void vis_crop_face(const struct fb_frame *frame, const struct mon_box *box, float factor, int side,
                   uint8_t *out);

struct vis_crop_quality {
    float size_px;    /* side of the square in the frame */
    float sharpness;  /* variance of the Laplacian of the crop, over its contrast; 0 flat .. */
    float mean, contrast; /* grey 0..255; standard deviation */
};
/* crop: (side, side) */
struct vis_crop_quality vis_crop_measure(const uint8_t *crop, int side, float size_px);

/* Pixelates the box in place; the frame must not be published yet. */
void vis_frame_blur(struct fb_frame *frame, const struct mon_box *box);

/* Loads a picture (JPEG, PNG, WebP, BMP ...) as a frame of its own pool: unref, then destroy the
 * pool. FB_ERR_INPUT. */
FB_MUST_USE int vis_image_load(const char *path, struct fb_frame_pool **pool,
                               struct fb_frame **frame);
/* PNG. rgb: (height, stride_bytes), 3 bytes a pixel. FB_ERR_IO. */
FB_MUST_USE int vis_image_save_rgb(const char *path, const uint8_t *rgb, int width, int height,
                                   int stride_bytes);

#endif
