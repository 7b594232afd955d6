/* From a face's raw probabilities to the label that is shown: smoothing, hysteresis, abstention.
 *
 * p follows the raw values with one time constant. Which expression leads is decided apart from
 * that, by a CUSUM test (Page: Continuous inspection schemes, Biometrika 1954) per expression
 * against the one shown: a clear change is seen within hold_s or so, while noise about a tie goes
 * on for long without a flip, which no single time constant gives. The same test decides on "not
 * sure". Threads: one at a time. */
#ifndef MON_SMOOTHER_H
#define MON_SMOOTHER_H

#include "mon/monitor.h"

struct mon_smoother {
    bool has_p;
    float p[FB_EXPRESSION_COUNT];
    int64_t learned_ns;              /* of the last frame that went into p */
    double learned_s;                /* how much went into it */
    int label;                       /* leads, by the test; valid with has_p */
    float lead[FB_EXPRESSION_COUNT]; /* CUSUMs against label, probability * s */
    bool is_undecided;
    float doubt;       /* CUSUM towards the other value of is_undecided */
    int64_t judged_ns; /* of the last frame whose quality was judged */
    bool is_bad;
    double bad_s; /* 0 .. twice hold_s; is_bad changes at the ends */
    enum mon_reason bad_reason;
    int shown; /* last expression put out */
};

void mon_smoother_reset(struct mon_smoother *smoother);

/* As mon_monitor_label for one face; unseen_s since its last detection. */
void mon_smoother_label(struct mon_smoother *smoother, const struct mon_settings *settings,
                        int64_t pts_ns, double unseen_s, struct mon_face *face);

#endif
