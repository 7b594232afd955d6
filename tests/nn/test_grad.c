/* Forward and backward of every layer against the double-precision reference: outputs directly, gradients
 * against central differences of a randomly weighted sum of the outputs. A convolution with a 1x1 kernel in
 * front makes each layer's dx visible as that convolution's weight gradient. */
#include "nn/loss.h"
#include "nn/run.h"
#include "reference.h"
#include "test.h"

enum { MAX_CHECKED = 48 }; /* elements of one parameter, spread over it */

struct grad_case {
    const char *name, *text;
    int n;
    double tolerance; /* of the largest gradient of the parameter; 0: the usual */
};

static const struct grad_case cases[] = {
    {"dense", "input 3 1 1\ndense out=5", 4, 0},
    {"dense of an image, no bias", "input 2 3 5\ndense out=4 bias=0\ndense out=3", 3, 0},
    {"dense, one image", "input 1 1 1\ndense out=1", 1, 0},
    {"conv 1x1", "input 3 4 5\nconv out=2 kernel=1\nconv out=4 kernel=1 bias=0", 2, 0},
    {"conv 3x3 same", "input 2 5 7\nconv out=3 kernel=1\nconv out=4 kernel=3", 3, 0},
    {"conv 3x3 valid", "input 1 5 4\nconv out=2 kernel=1\nconv out=3 kernel=3 pad=valid", 2, 0},
    {"conv 3x3 stride 2", "input 1 6 6\nconv out=2 kernel=1\nconv out=3 kernel=3 stride=2", 2, 0},
    {"conv 3x3 stride 2 odd", "input 1 7 5\nconv out=2 kernel=1\nconv out=3 kernel=3 stride=2", 5, 0},
    {"conv 1x1 stride 2", "input 2 7 6\nconv out=2 kernel=1\nconv out=3 kernel=1 stride=2", 2, 0},
    {"conv 5x5 stride 3 pad 2", "input 1 9 8\nconv out=2 kernel=1\nconv out=2 kernel=5 stride=3 pad=2", 2, 0},
    {"conv 2x2 same", "input 1 5 5\nconv out=2 kernel=1\nconv out=2 kernel=2", 2, 0},
    {"conv larger than its input", "input 1 2 2\nconv out=2 kernel=1\nconv out=2 kernel=5 pad=2", 2, 0},
    {"conv of one pixel", "input 1 1 1\nconv out=1 kernel=1\nconv out=1 kernel=1", 1, 0},
    {"conv in strips", "input 1 60 40\nconv out=17 kernel=1\nconv out=2 kernel=7", 2, 1e-3},
    /* eight channels and more go through Winograd's transforms where fast kernels are chosen */
    {"conv 3x3 of many channels", "input 8 6 7\nconv out=9 kernel=1\nconv out=17 kernel=3", 3, 0},
    {"conv 3x3 of many channels, valid", "input 8 6 7\nconv out=8 kernel=3\nconv out=9 kernel=3 pad=valid", 2, 0},
    {"conv 3x3 of many channels, small", "input 8 2 1\nconv out=8 kernel=1\nconv out=9 kernel=3", 5, 0},
    {"bn", "input 2 3 4\nconv out=3 kernel=1\nbn", 4, 0},
    {"bn of vectors", "input 4 1 1\ndense out=3\nbn", 7, 0},
    {"bn twice", "input 1 4 4\nconv out=3 kernel=3\nbn\nrelu\nconv out=2 kernel=3\nbn momentum=0.3", 3, 0},
    {"relu", "input 2 3 3\nconv out=3 kernel=1\nrelu", 3, 0},
    {"leaky", "input 2 3 3\nconv out=3 kernel=1\nleaky slope=0.2", 3, 0},
    {"maxpool 2", "input 1 6 4\nconv out=3 kernel=1\nmaxpool size=2", 3, 0},
    {"maxpool 2 odd", "input 1 5 7\nconv out=3 kernel=1\nmaxpool size=2", 3, 0},
    {"maxpool 3 stride 2 same", "input 1 7 6\nconv out=2 kernel=1\nmaxpool size=3 stride=2 pad=same", 3, 0},
    {"maxpool 3 stride 2 pad 1", "input 1 6 7\nconv out=2 kernel=1\nmaxpool size=3 stride=2 pad=1", 3, 0},
    {"maxpool overlapping", "input 1 5 5\nconv out=2 kernel=1\nmaxpool size=3 stride=1", 3, 0},
    {"avgpool 2", "input 1 6 5\nconv out=2 kernel=1\navgpool size=2", 3, 0},
    {"avgpool 3 stride 2 same", "input 1 6 5\nconv out=2 kernel=1\navgpool size=3 stride=2 pad=same", 3, 0},
    {"globalpool", "input 1 3 5\nconv out=3 kernel=1\nglobalpool", 3, 0},
    {"globalpool of a pixel", "input 3 1 1\nconv out=3 kernel=1\nglobalpool", 1, 0},
    {"dropout", "input 2 3 3\nconv out=3 kernel=1\ndropout p=0.4", 4, 0},
    {"dropout of channels", "input 2 3 3\nconv out=5 kernel=1\ndropout p=0.5 spatial=1", 4, 0},
    {"dropout after relu", "input 2 3 3\nconv out=5 kernel=1\nrelu\ndropout p=0.5\ndense out=2", 4, 0},
    {"flatten", "input 2 2 3\nconv out=3 kernel=1 bias=0\nflatten\nbn\ndense out=3", 4, 0},
    {"repeat", "input 1 2 3\nconv out=2 kernel=1\nrepeat out=6\nconv out=2 kernel=3", 4, 0},
    {"repeat of the input", "input 1 4 3\nrepeat out=3\nconv out=2 kernel=3", 3, 0},
    {"softmax", "input 2 2 3\nconv out=4 kernel=1\nsoftmax\nleaky", 3, 0},
    {"add", "input 2 3 3\nconv out=3 kernel=1 name=a\nconv out=3 kernel=3\nadd from=a", 3, 0},
    {"add to itself", "input 2 3 3\nconv out=3 kernel=1 name=a\nadd from=a", 3, 0},
    {"add after relu", "input 2 3 3\nconv out=3 kernel=1\nrelu name=a\nconv out=3 kernel=3\nadd from=a\nrelu", 3, 0},
    {"three readers", "input 1 4 4\nconv out=2 kernel=3 name=a\nconv out=2 kernel=3\nadd from=a\n"
                      "relu\nadd from=a\nconv out=2 kernel=1", 2, 0},
    {"residual with projection",
     "input 1 6 6\nconv out=3 kernel=3 bias=0\nbn\nrelu name=a\nconv out=4 kernel=3 stride=2 bias=0\nbn\nrelu\n"
     "conv out=4 kernel=3 bias=0\nbn name=b\nconv out=4 kernel=1 stride=2 bias=0 from=a\nbn\nadd from=b\nrelu\n"
     "globalpool\ndropout p=0.2\ndense out=3\nsoftmax", 4, 2e-3},
    {"depthwise 3x3", "input 2 5 7\nconv out=3 kernel=1\ndepthwise kernel=3", 3, 0},
    {"depthwise 3x3 stride 2", "input 1 6 8\nconv out=3 kernel=1\ndepthwise kernel=3 stride=2 bias=0", 3, 0},
    {"depthwise 3x3 stride 2 odd", "input 1 7 5\nconv out=17 kernel=1\ndepthwise kernel=3 stride=2", 2, 0},
    {"depthwise 3x3 valid", "input 1 4 5\nconv out=2 kernel=1\ndepthwise kernel=3 pad=valid", 2, 0},
    {"depthwise 3x3 valid, rows left over", "input 1 6 8\nconv out=2 kernel=1\ndepthwise kernel=3 pad=valid stride=2", 2, 0},
    {"depthwise 5x5 stride 3 pad 2", "input 1 9 8\nconv out=2 kernel=1\ndepthwise kernel=5 stride=3 pad=2", 2, 0},
    {"depthwise of a pixel", "input 1 1 1\nconv out=2 kernel=1\ndepthwise kernel=3", 1, 0},
    {"depthwise 1x1", "input 2 3 3\nconv out=2 kernel=1\ndepthwise kernel=1", 2, 0},
    {"depthwise first", "input 3 6 5\ndepthwise kernel=3\nbn\nrelu\nconv out=4 kernel=1", 4, 0},
    {"upsample", "input 1 3 2\nconv out=3 kernel=1\nupsample\nconv out=2 kernel=3", 3, 0},
    {"upsample 3", "input 2 2 3\nconv out=2 kernel=1\nupsample size=3", 2, 0},
    {"join", "input 1 4 4\nconv out=3 kernel=3 name=a\nconv out=3 kernel=3 stride=2\njoin from=a", 3, 0},
    {"join of three",
     "input 1 8 8\nconv out=3 kernel=3 name=a\nconv out=3 kernel=3 stride=2 name=b\nconv out=3 kernel=3 stride=2 name=c\n"
     "upsample\nadd from=b\nrelu name=d\nupsample\nadd from=a\nconv out=2 kernel=1 name=e\nconv out=2 kernel=1 from=d "
     "name=f\njoin from=e\nconv out=2 kernel=1 from=c name=g\njoin from=f", 3, 0},
    {"an output nobody reads", "input 1 3 3\nconv out=2 kernel=1 name=a\nconv out=7 kernel=3\n"
                               "conv out=2 kernel=3 from=a", 2, 0},
};

struct setting {
    struct nn_net *net;
    struct nn_run *run;
    struct reference reference;
    double *values, *weights; /* parameters in double; of the sum */
    size_t n_outputs;
    int output_layer;
};

static bool set_up(struct setting *s, const struct grad_case *c, struct fb_pool *pool)
{
    *s = (struct setting){0};
    struct nn_run_settings settings = {.max_batch = c->n + 1, .is_training = true, .pool = pool};
    if (!CHECK_MSG(!nn_net_parse(c->text, c->name, &s->net), "%s", fb_error_text()) ||
        !CHECK_INT(nn_run_create(s->net, &settings, &s->run), 0))
        return false;
    struct fb_rng rng;
    fb_rng_seed(&rng, 11);
    s->values = calloc(nn_net_n_values(s->net), sizeof *s->values);
    for (int i = 0; i < nn_net_n_params(s->net); i++) {
        const struct nn_param *p = nn_net_param(s->net, i);
        bool is_variance = strstr(p->name, ".variance") != NULL;
        for (size_t j = 0; j < p->n; j++) {
            p->value[j] = is_variance ? fb_rng_range(&rng, 0.5f, 2) : fb_rng_range(&rng, -1, 1);
            s->values[p->offset + j] = (double)p->value[j];
        }
    }
    for (size_t i = 0; i < (size_t)c->n * nn_shape_image_size(nn_net_input(s->net)); i++)
        nn_run_input(s->run)[i] = fb_rng_range(&rng, -1, 1);
    s->output_layer = s->net->n_layers - 1;
    if (!strcmp(nn_net_layer_type(s->net, s->output_layer), "softmax"))
        s->output_layer--; /* losses start at the logits */
    s->n_outputs = (size_t)c->n * nn_shape_image_size(nn_net_layer_shape(s->net, s->output_layer));
    s->weights = calloc(s->n_outputs, sizeof *s->weights);
    for (size_t i = 0; i < s->n_outputs; i++)
        s->weights[i] = (double)fb_rng_range(&rng, -1, 1);
    reference_init(&s->reference, s->net, c->n);
    s->reference.values = s->values;
    s->reference.seed = 1234;
    return true;
}

static void tear_down(struct setting *s)
{
    reference_finish(&s->reference);
    nn_run_destroy(&s->run);
    nn_net_destroy(&s->net);
    free(s->values);
    free(s->weights);
}

static double reference_sum(struct setting *s)
{
    double sum = 0;
    reference_forward(&s->reference, nn_run_input(s->run));
    for (size_t i = 0; i < s->n_outputs; i++)
        sum += s->weights[i] * s->reference.outputs[s->output_layer][i];
    return sum;
}

static void check_outputs(struct setting *s, const struct grad_case *c)
{
    double worst = 0, scale = 1e-3;
    for (size_t i = 0; i < s->n_outputs; i++) {
        double expected = s->reference.outputs[s->output_layer][i];
        worst = fmax(worst, fabs((double)nn_run_logits(s->run)[i] - expected));
        scale = fmax(scale, fabs(expected));
    }
    CHECK_MSG(worst <= 2e-5 * scale, "%s: outputs differ by %g of %g", c->name, worst, scale);
}

static double central_difference(struct setting *s, size_t i)
{
    const double step = 1e-6, value = s->values[i];
    s->values[i] = value + step;
    double above = reference_sum(s);
    s->values[i] = value - step;
    double below = reference_sum(s);
    s->values[i] = value;
    return (above - below) / (2 * step);
}

static void check_param(struct setting *s, const struct grad_case *c, const struct nn_param *p)
{
    const float *gradient = nn_run_gradients(s->run) + p->offset;
    size_t stride = p->n / MAX_CHECKED + 1;
    double scale = 0.01, worst = 0; /* a bias before bn has none at all */
    for (size_t i = 0; i < p->n; i++)
        scale = fmax(scale, fabs((double)gradient[i]));
    for (size_t i = 0; i < p->n; i += stride) {
        double error = (double)gradient[i] - central_difference(s, p->offset + i);
        worst = fabs(error) > fabs(worst) ? error : worst;
    }
    double tolerance = c->tolerance > 0 ? c->tolerance : 2e-4;
    CHECK_MSG(fabs(worst) <= tolerance * scale, "%s: gradient of %s is off by %g, largest is %g", c->name,
              p->name, worst, scale);
}

static void check_case(const struct grad_case *c, struct fb_pool *pool)
{
    struct setting s;
    if (!set_up(&s, c, pool))
        return;
    nn_run_zero_gradients(s.run);
    nn_run_forward(s.run, c->n, s.reference.seed);
    for (size_t i = 0; i < s.n_outputs; i++)
        nn_run_d_logits(s.run)[i] = (float)s.weights[i];
    reference_sum(&s);
    check_outputs(&s, c);
    nn_run_backward(s.run);
    for (int i = 0; i < nn_net_n_params(s.net); i++)
        if (nn_net_param(s.net, i)->kind != NN_PARAM_STATISTIC)
            check_param(&s, c, nn_net_param(s.net, i));
    tear_down(&s);
}

static void layers(void)
{
    for (int i = 0; i < TEST_COUNT(cases); i++)
        check_case(&cases[i], NULL);
}

static void layers_in_slices(void)
{
    struct fb_pool *pool;
    if (!CHECK_INT(fb_pool_create(3, &pool), 0))
        return;
    for (int i = 0; i < TEST_COUNT(cases); i++)
        check_case(&cases[i], pool);
    fb_pool_destroy(&pool);
}

static void inference_matches_reference(void)
{
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        struct setting s;
        struct nn_run *run;
        if (!set_up(&s, &cases[i], NULL))
            continue;
        s.reference.is_training = false;
        reference_sum(&s);
        for (int fold = 0; fold < 2; fold++) {
            struct nn_net *folded = NULL;
            struct nn_run_settings settings = {.max_batch = cases[i].n};
            CHECK_INT(nn_net_fold(s.net, &folded), 0);
            CHECK_INT(nn_run_create(fold ? folded : s.net, &settings, &run), 0);
            memcpy(nn_run_input(run), nn_run_input(s.run),
                   (size_t)cases[i].n * nn_shape_image_size(nn_net_input(s.net)) * sizeof(float));
            nn_run_forward(run, cases[i].n, 5);
            double worst = 0, scale = 1e-3;
            for (size_t j = 0; j < s.n_outputs; j++) {
                double expected = s.reference.outputs[s.output_layer][j];
                worst = fmax(worst, fabs((double)nn_run_logits(run)[j] - expected));
                scale = fmax(scale, fabs(expected));
            }
            CHECK_MSG(worst <= 3e-5 * scale, "%s: %s inference differs by %g of %g", cases[i].name,
                      fold ? "folded" : "plain", worst, scale);
            nn_run_destroy(&run);
            nn_net_destroy(&folded);
        }
        tear_down(&s);
    }
}

static double loss_of(enum nn_loss_kind kind, const float *z, const float *t, const float *w, int n, int k)
{
    return nn_loss(kind, z, t, w, n, k, NULL).loss / n;
}

/* The loss itself is computed in double; only its logits are float, so a larger step is exact enough. */
static void losses(void)
{
    enum { N = 5, K = 8 };
    float z[N * K], t[N * K], w[N] = {1, 0.5f, 2, 1, 0}, d[N * K];
    struct fb_rng rng;
    fb_rng_seed(&rng, 3);
    for (int kind = 1; kind < NN_LOSS_COUNT; kind++)
        for (float spread = 0.1f; spread < 30; spread *= 5) {
            for (int i = 0; i < N; i++) {
                float sum = 0;
                for (int k = 0; k < K; k++) {
                    z[i * K + k] = spread * fb_rng_normal(&rng);
                    sum += t[i * K + k] = i == 0 ? k == 3 : fb_rng_float(&rng); /* one hard target */
                }
                for (int k = 0; k < K; k++)
                    t[i * K + k] /= sum;
            }
            nn_loss((enum nn_loss_kind)kind, z, t, w, N, K, d);
            for (int i = 0; i < N * K; i++) {
                float value = z[i], step = 1.0f / 1024 * (1 + spread);
                z[i] = value + step;
                double above = loss_of((enum nn_loss_kind)kind, z, t, w, N, K), high = (double)z[i];
                z[i] = value - step;
                double below = loss_of((enum nn_loss_kind)kind, z, t, w, N, K), low = (double)z[i];
                z[i] = value;
                CHECK_NEAR(d[i], (above - below) / (high - low), 2e-4);
            }
        }
}

static void losses_by_hand(void)
{
    const float z[] = {0, 0, 0.6931472f}, t[] = {0.5f, 0.5f, 0}; /* p = 1/4, 1/4, 1/2 */
    struct nn_loss_result r = nn_loss(NN_LOSS_CROSS_ENTROPY, z, t, NULL, 1, 3, NULL);
    CHECK_NEAR(r.loss, log(4), 1e-6);
    CHECK_INT(r.n_correct, 0);
    const float half = 0.5f;
    r = nn_loss(NN_LOSS_BINARY, z, t, &half, 1, 3, NULL);
    CHECK_NEAR(r.loss, 0.5 * (log(4) - log(0.75) + log(2)), 1e-6);
    const float huge[] = {1000, -1000, 0}, first[] = {1, 0, 0};
    r = nn_loss(NN_LOSS_BINARY, huge, first, NULL, 1, 3, NULL);
    CHECK_NEAR(r.loss, 0, 1e-6);
    CHECK_INT(r.n_correct, 1);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"layers", layers},
        {"layers_in_slices", layers_in_slices},
        {"inference_matches_reference", inference_matches_reference},
        {"losses", losses},
        {"losses_by_hand", losses_by_hand},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
