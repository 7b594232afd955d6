/* The nets in models/: they parse, have the number of parameters they are known by, and the fastest
 * kernels with weights as the program stores them answer like the plain ones. */
#include "base/rng.h"
#include "nn/net.h"
#include "nn/run.h"
#include "test.h"

static void check_net(const char *name, size_t n_all, size_t n_statistics)
{
    char path[512];
    struct nn_net *net;
    snprintf(path, sizeof path, "%s/models/%s.net", getenv("FELTBOARD_SOURCE_ROOT"), name);
    if (!CHECK_MSG(nn_net_load(path, &net) == FB_OK, "%s", fb_error_text()))
        return;
    size_t n = 0;
    for (int i = 0; i < nn_net_n_params(net); i++)
        n += nn_net_param(net, i)->n;
    CHECK_INT(n, n_all);
    CHECK_INT(nn_net_n_weights(net), n_all - n_statistics);
    CHECK_INT(nn_net_output(net).c, 8);
    nn_net_destroy(&net);
}

static void baseline(void)
{
    check_net("baseline", 2217800, 0);
}

static void bn_dropout(void)
{
    check_net("bn_dropout", 1917000, 512);
}

static void bn_dropout_aug(void)
{
    check_net("bn_dropout_aug", 3624264, 1792);
}

static const float *answer(const struct nn_net *net, float size,
                           const struct nn_run_settings *settings, struct nn_run **run)
{
    struct fb_rng rng;
    struct nn_shape in = nn_net_input(net);
    fb_rng_seed(&rng, 9);
    if (!CHECK_INT(nn_run_create(net, settings, run), FB_OK))
        exit(1);
    for (int i = 0; i < in.c * in.h * in.w; i++)
        nn_run_input(*run)[i] = size * fb_rng_normal(&rng);
    nn_run_forward(*run, 1, 0);
    return nn_run_output(*run);
}

static void fast_answers_are_the_plain_ones(void)
{
    static const struct {
        const char *name;
        float size;
    } nets[] = {/* of the input, so that no answer is sure */
                {"baseline", 1},
                {"bn_dropout_aug", 1},
                {"resnet50", 1e-2f}};
    for (int i = 0; i < TEST_COUNT(nets); i++) {
        char path[512];
        struct nn_net *net;
        struct nn_run *plain, *fast;
        struct fb_rng rng;
        snprintf(path, sizeof path, "%s/models/%s.net", getenv("FELTBOARD_SOURCE_ROOT"),
                 nets[i].name);
        if (!CHECK_MSG(nn_net_load(path, &net) == FB_OK, "%s", fb_error_text()))
            continue;
        fb_rng_seed(&rng, 8);
        nn_net_init_weights(net, &rng);
        const float *p =
            answer(net, nets[i].size,
                   &(struct nn_run_settings){.max_batch = 1, .kernel = NN_KERNEL_PLAIN}, &plain);
        const float *q =
            answer(net, nets[i].size,
                   &(struct nn_run_settings){
                       .max_batch = 1, .is_frozen = true, .weights = NN_WEIGHTS_BY_SIZE},
                   &fast);
        float worst = 0, least = 1, most = 0;
        for (int j = 0; j < 8; j++) {
            worst = fmaxf(worst, fabsf(p[j] - q[j]));
            least = fminf(least, p[j]);
            most = fmaxf(most, p[j]);
        }
        CHECK_MSG(most < 0.9f, "%s: too sure to tell", nets[i].name);
        CHECK_MSG(worst < 1e-3, "%s differs by %g", nets[i].name, (double)worst);
        printf("# %s: differs by %.1e, of %.3f to %.3f\n", nets[i].name, (double)worst,
               (double)least, (double)most);
        nn_run_destroy(&plain);
        nn_run_destroy(&fast);
        nn_net_destroy(&net);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"baseline", baseline},
        {"bn_dropout", bn_dropout},
        {"bn_dropout_aug", bn_dropout_aug},
        {"fast answers are the plain ones", fast_answers_are_the_plain_ones},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
