/* See nn/optimizer.h. Moments and the average lie in arenas of the parameters' layout. */
#include "nn/optimizer.h"

#include "base/arena.h"
#include "kernels/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct nn_optimizer {
    struct nn_net *net;
    struct nn_optimizer_settings settings;
    bool *is_frozen; /* per parameter */
    struct fb_arena moments, average;
    float *moment[2], *ema;
    int64_t n_steps;
};

static const char *const names[NN_OPTIMIZER_COUNT] = {NULL, "sgd", "adam"};

const char *nn_optimizer_name(enum nn_optimizer_kind kind)
{
    return kind > NN_OPTIMIZER_NONE && kind < NN_OPTIMIZER_COUNT ? names[kind] : NULL;
}

enum nn_optimizer_kind nn_optimizer_from_name(const char *name)
{
    for (int i = 1; i < NN_OPTIMIZER_COUNT; i++)
        if (!strcmp(names[i], name))
            return (enum nn_optimizer_kind)i;
    return NN_OPTIMIZER_NONE;
}

struct nn_optimizer_settings nn_default_optimizer_settings(void)
{
    return (struct nn_optimizer_settings){
        .kind = NN_OPTIMIZER_SGD, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
}

static int check_range(const char *name, double value, double min, double below)
{
    if (value >= min && value < below)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "%s %g is out of range: %g up to, not including, %g", name, value, min,
                   below);
}

static int check_settings(const struct nn_optimizer_settings *s)
{
    if (!nn_optimizer_name(s->kind))
        return fb_fail(FB_ERR_USAGE, "no optimizer number %d", (int)s->kind);
    const struct {
        const char *name;
        double value, min, below;
    } ranges[] = {
        {"momentum", s->momentum, 0, 1},   {"beta1", s->beta1, 0, 1},
        {"beta2", s->beta2, 0, 1},         {"epsilon", s->epsilon, 1e-30, 1},
        {"weight decay", s->weight_decay, 0, 1}, {"gradient clipping", s->clip_norm, 0, HUGE_VAL},
        {"ema decay", s->ema_decay, 0, 1},
    };
    int status = FB_OK;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && !status; i++)
        status = check_range(ranges[i].name, ranges[i].value, ranges[i].min, ranges[i].below);
    return status;
}

static int freeze(struct nn_optimizer *optimizer)
{
    int n_frozen = 0;
    const char *pattern = optimizer->settings.freeze;
    for (int i = 0; i < nn_net_n_params(optimizer->net); i++) {
        const struct nn_param *param = nn_net_param(optimizer->net, i);
        bool is_frozen = nn_net_name_fits(pattern, param->name);
        optimizer->is_frozen[i] = is_frozen || param->kind == NN_PARAM_STATISTIC;
        n_frozen += is_frozen;
    }
    if (pattern && !n_frozen)
        return fb_fail(FB_ERR_USAGE, "no parameter fits the pattern \"%s\" to freeze; names are like "
                                     "\"%s\"", pattern, nn_net_param(optimizer->net, 0)->name);
    return FB_OK;
}

int nn_optimizer_create(struct nn_net *net, const struct nn_optimizer_settings *settings,
                        struct nn_optimizer **out)
{
    *out = NULL;
    int status = check_settings(settings);
    if (status)
        return status;
    size_t n = nn_net_n_values(net), n_moments = settings->kind == NN_OPTIMIZER_ADAM ? 2 : 1;
    struct nn_optimizer *optimizer = *out = calloc(1, sizeof *optimizer);
    if (!optimizer)
        return fb_fail_nomem("an optimizer", sizeof *optimizer);
    optimizer->net = net;
    optimizer->settings = *settings;
    optimizer->is_frozen = calloc((size_t)nn_net_n_params(net) + 1, sizeof *optimizer->is_frozen);
    if (!optimizer->is_frozen)
        status = fb_fail_nomem("an optimizer", (size_t)nn_net_n_params(net));
    if (!status)
        status = fb_arena_init(&optimizer->moments, n_moments * n * sizeof(float));
    if (!status && settings->ema_decay > 0)
        status = fb_arena_init(&optimizer->average, n * sizeof(float));
    if (!status)
        status = freeze(optimizer);
    if (status) {
        nn_optimizer_destroy(out);
        return status;
    }
    for (size_t i = 0; i < n_moments; i++)
        optimizer->moment[i] = (float *)(void *)optimizer->moments.base + i * n;
    optimizer->ema = (float *)(void *)optimizer->average.base;
    if (optimizer->ema)
        memcpy(optimizer->ema, nn_net_values(net), n * sizeof(float));
    return FB_OK;
}

void nn_optimizer_destroy(struct nn_optimizer **optimizer_ptr)
{
    struct nn_optimizer *optimizer = *optimizer_ptr;
    if (!optimizer)
        return;
    free(optimizer->is_frozen);
    fb_arena_finish(&optimizer->moments);
    fb_arena_finish(&optimizer->average);
    free(optimizer);
    *optimizer_ptr = NULL;
}

/* v = momentum v + g; w -= rate (g + momentum v) */
NN_CLONES static void step_sgd(float *w, const float *g, float *v, size_t n, float rate, float momentum,
                               float decay)
{
    for (size_t i = 0; i < n; i++) {
        float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (gradient + momentum * v[i]);
    }
}

struct adam {
    float beta1, beta2, rate, epsilon, decay; /* rate and epsilon with the bias correction */
};

NN_CLONES static void step_adam(float *w, const float *g, float *m, float *v, size_t n, struct adam a)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = a.beta1 * m[i] + (1 - a.beta1) * g[i];
        v[i] = a.beta2 * v[i] + (1 - a.beta2) * g[i] * g[i];
        w[i] = w[i] - a.decay * w[i] - a.rate * m[i] / (sqrtf(v[i]) + a.epsilon);
    }
}

/* m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon), the corrections taken out of the loop */
static struct adam adam_of(const struct nn_optimizer *optimizer, double rate)
{
    const struct nn_optimizer_settings *s = &optimizer->settings;
    double correction1 = 1 - pow(s->beta1, (double)optimizer->n_steps);
    double root2 = sqrt(1 - pow(s->beta2, (double)optimizer->n_steps));
    return (struct adam){(float)s->beta1, (float)s->beta2, (float)(rate * root2 / correction1),
                         (float)(s->epsilon * root2), 0};
}

static double length_of(const struct nn_optimizer *optimizer, const float *gradients)
{
    double sum = 0;
    for (int i = 0; i < nn_net_n_params(optimizer->net); i++) {
        const struct nn_param *param = nn_net_param(optimizer->net, i);
        if (optimizer->is_frozen[i])
            continue;
        for (size_t j = 0; j < param->n; j++)
            sum += (double)gradients[param->offset + j] * (double)gradients[param->offset + j];
    }
    return sqrt(sum);
}

static double clip(const struct nn_optimizer *optimizer, float *gradients)
{
    if (!(optimizer->settings.clip_norm > 0))
        return 0;
    double length = length_of(optimizer, gradients);
    if (length > optimizer->settings.clip_norm) {
        float factor = (float)(optimizer->settings.clip_norm / length);
        for (size_t i = 0; i < nn_net_n_values(optimizer->net); i++)
            gradients[i] *= factor;
    }
    return length;
}

NN_CLONES static void average(float *ema, const float *w, size_t n, float share)
{
    for (size_t i = 0; i < n; i++)
        ema[i] += share * (w[i] - ema[i]);
}

/* The average starts quickly: after t steps the decay is at most (1 + t) / (10 + t). */
static void update_ema(struct nn_optimizer *optimizer)
{
    double t = (double)optimizer->n_steps, decay = fmin(optimizer->settings.ema_decay, (1 + t) / (10 + t));
    if (optimizer->ema)
        average(optimizer->ema, nn_net_values(optimizer->net), nn_net_n_values(optimizer->net),
                (float)(1 - decay));
}

double nn_optimizer_step(struct nn_optimizer *optimizer, float *gradients, double rate)
{
    const struct nn_optimizer_settings *s = &optimizer->settings;
    double length = clip(optimizer, gradients);
    optimizer->n_steps++;
    struct adam adam = adam_of(optimizer, rate);
    for (int i = 0; i < nn_net_n_params(optimizer->net); i++) {
        const struct nn_param *param = nn_net_param(optimizer->net, i);
        if (optimizer->is_frozen[i])
            continue;
        double decay = param->kind == NN_PARAM_WEIGHT ? s->weight_decay : 0;
        const float *g = gradients + param->offset;
        if (s->kind == NN_OPTIMIZER_ADAM) {
            adam.decay = (float)(rate * decay);
            step_adam(param->value, g, optimizer->moment[0] + param->offset,
                      optimizer->moment[1] + param->offset, param->n, adam);
        } else {
            step_sgd(param->value, g, optimizer->moment[0] + param->offset, param->n, (float)rate,
                     (float)s->momentum, (float)decay);
        }
    }
    update_ema(optimizer);
    return length;
}

void nn_optimizer_climb(struct nn_optimizer *optimizer, const float *gradients, double length)
{
    float factor = (float)(length / (length_of(optimizer, gradients) + 1e-12));
    for (int i = 0; i < nn_net_n_params(optimizer->net); i++) {
        const struct nn_param *param = nn_net_param(optimizer->net, i);
        for (size_t j = 0; j < param->n && !optimizer->is_frozen[i]; j++)
            param->value[j] += factor * gradients[param->offset + j];
    }
}

float *nn_optimizer_ema(struct nn_optimizer *optimizer)
{
    return optimizer->ema;
}

void nn_optimizer_swap_ema(struct nn_optimizer *optimizer)
{
    float *values = nn_net_values(optimizer->net);
    for (size_t i = 0; optimizer->ema && i < nn_net_n_values(optimizer->net); i++) {
        float value = values[i];
        values[i] = optimizer->ema[i];
        optimizer->ema[i] = value;
    }
}

float *nn_optimizer_moment(struct nn_optimizer *optimizer, int i)
{
    return i >= 0 && i < 2 ? optimizer->moment[i] : NULL;
}

int64_t nn_optimizer_n_steps(const struct nn_optimizer *optimizer)
{
    return optimizer->n_steps;
}

void nn_optimizer_set_n_steps(struct nn_optimizer *optimizer, int64_t n_steps)
{
    optimizer->n_steps = n_steps;
}
