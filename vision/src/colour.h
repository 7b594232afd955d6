/* The colour step: 8-bit planar 4:2:0 of any range and matrix to full range BT.601.
 * Threads: any; no state. */
#ifndef VIS_COLOUR_H
#define VIS_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

/* Weights of red and blue in luma; green has the rest. */
struct vis_matrix {
    double kr, kb;
};
extern const struct vis_matrix vis_matrix_bt601, vis_matrix_bt709, vis_matrix_bt2020;

struct vis_planes {
    uint8_t *y, *u, *v;
    int y_stride, uv_stride; /* bytes a row */
    int width, height;       /* px; chroma (height + 1) / 2 x (width + 1) / 2 */
};

/* Planes may be the same memory in both. Limited range is 16..235 (chroma 16..240). */
void vis_colour_convert(const struct vis_planes *from, struct vis_matrix matrix, bool is_full_range,
                        const struct vis_planes *to);

#endif
