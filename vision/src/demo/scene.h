/* The demo class as pictures: everything is painted once, a frame is put together from it.
 * Threads: one at a time per scene. */
#ifndef VIS_DEMO_SCENE_H
#define VIS_DEMO_SCENE_H

#include "script.h"

struct demo_scene;

/* basis_path: a face basis file. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int demo_scene_create(const char *basis_path, const struct demo_layout *layout,
                                  uint64_t seed, struct demo_scene **out);
void demo_scene_destroy(struct demo_scene **scene);

const struct demo_layout *demo_scene_layout(const struct demo_scene *scene);

/* The moment t_s, the same whatever was drawn before. frame: of the scene's size. Allocates
 * nothing. */
void demo_scene_draw(struct demo_scene *scene, double t_s, struct fb_frame *frame);

#endif
