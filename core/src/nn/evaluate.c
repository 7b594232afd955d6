/* See nn/evaluate.h. */
#include "nn/evaluate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define K FB_EXPRESSION_COUNT
#define MIN_P 1e-7

struct bins {
    double confidence[NN_ECE_BINS], correct[NN_ECE_BINS];
    int n[NN_ECE_BINS];
};

/* The largest, first on ties; -1 if the row is all 0. */
static int answer_of(const float p[K])
{
    int best = 0;
    for (int i = 1; i < K; i++) {
        if (p[i] > p[best])
            best = i;
    }
    return p[best] > 0.0f ? best : -1;
}

void nn_wilson_interval(int k, int n, double *low, double *high)
{
    const double z = 1.959963984540054;
    double share = (double)k / n, z2 = z * z / n;
    double centre = (share + z2 / 2.0) / (1.0 + z2);
    double half = z * sqrt(share * (1.0 - share) / n + z2 / (4.0 * n)) / (1.0 + z2);
    *low = fmax(centre - half, 0.0);
    *high = fmin(centre + half, 1.0);
}

static int check_rows(const float (*p)[K], const int8_t *label, int n)
{
    if (n < 1)
        return fb_fail(FB_ERR_USAGE, "no faces to evaluate");
    for (int i = 0; i < n; i++) {
        if (label[i] < 0 || label[i] >= K)
            return fb_fail(FB_ERR_USAGE, "row %d has label %d; labels are 0..%d", i, label[i], K - 1);
        for (int c = 0; c < K; c++) {
            if (!(p[i][c] >= 0.0f && p[i][c] <= 1.001f))
                return fb_fail(FB_ERR_FAILED, "row %d: %g is no probability; the network's output is "
                               "broken", i, (double)p[i][c]);
        }
    }
    return FB_OK;
}

static void add_to_bins(struct bins *bins, double confidence, bool is_correct)
{
    int bin = (int)ceil(confidence * NN_ECE_BINS) - 1; /* bins are (low, high] */
    bin = bin < 0 ? 0 : bin >= NN_ECE_BINS ? NN_ECE_BINS - 1 : bin;
    bins->n[bin]++;
    bins->confidence[bin] += confidence;
    bins->correct[bin] += is_correct;
}

static double calibration_error(const struct bins *bins, int n)
{
    double sum = 0.0;
    for (int i = 0; i < NN_ECE_BINS; i++)
        sum += fabs(bins->correct[i] - bins->confidence[i]);
    return n ? sum / n : 0.0;
}

static void add_row(struct nn_metrics *out, struct bins *bins, const float p[K], int label, int *n_right_sides)
{
    int answer = answer_of(p);
    out->per_class[label].n++;
    for (int c = 0; c < K; c++)
        *n_right_sides += (p[c] > 0.5f) == (c == label);
    if (answer < 0) {
        out->n_missed++;
        return;
    }
    out->confusion[label][answer]++;
    out->n_correct += answer == label;
    out->nll -= log(fmax((double)p[label], MIN_P));
    add_to_bins(bins, (double)p[answer], answer == label);
}

static void finish_classes(struct nn_metrics *out)
{
    double sum = 0.0;
    int n_classes = 0;
    for (int c = 0; c < K; c++) {
        struct nn_class_metrics *class = &out->per_class[c];
        int n_answers = 0, hits = out->confusion[c][c];
        for (int label = 0; label < K; label++)
            n_answers += out->confusion[label][c];
        class->recall = class->n ? (double)hits / class->n : 0.0;
        class->precision = n_answers ? (double)hits / n_answers : 0.0;
        class->f1 = hits ? 2.0 * hits / (class->n + n_answers) : 0.0;
        if (class->n || n_answers) {
            sum += class->f1;
            n_classes++;
        }
    }
    out->macro_f1 = n_classes ? sum / n_classes : 0.0;
}

int nn_evaluate(const float (*p)[K], const int8_t *label, int n, struct nn_metrics *out)
{
    struct bins bins = {0};
    int n_right_sides = 0, status = check_rows(p, label, n);
    *out = (struct nn_metrics){.n = n};
    if (status < 0)
        return status;
    for (int i = 0; i < n; i++)
        add_row(out, &bins, p[i], label[i], &n_right_sides);
    int n_answered = n - out->n_missed;
    out->accuracy = (double)out->n_correct / n;
    nn_wilson_interval(out->n_correct, n, &out->ci_low, &out->ci_high);
    out->nll = n_answered ? out->nll / n_answered : 0.0;
    out->ece = calibration_error(&bins, n_answered);
    out->binary_accuracy = (double)n_right_sides / ((double)n * K);
    finish_classes(out);
    return FB_OK;
}

/* ---- confidence ------------------------------------------------------------------------------ */

struct ranked {
    float confidence;
    bool is_correct;
};

static int surest_first(const void *a, const void *b)
{
    float x = ((const struct ranked *)a)->confidence, y = ((const struct ranked *)b)->confidence;
    return (x < y) - (x > y);
}

static void measure_coverage(const struct ranked *ranked, int n, struct nn_coverage *coverage)
{
    int n_correct = 0, done = 0;
    for (int step = 0; step < NN_COVERAGE_STEPS; step++) {
        int n_rows = (int)lround((double)n * (step + 1) / NN_COVERAGE_STEPS);
        n_rows = n_rows < 1 ? 1 : n_rows;
        for (; done < n_rows; done++)
            n_correct += ranked[done].is_correct;
        coverage[step] = (struct nn_coverage){(step + 1.0) / NN_COVERAGE_STEPS, (double)ranked[n_rows - 1].confidence,
                                              (double)n_correct / n_rows};
    }
}

int nn_confidence_measure(const float (*p)[K], const int8_t *label, int n, struct nn_confidence *out)
{
    struct bins bins = {0};
    *out = (struct nn_confidence){0};
    int status = check_rows(p, label, n);
    if (status < 0)
        return status;
    struct ranked *ranked = calloc((size_t)n, sizeof *ranked);
    if (!ranked)
        return fb_fail_nomem("a ranking", (size_t)n * sizeof *ranked);
    for (int i = 0; i < n; i++) {
        int answer = answer_of(p[i]);
        if (answer < 0)
            continue;
        ranked[i] = (struct ranked){p[i][answer], answer == label[i]};
        add_to_bins(&bins, (double)p[i][answer], answer == label[i]);
    }
    qsort(ranked, (size_t)n, sizeof *ranked, surest_first);
    measure_coverage(ranked, n, out->coverage);
    free(ranked);
    for (int i = 0; i < NN_ECE_BINS; i++)
        if ((out->bins[i].n = bins.n[i])) {
            out->bins[i].confidence = bins.confidence[i] / bins.n[i];
            out->bins[i].accuracy = bins.correct[i] / bins.n[i];
        }
    return FB_OK;
}

/* ---- temperature ----------------------------------------------------------------------------- */

static void tempered(const float p[K], double temperature, double out[K])
{
    double sum = 0.0, largest = -INFINITY;
    for (int c = 0; c < K; c++) {
        out[c] = log(fmax((double)p[c], 1e-30)) / temperature;
        largest = fmax(largest, out[c]);
    }
    for (int c = 0; c < K; c++)
        sum += out[c] = exp(out[c] - largest);
    for (int c = 0; c < K; c++)
        out[c] /= sum;
}

static double nll_at(const float (*p)[K], const int8_t *label, int n, double temperature)
{
    double sum = 0.0, q[K];
    for (int i = 0; i < n; i++) {
        if (answer_of(p[i]) < 0)
            continue;
        tempered(p[i], temperature, q);
        sum -= log(fmax(q[label[i]], MIN_P));
    }
    return sum;
}

int nn_temperature_fit(const float (*p)[K], const int8_t *label, int n, double *temperature)
{
    const double golden = 0.6180339887498949;
    double low = log(0.05), high = log(20.0);
    int status = check_rows(p, label, n);
    if (status < 0)
        return status;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = nll_at(p, label, n, exp(a)), at_b = nll_at(p, label, n, exp(b));
    while (high - low > 1e-4) { /* golden section over ln T: the NLL is convex in 1/T */
        if (at_a < at_b) {
            high = b, b = a, at_b = at_a;
            a = high - golden * (high - low);
            at_a = nll_at(p, label, n, exp(a));
        } else {
            low = a, a = b, at_a = at_b;
            b = low + golden * (high - low);
            at_b = nll_at(p, label, n, exp(b));
        }
    }
    *temperature = exp((low + high) / 2.0);
    return FB_OK;
}

void nn_temperature_apply(float (*p)[K], int n, double temperature)
{
    double q[K];
    for (int i = 0; i < n; i++) {
        if (answer_of(p[i]) < 0)
            continue;
        tempered(p[i], temperature, q);
        for (int c = 0; c < K; c++)
            p[i][c] = (float)q[c];
    }
}
