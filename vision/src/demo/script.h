/* What everyone in the demo class does, as a function of time alone: time is cut into slots, and
 * what happens in a slot is drawn by lot from (seed, kind, student, slot). Any moment can be asked
 * for in any order. Threads: any; no state. */
#ifndef VIS_DEMO_SCRIPT_H
#define VIS_DEMO_SCRIPT_H

#include "head.h"
#include "layout.h"

struct demo_pose {
    float x, y;           /* centre of the face's square, px of the frame */
    float scale, angle;   /* of the head; radians, clockwise */
    float body_x, body_y; /* where the body takes the face's centre to be */
    float slide;          /* how far looking down moves the face within its head, px */
    struct demo_face_state face;
    int expression; /* enum fb_expression: the stronger one in a blend */
    float weight;   /* its share, 0.5..1 */
    bool is_looking_down;
    bool is_up;     /* off the chair: drawn behind the seated ones of the row */
    bool is_absent; /* out of the picture */
};

/* student from 0 */
struct demo_pose demo_script_pose(const struct demo_layout *layout, uint64_t seed, int student,
                                  double t_s);

/* The daylight's brightness: about 1, at the window side and at the other. */
struct demo_light {
    float window, far;
};
struct demo_light demo_script_light(uint64_t seed, double t_s);

#endif
