/* The demo class for tests: unpaced, from the repository's face basis. */
#ifndef DEMO_CLASS_H
#define DEMO_CLASS_H

#include "vis/demo.h"

/* 1280x720 at 30 fps, eight students, unpaced. */
struct vis_source_settings demo_class_settings(uint64_t seed);

/* The moment pts_s as a frame of its own pool of one; NULL on any failure (its text is shown). */
struct fb_frame *demo_class_frame(struct vis_source *source, struct fb_frame_pool *pool,
                                  double pts_s);

/* FNV-1a over the visible part of the three planes. */
uint64_t demo_class_hash(const struct fb_frame *frame);

#endif
