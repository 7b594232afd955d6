/* Windows that agree become one box: the semantics of cv::groupRectangles (4.6), with a score. */
#ifndef CASCADE_GROUP_H
#define CASCADE_GROUP_H

#include "vis/cascade.h"

#include <stddef.h>

/* Bytes of scratch for n windows. */
size_t cas_group_bytes(int n);

/* Groups n boxes in place and returns how many are left. Two windows agree if all four edges differ
 * by at most distance * their mean side; groups are what agreement connects. Groups of no more than
 * min_neighbours windows are dropped, and those inside a larger one. 0: nothing is grouped. */
int cas_group(struct vis_cascade_box *boxes, int n, int min_neighbours, double distance,
              void *scratch);

/* Most neighbours first, then best score, then from the top left. */
void cas_sort_boxes(struct vis_cascade_box *boxes, int n);

#endif
