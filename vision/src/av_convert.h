/* AVFrame -> fb_frame: any pixel format, size, range and matrix that libav decodes to I420, full
 * range, BT.601, upright. Threads: one at a time per handle. */
#ifndef VIS_AV_CONVERT_H
#define VIS_AV_CONVERT_H

#include "base/frame.h"

#include <libavutil/frame.h>

#include <stdbool.h>

/* How the stored picture is turned to stand upright: the picture is mirrored left-right and
 * top-bottom first, then transposed. */
struct vis_turn {
    bool is_transposed, is_flipped_x, is_flipped_y;
};

/* matrix: libav's 3x3 display matrix, NULL for none. Turns that are no multiple of 90 degrees are
 * taken as the nearest one. */
struct vis_turn vis_turn_from_matrix(const int32_t *matrix);

/* Size in px of the upright picture with square pixels; 1x1 at least. */
void vis_upright_size(const AVFrame *picture, struct vis_turn turn, int *width, int *height);

/* Zeroed is a valid start; scratch grows on the first picture that needs it. */
struct vis_convert {
    struct SwsContext *sws;
    struct fb_frame_pool *pool; /* of the unturned picture */
};
void vis_convert_finish(struct vis_convert *convert);

/* Fills out's planes. A picture of another shape is scaled to fit, with black bars. FB_ERR_INPUT (a
 * pixel format that cannot be converted), FB_ERR_NOMEM. */
FB_MUST_USE int vis_convert_picture(struct vis_convert *convert, const AVFrame *picture,
                                    struct vis_turn turn, struct fb_frame *out);

#endif
