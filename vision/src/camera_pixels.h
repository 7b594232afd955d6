/* A camera's buffer -> fb_frame. Motion JPEG and the raw formats webcams have.
 * Threads: one at a time per handle. */
#ifndef VIS_CAMERA_PIXELS_H
#define VIS_CAMERA_PIXELS_H

#include "base/frame.h"
#include "colour.h"

struct vis_pixels_format {
    uint32_t fourcc;
    int width, height;        /* px */
    int stride_bytes;         /* of the first plane; 0 for JPEG */
    struct vis_matrix matrix; /* of the raw formats; JPEG is JFIF */
    bool is_full_range;
};

/* Whether a V4L2 pixel format can be read. */
bool vis_pixels_is_known(uint32_t fourcc);
bool vis_pixels_is_jpeg(uint32_t fourcc);

struct vis_pixels {
    struct vis_pixels_format format;
    void *jpeg;       /* tjhandle */
    uint8_t *scratch; /* planes of a JPEG that is not 4:2:0 with even sides */
};

/* FB_ERR_USAGE (format), FB_ERR_NOMEM. Finish in any case. */
FB_MUST_USE int vis_pixels_init(struct vis_pixels *pixels, const struct vis_pixels_format *format);
void vis_pixels_finish(struct vis_pixels *pixels);

/* Fills out's planes; false for a picture that is short, damaged or of another size. */
bool vis_pixels_read(struct vis_pixels *pixels, const uint8_t *bytes, size_t n_bytes,
                     struct fb_frame *out);

#endif
