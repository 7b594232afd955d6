/* Pieces of a grey picture in another size: area-averaged when they shrink, bilinear when they
 * grow, edge pixels repeated outside. First down the columns, then along the rows. The same result
 * on every processor. Threads: any; no shared state. */
#ifndef VIS_RESAMPLE_H
#define VIS_RESAMPLE_H

#include <stdint.h>

struct vis_grey {
    const uint8_t *pixels; /* (height, stride); sides at most FB_FRAME_MAX_SIDE */
    int width, height, stride;
};

/* A part of a picture, px; may reach outside. All finite, sides > 0. */
struct vis_part {
    float x, y, w, h;
};

/* Rows first_row .. end_row - 1 of the part as (height, width) pixels. out: (height, stride) */
void vis_resample(const struct vis_grey *from, const struct vis_part *part, int width, int height,
                  int first_row, int end_row, uint8_t *out, int stride);

#endif
