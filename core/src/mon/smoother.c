/* See smoother.h. */
#include "smoother.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

#define STALE_S 2.0        /* p is forgotten when nothing new came for so long */
#define STEP_MAX_S 0.5     /* one frame never counts for more time */
#define UNSEEN_SHOWN_S 1.0 /* a coasting face keeps its label so long */
/* A lead smaller than the drift never flips a label; one of 0.9 does after hold_s. */
#define LEAD_DRIFT 0.10F
#define LEAD_PER_HOLD 0.80F
#define DOUBT_DRIFT 0.08F
#define DOUBT_PER_HOLD 0.50F

void mon_smoother_reset(struct mon_smoother *smoother)
{
    *smoother = (struct mon_smoother){.shown = MON_NOT_SURE};
}

static int likeliest(const float *p)
{
    int best = 0;
    for (int i = 1; i < FB_EXPRESSION_COUNT; i++)
        if (p[i] > p[best])
            best = i;
    return best;
}

static double step_s(int64_t from_ns, int64_t to_ns)
{
    double step = (double)(to_ns - from_ns) / (double)FB_NS_PER_S;
    return fmin(STEP_MAX_S, fmax(0, step));
}

static bool is_stale(const struct mon_smoother *smoother, int64_t pts_ns)
{
    double age_s = (double)(pts_ns - smoother->learned_ns) / (double)FB_NS_PER_S;
    return smoother->has_p && (age_s < 0 || age_s > STALE_S);
}

/* A network that fails numerically must not poison p for good. */
static bool is_distribution(const float *p)
{
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        if (!(p[i] >= 0))
            return false;
        sum += p[i];
    }
    return sum > 0.99F && sum < 1.01F;
}

static void take_label(struct mon_smoother *smoother, const struct mon_settings *settings,
                       int label)
{
    smoother->label = label;
    memset(smoother->lead, 0, sizeof smoother->lead);
    smoother->is_undecided = smoother->p[label] < settings->min_confidence;
    smoother->doubt = 0;
}

static void test_leads(struct mon_smoother *smoother, const struct mon_settings *settings,
                       const float *p_raw, float dt_s)
{
    float limit = LEAD_PER_HOLD * (float)settings->hold_s;
    int winner = smoother->label;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        float gain = p_raw[i] - p_raw[smoother->label] - LEAD_DRIFT;
        smoother->lead[i] = fmaxf(0, smoother->lead[i] + gain * dt_s);
        if (smoother->lead[i] >= limit && smoother->p[i] > smoother->p[winner])
            winner = i;
    }
    if (winner != smoother->label)
        take_label(smoother, settings, winner);
}

static void test_doubt(struct mon_smoother *smoother, const struct mon_settings *settings,
                       const float *p_raw, float dt_s)
{
    float margin = p_raw[smoother->label] - settings->min_confidence;
    float gain = (smoother->is_undecided ? margin : -margin) - DOUBT_DRIFT;
    smoother->doubt = fmaxf(0, smoother->doubt + gain * dt_s);
    if (smoother->doubt > DOUBT_PER_HOLD * (float)settings->hold_s) {
        smoother->is_undecided = !smoother->is_undecided;
        smoother->doubt = 0;
    }
}

static void learn(struct mon_smoother *smoother, const struct mon_settings *settings,
                  int64_t pts_ns, const float *p_raw)
{
    double dt_s = smoother->has_p ? step_s(smoother->learned_ns, pts_ns) : 0;
    double kept = settings->smoothing_s > 0 ? exp(-dt_s / settings->smoothing_s) : 0;
    if (!smoother->has_p)
        kept = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        smoother->p[i] = (float)kept * smoother->p[i] + (1 - (float)kept) * p_raw[i];
    bool is_new = !smoother->has_p || smoother->learned_s < settings->hold_s;
    smoother->has_p = true;
    smoother->learned_ns = pts_ns;
    smoother->learned_s += dt_s;
    if (is_new) {
        take_label(smoother, settings, likeliest(smoother->p));
        return;
    }
    test_leads(smoother, settings, p_raw, (float)dt_s);
    test_doubt(smoother, settings, p_raw, (float)dt_s);
}

/* Counts bad time up and good time down, so that a quality about the limit does not flicker. */
static void judge(struct mon_smoother *smoother, const struct mon_settings *settings,
                  int64_t pts_ns, bool is_bad, enum mon_reason reason)
{
    double dt_s = step_s(smoother->judged_ns, pts_ns), limit_s = 2 * settings->hold_s;
    smoother->judged_ns = pts_ns;
    smoother->bad_s = fmin(limit_s, fmax(0, smoother->bad_s + (is_bad ? dt_s : -dt_s)));
    if (is_bad) {
        smoother->bad_reason = reason != MON_SURE ? reason : MON_REASON_UNDECIDED;
        smoother->is_bad |= smoother->bad_s >= limit_s;
    } else {
        smoother->is_bad &= smoother->bad_s > 0;
    }
}

static enum mon_reason reason_now(const struct mon_smoother *smoother,
                                  const struct mon_settings *settings, bool is_seen)
{
    if (!is_seen)
        return MON_REASON_UNSEEN;
    if (smoother->is_bad)
        return smoother->bad_reason;
    if (!smoother->has_p)
        return smoother->bad_reason != MON_SURE ? smoother->bad_reason : MON_REASON_NEW;
    if (smoother->learned_s < settings->hold_s)
        return MON_REASON_NEW;
    return smoother->is_undecided ? MON_REASON_UNDECIDED : MON_SURE;
}

void mon_smoother_label(struct mon_smoother *smoother, const struct mon_settings *settings,
                        int64_t pts_ns, double unseen_s, struct mon_face *face)
{
    if (is_stale(smoother, pts_ns))
        mon_smoother_reset(smoother);
    if (face->is_seen && face->is_labelled && is_distribution(face->p_raw)) {
        bool is_bad = face->reason != MON_SURE || !(face->quality >= settings->min_quality);
        judge(smoother, settings, pts_ns, is_bad, face->reason);
        if (!is_bad)
            learn(smoother, settings, pts_ns, face->p_raw);
    }
    face->reason = reason_now(smoother, settings, face->is_seen);
    if (face->reason == MON_SURE)
        smoother->shown = smoother->label;
    else if (face->is_seen || unseen_s > UNSEEN_SHOWN_S)
        smoother->shown = MON_NOT_SURE;
    memcpy(face->p, smoother->p, sizeof face->p);
    face->expression = smoother->shown;
    int index = face->expression >= 0 ? face->expression : likeliest(face->p);
    face->confidence = face->p[index];
}
