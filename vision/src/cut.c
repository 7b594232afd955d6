/* See vis/cut.h. Two small grey pictures are compared by their correlation, which light does not
 * change; a picture without contrast (black between scenes, a covered lens) is a scene of its own.
 */
#include "vis/cut.h"

#include "resample.h"

#include <math.h>
#include <string.h>

enum { N_PX = VIS_CUT_WIDTH * VIS_CUT_HEIGHT };
#define LEAST_IN_COMMON 0.4f /* pictures of a moving camera or of people keep above 0.8 */
#define FLAT 2.0f            /* grey levels of deviation below which a picture is empty */

static float make_small(const struct fb_frame *frame, float *small)
{
    uint8_t grey[N_PX];
    struct vis_grey from = {frame->y, frame->width, frame->height, frame->y_stride};
    struct vis_part whole = {0, 0, (float)frame->width, (float)frame->height};
    vis_resample(&from, &whole, VIS_CUT_WIDTH, VIS_CUT_HEIGHT, 0, VIS_CUT_HEIGHT, grey,
                 VIS_CUT_WIDTH);
    float mean = 0, squares = 0;
    for (int i = 0; i < N_PX; i++)
        mean += grey[i] / (float)N_PX;
    for (int i = 0; i < N_PX; i++) {
        small[i] = grey[i] - mean;
        squares += small[i] * small[i];
    }
    return sqrtf(squares / N_PX);
}

bool vis_cut_next(struct vis_cut *cut, const struct fb_frame *frame)
{
    float small[N_PX], common = 0;
    float deviation = make_small(frame, small);
    for (int i = 0; i < N_PX; i++) {
        small[i] = deviation < FLAT ? 0 : small[i] / deviation;
        common += small[i] * cut->last[i] / N_PX;
    }
    bool is_cut = cut->has_last && common < LEAST_IN_COMMON;
    memcpy(cut->last, small, sizeof small);
    cut->has_last = true;
    return is_cut;
}
