/* How good eight probabilities a face are, against one label each.
 * Threads: pure functions, any thread. */
#ifndef NN_EVALUATE_H
#define NN_EVALUATE_H

#include "base/expression.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define NN_ECE_BINS 15

struct nn_metrics {
    int n, n_correct;
    int n_missed;             /* rows without an answer (all eight 0): they count as wrong */
    double accuracy;          /* 0..1, as all shares here */
    double ci_low, ci_high;   /* of accuracy, 95 %, Wilson 1927 */
    double macro_f1;          /* mean over the classes that occur as label or as answer */
    double nll;               /* mean -ln p(label) of the answered rows, p no less than 1e-7 */
    double ece;               /* expected calibration error, 15 equal bins of the largest p (Guo 2017) */
    double binary_accuracy;   /* Keras's BinaryAccuracy: share of the 8 n outputs on their one-hot
                                 label's side of 0.5; an upper-looking number, not comparable to accuracy */
    struct nn_class_metrics {
        int n;                /* with this label */
        double recall, precision, f1; /* 0 where nothing is counted */
    } per_class[FB_EXPRESSION_COUNT];
    int confusion[FB_EXPRESSION_COUNT][FB_EXPRESSION_COUNT]; /* [label][answer]; missed rows are in none */
};

/* p: (n, 8), rows sum to 1, or are all 0: no answer; label: (n) in 0..7; n >= 1. FB_ERR_USAGE (n, a
 * label), FB_ERR_FAILED (a probability that is none; the row is named). */
FB_MUST_USE int nn_evaluate(const float (*p)[FB_EXPRESSION_COUNT], const int8_t *label, int n,
                            struct nn_metrics *out);

#define NN_COVERAGE_STEPS 20

/* How far the largest p can be trusted. Rows without an answer are the least sure ones, and wrong. */
struct nn_confidence {
    struct nn_confidence_bin {
        int n;
        double confidence, accuracy; /* means over the bin; 0 where n is 0 */
    } bins[NN_ECE_BINS];             /* equal widths of the largest p, as ECE's */
    struct nn_coverage {
        double share;                /* of the rows, the surest ones: 0.05, 0.1 .. 1 */
        double threshold;            /* the largest p of the last of them */
        double accuracy;             /* of them */
    } coverage[NN_COVERAGE_STEPS];
};

/* As nn_evaluate takes them. FB_ERR_USAGE, FB_ERR_FAILED, FB_ERR_NOMEM. */
FB_MUST_USE int nn_confidence_measure(const float (*p)[FB_EXPRESSION_COUNT], const int8_t *label, int n,
                                      struct nn_confidence *out);

/* The 95 % interval of k of n (Wilson score). n >= 1. */
void nn_wilson_interval(int k, int n, double *low, double *high);

/* The temperature that minimises the NLL of p^(1/T), renormalised; in 0.05..20. Fit it on the valid
 * split, never on test. FB_ERR_USAGE (n < 1, a label). */
FB_MUST_USE int nn_temperature_fit(const float (*p)[FB_EXPRESSION_COUNT], const int8_t *label, int n,
                                   double *temperature);
/* p <- p^(1/T), renormalised, in place. */
void nn_temperature_apply(float (*p)[FB_EXPRESSION_COUNT], int n, double temperature);

struct cJSON;
/* Adds n, accuracy, accuracy_ci95, macro_f1, ece, nll, binary_accuracy, per_class, confusion, and
 * missed if any, to the object. FB_ERR_NOMEM. */
FB_MUST_USE int nn_metrics_to_json(const struct nn_metrics *metrics, struct cJSON *object);
/* The same as text, for a model's metadata. FB_ERR_FAILED when it does not fit, FB_ERR_NOMEM. */
FB_MUST_USE int nn_metrics_to_text(const struct nn_metrics *metrics, char *text, size_t n_bytes);

#endif
