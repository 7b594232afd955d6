/* Students' numbers when an analysis is taken up again: the tracker counts from 1 anew, the rows that
 * are there have numbers of their own. Somebody on a known student's place is that student, as seats
 * are what numbers mean here; anybody else gets the next number. Threads: one at a time. */
#ifndef APP_RENUMBER_H
#define APP_RENUMBER_H

#include "mon/observation.h"

enum { APP_RENUMBER_MAX = 1024 };

struct app_renumber_seat {
    int student; /* as stored */
    struct mon_box box;
    int is_taken; /* by a number of the new analysis */
};
/* All zero: no rows were there, numbers stay. */
struct app_renumber {
    struct app_renumber_seat seats[APP_RENUMBER_MAX];
    int n_seats, last_student;
    int known[APP_RENUMBER_MAX]; /* of new number i + 1; 0: not seen yet */
};

/* A stored observation, in any order; the last place given counts. */
void app_renumber_learn(struct app_renumber *renumber, const struct mon_observation *stored);
/* Gives the faces their numbers, sorted by them again. */
void app_renumber_apply(struct app_renumber *renumber, struct mon_observation *observation);

#endif
