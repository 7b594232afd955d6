/* What everyone in the hard class does: the behaviour that identity is measured on, fixed so that it
 * stays hard. In a lesson of ten minutes each student looks up for 8 s on average, then down for
 * 3 s; drifts and leans; walks through the room and back once, in front of others; two leave the
 * room for two minutes; lamps go on and off. A function of (seed, time) alone; the next lesson is
 * drawn anew. Threads: any; no state. */
#ifndef VIS_DEMO_SCRIPT_HARD_H
#define VIS_DEMO_SCRIPT_HARD_H

#include "script.h"

enum { DEMO_HARD_POSTERS = 2 };
#define DEMO_HARD_LESSON_S 600.0

/* Where the student is, and how far the head is bent: changes what demo_script_pose found of
 * expression and sway. */
void demo_hard_behave(struct demo_pose *pose, const struct demo_layout *layout, uint64_t seed,
                      int student, double t_s);

struct demo_light demo_hard_light(uint64_t seed, double t_s);

/* Centre and size, px, of the face on a poster. */
struct demo_poster {
    float x, y, face_px;
};
struct demo_poster demo_hard_poster(const struct demo_layout *layout, int i);

#endif
