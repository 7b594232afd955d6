/* Nets from text: what is refused, with which line; shapes, names, folding, plain kernels as oracles. */
#include "kernels/conv.h"
#include "layer.h"
#include "nn/run.h"
#include "test.h"

#define IN "input 1 8 8\n"

static const struct {
    const char *text, *expected; /* NULL: it is fine */
} texts[] = {
    {IN "conv out=4 kernel=3\nrelu\n", NULL},
    {"# only\n\n  input 1 8 8 # comment\r\n\tconv out=4 kernel=3  \n", NULL},
    {"", "t.net: no layers; a net starts with `input C H W`"},
    {"input 1 8 8\n", "t.net: no layers"},
    {"conv out=4 kernel=3\n", "t.net:1: the first layer must be input C H W"},
    {IN "input 1 8 8\n", "t.net:2: only the first layer may be input"},
    {"input 1 8\nrelu", "t.net:1: input needs three numbers"},
    {"input 0 8 8\nrelu", "t.net:1: C=0 is out of range: 1 to 4096"},
    {"input 1 99999999999999999999 8\nrelu", "t.net:1: H=99999999999999999999 is out of range"},
    {"input 1 8 x\nrelu", "t.net:1: W=x is not a whole number"},
    {"input 4096 4096 4096\nrelu", "t.net:1: the net grows beyond"},
    {IN "\ncnov out=4 kernel=3\n", "t.net:3: unknown layer 'cnov'; did you mean 'conv'? known: input, conv"},
    {IN "transformer\n", "t.net:2: unknown layer 'transformer'; known: input, conv"},
    {IN "conv out=4 kernl=3\n", "t.net:2: unknown key of conv 'kernl'; did you mean 'kernel'? known: out, kernel"},
    {IN "relu slope=1\n", "t.net:2: unknown key of relu 'slope'"},
    {IN "conv out=4\n", "t.net:2: conv needs kernel="},
    {IN "conv 4 3\n", "t.net:2: '4' should be key=value"},
    {IN "conv out=0 kernel=3\n", "t.net:2: out=0 is out of range: 1 to 4096"},
    {IN "conv out=4 kernel=32\n", "t.net:2: kernel=32 is out of range"},
    {IN "conv out=4 kernel=3.5\n", "t.net:2: kernel=3.5 is not a whole number"},
    {IN "conv out=4 kernel=\n", "t.net:2: kernel= is not a whole number"},
    {IN "conv out=4 kernel=3 pad=smae\n", "t.net:2: pad=smae is not a whole number"},
    {IN "conv out=4 kernel=3 out=5\n", "t.net:2: out= stands twice"},
    {IN "conv out=4 kernel=9 pad=valid\n", "t.net:2: a window of 9 does not fit into 8 pixels"},
    {IN "maxpool size=9\n", "t.net:2: a window of 9 does not fit into 8 pixels"},
    {IN "maxpool size=2 pad=2\n", "t.net:2: pad=2 must be smaller than size=2"},
    {IN "dropout p=1\n", "t.net:2: p=1 is out of range: 0 to 0.99"},
    {IN "dropout p=nan\n", "t.net:2: p=nan is out of range"},
    {IN "leaky slope=-1\n", "t.net:2: slope=-1 is out of range"},
    {IN "repeat out=3\nconv out=4 kernel=1\nflatten\nbn\n", NULL},
    {"input 2 8 8\nrepeat out=3\n", "t.net:2: out=3 is not a multiple of the 2 channels above"},
    {"input 17 64 64\nflatten\n", "t.net:2: flatten of 17x64x64 gives 69632 values, more than 65536"},
    {IN "add\n", "t.net:2: add needs from=NAME"},
    {IN "relu name=trunk\nadd from=trunck\n", "t.net:3: unknown layer name 'trunck'; did you mean 'trunk'?"},
    {IN "relu name=a\nconv out=2 kernel=3\nadd from=a\n",
     "t.net:4: add needs equal shapes, but the line above gives 2x8x8 and \"a\" (line 2) 1x8x8"},
    {IN "relu name=a\nrelu name=a\n", "t.net:3: the name \"a\" is taken by line 2"},
    {IN "relu name=conv1\nconv out=2 kernel=1\n", "t.net:3: the name \"conv1\" is taken by line 2"},
    {IN "relu name=a.b\n", "t.net:2: name=a.b may have letters, digits"},
    {IN "relu name=\n", "t.net:2: name= must have 1 to 31 characters"},
    {IN "relu name=abcdefghijklmnopqrstuvwxyz012345\n", "must have 1 to 31 characters"},
    {IN "relu from=later\nrelu name=later\n", "t.net:2: unknown layer name 'later'"},
    {IN "dense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\n"
        "dense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\n"
        "dense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\ndense out=4096\n",
     "the net grows beyond"},
    {"input 64 4096 1024\ndense out=4096\n", "t.net:2: 4096 x 268435456 weights are more than the limit"},
    {IN "relu a b c d e f g h i j k l m n o p q\n", "t.net:2: more than 16 words in the line"},
};

static void texts_are_checked(void)
{
    for (int i = 0; i < TEST_COUNT(texts); i++) {
        struct nn_net *net = NULL;
        int status = nn_net_parse(texts[i].text, "t.net", &net);
        if (!texts[i].expected)
            CHECK_MSG(status == FB_OK, "case %d: %s", i, fb_error_text());
        else
            CHECK_MSG(status == FB_ERR_INPUT && !net && strstr(fb_error_text(), texts[i].expected),
                      "case %d: status %d, \"%s\", expected \"%s\"", i, status, fb_error_text(),
                      texts[i].expected);
        nn_net_destroy(&net);
    }
}

static void long_texts_are_refused(void)
{
    struct nn_net *net;
    char *text = calloc(1, NN_NET_MAX_TEXT_BYTES + 2);
    memset(text, '#', NN_NET_MAX_TEXT_BYTES + 1);
    CHECK_INT(nn_net_parse(text, "t.net", &net), FB_ERR_INPUT);
    text[2000] = '\n';
    memset(text + 2001, 'x', 1500);
    text[3501] = 0;
    CHECK_INT(nn_net_parse(text, "t.net", &net), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "t.net:2: the line is longer than"));
    strcpy(text, IN);
    for (int i = 0; i < NN_NET_MAX_LAYERS; i++)
        strcat(text, "relu\n");
    CHECK_INT(nn_net_parse(text, "t.net", &net), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "t.net:513: more than 512 layers"));
    free(text);
}

static void files_are_checked(void)
{
    struct nn_net *net;
    CHECK_INT(nn_net_load("/nonexistent/x.net", &net), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "/nonexistent/x.net: No such file"));
    CHECK_INT(nn_net_load("/", &net), FB_ERR_INPUT);
    CHECK_INT(nn_net_load("/proc/self/exe", &net), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "binary"));
}

static void names_and_shapes(void)
{
    struct nn_net *net;
    CHECK_INT(nn_net_parse("input 1 9 7\nconv out=4 kernel=3 stride=2 name=stem\nbn\nconv out=2 kernel=1\n"
                           "dense out=8 bias=0\nsoftmax", "t.net", &net), 0);
    CHECK(nn_shape_equal(nn_net_layer_shape(net, 1), (struct nn_shape){1, 4, 5, 4}));
    CHECK_STR(nn_net_layer_name(net, 3), "conv2"); /* the second conv, though the first has a name */
    CHECK_STR(nn_net_param(net, 0)->name, "stem.weight");
    CHECK_INT(nn_net_n_params(net), 9);
    CHECK_INT(nn_net_n_weights(net), 4 * 9 + 4 + 8 + 8 + 2 + 8 * 40);
    CHECK_NEAR(nn_net_n_macs(net), 4 * 20 * 9 + 2 * 20 * 4 + 8 * 40, 0);
    nn_net_destroy(&net);
}

static void start_is_seeded_and_scaled(void)
{
    struct nn_net *a, *b;
    struct fb_rng rng;
    const char *text = "input 16 4 4\nconv out=64 kernel=3 bias=0\nbn\nrelu name=a\nconv out=64 kernel=3\nbn\n"
                       "add from=a\nconv out=64 kernel=1 name=p\nbn name=q\nconv out=64 kernel=3 from=a\nbn\n"
                       "add from=q";
    CHECK_INT(nn_net_parse(text, "t.net", &a), 0);
    CHECK_INT(nn_net_parse(text, "t.net", &b), 0);
    fb_rng_seed(&rng, 9);
    nn_net_init_weights(a, &rng);
    fb_rng_seed(&rng, 9);
    nn_net_init_weights(b, &rng);
    CHECK(!memcmp(nn_net_values(a), nn_net_values(b), nn_net_n_values(a) * sizeof(float)));
    const struct nn_param *weight = nn_net_param(a, 0);
    double squares = 0;
    for (size_t i = 0; i < weight->n; i++)
        squares += (double)weight->value[i] * (double)weight->value[i];
    CHECK_NEAR(sqrt(squares / (double)weight->n), sqrt(2.0 / (16 * 9)), 0.003);
    int n = 0;
    for (int i = 0; i < nn_net_n_params(a); i++)
        if (nn_net_param(a, i)->kind == NN_PARAM_SCALE)
            n += CHECK_NEAR(nn_net_param(a, i)->value[5], 1, 0);
    CHECK_INT(n, 4);
    nn_net_destroy(&a);
    nn_net_destroy(&b);
}

static void running_statistics_move(void)
{
    struct nn_net *net;
    struct nn_run *run;
    struct nn_run_settings settings = {.max_batch = 2, .is_training = true};
    CHECK_INT(nn_net_parse("input 1 1 2\nbn momentum=0.25\nconv out=1 kernel=1", "t.net", &net), 0);
    struct fb_rng rng;
    fb_rng_seed(&rng, 9);
    nn_net_init_weights(net, &rng);
    CHECK_INT(nn_run_create(net, &settings, &run), 0);
    memcpy(nn_run_input(run), (const float[]){1, 2, 3, 6}, 4 * sizeof(float)); /* mean 3, variance 14/3 */
    nn_run_forward(run, 2, 0);
    CHECK_NEAR(nn_net_param(net, 2)->value[0], 0.25 * 3, 1e-6);
    CHECK_NEAR(nn_net_param(net, 3)->value[0], 0.75 + 0.25 * 14 / 3, 1e-6);
    nn_run_destroy(&run);
    nn_net_destroy(&net);
}

static void dropout_keeps_the_mean(void)
{
    struct nn_net *net;
    struct nn_run *run;
    struct nn_run_settings settings = {.max_batch = 64, .is_training = true};
    CHECK_INT(nn_net_parse("input 1 16 16\ndropout p=0.3\nconv out=1 kernel=1", "t.net", &net), 0);
    nn_net_values(net)[0] = 1; /* the convolution passes its input on */
    CHECK_INT(nn_run_create(net, &settings, &run), 0);
    double sums[2] = {0};
    int n_zero = 0;
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < 64 * 256; i++)
            nn_run_input(run)[i] = 1;
        nn_run_forward(run, 64, (uint64_t)step);
        for (int i = 0; i < 64 * 256; i++) {
            sums[step] += (double)nn_run_output(run)[i] * (1 + i % 7);
            n_zero += nn_run_output(run)[i] == 0;
        }
    }
    CHECK_NEAR(n_zero / (2.0 * 64 * 256), 0.3, 0.01);
    CHECK_NEAR(sums[0] / (64 * 256), 4, 0.08);
    CHECK(sums[0] != sums[1]);
    nn_run_destroy(&run);
    nn_net_destroy(&net);
}

static void fill(float *x, size_t n, struct fb_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        x[i] = fb_rng_range(rng, -1, 1);
}

static void check_near_all(const float *a, const float *b, size_t n, const char *what,
                           const struct nn_conv_shape *s)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    CHECK_MSG(worst <= 2e-4, "%s differs by %g: %dx%dx%d -> %d, kernel %d stride %d", what, worst, s->in_c,
              s->in_h, s->in_w, s->out_c, s->kernel, s->stride);
}

static void compare_kernels(const struct nn_conv_kernel *kernel, const struct nn_conv_shape *s, int n,
                            struct fb_rng *rng)
{
    size_t n_x = (size_t)(n * s->in_c * s->in_h * s->in_w), n_y = (size_t)(n * s->out_c * s->out_h * s->out_w);
    size_t n_w = (size_t)(s->out_c * s->in_c * s->kernel * s->kernel);
    float *x = calloc(n_x, 4), *w = calloc(n_w, 4), *bias = calloc((size_t)s->out_c, 4);
    float *y[2], *dx[2], *dw[2], *dy = calloc(n_y, 4), *scratch = calloc(kernel->n_scratch(s), 4);
    fill(x, n_x, rng);
    fill(w, n_w, rng);
    fill(dy, n_y, rng);
    fill(bias, (size_t)s->out_c, rng);
    for (int i = 0; i < 2; i++) {
        const struct nn_conv_kernel *k = i ? &nn_conv_plain : kernel;
        y[i] = calloc(n_y, 4);
        dx[i] = calloc(n_x, 4);
        dw[i] = calloc(n_w, 4);
        dw[i][0] = 1; /* it is added to */
        k->forward(s, n, x, w, bias, y[i], scratch);
        k->backward_data(s, n, dy, w, dx[i], scratch);
        k->backward_weight(s, n, x, dy, dw[i], scratch);
    }
    check_near_all(y[0], y[1], n_y, "forward", s);
    check_near_all(dx[0], dx[1], n_x, "backward_data", s);
    check_near_all(dw[0], dw[1], n_w, "backward_weight", s);
    for (int i = 0; i < 2; i++) {
        free(y[i]);
        free(dx[i]);
        free(dw[i]);
    }
    free(x);
    free(w);
    free(bias);
    free(dy);
    free(scratch);
}

static void kernels_agree_with_plain(void)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 4);
    for (int i = 0; i < 60; i++) {
        struct nn_conv_shape s = {
            .in_c = 1 + (int)fb_rng_below(&rng, i % 5 ? 9 : 40), .in_h = 1 + (int)fb_rng_below(&rng, 15),
            .in_w = 1 + (int)fb_rng_below(&rng, 15), .out_c = 1 + (int)fb_rng_below(&rng, 20),
            .kernel = 1 + (int)fb_rng_below(&rng, 5), .stride = 1 + (int)fb_rng_below(&rng, 3),
        };
        s.pad_h = s.pad_w = (int)fb_rng_below(&rng, (uint32_t)s.kernel);
        s.out_h = (s.in_h + 2 * s.pad_h - s.kernel) / s.stride + 1;
        s.out_w = (s.in_w + 2 * s.pad_w - s.kernel) / s.stride + 1;
        if (s.in_h + 2 * s.pad_h < s.kernel || s.in_w + 2 * s.pad_w < s.kernel)
            continue;
        compare_kernels(&nn_conv_gemm, &s, 1 + (int)fb_rng_below(&rng, 4), &rng);
    }
    const struct nn_conv_shape wide = {3, 61, 67, 5, 61, 67, 7, 1, 3, 3, NULL}; /* more than one strip */
    compare_kernels(&nn_conv_gemm, &wide, 2, &rng);
    const struct nn_conv_shape small = {64, 3, 3, 16, 3, 3, 3, 1, 1, 1, NULL}; /* images in groups, the last smaller */
    compare_kernels(&nn_conv_gemm, &small, 37, &rng);
}

static bool load_shipped(const char *name, struct nn_net **net)
{
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    char path[4096];
    snprintf(path, sizeof path, "%s/models/%s.net", root ? root : ".", name);
    return CHECK_MSG(!nn_net_load(path, net), "%s", fb_error_text());
}

static void shipped_nets_load(void)
{
    struct nn_net *net;
    if (!load_shipped("feltboard-1", &net))
        return;
    CHECK(nn_shape_equal(nn_net_input(net), (struct nn_shape){1, 1, 48, 48}));
    CHECK(nn_shape_equal(nn_net_output(net), (struct nn_shape){1, 8, 1, 1}));
    CHECK_MSG(nn_net_n_macs(net) < 42e6, "%g multiply-adds", nn_net_n_macs(net));
    nn_net_destroy(&net);
}

/* The reference system's own counts; resnet50's is torchvision's without top (23,508,032 and 53,120
 * statistics) and the head's 281,128 and 16,576. */
static void reference_nets_have_their_counts(void)
{
    static const struct {
        const char *name;
        size_t n_all, n_statistics;
    } nets[] = {
        {"baseline", 2217800, 0},
        {"bn_dropout", 1917000, 512},
        {"bn_dropout_aug", 3624264, 1792},
        {"resnet50", 23858856, 69696},
    };
    for (int i = 0; i < TEST_COUNT(nets); i++) {
        struct nn_net *net;
        size_t n_all = 0;
        if (!load_shipped(nets[i].name, &net))
            continue;
        for (int j = 0; j < nn_net_n_params(net); j++)
            n_all += nn_net_param(net, j)->n;
        CHECK_MSG(n_all == nets[i].n_all, "%s: %zu parameters, expected %zu", nets[i].name, n_all, nets[i].n_all);
        CHECK_MSG(n_all - nn_net_n_weights(net) == nets[i].n_statistics, "%s: %zu statistics, expected %zu",
                  nets[i].name, n_all - nn_net_n_weights(net), nets[i].n_statistics);
        nn_net_destroy(&net);
    }
}

/* 3x48x48 -> 2x2x2048, the head behind it. */
static void resnet50_has_its_shapes(void)
{
    static const struct {
        const char *layer;
        struct nn_shape shape;
    } shapes[] = {
        {"conv1", {1, 64, 24, 24}},         {"maxpool", {1, 64, 12, 12}},  {"layer1_2", {1, 256, 12, 12}},
        {"layer2_3", {1, 512, 6, 6}},       {"layer3_5", {1, 1024, 3, 3}}, {"layer4_2", {1, 2048, 2, 2}},
        {"head_bn0", {1, 8192, 1, 1}},      {"head_3", {1, 32, 1, 1}},     {"softmax1", {1, 8, 1, 1}},
    };
    struct nn_net *net;
    if (!load_shipped("resnet50", &net))
        return;
    int n_found = 0;
    for (int i = 0; i < nn_net_n_layers(net); i++)
        for (int j = 0; j < TEST_COUNT(shapes); j++)
            if (!strcmp(nn_net_layer_name(net, i), shapes[j].layer))
                n_found += CHECK_MSG(nn_shape_equal(nn_net_layer_shape(net, i), shapes[j].shape), "%s",
                                     shapes[j].layer);
    CHECK_INT(n_found, TEST_COUNT(shapes));
    nn_net_destroy(&net);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"texts_are_checked", texts_are_checked},
        {"long_texts_are_refused", long_texts_are_refused},
        {"files_are_checked", files_are_checked},
        {"names_and_shapes", names_and_shapes},
        {"start_is_seeded_and_scaled", start_is_seeded_and_scaled},
        {"running_statistics_move", running_statistics_move},
        {"dropout_keeps_the_mean", dropout_keeps_the_mean},
        {"kernels_agree_with_plain", kernels_agree_with_plain},
        {"shipped_nets_load", shipped_nets_load},
        {"reference_nets_have_their_counts", reference_nets_have_their_counts},
        {"resnet50_has_its_shapes", resnet50_has_its_shapes},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
