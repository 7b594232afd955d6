/* How well numbers keep to people: IDF1 (Ristani et al., 2016), MOTA and switches (Bernardin and
 * Stiefelhagen, 2008), numbers a person bore. Frames are added one by one; a box belongs to the
 * person whose centre is nearest, within half its width. */
#ifndef IDENTITY_SCORE_H
#define IDENTITY_SCORE_H

#include "mon/observation.h"

#include <stddef.h>

enum { SCORE_PEOPLE = 41, SCORE_NUMBERS = 4096 };

struct score_box {
    int who; /* person from 1, or the number a tracker gave */
    struct mon_box box;
};

struct score {
    int counts[SCORE_PEOPLE][SCORE_NUMBERS]; /* frames in which a person bore a number */
    int last[SCORE_PEOPLE];
    int n_truth, n_given, n_missed, n_false, n_switches;
};

struct score_result {
    double idf1, mota;
    int n_switches;
    double ids_per_student;     /* numbers that a person bore in more than one frame, mean */
    double numbers_per_student; /* all numbers given, of posters too, over the people */
};

/* truth: who could be found in the frame; given: the boxes seen, not those that coast. */
void score_add(struct score *score, const struct score_box *truth, int n_truth,
               const struct score_box *given, int n_given);
/* IDF1 with each number given to the person it was on most, best first: at most the best
 * matching's. */
struct score_result score_finish(struct score *score);

#endif
