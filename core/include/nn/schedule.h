/* The learning rate over a training. A pure function of the step, but for `plateau`, which follows
 * the validation result. Threads: one at a time. */
#ifndef NN_SCHEDULE_H
#define NN_SCHEDULE_H

#include <stdint.h>

enum nn_schedule_kind {
    NN_SCHEDULE_NONE,
    NN_SCHEDULE_CONSTANT,
    NN_SCHEDULE_COSINE,    /* after the warm-up, half a cosine from rate to rate x final_share */
    NN_SCHEDULE_ONE_CYCLE, /* cosine up from rate / 25 to rate over `warmup_share`, cosine down (Smith 2018) */
    NN_SCHEDULE_STEP,      /* x factor every step_epochs */
    NN_SCHEDULE_PLATEAU,   /* x factor when validation has not improved for patience_epochs */
    NN_SCHEDULE_COUNT,
};

struct nn_schedule {
    enum nn_schedule_kind kind;
    double rate;         /* the highest, > 0 */
    double warmup_share; /* of all steps, 0..1: cosine 0.05 (linear from 0), one-cycle 0.3; 0 for the others */
    double final_share;  /* of rate, at the end of cosine (0) and one-cycle (1e-4) */
    double factor;       /* step, plateau: 0.5 */
    int step_epochs;     /* 10 */
    int patience_epochs; /* 3 */
    /* state of plateau, part of a checkpoint */
    double plateau_scale; /* starts at 1 */
    double best;          /* highest validation result so far */
    int n_stale_epochs;
};

/* With that kind's usual numbers. */
struct nn_schedule nn_schedule_make(enum nn_schedule_kind kind, double rate);
/* "constant", "cosine", "one-cycle", "step", "plateau". NULL, NN_SCHEDULE_NONE for others. */
const char *nn_schedule_name(enum nn_schedule_kind kind);
enum nn_schedule_kind nn_schedule_from_name(const char *name);

/* Of step `step` of n_steps in all, epochs of steps_per_epoch. */
double nn_schedule_rate(const struct nn_schedule *schedule, int64_t step, int64_t n_steps,
                        int64_t steps_per_epoch);
/* After each epoch: result is the validation accuracy or another number that should rise. */
void nn_schedule_report(struct nn_schedule *schedule, double result);

#endif
