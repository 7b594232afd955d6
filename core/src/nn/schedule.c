/* See nn/schedule.h. */
#include "nn/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *const names[NN_SCHEDULE_COUNT] = {NULL,        "constant", "cosine",
                                                     "one-cycle", "step",     "plateau"};
static const double ONE_CYCLE_START = 1.0 / 25;

const char *nn_schedule_name(enum nn_schedule_kind kind)
{
    return kind > NN_SCHEDULE_NONE && kind < NN_SCHEDULE_COUNT ? names[kind] : NULL;
}

enum nn_schedule_kind nn_schedule_from_name(const char *name)
{
    for (int i = 1; i < NN_SCHEDULE_COUNT; i++)
        if (!strcmp(names[i], name))
            return (enum nn_schedule_kind)i;
    return NN_SCHEDULE_NONE;
}

struct nn_schedule nn_schedule_make(enum nn_schedule_kind kind, double rate)
{
    struct nn_schedule schedule = {
        .kind = kind, .rate = rate, .factor = 0.5, .step_epochs = 10, .patience_epochs = 3,
        .plateau_scale = 1, .best = -HUGE_VAL,
    };
    if (kind == NN_SCHEDULE_COSINE)
        schedule.warmup_share = 0.05;
    if (kind == NN_SCHEDULE_ONE_CYCLE) {
        schedule.warmup_share = 0.3;
        schedule.final_share = 1e-4;
    }
    return schedule;
}

/* From a at t = 0 to b at t = 1 along half a cosine. */
static double glide(double a, double b, double t)
{
    return b + (a - b) * (1 + cos(M_PI * t)) / 2;
}

static double warmed_up(const struct nn_schedule *s, double t)
{
    double final = s->rate * s->final_share;
    if (t < s->warmup_share) {
        double u = t / s->warmup_share;
        return s->kind == NN_SCHEDULE_COSINE ? s->rate * u : glide(s->rate * ONE_CYCLE_START, s->rate, u);
    }
    return s->warmup_share < 1 ? glide(s->rate, final, (t - s->warmup_share) / (1 - s->warmup_share))
                               : s->rate;
}

double nn_schedule_rate(const struct nn_schedule *schedule, int64_t step, int64_t n_steps,
                        int64_t steps_per_epoch)
{
    switch (schedule->kind) {
    case NN_SCHEDULE_COSINE:
    case NN_SCHEDULE_ONE_CYCLE: /* + 1: the first step moves, the last reaches the end */
        return warmed_up(schedule, n_steps > 0 ? (double)(step + 1) / (double)n_steps : 0);
    case NN_SCHEDULE_STEP: {
        int64_t n_epochs = steps_per_epoch > 0 ? step / steps_per_epoch : 0;
        int64_t n_drops = schedule->step_epochs > 0 ? n_epochs / schedule->step_epochs : 0;
        return schedule->rate * pow(schedule->factor, (double)n_drops);
    }
    case NN_SCHEDULE_PLATEAU:
        return schedule->rate * schedule->plateau_scale;
    default:
        return schedule->rate;
    }
}

void nn_schedule_report(struct nn_schedule *schedule, double result)
{
    if (result > schedule->best) {
        schedule->best = result;
        schedule->n_stale_epochs = 0;
    } else if (++schedule->n_stale_epochs >= schedule->patience_epochs) {
        schedule->plateau_scale *= schedule->factor;
        schedule->n_stale_epochs = 0;
    }
}
