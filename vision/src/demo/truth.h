/* What of the script can be seen: boxes and who covers whom. Threads: any; no state. */
#ifndef VIS_DEMO_TRUTH_H
#define VIS_DEMO_TRUTH_H

#include "script.h"

#include "vis/demo.h"

/* students: (layout->n_students) */
void demo_truth_at(const struct demo_layout *layout, uint64_t seed, double t_s,
                   struct vis_demo_student *students);

#endif
