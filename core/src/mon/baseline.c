/* See baseline.h. */
#include "baseline.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

#define STEP_MAX_S 0.5       /* one frame never counts for more time */
#define EXPECTED_NEUTRAL .8F /* of a neutral face, calibrated; the rest alike */
#define RATIO_MAX 8.0F
#define FLOOR .01F

static struct mon_baseline *find(const struct mon_baselines *baselines, int student)
{
    for (int i = 0; i < MON_MAX_BASELINES; i++)
        if (baselines->items[i].student == student)
            return (struct mon_baseline *)&baselines->items[i];
    return NULL;
}

void mon_baseline_measure(struct mon_baselines *baselines, int student, double seconds)
{
    struct mon_baseline *baseline = student > 0 ? find(baselines, student) : NULL;
    if (student < 1)
        return;
    if (!baseline)
        baseline = find(baselines, 0);
    if (baseline && seconds > 0)
        *baseline = (struct mon_baseline){.student = student, .wanted_s = seconds};
    else if (baseline)
        baseline->student = 0;
}

bool mon_baseline_state(const struct mon_baselines *baselines, int student, bool *is_ready,
                        float *done)
{
    const struct mon_baseline *baseline = student > 0 ? find(baselines, student) : NULL;
    *is_ready = baseline && baseline->is_ready;
    *done = *is_ready  ? 1
            : baseline ? (float)fmin(1, baseline->measured_s / baseline->wanted_s)
                       : 0;
    return baseline != NULL;
}

static void finish(struct mon_baseline *baseline)
{
    float others = (1 - EXPECTED_NEUTRAL) / (FB_EXPRESSION_COUNT - 1);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        float mean = fmaxf(FLOOR, baseline->sum[i] / (float)baseline->n);
        float ratio = (i == FB_NEUTRAL ? EXPECTED_NEUTRAL : others) / mean;
        baseline->ratio[i] = fmaxf(1 / RATIO_MAX, fminf(RATIO_MAX, ratio));
    }
    baseline->is_ready = true;
}

static void measure(struct mon_baseline *baseline, int64_t pts_ns, const float *p)
{
    double step_s = (double)(pts_ns - baseline->last_ns) / (double)FB_NS_PER_S;
    if (baseline->n && step_s > 0)
        baseline->measured_s += fmin(STEP_MAX_S, step_s);
    baseline->last_ns = pts_ns;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        baseline->sum[i] += p[i];
    baseline->n++;
    if (baseline->measured_s >= baseline->wanted_s)
        finish(baseline);
}

void mon_baseline_apply(struct mon_baselines *baselines, int student, int64_t pts_ns, float *p)
{
    struct mon_baseline *baseline = student > 0 ? find(baselines, student) : NULL;
    if (!baseline)
        return;
    if (!baseline->is_ready) {
        measure(baseline, pts_ns, p);
        return;
    }
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += p[i] *= baseline->ratio[i];
    for (int i = 0; i < FB_EXPRESSION_COUNT && sum > 0; i++)
        p[i] /= sum;
}
