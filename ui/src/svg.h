/* A draw list as SVG text. Threads: as the list. */
#ifndef UI_SVG_H
#define UI_SVG_H

#include "draw_list.h"

#include <stdio.h>

/* px: size of the picture; scale: of the list's fonts. Writes fills, strokes and texts, which is
 * what charts are made of; a list with anything else is refused with FB_ERR_USAGE. */
FB_MUST_USE int ui_svg_write(const struct ui_draw_list *list, float width, float height,
                             float scale, FILE *file);

#endif
