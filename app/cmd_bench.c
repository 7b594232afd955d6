/* feltlab bench: how long a network takes, for inference or a training step, over batch sizes and threads. */
#include "feltlab.h"

#include "base/clock.h"
#include "cli.h"
#include "json.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/optimizer.h"
#include "nn/run.h"

#include <cjson/cJSON.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LIST = 16, MAX_BATCH = 4096, MAX_THREADS = 256, N_ROUNDS = 5 };
static const double ROUND_S = 0.4; /* each round repeats for about this long; the fastest one counts */

static const struct app_help help[] = {
    {"--model FILE.safetensors", "a trained model (batch normalisation folded, as the program uses it)"},
    {"--net FILE.net", "or a network with random weights"},
    {"--batch N,N,...", "default 1,8,32"},
    {"--threads N,N,...", "default 1"},
    {"--kernel NAME", "auto, plain, gemm, fast, fast-c, fast-avx2, fast-avx512; default auto: the fastest here"},
    {"--train", "training steps (forward, backward, SGD) instead of inference"},
    {"--json", "one JSON object"},
    {0},
};

struct bench_options {
    const char *model_path, *net_path;
    int batches[MAX_LIST], n_batches, threads[MAX_LIST], n_threads;
    bool is_training, is_json;
    enum nn_kernel kernel;
};

struct bench_result {
    const char *net, *kernel;
    int batch, n_threads;
    double ms_per_face, gflops, images_per_s;
};

static int parse_list(const char *option, const char *text, long max, int *list, int *n)
{
    char item[32];
    for (*n = 0; *text || !*n; text += strcspn(text, ",") + (strchr(text, ',') != NULL)) {
        if (*n == MAX_LIST)
            return fb_fail(FB_ERR_USAGE, "%s: more than %d numbers", option, MAX_LIST);
        size_t n_chars = strcspn(text, ",");
        if (n_chars >= sizeof item)
            return fb_fail(FB_ERR_USAGE, "%s: '%s' is not a list of numbers such as 1,8,32", option, text);
        memcpy(item, text, n_chars);
        item[n_chars] = 0;
        int status = app_parse_int(option, item, 1, max, &list[(*n)++]);
        if (status)
            return status;
    }
    return FB_OK;
}

/* One forward, or one whole training step. */
struct work {
    struct nn_net *net;
    struct nn_run *run;
    struct nn_optimizer *optimizer;
    float *target;
    int batch, n_classes;
};

static void work_once(struct work *work, int64_t i)
{
    if (work->optimizer)
        nn_run_zero_gradients(work->run);
    nn_run_forward(work->run, work->batch, (uint64_t)i);
    if (!work->optimizer)
        return;
    nn_loss(NN_LOSS_CROSS_ENTROPY, nn_run_logits(work->run), work->target, NULL, work->batch,
            work->n_classes, nn_run_d_logits(work->run));
    nn_run_backward(work->run);
    nn_optimizer_step(work->optimizer, nn_run_gradients(work->run), 1e-3);
}

/* Seconds of one work_once, the least of the rounds' means. */
static double measure(struct work *work)
{
    double best_s = 0;
    work_once(work, 0);
    for (int round = 0; round < N_ROUNDS && !app_is_interrupted(); round++) {
        int64_t start_ns = fb_clock_now_ns(), n = 0;
        double elapsed_s;
        do {
            work_once(work, ++n);
            elapsed_s = (double)(fb_clock_now_ns() - start_ns) * 1e-9;
        } while (elapsed_s < ROUND_S);
        if (round == 0 || elapsed_s / (double)n < best_s)
            best_s = elapsed_s / (double)n;
    }
    return best_s;
}

static void fill_randomly(struct work *work)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    size_t n = (size_t)work->batch * nn_shape_image_size(nn_net_input(work->net));
    for (size_t i = 0; i < n; i++)
        nn_run_input(work->run)[i] = fb_rng_normal(&rng);
    for (int i = 0; i < work->batch; i++)
        work->target[i * work->n_classes + i % work->n_classes] = 1;
}

static int bench_one(struct nn_net *net, const struct bench_options *o, struct fb_pool *pool,
                     struct bench_result *result)
{
    bool is_training = o->is_training;
    struct work work = {.net = net, .batch = result->batch,
                        .n_classes = (int)nn_shape_image_size(nn_net_output(net))};
    struct nn_run_settings settings = {.max_batch = result->batch, .is_training = is_training, .pool = pool,
                                       .kernel = o->kernel, .is_frozen = !is_training, .weights = NN_WEIGHTS_BY_SIZE};
    struct nn_optimizer_settings optimizer = nn_default_optimizer_settings();
    int status = nn_run_create(net, &settings, &work.run);
    if (!status && is_training)
        status = nn_optimizer_create(net, &optimizer, &work.optimizer);
    work.target = calloc((size_t)work.batch * (size_t)work.n_classes, sizeof *work.target);
    if (!status && !work.target)
        status = fb_fail_nomem("targets", (size_t)work.batch * (size_t)work.n_classes);
    if (!status) {
        result->kernel = nn_kernel_name(nn_run_kernel(work.run));
        fill_randomly(&work);
        double s = measure(&work);
        double n_operations = 2 * nn_net_n_macs(net) * (is_training ? 3 : 1) * work.batch;
        result->ms_per_face = s * 1e3 / work.batch;
        result->images_per_s = work.batch / s;
        result->gflops = n_operations / s * 1e-9;
    }
    free(work.target);
    nn_optimizer_destroy(&work.optimizer);
    nn_run_destroy(&work.run);
    return status;
}

static void print_row(const struct bench_result *r)
{
    printf("%-24s batch %4d  threads %2d  %-11s  %9.4f ms/face  %7.1f GFLOP/s  %9.1f images/s\n", r->net,
           r->batch, r->n_threads, r->kernel, r->ms_per_face, r->gflops, r->images_per_s);
    fflush(stdout);
}

static void add_json(cJSON *results, const struct bench_result *r)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "net", r->net);
    cJSON_AddNumberToObject(row, "batch", r->batch);
    cJSON_AddNumberToObject(row, "threads", r->n_threads);
    cJSON_AddStringToObject(row, "kernel", r->kernel);
    cJSON_AddNumberToObject(row, "ms_per_face", r->ms_per_face);
    cJSON_AddNumberToObject(row, "gflops", r->gflops);
    cJSON_AddNumberToObject(row, "images_per_s", r->images_per_s);
    cJSON_AddItemToArray(results, row);
}

static int bench_all(struct nn_net *net, const struct bench_options *o, cJSON *results)
{
    int status = FB_OK;
    for (int t = 0; t < o->n_threads && !status; t++) {
        struct fb_pool *pool = NULL;
        status = fb_pool_create(o->threads[t], &pool);
        for (int b = 0; b < o->n_batches && !status; b++) {
            struct bench_result result = {.net = nn_net_name(net), .batch = o->batches[b],
                                          .n_threads = o->threads[t]};
            status = bench_one(net, o, pool, &result);
            if (!status && app_is_interrupted())
                status = fb_fail(FB_ERR_INTERRUPTED, "interrupted");
            if (!status && results)
                add_json(results, &result);
            else if (!status)
                print_row(&result);
        }
        fb_pool_destroy(&pool);
    }
    return status;
}

/* The net to be measured: folded for inference. */
static int load(const struct bench_options *o, struct nn_net **net)
{
    struct nn_model *model = NULL;
    struct nn_net *source = NULL;
    int status = o->model_path ? nn_model_load(o->model_path, &model) : nn_net_load(o->net_path, &source);
    if (!status && source) {
        struct fb_rng rng;
        fb_rng_seed(&rng, 1);
        nn_net_init_weights(source, &rng);
    }
    if (!status && model) {
        source = model->net;
        model->net = NULL;
    }
    if (!status && !o->is_training)
        status = nn_net_fold(source, net);
    if (!status && o->is_training) {
        *net = source;
        source = NULL;
    }
    nn_net_destroy(&source);
    nn_model_destroy(&model);
    return status;
}

static int run(const struct bench_options *o)
{
    struct nn_net *net = NULL;
    int status = load(o, &net);
    cJSON *root = o->is_json ? cJSON_CreateObject() : NULL;
    if (!status)
        status = bench_all(net, o, root ? cJSON_AddArrayToObject(root, "results") : NULL);
    if (!status && root)
        status = app_json_print_line(&root);
    cJSON_Delete(root);
    nn_net_destroy(&net);
    return status;
}

static int set_option(int c, const char *text, struct bench_options *o)
{
    switch (c) {
    case 'm':
        o->model_path = text;
        return FB_OK;
    case 'n':
        o->net_path = text;
        return FB_OK;
    case 'b':
        return parse_list("--batch", text, MAX_BATCH, o->batches, &o->n_batches);
    case 't':
        return parse_list("--threads", text, MAX_THREADS, o->threads, &o->n_threads);
    case 'k':
        return nn_kernel_parse(text, &o->kernel);
    case 'T':
        o->is_training = true;
        return FB_OK;
    default:
        o->is_json = true;
        return FB_OK;
    }
}

int app_cmd_bench(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"model", required_argument, NULL, 'm'},  {"net", required_argument, NULL, 'n'},
        {"batch", required_argument, NULL, 'b'},  {"threads", required_argument, NULL, 't'},
        {"kernel", required_argument, NULL, 'k'}, {"train", no_argument, NULL, 'T'},
        {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct bench_options options = {.batches = {1, 8, 32}, .n_batches = 3, .threads = {1}, .n_threads = 1};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (c == 'h') {
            app_print_help("bench --model FILE|--net FILE.net [OPTION]...",
                           "Measures a network's speed: best of five rounds.", help);
            return FB_OK;
        }
        int status = c == '?' || c == ':' ? app_bad_option(argc, argv, c) : set_option(c, optarg, &options);
        if (status)
            return status;
    }
    if (optind < argc || !options.model_path == !options.net_path)
        return fb_fail(FB_ERR_USAGE, "bench needs either --model FILE or --net FILE.net; see 'feltlab bench "
                                     "--help'");
    return run(&options);
}
