/* Steps from gradients to weights, and an exponential moving average (EMA) of the weights.
 * Threads: one at a time per optimizer. */
#ifndef NN_OPTIMIZER_H
#define NN_OPTIMIZER_H

#include "nn/net.h"

#include <stdint.h>

enum nn_optimizer_kind {
    NN_OPTIMIZER_NONE,
    NN_OPTIMIZER_SGD,  /* Nesterov momentum; decay is added to the gradient */
    NN_OPTIMIZER_ADAM, /* Kingma and Ba 2015; decay is decoupled (Loshchilov and Hutter 2019) */
    NN_OPTIMIZER_COUNT,
};

struct nn_optimizer_settings {
    enum nn_optimizer_kind kind;
    double momentum;      /* SGD: 0..1, 0.9 */
    double beta1, beta2;  /* Adam: 0.9, 0.999 */
    double epsilon;       /* Adam: 1e-8 */
    double weight_decay;  /* on weights only, not on biases or batch normalisation; 0 */
    double clip_norm;     /* scales the whole gradient down to this length; 0: off */
    double ema_decay;     /* 0: no average; 0.999 typical */
    const char *freeze;   /* parameters that stay as they are, patterns as nn_net_name_fits takes them; NULL: none */
};

struct nn_optimizer;

/* SGD with momentum 0.9, no decay, no clipping, no average. */
struct nn_optimizer_settings nn_default_optimizer_settings(void);
/* "sgd", "adam". NULL, NN_OPTIMIZER_NONE for others. */
const char *nn_optimizer_name(enum nn_optimizer_kind kind);
enum nn_optimizer_kind nn_optimizer_from_name(const char *name);

/* net must outlive it; its values are the start of the average. FB_ERR_USAGE (settings out of range, or a
 * freeze pattern that fits no parameter), FB_ERR_NOMEM. */
FB_MUST_USE int nn_optimizer_create(struct nn_net *net, const struct nn_optimizer_settings *settings,
                                    struct nn_optimizer **out);
void nn_optimizer_destroy(struct nn_optimizer **optimizer);

/* One step with this learning rate; gradients as the net's arena, changed by clipping and decay.
 * Returns the gradient's length before clipping, or 0 when clipping is off. */
double nn_optimizer_step(struct nn_optimizer *optimizer, float *gradients, double rate);

/* Uphill by `length` along the gradient, all trained parameters as one vector: where a sharpness-aware step looks. */
void nn_optimizer_climb(struct nn_optimizer *optimizer, const float *gradients, double length);

/* The averaged parameters, laid out as the net's arena (running statistics averaged too), or NULL. */
float *nn_optimizer_ema(struct nn_optimizer *optimizer);
/* Exchanges the net's values and the averaged ones, to evaluate or save them; call twice. */
void nn_optimizer_swap_ema(struct nn_optimizer *optimizer);

/* For checkpoints: the moment arenas (n_values of the net each; Adam has two, SGD one, the other is
 * NULL) and the count of steps done. */
float *nn_optimizer_moment(struct nn_optimizer *optimizer, int i);
int64_t nn_optimizer_n_steps(const struct nn_optimizer *optimizer);
void nn_optimizer_set_n_steps(struct nn_optimizer *optimizer, int64_t n_steps);

#endif
