/* A student's own neutral face: what the network says of it, measured over some seconds, is taken
 * off what it says later, as a shift of the log odds (logit adjustment: Menon et al., ICLR 2021):
 * p' ~ p * expected / measured, expected being what a neutral face gives on average. Somebody whose
 * resting face reads as sad is then neutral at rest and sad only when sadder. In memory only.
 * Threads: one at a time. */
#ifndef MON_BASELINE_H
#define MON_BASELINE_H

#include "base/expression.h"

#include <stdbool.h>
#include <stdint.h>

#define MON_MAX_BASELINES 128

struct mon_baseline {
    int student; /* 0: free */
    double wanted_s, measured_s;
    int64_t last_ns;
    float sum[FB_EXPRESSION_COUNT]; /* over the measured frames */
    int n;
    bool is_ready;
    float ratio[FB_EXPRESSION_COUNT]; /* expected / measured, limited */
};

struct mon_baselines { /* zero-initialised */
    struct mon_baseline items[MON_MAX_BASELINES];
};

/* Starts measuring for seconds of frames in which the student is labelled; 0: forgets it. */
void mon_baseline_measure(struct mon_baselines *baselines, int student, double seconds);
/* is_ready: it is in use; *done: 0..1 of the measuring (1 when ready). False: there is none. */
bool mon_baseline_state(const struct mon_baselines *baselines, int student, bool *is_ready,
                        float *done);
/* One labelled frame: p goes into a measurement that runs, or is changed by one that is ready. */
void mon_baseline_apply(struct mon_baselines *baselines, int student, int64_t pts_ns, float *p);

#endif
