/* In which order the students' rows stand: by seat as the room is seen, or by name.
 * Threads: one at a time. */
#ifndef APP_ROW_ORDER_H
#define APP_ROW_ORDER_H

#include "mon/observation.h"

struct app_row {
    int row;              /* of the timeline */
    const char *name;     /* UTF-8 */
    int number;           /* of a student without a name; else 0 */
    bool has_place;       /* else after those that have one, in the order given */
    struct mon_box place; /* where the student sits */
};

/* By seat: rows of the room from the back (small y) to the front, each from left to right; faces
 * belong to one row of the room when their centres differ by less than a face's height. By name: as
 * the user's language sorts, after them those without a name by number. */
void app_rows_sort(struct app_row *rows, int n, bool by_name);

#endif
