/* Frozen runs on every set of fast kernels against the plain ones: windows, strides, paddings and maps of awkward sizes,
 * fused sequences, residual blocks, nets with layers the planner does not know, threads. */
#include "base/rng.h"
#include "kernels/half.h"
#include "nn/run.h"
#include "test.h"

static const int batches[] = {1, 3, 33};
enum { N_BATCHES = 3, MAX_BATCH = 33 };

static struct nn_net *make_net(const char *text)
{
    struct nn_net *net;
    if (!CHECK_MSG(nn_net_parse(text, "test", &net) == FB_OK, "%s: %s", text, fb_error_text()))
        return NULL;
    struct fb_rng rng;
    fb_rng_seed(&rng, 5);
    nn_net_init_weights(net, &rng);
    for (int i = 0; i < nn_net_n_params(net); i++) { /* nothing at its neutral value */
        const struct nn_param *param = nn_net_param(net, i);
        for (size_t j = 0; j < param->n && param->kind != NN_PARAM_WEIGHT; j++)
            param->value[j] = fb_rng_range(&rng, 0.4f, 1.3f) - (param->kind == NN_PARAM_BIAS ? 0.8f : 0);
    }
    return net;
}

static struct nn_run *make_run(const struct nn_net *net, enum nn_kernel kernel, struct fb_pool *pool)
{
    struct nn_run_settings settings = {.max_batch = MAX_BATCH, .kernel = kernel, .is_frozen = true, .pool = pool};
    struct nn_run *run;
    CHECK_MSG(nn_run_create(net, &settings, &run) == FB_OK, "%s", fb_error_text());
    return run;
}

static void run_batch(struct nn_run *run, const struct nn_net *net, int n, uint64_t seed)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, seed);
    size_t size = (size_t)n * nn_shape_image_size(nn_net_input(net));
    for (size_t i = 0; i < size; i++)
        nn_run_input(run)[i] = fb_rng_normal(&rng);
    nn_run_forward(run, n, 0);
}

/* Largest difference as a share of the largest value. */
static double difference(const float *a, const float *b, size_t n)
{
    double most = 0, scale = 1e-3;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= most)) /* NaN as well */
            most = d;
        scale = fmax(scale, fabs((double)b[i]));
    }
    return most / scale;
}

static void compare(const char *text, struct fb_pool *pool)
{
    struct nn_net *net = make_net(text);
    if (!net)
        return;
    struct nn_run *plain = make_run(net, NN_KERNEL_PLAIN, NULL);
    size_t size = nn_shape_image_size(nn_net_output(net));
    int n_batches = nn_net_n_macs(net) < 5e5 ? N_BATCHES : N_BATCHES - 1; /* the plain kernels take their time */
    for (int kernel = NN_KERNEL_GEMM; plain && kernel < NN_KERNEL_COUNT; kernel++) {
        if (!nn_kernel_is_available((enum nn_kernel)kernel))
            continue;
        struct nn_run *run = make_run(net, (enum nn_kernel)kernel, pool);
        for (int i = 0; run && i < n_batches; i++) {
            int n = batches[i];
            run_batch(plain, net, n, 77);
            run_batch(run, net, n, 78); /* leaves other values in every map */
            run_batch(run, net, n, 77);
            double d = difference(nn_run_output(run), nn_run_output(plain), (size_t)n * size);
            CHECK_MSG(d < 1e-4, "%s, batch %d differs by %g of the largest value in\n%s",
                      nn_kernel_name((enum nn_kernel)kernel), n, d, text);
        }
        nn_run_destroy(&run);
    }
    nn_run_destroy(&plain);
    nn_net_destroy(&net);
}

static void windows(void)
{
    static const char *const inputs[] = {"1 1 1", "1 5 7", "3 5 7", "3 9 4", "17 6 6", "17 11 13", "40 4 5"};
    static const char *const convs[] = {
        "kernel=3", "kernel=3 pad=1 stride=2", "kernel=3 stride=2", "kernel=1", "kernel=1 stride=2",
        "kernel=5", "kernel=3 pad=2", "kernel=7 stride=2 pad=3", "kernel=2 pad=1"};
    static const int outs[] = {3, 17, 70};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (size_t j = 0; j < sizeof convs / sizeof *convs; j++) {
            char text[200];
            int out = outs[(i + j) % (sizeof outs / sizeof *outs)];
            snprintf(text, sizeof text, "input %s\nconv out=%d %s\n", inputs[i], out, convs[j]);
            compare(text, NULL);
        }
}

static void valid_windows(void)
{
    compare("input 1 11 13\nconv out=17 kernel=3 pad=valid\nrelu\nconv out=33 kernel=3 pad=valid\n", NULL);
    compare("input 3 12 12\nconv out=64 kernel=5 pad=valid\nconv out=130 kernel=3 pad=valid\n", NULL);
    compare("input 20 7 3\nconv out=24 kernel=3 pad=valid\n", NULL);
    compare("input 20 3 3\nconv out=96 kernel=3 pad=valid bias=0\n", NULL);
}

static void fused_sequences(void)
{
    compare("input 1 13 11\nconv out=20 kernel=3\nrelu\nmaxpool size=2\nconv out=40 kernel=3\nrelu\nmaxpool size=2\n", NULL);
    compare("input 1 9 9\nconv out=70 kernel=3 pad=valid\nrelu\nmaxpool size=2\n", NULL);
    compare("input 8 10 10\nconv out=16 kernel=3\nleaky slope=0.2\nbn\nmaxpool size=2\ndropout p=0.5\ndense out=9\n", NULL);
    compare("input 8 10 10\nconv out=33 kernel=1\nmaxpool size=2\nrelu\n", NULL);
    compare("input 8 6 6\nconv out=16 kernel=3\nbn\nrelu\nconv out=16 kernel=3\nbn\n", NULL);
    compare("input 5 6 6\nconv out=48 kernel=3\nmaxpool size=2\nconv out=16 kernel=3\nmaxpool size=2\n", NULL);
}

static void residual_blocks(void)
{
    compare("input 6 9 9\nconv out=24 kernel=3\nrelu name=a\nconv out=24 kernel=3\nrelu\nconv out=24 kernel=3\n"
            "add from=a\nrelu name=b\nconv out=40 kernel=3 stride=2\nrelu\nconv out=40 kernel=3 name=c\n"
            "conv out=40 kernel=1 stride=2 from=b\nadd from=c\nrelu\nmaxpool size=2\nglobalpool\ndense out=5\n", NULL);
    /* the sum of one output with itself, of an output still needed, of an input */
    compare("input 4 5 5\nconv out=8 kernel=3 name=a\nadd from=a\nrelu\n", NULL);
    compare("input 4 5 5\nconv out=8 kernel=3 name=a\nconv out=8 kernel=1 name=b\nadd from=a\nadd from=b\n", NULL);
    compare("input 4 5 5\nconv out=4 kernel=3\nadd from=input\n", NULL);
}

static void other_layers(void)
{
    compare("input 3 9 8\nmaxpool size=3 stride=2 pad=1\navgpool size=2 pad=same\nleaky slope=0.3\nbn\nglobalpool\n", NULL);
    compare("input 3 4 4\nsoftmax\nconv out=5 kernel=3\nsoftmax\n", NULL);
    compare("input 3 4 4\nrelu\nrelu\n", NULL);
    compare("input 3 4 4\ndropout p=0.1\n", NULL);
    compare("input 12 5 3\ndense out=70\nrelu\ndense out=200\nbn\nrelu\ndense out=8\nsoftmax\n", NULL);
    compare("input 2 6 6\nconv out=18 kernel=3\nrelu\ndense out=3\n", NULL);
}

static void depthwise(void)
{
    compare("input 17 6 9\ndepthwise kernel=3\nbn\nrelu\nconv out=20 kernel=1\nbn\nrelu\n", NULL);
    compare("input 3 9 21\ndepthwise kernel=3 stride=2 bias=0\ndepthwise kernel=5 stride=3 pad=1\n", NULL);
    compare("input 40 8 8\ndepthwise kernel=3 stride=2\nleaky slope=0.3\ndepthwise kernel=3 pad=valid\n", NULL);
    compare("input 20 5 17\nconv out=20 kernel=1 name=a\ndepthwise kernel=3\nadd from=a\nrelu\nmaxpool size=2\n", NULL);
}

static void pyramids(void)
{
    compare("input 4 3 5\nupsample\nrelu\nupsample size=3\n", NULL);
    compare("input 1 16 32\nconv out=18 kernel=3 stride=2\nrelu name=a\ndepthwise kernel=3 stride=2\nconv out=24 kernel=1\n"
            "relu name=b\nupsample name=c\nconv out=24 kernel=1 from=a\nadd from=c\nrelu\ndepthwise kernel=3\nrelu\n"
            "conv out=5 kernel=1 name=d\nconv out=5 kernel=1 from=b\njoin from=d\n", NULL);
}

static void threads(void)
{
    struct fb_pool *pool;
    if (!CHECK(fb_pool_create(3, &pool) == FB_OK))
        return;
    compare("input 1 18 18\nconv out=40 kernel=3\nrelu\nmaxpool size=2\nconv out=130 kernel=3\nrelu\nmaxpool size=2\n"
            "conv out=130 kernel=3\nmaxpool size=2\ndense out=150\nrelu\ndense out=8\nsoftmax\n", pool);
    compare("input 3 9 21\ndepthwise kernel=3 stride=2\nrelu\nconv out=40 kernel=1\nupsample\ndepthwise kernel=3\n", pool);
    fb_pool_destroy(&pool);
}

/* Rounding to half precision is off by 2^-11 of each weight at most; the sums' errors cancel rather than add up. */
static void half_weights(void)
{
    struct nn_net *net = make_net("input 3 9 9\nconv out=40 kernel=3 stride=2\nrelu\nconv out=17 kernel=1\nrelu\ndense out=70\nrelu\ndense out=8\n");
    struct nn_run *plain = net ? make_run(net, NN_KERNEL_PLAIN, NULL) : NULL;
    for (int kernel = NN_KERNEL_FAST_C; plain && kernel < NN_KERNEL_COUNT; kernel++) {
        struct nn_run_settings settings = {.max_batch = MAX_BATCH, .kernel = (enum nn_kernel)kernel, .is_frozen = true,
                                           .weights = NN_WEIGHTS_HALF};
        struct nn_run *run, *whole;
        if (!nn_kernel_is_available((enum nn_kernel)kernel) || !CHECK(nn_run_create(net, &settings, &run) == FB_OK))
            continue;
        whole = make_run(net, (enum nn_kernel)kernel, NULL);
        for (int n = 1; n <= MAX_BATCH; n += 8) {
            run_batch(plain, net, n, 77);
            run_batch(run, net, n, 77);
            run_batch(whole, net, n, 77);
            double d = difference(nn_run_output(run), nn_run_output(plain), 8 * (size_t)n);
            CHECK_MSG(d < 1e-3, "%s, batch %d differs by %g", nn_kernel_name((enum nn_kernel)kernel), n, d);
            CHECK(difference(nn_run_output(run), nn_run_output(whole), 8 * (size_t)n) > 1e-6); /* it is not the same */
        }
        nn_run_destroy(&whole);
        nn_run_destroy(&run);
    }
    nn_run_destroy(&plain);
    nn_net_destroy(&net);
}

static struct nn_run *run_with(struct nn_net *net, enum nn_weights weights)
{
    struct nn_run *run = NULL;
    struct nn_run_settings settings = {.max_batch = 1, .is_frozen = true, .weights = weights};
    CHECK_INT(nn_run_create(net, &settings, &run), FB_OK);
    run_batch(run, net, 1, 5);
    return run;
}

/* 8 MB are the border. */
static void weights_by_size(void)
{
    static const struct { const char *text; bool is_half; } nets[] = {
        {"input 1 8 8\ndense out=1000\nrelu\ndense out=1900\nrelu\ndense out=8\n", false},
        {"input 1 8 8\ndense out=1000\nrelu\ndense out=2200\nrelu\ndense out=8\n", true},
    };
    for (int i = 0; i < TEST_COUNT(nets); i++) {
        struct nn_net *net = make_net(nets[i].text);
        if (!net)
            continue;
        struct nn_run *whole = run_with(net, NN_WEIGHTS_WHOLE), *half = run_with(net, NN_WEIGHTS_HALF),
                      *by_size = run_with(net, NN_WEIGHTS_BY_SIZE), *like = nets[i].is_half ? half : whole;
        CHECK(difference(nn_run_output(whole), nn_run_output(half), 8) > 1e-6);
        CHECK(difference(nn_run_output(by_size), nn_run_output(like), 8) == 0);
        nn_run_destroy(&whole);
        nn_run_destroy(&half);
        nn_run_destroy(&by_size);
        nn_net_destroy(&net);
    }
}

static void halves(void)
{
    for (uint32_t i = 0; i < 0x7c00; i++) { /* all finite ones, and what lies between neighbours */
        float value = half_to_float((uint16_t)i), next = half_to_float((uint16_t)(i + 1));
        CHECK_INT(half_of_float(value), i);
        CHECK_INT(half_of_float(-value), i | 0x8000);
        if (i + 1 == 0x7c00)
            break;
        CHECK_INT(half_of_float(value + 0.25f * (next - value)), i);
        CHECK_INT(half_of_float(value + 0.75f * (next - value)), i + 1);
        CHECK_INT(half_of_float(value + 0.5f * (next - value)), (i + 1) & ~1u);
    }
}

static void names(void)
{
    enum nn_kernel kernel;
    for (int i = 0; i < NN_KERNEL_COUNT; i++)
        if (nn_kernel_is_available((enum nn_kernel)i)) {
            CHECK_INT(nn_kernel_parse(nn_kernel_name((enum nn_kernel)i), &kernel), FB_OK);
            CHECK_INT(kernel, i);
        }
    CHECK(nn_kernel_name(NN_KERNEL_COUNT) == NULL);
    CHECK_INT(nn_kernel_parse("quick", &kernel), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "unknown kernel 'quick'"));
    setenv("FELTBOARD_KERNEL", "gemm", 1);
    CHECK_INT(nn_kernel_resolve(NN_KERNEL_AUTO, &kernel), FB_OK);
    CHECK_INT(kernel, NN_KERNEL_GEMM);
    CHECK_INT(nn_kernel_resolve(NN_KERNEL_PLAIN, &kernel), FB_OK);
    CHECK_INT(kernel, NN_KERNEL_PLAIN);
    setenv("FELTBOARD_KERNEL", "turbo", 1);
    CHECK_INT(nn_kernel_resolve(NN_KERNEL_AUTO, &kernel), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "FELTBOARD_KERNEL"));
    unsetenv("FELTBOARD_KERNEL");
    CHECK_INT(nn_kernel_resolve(NN_KERNEL_AUTO, &kernel), FB_OK);
    CHECK(kernel >= NN_KERNEL_FAST_C);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"windows", windows},
        {"valid windows", valid_windows},
        {"fused sequences", fused_sequences},
        {"residual blocks", residual_blocks},
        {"other layers", other_layers},
        {"depthwise", depthwise},
        {"pyramids", pyramids},
        {"threads", threads},
        {"half weights", half_weights},
        {"weights by size", weights_by_size},
        {"halves", halves},
        {"names", names},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
