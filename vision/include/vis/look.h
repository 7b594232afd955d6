/* How somebody looks, as a few numbers: colours of face, hair and clothes relative to the light.
 * Good for telling the people in one room apart for one lesson; useless for finding anyone again:
 * many share a pullover. Kept in memory only. */
#ifndef VIS_LOOK_H
#define VIS_LOOK_H

#include "base/frame.h"
#include "mon/observation.h"

/* Of the person whose face is in the box, in units of what one person varies by. Parts outside the
 * frame are taken from its edge. Threads: any; no state. */
void vis_look_measure(const struct fb_frame *frame, const struct mon_box *box,
                      struct mon_look *look);

#endif
