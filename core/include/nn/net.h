/* A network: layers read from a text, with one arena of parameters.
 *
 *     struct nn_net *net;
 *     nn_net_load("models/feltboard-1.net", &net);   // or nn_net_parse(text, "name", &net)
 *     nn_net_init_weights(net, &rng);
 *     nn_run_create(net, &settings, &run);           // nn/run.h: activations, gradients
 *
 * The text has one layer a line, `#` starts a comment:
 *
 *     input 1 48 48                       # C H W, first
 *     conv out=16 kernel=3 bias=0         # stride=1 pad=same|valid|N
 *     bn
 *     relu name=trunk                     # its output can be referred to
 *     conv out=16 kernel=3 bias=0 name=a  # from=NAME takes that output as input instead of the line above
 *     add from=trunk                      # this line's input plus trunk
 *     globalpool
 *     dense out=8
 *     softmax
 *
 * Threads: const in inference, so any number may read it; training writes parameters from one thread. */
#ifndef NN_NET_H
#define NN_NET_H

#include "base/rng.h"
#include "base/status.h"
#include "nn/tensor.h"

struct nn_net;

#define NN_NET_MAX_LAYERS 512
#define NN_NET_MAX_TEXT_BYTES (1 << 18)
#define NN_NAME_BYTES 32

enum nn_param_kind {
    NN_PARAM_NONE,
    NN_PARAM_WEIGHT,    /* weight decay applies */
    NN_PARAM_BIAS,      /* added; no decay */
    NN_PARAM_SCALE,     /* of batch normalisation; no decay */
    NN_PARAM_STATISTIC, /* running mean or variance; the optimizer leaves it alone */
    NN_PARAM_COUNT,
};

/* One parameter tensor. Immutable but for the values it points to. */
struct nn_param {
    char name[NN_NAME_BYTES + 16]; /* "conv1.weight" */
    enum nn_param_kind kind;
    int n_dims;   /* 1..4 of shape, from the front */
    int shape[4]; /* conv (K, C, h, w), dense (K, C) */
    size_t n;      /* elements */
    size_t offset; /* floats from the arena's start, the same in gradients and moments */
    float *value;  /* (n), in the net's arena */
};

/* text: NUL-terminated. name stands in the error lines ("name:3: unknown layer ..."). *out owns
 * everything, text included; parameters are zero. FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_net_parse(const char *text, const char *name, struct nn_net **out);
/* The same from a file. */
FB_MUST_USE int nn_net_load(const char *path, struct nn_net **out);
void nn_net_destroy(struct nn_net **net);

/* Weights normal with deviation sqrt(2 / fan-in) (He et al. 2015), biases 0, scales 1, running
 * variance 1. (Residual ends at scale 0, Goyal et al. 2017, was tried: a net of four blocks then learns
 * about three times slower.) */
void nn_net_init_weights(struct nn_net *net, struct fb_rng *rng);

/* A copy in which each `bn` after a conv or dense layer is part of that layer's weights, for inference.
 * FB_ERR_NOMEM. */
FB_MUST_USE int nn_net_fold(const struct nn_net *net, struct nn_net **out);

/* A copy, weights too, that takes pictures of another size. FB_ERR_INPUT: it has a layer (dense) whose weights depend on the
 * size. FB_ERR_NOMEM. */
FB_MUST_USE int nn_net_resize(const struct nn_net *net, int height, int width, struct nn_net **out);

/* Valid as long as the net. */
const char *nn_net_text(const struct nn_net *net);
const char *nn_net_name(const struct nn_net *net);

struct nn_shape nn_net_input(const struct nn_net *net);  /* n is 1 */
struct nn_shape nn_net_output(const struct nn_net *net); /* n is 1 */
int nn_net_n_layers(const struct nn_net *net);           /* the input among them */
/* "conv", "bn", ... of layer i; its name; its output's shape; the line it stands on. */
const char *nn_net_layer_type(const struct nn_net *net, int i);
const char *nn_net_layer_name(const struct nn_net *net, int i);
struct nn_shape nn_net_layer_shape(const struct nn_net *net, int i);

int nn_net_n_params(const struct nn_net *net);
const struct nn_param *nn_net_param(const struct nn_net *net, int i);
/* Whether a parameter's name fits one of the fnmatch patterns, which commas separate; NULL fits none. */
bool nn_net_name_fits(const char *patterns, const char *name);
/* The arena all parameters lie in, gaps zero, and its length in floats. */
float *nn_net_values(const struct nn_net *net);
size_t nn_net_n_values(const struct nn_net *net);
/* Elements the optimizer changes; multiply-adds of one image. */
size_t nn_net_n_weights(const struct nn_net *net);
double nn_net_n_macs(const struct nn_net *net);

#endif
