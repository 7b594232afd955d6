/* Neck, shoulders and clothes. Units as for hair.h; reaches from the neck down to 2.8.
 * Threads: as the canvas. */
#ifndef VIS_DEMO_BODY_H
#define VIS_DEMO_BODY_H

#include "look.h"

void demo_body_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look);
/* Forearms that rest on a desk whose edge is at y = 0. */
void demo_arms_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look);

#endif
