/* The classroom without students: the far wall, and for each row its desks (with the chairs of the
 * row before them). Threads: as the canvas. */
#ifndef VIS_DEMO_ROOM_H
#define VIS_DEMO_ROOM_H

#include "canvas.h"
#include "layout.h"

/* Fills the canvas, which has the frame's size. */
void demo_room_paint(struct demo_canvas *canvas, const struct demo_layout *layout);

/* The part of the picture a row's desks take: rows y0..y1 of the frame. */
struct demo_rect demo_desk_part(const struct demo_layout *layout, int row);
/* Paints them to a canvas whose row 0 is y0 of that part. */
void demo_desk_paint(struct demo_canvas *canvas, const struct demo_layout *layout, int row,
                     uint64_t seed);

#endif
