/* The sizes a picture is searched at, and the picture resized to them.
 * Both follow OpenCV 4.6 to the bit: detectMultiScale's list of scales, and INTER_LINEAR_EXACT. */
#ifndef CASCADE_LEVELS_H
#define CASCADE_LEVELS_H

#include "model.h"
#include "vis/cascade.h"

#include <stddef.h>

#define CAS_MAX_LEVELS 1024
#define CAS_PIXEL_PADDING 128 /* readable bytes behind each row, for vector loads */

/* Which two source pixels make one pixel of the result, and the weight (of 256) of the second. */
struct cas_tap {
    int32_t first;
    int32_t weight;
};

/* The same for eight pixels at a time. Narrow levels: the four and four pairs lie within 16 bytes
 * each from from[0] and from[4]; otherwise each has its own place. shuffle takes each pair to two
 * 16-bit lanes. */
struct cas_tap8 {
    int32_t from[8];
    uint8_t shuffle[32];
    int16_t weights[16]; /* of first and second, in turn */
};

struct cas_level {
    float scale;
    int width, height;              /* px of the resized picture */
    int window_w, window_h;         /* px of a window in the picture */
    int step;                       /* px of the resized picture between windows, both ways */
    int range_x, range_y;           /* windows lie at 0, step, 2 step ... below these */
    int stride;                     /* bytes a row of pixels */
    uint8_t *pixels;                /* (height, stride), owned by whoever called cas_levels_bind */
    struct cas_tap *columns, *rows; /* (width + 16), (height) */
    struct cas_tap8 *columns8;      /* (width / 16 * 2 + 2) */
    bool is_narrow;                 /* see cas_tap8 */
    bool is_vectored;               /* columns8 is filled: the picture is wide enough */
};

/* Fills levels for a picture; returns their number, 0 when no window fits. levels: CAS_MAX_LEVELS.
 */
int cas_levels_plan(const struct cas_model *model, const struct vis_cascade_settings *settings,
                    int width, int height, struct cas_level *levels);

/* Bytes of pixels and taps of the levels; cas_levels_bind hands that memory (zeroed) out to them.
 */
size_t cas_levels_bytes(const struct cas_level *levels, int n_levels);
void cas_levels_bind(struct cas_level *levels, int n_levels, int width, int height, void *memory);

/* Rows [first_row, end_row) of a level from the picture. Threads: disjoint rows. */
void cas_resize_plain(const struct cas_level *level, const uint8_t *picture, int stride,
                      int first_row, int end_row);
void cas_resize_avx2(const struct cas_level *level, const uint8_t *picture, int stride,
                     int first_row, int end_row);

#endif
