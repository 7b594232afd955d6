/* Faces that must not be recognised in a recording: pixelates them in a copy of the frame.
 *
 * Hidden is more than the boxes drawn: each student's face is hidden where it was last seen for
 * HOLD after that (the detector misses some), and whatever the detector took for a face that has no
 * student yet. Where nothing is known of a frame's time all of the picture is pixelated. What the
 * detector never sees as a face stays visible: no program can promise more.
 *
 * Threads: one at a time per struct. */
#ifndef APP_HIDE_H
#define APP_HIDE_H

#include "base/frame.h"
#include "mon/observation.h"

struct app_hide_place {
    int student; /* 0: of nobody yet */
    int64_t pts_ns;
    struct mon_box box;
    float velocity_x, velocity_y; /* px/s */
};

enum { APP_HIDE_PLACES = 2 * (MON_MAX_FACES + MON_MAX_OTHERS) };

/* All zero: nothing seen yet. */
struct app_hide {
    struct app_hide_place places[APP_HIDE_PLACES];
    int n_places;
    int64_t observed_ns[2]; /* times of the last two observations, newest first */
    int n_observed;
};

/* In order of time. */
void app_hide_observe(struct app_hide *hide, const struct mon_observation *observation);
/* frame: not published, between or near the observations given last. Returns how many places were
 * pixelated; -1: all of the picture. */
int app_hide_faces(const struct app_hide *hide, struct fb_frame *frame);

#endif
