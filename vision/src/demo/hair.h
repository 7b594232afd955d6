/* Hair, headscarf and glasses. Units: the face square's side, origin its centre, y down.
 * Threads: as the canvas. */
#ifndef VIS_DEMO_HAIR_H
#define VIS_DEMO_HAIR_H

#include "look.h"

/* Behind neck and shoulders. */
void demo_hair_paint_back(struct demo_canvas *canvas, const struct demo_map *map,
                          const struct demo_look *look);
/* In front of the face. */
void demo_hair_paint_front(struct demo_canvas *canvas, const struct demo_map *map,
                           const struct demo_look *look);
void demo_glasses_paint(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look);

bool demo_hair_covers_ears(enum demo_hair kind);

#endif
