/* Many overlapping windows on one face into one box: windows of similar place and size form a group
 * (Viola and Jones 2001, section 5; the similarity measure is OpenCV's). Threads: one at a time per
 * handle. */
#ifndef VIS_WINDOW_GROUP_H
#define VIS_WINDOW_GROUP_H

#include "cv_shim.h"

#include "mon/observation.h"

enum { VIS_GROUP_MAX_WINDOWS = 8192 }; /* further windows of a picture are left out */

struct vis_window_groups;
FB_MUST_USE int vis_window_groups_create(struct vis_window_groups **out);
void vis_window_groups_destroy(struct vis_window_groups **groups);

/* One detection for each group of min_windows or more, best score first, in the windows' own px; at
 * most max. Score: the number of windows that agree, plus the best one's weight as a fraction that
 * decides between equals. min_windows 0: every window by itself, score its weight. Returns the
 * number. */
int vis_window_groups_find(struct vis_window_groups *groups, const struct cv_shim_window *windows,
                           int n, int min_windows, struct mon_detection *detections, int max);

#endif
