/* Hard cuts of a video: whether a frame shows another scene than the last one. Light going on or
 * off is none, nor is somebody who walks past. Threads: one at a time per struct. */
#ifndef VIS_CUT_H
#define VIS_CUT_H

#include "base/frame.h"

#include <stdbool.h>

enum { VIS_CUT_WIDTH = 32, VIS_CUT_HEIGHT = 18 };

/* Zero-initialised: no frame yet. */
struct vis_cut {
    bool has_last;
    float last[VIS_CUT_WIDTH * VIS_CUT_HEIGHT]; /* small grey picture of the last frame */
};

/* Takes the next frame in; true when it and the last one have hardly anything in common. */
bool vis_cut_next(struct vis_cut *cut, const struct fb_frame *frame);

#endif
