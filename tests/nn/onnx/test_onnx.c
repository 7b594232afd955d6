/* Every committed net and model, and nets with awkward layers, exported and run by OpenCV's DNN module.
 * With --write DIR: NAME.onnx, NAME.x and NAME.p (raw floats) of each, for another runtime to check. */
#include "nn/classifier.h"
#include "nn/onnx.h"
#include "nn/run.h"
#include "opencv_peer.h"
#include "test.h"

#include <dirent.h>
#include <unistd.h>

enum { N = 3, MAX_OUTPUTS = 4096 };

static const char *write_folder; /* NULL: a test */

static const struct {
    const char *name, *text;
} nets[] = {
    {"pads", "input 1 15 13\nconv out=6 kernel=3 stride=2\nrelu\nmaxpool size=3 stride=2 pad=same\nconv out=5 kernel=2\n"
             "leaky slope=0.2\navgpool size=2\ndense out=8\nsoftmax"},
    {"odd", "input 2 12 16\nconv out=7 kernel=5 stride=3 pad=1 bias=0\nbn\nrelu name=a\nconv out=7 kernel=1\nadd from=a\nbn\n"
            "maxpool size=2 stride=1 pad=1\nglobalpool\ndropout p=0.3\ndense out=8\nleaky\ndense out=8 bias=0\nsoftmax"},
    {"flat", "input 1 8 8\nrepeat out=4\nconv out=6 kernel=3 stride=2\nflatten\nbn\nrelu\ndense out=16\nbn\nrelu\ndense out=8"},
    {"avg", "input 1 9 9\nconv out=4 kernel=3\navgpool size=3 stride=2 pad=1\nrelu\ndense out=8\nsoftmax"},
};

static void randomise(struct nn_net *net, uint64_t seed)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, seed);
    nn_net_init_weights(net, &rng);
    for (int i = 0; i < nn_net_n_params(net); i++) { /* nothing at its neutral value */
        const struct nn_param *p = nn_net_param(net, i);
        for (size_t j = 0; j < p->n && p->kind != NN_PARAM_WEIGHT; j++)
            p->value[j] = p->kind == NN_PARAM_SCALE ? fb_rng_range(&rng, 0.3f, 0.9f) : fb_rng_range(&rng, 0.1f, 1);
    }
}

static void write_floats(const char *name, const char *ending, const float *values, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", write_folder, name, ending);
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(values, sizeof *values, n, file) == n && !fclose(file));
}

static void compare(const char *name, const char *path, const struct nn_net *net, const float *x, const float *p)
{
    struct nn_shape in = nn_net_input(net);
    size_t n_outputs = N * nn_shape_image_size(nn_net_output(net));
    static float theirs[MAX_OUTPUTS];
    char error[512] = "";
    if (write_folder) {
        write_floats(name, "x", x, N * nn_shape_image_size(in));
        write_floats(name, "p", p, n_outputs);
        return;
    }
    if (!CHECK_MSG(!opencv_peer_run(path, x, N, in.c, in.h, in.w, theirs, (int)n_outputs, error, sizeof error), "%s: %s",
                   name, error))
        return;
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n_outputs; i++) {
        worst = fmax(worst, fabs((double)theirs[i] - (double)p[i]));
        largest = fmax(largest, fabs((double)p[i]));
    }
    CHECK_MSG(worst <= 1e-4 * fmax(1, largest), "%s: OpenCV differs by %g of %g", name, worst, largest);
}

static void onnx_path(const char *name, char *path, size_t n_bytes)
{
    snprintf(path, n_bytes, "%s/%s.onnx", write_folder ? write_folder : "/tmp", name);
    if (!write_folder)
        snprintf(path, n_bytes, "/tmp/feltboard-test-%d-%s.onnx", (int)getpid(), name);
}

static void check_net(const char *name, struct nn_net *net)
{
    struct nn_run *run;
    struct nn_run_settings settings = {.max_batch = N, .kernel = NN_KERNEL_GEMM};
    struct fb_rng rng;
    size_t n_in = N * nn_shape_image_size(nn_net_input(net));
    float *x = malloc(n_in * sizeof *x);
    char path[4096];
    onnx_path(name, path, sizeof path);
    randomise(net, 17);
    fb_rng_seed(&rng, 18);
    for (size_t i = 0; i < n_in; i++)
        x[i] = fb_rng_normal(&rng);
    CHECK_MSG(!nn_onnx_write(path, net, NULL), "%s", fb_error_text());
    CHECK_INT(nn_run_create(net, &settings, &run), 0);
    memcpy(nn_run_input(run), x, n_in * sizeof *x);
    nn_run_forward(run, N, 0);
    compare(name, path, net, x, nn_run_output(run));
    if (!write_folder)
        unlink(path);
    nn_run_destroy(&run);
    free(x);
}

static void awkward_nets(void)
{
    for (int i = 0; i < TEST_COUNT(nets); i++) {
        struct nn_net *net;
        if (!CHECK_MSG(!nn_net_parse(nets[i].text, nets[i].name, &net), "%s", fb_error_text()))
            continue;
        check_net(nets[i].name, net);
        nn_net_destroy(&net);
    }
}

/* The classifier's own answers to one crop each, temperature included. */
static void check_model(const char *name, const char *file)
{
    struct nn_model *model;
    struct nn_classifier *classifier;
    char path[4096];
    float p[N][FB_EXPRESSION_COUNT];
    if (!CHECK_MSG(!nn_model_load(file, &model), "%s", fb_error_text()))
        return;
    if (CHECK_INT(nn_classifier_create_with(file, N, &(struct nn_classifier_settings){.flip = NN_FLIP_NEVER}, NULL, &classifier), 0)) {
        int n_px = nn_net_input(model->net).h * nn_net_input(model->net).h;
        uint8_t *crops = malloc((size_t)(N * n_px));
        float *x = malloc((size_t)(N * n_px) * sizeof *x);
        struct fb_rng rng;
        fb_rng_seed(&rng, 19);
        for (int i = 0; i < N * n_px; i++)
            crops[i] = (uint8_t)fb_rng_below(&rng, 256);
        for (int i = 0; i < N; i++)
            nn_preprocess_bytes(model->info.preprocess, crops + i * n_px, n_px, x + i * n_px);
        onnx_path(name, path, sizeof path);
        CHECK_MSG(!nn_onnx_write(path, model->net, &model->info), "%s", fb_error_text());
        CHECK_INT(nn_classifier_run(classifier, crops, N, p), 0);
        compare(name, path, model->net, x, p[0]);
        if (!write_folder)
            unlink(path);
        free(crops);
        free(x);
        nn_classifier_destroy(&classifier);
    }
    nn_model_destroy(&model);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n > m && !strcmp(text + n - m, ending);
}

static bool is_classifier_model(const char *path)
{
    struct nn_safetensors *file;
    if (nn_safetensors_read(path, &file))
        return true; /* check_model tells */
    const char *labels = nn_safetensors_text(file, "labels");
    bool is_one = labels && !strncmp(labels, "neutral", strlen("neutral"));
    nn_safetensors_destroy(&file);
    return is_one;
}

static bool is_exportable(const struct nn_net *net)
{
    for (int i = 0; i < nn_net_n_layers(net); i++)
        if (nn_net_layer_shape(net, i).h > 64)
            return false; /* a detector: whole pictures, tested by its own */
    return true;
}

/* All of models/, whatever is added to it. */
static void committed_models(void)
{
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    char folder[3000], path[4096];
    int n_nets = 0, n_models = 0;
    snprintf(folder, sizeof folder, "%s/models", root ? root : ".");
    DIR *dir = opendir(folder);
    if (!CHECK_MSG(dir != NULL, "%s cannot be read", folder))
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct nn_net *net;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (ends_with(entry->d_name, ".net") && CHECK_MSG(!nn_net_load(path, &net), "%s", fb_error_text())) {
            if (is_exportable(net))
                check_net(entry->d_name, net);
            n_nets++;
            nn_net_destroy(&net);
        } else if (ends_with(entry->d_name, ".safetensors") && is_classifier_model(path)) {
            check_model(entry->d_name, path);
            n_models++;
        }
    }
    closedir(dir);
    CHECK(n_nets >= 5 && n_models >= 1);
}

static void failures_are_told(void)
{
    struct nn_net *net;
    CHECK_INT(nn_net_parse(nets[3].text, "avg", &net), 0);
    CHECK_INT(nn_onnx_write("/nonexistent/x.onnx", net, NULL), FB_ERR_IO);
    CHECK(strstr(fb_error_text(), "/nonexistent/x.onnx"));
    nn_net_destroy(&net);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"awkward_nets", awkward_nets},
        {"committed_models", committed_models},
        {"failures_are_told", failures_are_told},
    };
    if (argc == 3 && !strcmp(argv[1], "--write")) {
        write_folder = argv[2];
        return test_main(tests, 2, 1, argv);
    }
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
