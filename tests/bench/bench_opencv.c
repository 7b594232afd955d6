/* OpenCV's DNN module as a contestant (contestant.h): bench_opencv [--threads N] NET BATCH
 *
 * The net is given to it layer by layer, folded as the core folds it. OPENCV_CPU_DISABLE masks instruction sets. */
#include "contestant.h"
#include "layer.h"
#include "peer_opencv.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    } else if (!strcmp(type, "flatten")) {
        number = peer_flatten(peer, from);
    } else if (!strcmp(type, "repeat")) {
        number = peer_repeat(peer, from, l->out.c / l->in.c);
    } else if (!strcmp(type, "add")) {
        number = peer_add(peer, from, numbers[l->inputs[1]]);
    } else if (!strcmp(type, "softmax")) {
        number = peer_softmax(peer, from);
    }
    free(zeros);
    return number;
}

static struct peer *make_peer(const struct nn_net *net, int n_threads)
{
    struct peer *peer = peer_create(n_threads);
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

struct opencv {
    struct peer *peer;
    struct nn_shape input;
    int batch;
    const float *x, *y;
};

static void work(void *user)
{
    struct opencv *o = user;
    o->y = peer_run(o->peer, o->x, o->batch, o->input.c, o->input.h, o->input.w);
}

static int take_part(const struct nn_net *net, int n_threads, int batch)
{
    float *x = contestant_make_input(net, batch);
    struct opencv opencv = {.peer = make_peer(net, n_threads), .input = nn_net_input(net), .batch = batch, .x = x};
    if (opencv.peer && x)
        work(&opencv);
    if (opencv.y)
        contestant_obey(peer_version(), contestant_check(opencv.y, nn_shape_image_size(nn_net_output(net))), work, &opencv);
    peer_destroy(opencv.peer);
    free(x);
    return opencv.y ? FB_OK : FB_ERR_FAILED;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"threads", required_argument, NULL, 't'}, {0}};
    struct nn_net *net = NULL, *folded = NULL;
    int n_threads = 1, batch;
    while (getopt_long(argc, argv, "", options, NULL) == 't')
        n_threads = atoi(optarg);
    if (argc - optind != 2 || (batch = atoi(argv[optind + 1])) < 1) {
        fprintf(stderr, "usage: bench_opencv [--threads N] NET BATCH\n");
        return 2;
    }
    int status = contestant_load_net(argv[optind], &net);
    if (!status)
        status = nn_net_fold(net, &folded);
    if (status)
        fprintf(stderr, "bench_opencv: %s\n", fb_error_text());
    else
        status = take_part(folded, n_threads, batch);
    nn_net_destroy(&net);
    nn_net_destroy(&folded);
    return status != FB_OK;
}
