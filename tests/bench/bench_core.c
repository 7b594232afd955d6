/* The core as a contestant (contestant.h):
 *
 *     bench_core [--threads N] [--kernel NAME] [--train] [--half | --whole] NET BATCH
 *     bench_core --save WEIGHTS.safetensors NET 1       writes the net with its weights for others
 * to read
 *
 * --half: weights in half precision. --train: whole steps (forward, backward, Adam at 0.001)
 * instead of inference. Input and output are copied as a user would have to. */
#include "contestant.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct core {
    bool is_training;
    enum nn_weights weights;
    int batch, n_threads;
    enum nn_kernel kernel;
    const char *save_path;
    struct nn_net *net;
    struct fb_pool *pool;
    struct nn_run *run;
    struct nn_optimizer *optimizer;
    float *x,
        *target; /* (batch, C, H, W), (batch, classes): image i is of class i modulo classes */
    size_t n_classes;
    double loss; /* of the last step */
};

static int prepare_net(struct core *core, const char *path)
{
    struct nn_net *net = NULL;
    int status = contestant_load_net(path, &net);
    if (!status && !core->is_training)
        status = nn_net_fold(net, &core->net);
    if (!status && core->is_training) {
        core->net = net;
        net = NULL;
    }
    nn_net_destroy(&net);
    return status;
}

static int prepare_data(struct core *core)
{
    core->n_classes = nn_shape_image_size(nn_net_output(core->net));
    core->x = contestant_make_input(core->net, core->batch);
    core->target = calloc((size_t)core->batch * core->n_classes, sizeof *core->target);
    if (!core->x || !core->target)
        return fb_fail_nomem("a batch", (size_t)core->batch * core->n_classes);
    for (size_t i = 0; i < (size_t)core->batch; i++)
        core->target[i * core->n_classes + i % core->n_classes] = 1;
    return FB_OK;
}

static int prepare(struct core *core, const char *path)
{
    struct nn_optimizer_settings optimizer = nn_default_optimizer_settings();
    optimizer.kind = NN_OPTIMIZER_ADAM;
    int status = prepare_net(core, path);
    if (!status)
        status = prepare_data(core);
    if (!status)
        status = fb_pool_create(core->n_threads, &core->pool);
    struct nn_run_settings settings = {.max_batch = core->batch,
                                       .is_training = core->is_training,
                                       .pool = core->pool,
                                       .kernel = core->kernel,
                                       .is_frozen = !core->is_training,
                                       .weights = core->weights};
    if (!status)
        status = nn_run_create(core->net, &settings, &core->run);
    if (!status && core->is_training)
        status = nn_optimizer_create(core->net, &optimizer, &core->optimizer);
    return status;
}

static void work(void *user)
{
    struct core *core = user;
    memcpy(nn_run_input(core->run), core->x,
           (size_t)core->batch * nn_shape_image_size(nn_net_input(core->net)) * sizeof *core->x);
    if (core->is_training)
        nn_run_zero_gradients(core->run);
    nn_run_forward(core->run, core->batch, 1);
    if (!core->is_training)
        return;
    struct nn_loss_result loss =
        nn_loss(NN_LOSS_CROSS_ENTROPY, nn_run_logits(core->run), core->target, NULL, core->batch,
                (int)core->n_classes, nn_run_d_logits(core->run));
    nn_run_backward(core->run);
    nn_optimizer_step(core->optimizer, nn_run_gradients(core->run), 1e-3);
    core->loss = loss.loss / core->batch;
}

static void take_part(struct core *core)
{
    work(core);
    double check = core->is_training ? core->loss
                                     : contestant_check(nn_run_output(core->run), core->n_classes);
    contestant_obey(nn_kernel_name(nn_run_kernel(core->run)), check, work, core);
}

static int save(const char *net_path, const char *path)
{
    struct nn_net *net = NULL;
    struct nn_model_info info = nn_model_default_info();
    int status = contestant_load_net(net_path, &net);
    if (!status)
        status = nn_model_save(path, net, &info);
    nn_net_destroy(&net);
    return status;
}

static int parse(int argc, char **argv, struct core *core)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, 't'},
        {"kernel", required_argument, NULL, 'k'},
        {"train", no_argument, NULL, 'T'},
        {"save", required_argument, NULL, 's'},
        {"half", no_argument, NULL, 'H'},
        {"whole", no_argument, NULL, 'W'},
        {0},
    };
    int status = FB_OK;
    for (int o; !status && (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'k')
            status = nn_kernel_parse(optarg, &core->kernel);
        else if (o == 't')
            core->n_threads = atoi(optarg);
        else if (o == 's')
            core->save_path = optarg;
        else if (o == 'H')
            core->weights = NN_WEIGHTS_HALF;
        else if (o == 'W')
            core->weights = NN_WEIGHTS_WHOLE;
        else if (o == 'T')
            core->is_training = true;
        else
            status = FB_ERR_USAGE;
    }
    if (!status && (argc - optind != 2 || (core->batch = atoi(argv[optind + 1])) < 1))
        status = fb_fail(
            FB_ERR_USAGE,
            "bench_core [--threads N] [--kernel NAME] [--train] [--half | --whole] NET BATCH");
    return status;
}

int main(int argc, char **argv)
{
    struct core core = {.n_threads = 1, .weights = NN_WEIGHTS_BY_SIZE};
    int status = parse(argc, argv, &core);
    if (!status && core.save_path) {
        status = save(argv[optind], core.save_path);
    } else if (!status) {
        status = prepare(&core, argv[optind]);
        if (!status)
            take_part(&core);
    }
    if (status)
        fprintf(stderr, "bench_core: %s\n", fb_error_text());
    nn_optimizer_destroy(&core.optimizer);
    nn_run_destroy(&core.run);
    nn_net_destroy(&core.net);
    fb_pool_destroy(&core.pool);
    free(core.x);
    free(core.target);
    return status != FB_OK;
}
