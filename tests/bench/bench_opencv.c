/* Inference against OpenCV's DNN module, one thread, the same folded weights in one run: rounds alternate between the two,
 * each figure is the best round's median. Fails when outputs differ by more than 1e-3 or when the core is less than
 * its target times as fast.
 *
 *     bench_opencv [--rounds N] [NET.net...]     default: the nets of models/ with their targets */
#include "base/clock.h"
#include "layer.h"
#include "nn/run.h"
#include "peer_opencv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BATCH = 8, MAX_TIMES = 2000, MIN_TIMES = 5 };
static const double ROUND_S = 0.25;
static int n_rounds = 3;

/* --- the peer's net --- */

static int window_end_pad(int in, int out, int kernel, int stride, int before)
{
    int after = (out - 1) * stride + kernel - in - before;
    return after > 0 ? after : 0;
}

static int add_layer(struct peer *peer, const struct nn_layer *l, const int *numbers)
{
    const struct nn_layer_options *o = &l->options;
    const char *type = l->type->name;
    int from = numbers[l->inputs[0]], out, pads[4];
    float *zeros = calloc((size_t)l->out.c, sizeof *zeros);
    const float *weight = l->params[0].value, *bias = l->n_params > 1 ? l->params[1].value : zeros;
    int number = -1;
    if (!strcmp(type, "conv")) {
        if (!nn_window_out(l->in.h, o->kernel, o->stride, o->pad, &out, &pads[0]) &&
            !nn_window_out(l->in.w, o->kernel, o->stride, o->pad, &out, &pads[1])) {
            pads[2] = window_end_pad(l->in.h, l->out.h, o->kernel, o->stride, pads[0]);
            pads[3] = window_end_pad(l->in.w, l->out.w, o->kernel, o->stride, pads[1]);
            number = peer_conv(peer, from, l->out.c, l->in.c, o->kernel, o->stride, pads, weight, bias);
        }
    } else if (!strcmp(type, "dense")) {
        number = peer_dense(peer, from, l->out.c, (int)nn_shape_image_size(l->in), weight, bias);
    } else if (!strcmp(type, "bn")) {
        number = peer_bn(peer, from, l->out.c, (float)o->epsilon, weight, l->params[1].value, l->params[2].value,
                         l->params[3].value);
    } else if (!strcmp(type, "relu") || !strcmp(type, "leaky")) {
        number = peer_relu(peer, from, (float)o->slope);
    } else if (!strcmp(type, "maxpool")) {
        number = peer_maxpool(peer, from, o->size, o->stride, o->pad);
    } else if (!strcmp(type, "globalpool")) {
        number = peer_globalpool(peer, from);
    } else if (!strcmp(type, "dropout")) {
        number = from;
    } else if (!strcmp(type, "add")) {
        number = peer_add(peer, from, numbers[l->inputs[1]]);
    } else if (!strcmp(type, "softmax")) {
        number = peer_softmax(peer, from);
    }
    free(zeros);
    return number;
}

static struct peer *make_peer(const struct nn_net *net)
{
    struct peer *peer = peer_create();
    int numbers[NN_NET_MAX_LAYERS] = {0};
    for (int i = 1; i < net->n_layers; i++) {
        numbers[i] = add_layer(peer, &net->layers[i], numbers);
        if (numbers[i] < 0) {
            fprintf(stderr, "%s: the peer has no layer for %s\n", net->file_name, net->layers[i].name);
            peer_destroy(peer);
            return NULL;
        }
    }
    return peer;
}

/* --- measuring --- */

struct contest {
    struct nn_run *run;
    struct peer *peer;
    struct nn_shape input;
    float *x;
    int n;
};

static const float *run_core(struct contest *c)
{
    memcpy(nn_run_input(c->run), c->x, (size_t)c->n * nn_shape_image_size(c->input) * sizeof *c->x);
    nn_run_forward(c->run, c->n, 0);
    return nn_run_output(c->run);
}

static const float *run_peer(struct contest *c)
{
    return peer_run(c->peer, c->x, c->n, c->input.c, c->input.h, c->input.w);
}

static int by_value(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

static double median_ms(struct contest *c, const float *(*run)(struct contest *c))
{
    double times[MAX_TIMES], sum_s = 0;
    int n = 0;
    run(c);
    while (n < MAX_TIMES && (n < MIN_TIMES || sum_s < ROUND_S)) {
        int64_t start_ns = fb_clock_now_ns();
        run(c);
        times[n] = (double)(fb_clock_now_ns() - start_ns) * 1e-6;
        sum_s += times[n++] * 1e-3;
    }
    qsort(times, (size_t)n, sizeof *times, by_value);
    return times[n / 2];
}

static double largest_difference(struct contest *c, int n_outputs)
{
    const float *ours = run_core(c), *theirs = run_peer(c);
    double most = theirs ? 0 : HUGE_VAL;
    for (int i = 0; theirs && i < c->n * n_outputs; i++)
        most = fmax(most, fabs((double)ours[i] - (double)theirs[i]));
    return most;
}

/* Whether outputs agree and the target is reached. */
static bool compete(struct contest *c, const char *name, int n_outputs, double target)
{
    double core_ms = HUGE_VAL, peer_ms = HUGE_VAL, difference = largest_difference(c, n_outputs);
    for (int round = 0; round < n_rounds && isfinite(difference); round++) {
        core_ms = fmin(core_ms, median_ms(c, run_core));
        peer_ms = fmin(peer_ms, median_ms(c, run_peer));
    }
    double ratio = peer_ms / core_ms;
    bool is_won = difference < 1e-3 && ratio >= target;
    printf("%-16s batch %d  %-11s %8.4f ms/face  OpenCV %-6s %8.4f  ratio %5.2f (target %.1f)  difference %.1e  %s\n",
           name, c->n, nn_kernel_name(nn_run_kernel(c->run)), core_ms / c->n, peer_version(), peer_ms / c->n, ratio,
           target, difference, is_won ? "ok" : "FAILED");
    fflush(stdout);
    return is_won;
}

static int load(const char *path, struct nn_net **folded)
{
    struct nn_net *net;
    struct fb_rng rng;
    int status = nn_net_load(path, &net);
    if (status)
        return status;
    fb_rng_seed(&rng, 1);
    nn_net_init_weights(net, &rng);
    status = nn_net_fold(net, folded);
    nn_net_destroy(&net);
    return status;
}

static bool bench_net(const char *path, double target)
{
    struct nn_net *net = NULL;
    struct contest c = {0};
    struct nn_run_settings settings = {.max_batch = MAX_BATCH, .is_frozen = true};
    bool is_won = true;
    const char *slash = strrchr(path, '/');
    if (load(path, &net) || nn_run_create(net, &settings, &c.run)) {
        fprintf(stderr, "%s\n", fb_error_text());
        nn_net_destroy(&net);
        return false;
    }
    c.peer = make_peer(net);
    c.input = nn_net_input(net);
    size_t n_floats = MAX_BATCH * nn_shape_image_size(c.input);
    c.x = malloc(n_floats * sizeof *c.x);
    for (size_t i = 0; i < n_floats; i++)
        c.x[i] = (float)(i * 7919 % 255) / 255;
    for (c.n = 1; c.n <= MAX_BATCH && c.peer; c.n *= MAX_BATCH)
        is_won &= compete(&c, slash ? slash + 1 : path, nn_net_output(net).c, target);
    is_won &= c.peer != NULL;
    free(c.x);
    peer_destroy(c.peer);
    nn_run_destroy(&c.run);
    nn_net_destroy(&net);
    return is_won;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        double target; /* about two thirds of what was measured when it was set */
    } nets[] = {{"feltboard-1", 2.0}, {"baseline", 2.5}, {"bn_dropout", 2.5}, {"bn_dropout_aug", 2.5}};
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    int n_failed = 0, first = 1;
    if (argc > 2 && !strcmp(argv[1], "--rounds")) {
        n_rounds = atoi(argv[2]) > 0 ? atoi(argv[2]) : n_rounds;
        first = 3;
    }
    for (int i = first; i < argc; i++)
        n_failed += !bench_net(argv[i], 1);
    for (size_t i = 0; i < sizeof nets / sizeof *nets && first == argc; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/models/%s.net", root ? root : ".", nets[i].name);
        n_failed += !bench_net(path, nets[i].target);
    }
    return n_failed > 0;
}
