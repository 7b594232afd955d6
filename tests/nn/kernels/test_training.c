/* Fifty training steps on every kernel lose what they lose on the plain ones. */
#include "nn/kernel.h"
#include "nn/train.h"
#include "test.h"

enum { SIDE = 12, N_CLASSES = 4, BATCH = 8, N_STEPS = 50 };

static const char text[] = "input 1 12 12\nconv out=16 kernel=3\nbn\nrelu name=a\nconv out=16 kernel=3\nrelu\n"
                           "conv out=16 kernel=3\nadd from=a\nrelu\nmaxpool size=2\ndropout p=0.2\n"
                           "conv out=24 kernel=3 stride=2\nbn\nrelu\ndense out=4\nsoftmax\n";

/* A grating whose direction tells the class, in noise. */
static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    (void)user;
    for (int i = 0; i < n; i++, x += SIDE * SIDE, target += N_CLASSES) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, (uint64_t)epoch, (uint64_t)(first + i));
        int label = (int)fb_rng_below(&rng, N_CLASSES);
        double angle = label * 0.785;
        for (int j = 0; j < SIDE * SIDE; j++)
            x[j] = 0.3f * fb_rng_normal(&rng) +
                   (float)sin(1.4 * ((double)(j % SIDE) * cos(angle) + (double)(j / SIDE) * sin(angle)));
        for (int k = 0; k < N_CLASSES; k++)
            target[k] = k == label;
        weight[i] = 1;
    }
    return FB_OK;
}

static bool train(const char *kernel, double *losses)
{
    struct nn_batch_source source = {.n_samples = BATCH * N_STEPS, .n_classes = N_CLASSES, .fill = fill};
    struct nn_trainer_settings settings = nn_default_trainer_settings();
    struct nn_trainer *trainer;
    struct nn_net *net;
    struct fb_rng rng;
    setenv("FELTBOARD_KERNEL", kernel, 1);
    settings.batch = BATCH;
    settings.n_epochs = 1;
    settings.schedule = nn_schedule_make(NN_SCHEDULE_CONSTANT, 0.005);
    fb_rng_seed(&rng, 3);
    if (!CHECK_MSG(!nn_net_parse(text, "test", &net), "%s", fb_error_text()))
        return false;
    nn_net_init_weights(net, &rng);
    bool is_ok = CHECK_MSG(!nn_trainer_create(net, &source, &settings, &trainer), "%s", fb_error_text());
    for (int i = 0; i < N_STEPS && is_ok; i++) {
        struct nn_train_report report;
        is_ok = CHECK_MSG(!nn_trainer_step(trainer, &report), "%s", fb_error_text());
        losses[i] = report.loss;
    }
    nn_trainer_destroy(&trainer);
    nn_net_destroy(&net);
    unsetenv("FELTBOARD_KERNEL");
    return is_ok;
}

static void fifty_steps(void)
{
    double plain[N_STEPS], losses[N_STEPS];
    if (!train("plain", plain))
        return;
    CHECK_MSG(plain[N_STEPS - 1] < 0.7 * plain[0], "it does not learn: %g, then %g", plain[0], plain[N_STEPS - 1]);
    for (int kernel = NN_KERNEL_GEMM; kernel < NN_KERNEL_COUNT; kernel++) {
        if (!nn_kernel_is_available((enum nn_kernel)kernel) || !train(nn_kernel_name((enum nn_kernel)kernel), losses))
            continue;
        for (int i = 0; i < N_STEPS; i++)
            CHECK_MSG(fabs(losses[i] - plain[i]) < 1e-3, "%s: step %d loses %.6f, with the plain kernels %.6f",
                      nn_kernel_name((enum nn_kernel)kernel), i, losses[i], plain[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"fifty steps", fifty_steps},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
