/* Keeps a drawn box still while the face is, and with the face when it moves: the one-euro filter
 * (Casiez, Roussel, Vogel: 1 Euro Filter, CHI 2012), with lengths in box widths so that near and
 * far faces are treated alike, and no reaction to speeds that a detector's jitter alone makes.
 * Threads: one at a time. */
#ifndef MON_STEADY_H
#define MON_STEADY_H

#include "mon/observation.h"

struct mon_steady {
    struct mon_box box;     /* filtered */
    float raw_x, raw_y;     /* last centre given, px */
    float speed_x, speed_y; /* low-passed, box widths/s */
    float growth;           /* low-passed, of log width, 1/s */
};

/* Takes the box as it is, at rest. */
void mon_steady_reset(struct mon_steady *steady, const struct mon_box *box);

/* A detection dt_s > 0 after the last. */
void mon_steady_update(struct mon_steady *steady, const struct mon_box *box, float dt_s);

/* No detection: the box drifts on, more and more slowly. */
void mon_steady_coast(struct mon_steady *steady, float dt_s);

/* Of the centre, px/s; 0 for a face that is still. */
void mon_steady_velocity(const struct mon_steady *steady, float *x, float *y);

#endif
