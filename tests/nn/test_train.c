/* Training as a whole: it learns, it resumes to the bit, threads and loading ahead change nothing they
 * should not, and optimizers, schedules and averages do what their formulas say. */
#include "layer.h"
#include "nn/train.h"
#include "test.h"

#include <unistd.h>

static const char tiny_net[] = "input 1 8 8\nconv out=6 kernel=3 bias=0\nbn\nrelu name=a\nmaxpool size=2\n"
                               "conv out=8 kernel=3 bias=0\nbn name=b\nconv out=8 kernel=3\nadd from=b\nleaky\n"
                               "globalpool\ndropout p=0.1\ndense out=3\nsoftmax";

/* Bright bars at a place that tells the class, in noise; sample i of an epoch is always the same. */
static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    int *n_calls = user;
    ++*n_calls;
    for (int i = 0; i < n; i++) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, (uint64_t)epoch, (uint64_t)(first + i));
        int label = (int)fb_rng_below(&rng, 3);
        for (int j = 0; j < 64; j++)
            x[i * 64 + j] = fb_rng_normal(&rng) * 0.5f + (j / 24 == label ? 1.0f : 0);
        for (int k = 0; k < 3; k++)
            target[i * 3 + k] = k == label ? 0.9f : 0.05f;
        weight[i] = 1;
    }
    return FB_OK;
}

static int fail_late(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    if (first >= 32)
        return fb_fail(FB_ERR_INPUT, "picture 32 is gone");
    return fill(user, epoch, first, n, x, target, weight);
}

struct bench {
    struct nn_net *net;
    struct nn_trainer *trainer;
    struct fb_pool *pool;
    int n_calls;
};

static struct nn_trainer_settings small_settings(void)
{
    struct nn_trainer_settings settings = nn_default_trainer_settings();
    settings.batch = 16;
    settings.n_epochs = 6;
    settings.seed = 5;
    settings.optimizer.weight_decay = 1e-4;
    settings.optimizer.ema_decay = 0.9;
    return settings;
}

static bool begin(struct bench *b, struct nn_trainer_settings settings, int n_threads)
{
    *b = (struct bench){0};
    struct nn_batch_source source = {.user = &b->n_calls, .n_samples = 90, .n_classes = 3, .fill = fill};
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    if (!CHECK_INT(fb_pool_create(n_threads, &b->pool), 0) ||
        !CHECK_MSG(!nn_net_parse(tiny_net, "tiny", &b->net), "%s", fb_error_text()))
        return false;
    nn_net_init_weights(b->net, &rng);
    settings.pool = b->pool;
    return CHECK_MSG(!nn_trainer_create(b->net, &source, &settings, &b->trainer), "%s", fb_error_text());
}

static void end(struct bench *b)
{
    nn_trainer_destroy(&b->trainer);
    nn_net_destroy(&b->net);
    fb_pool_destroy(&b->pool);
}

/* Steps until n are done in all or the training is over. */
static struct nn_train_report steps(struct bench *b, int n)
{
    struct nn_train_report report = {0};
    for (int i = 0; i < n && !nn_trainer_is_done(b->trainer); i++) {
        CHECK_MSG(!nn_trainer_step(b->trainer, &report), "%s", fb_error_text());
        if (report.is_epoch_end)
            nn_trainer_end_epoch(b->trainer, report.epoch_accuracy);
    }
    return report;
}

static bool same_values(const struct bench *a, const struct bench *b)
{
    return !memcmp(nn_net_values(a->net), nn_net_values(b->net), nn_net_n_values(a->net) * sizeof(float));
}

static void learns_a_small_set(void)
{
    struct bench b;
    struct nn_trainer_settings settings = small_settings();
    settings.n_epochs = 12;
    if (!begin(&b, settings, 1))
        return;
    CHECK_INT(nn_trainer_steps_per_epoch(b.trainer), 5); /* 90 / 16, the rest waits for other epochs */
    struct nn_train_report first = steps(&b, 1), last = steps(&b, 1000);
    CHECK(nn_trainer_is_done(b.trainer));
    CHECK_MSG(first.loss > 0.9 && last.epoch_loss < 0.6 && last.epoch_accuracy > 0.93,
              "loss %g -> %g, accuracy %g", first.loss, last.epoch_loss, last.epoch_accuracy);
    CHECK_INT(nn_trainer_step(b.trainer, &last), FB_ERR_USAGE);
    end(&b);
}

static void adam_learns_too(void)
{
    struct bench b;
    struct nn_trainer_settings settings = small_settings();
    settings.optimizer.kind = NN_OPTIMIZER_ADAM;
    settings.optimizer.clip_norm = 1;
    settings.loss = NN_LOSS_BINARY;
    settings.schedule = nn_schedule_make(NN_SCHEDULE_COSINE, 0.02);
    if (!begin(&b, settings, 1))
        return;
    struct nn_train_report last = steps(&b, 1000);
    CHECK_MSG(last.epoch_accuracy > 0.93, "accuracy %g", last.epoch_accuracy);
    CHECK(last.gradient_length > 0);
    end(&b);
}

static void resumes_to_the_bit(void)
{
    char path[] = "/tmp/feltboard-test-checkpoint-XXXXXX";
    close(mkstemp(path));
    const enum nn_optimizer_kind kinds[] = {NN_OPTIMIZER_SGD, NN_OPTIMIZER_ADAM};
    for (int i = 0; i < 2; i++) {
        struct nn_trainer_settings settings = small_settings();
        settings.optimizer.kind = kinds[i];
        settings.schedule = nn_schedule_make(i ? NN_SCHEDULE_PLATEAU : NN_SCHEDULE_ONE_CYCLE, 0.01);
        settings.is_loading_ahead = i == 1;
        struct bench whole, stopped, resumed;
        if (!begin(&whole, settings, 1) || !begin(&stopped, settings, 1) || !begin(&resumed, settings, 1))
            return;
        struct nn_train_report end_of_whole = steps(&whole, 1000);
        steps(&stopped, 13); /* in the middle of the third epoch */
        struct nn_model_info info = nn_model_default_info();
        info.seed = settings.seed;
        struct nn_checkpoint_extra extra = {0.5, 2, 1}, read = {0};
        CHECK_MSG(!nn_checkpoint_save(path, stopped.trainer, &info, &extra), "%s", fb_error_text());
        CHECK_MSG(!nn_checkpoint_load(path, resumed.trainer, &read), "%s", fb_error_text());
        CHECK_INT(nn_trainer_epoch(resumed.trainer), 2);
        CHECK_INT(nn_trainer_step_in_epoch(resumed.trainer), 3);
        CHECK(read.best_accuracy == 0.5 && read.best_epoch == 2 && read.n_stale_epochs == 1);
        CHECK(same_values(&stopped, &resumed));
        struct nn_train_report end_of_resumed = steps(&resumed, 1000);
        CHECK(same_values(&whole, &resumed));
        CHECK(!same_values(&whole, &stopped));
        CHECK(end_of_whole.epoch_loss == end_of_resumed.epoch_loss);
        nn_trainer_use_average(whole.trainer, true);
        CHECK(!same_values(&whole, &resumed));
        nn_trainer_use_average(resumed.trainer, true);
        CHECK(same_values(&whole, &resumed));
        end(&whole);
        end(&stopped);
        end(&resumed);
    }
    unlink(path);
}

static void checkpoints_refuse_what_does_not_fit(void)
{
    char path[] = "/tmp/feltboard-test-checkpoint-XXXXXX";
    close(mkstemp(path));
    struct nn_trainer_settings settings = small_settings();
    struct nn_model_info info = nn_model_default_info();
    struct nn_checkpoint_extra extra = {0};
    struct bench b;
    info.seed = settings.seed;
    if (!begin(&b, settings, 1))
        return;
    CHECK_INT(nn_checkpoint_save(path, b.trainer, &info, &extra), 0);
    end(&b);
    for (int i = 0; i < 4; i++) {
        struct nn_trainer_settings other = settings;
        other.seed += i == 0;
        other.schedule.rate *= i == 1 ? 2 : 1;
        other.optimizer.kind = i == 2 ? NN_OPTIMIZER_ADAM : other.optimizer.kind;
        other.n_epochs += i == 3;
        if (!begin(&b, other, 1))
            return;
        CHECK_INT(nn_checkpoint_load(path, b.trainer, &extra), FB_ERR_INPUT);
        CHECK(strstr(fb_error_text(), path));
        end(&b);
    }
    if (!begin(&b, settings, 1))
        return;
    CHECK_INT(nn_model_save(path, b.net, &info), 0);
    CHECK_INT(nn_checkpoint_load(path, b.trainer, &extra), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "not a checkpoint"));
    end(&b);
    unlink(path);
}

static void loading_ahead_changes_nothing(void)
{
    struct bench a, b;
    struct nn_trainer_settings settings = small_settings();
    if (!begin(&a, settings, 1))
        return;
    settings.is_loading_ahead = false;
    if (!begin(&b, settings, 1))
        return;
    steps(&a, 1000);
    steps(&b, 1000);
    CHECK(same_values(&a, &b));
    CHECK_INT(a.n_calls, 30); /* nothing is prepared twice or in vain */
    CHECK_INT(b.n_calls, 30);
    end(&a);
    end(&b);
}

static void threads_are_repeatable(void)
{
    struct bench a, b, c;
    struct nn_trainer_settings settings = small_settings();
    if (!begin(&a, settings, 3) || !begin(&b, settings, 3) || !begin(&c, settings, 1))
        return;
    double loss_of_three = steps(&a, 1000).epoch_loss;
    steps(&b, 1000);
    CHECK(same_values(&a, &b));
    CHECK_NEAR(steps(&c, 1000).epoch_loss, loss_of_three, 0.02); /* rounding differs, not more */
    end(&a);
    end(&b);
    end(&c);
}

static void source_failures_come_through(void)
{
    for (int ahead = 0; ahead < 2; ahead++) {
        struct bench b = {0};
        struct nn_trainer_settings settings = small_settings();
        struct nn_batch_source source = {&b.n_calls, 90, 3, fail_late};
        struct nn_train_report report;
        settings.is_loading_ahead = ahead;
        CHECK_INT(nn_net_parse(tiny_net, "tiny", &b.net), 0);
        CHECK_INT(nn_trainer_create(b.net, &source, &settings, &b.trainer), 0);
        CHECK_INT(nn_trainer_step(b.trainer, &report), 0);
        CHECK_INT(nn_trainer_step(b.trainer, &report), 0);
        CHECK_INT(nn_trainer_step(b.trainer, &report), FB_ERR_INPUT);
        CHECK_STR(fb_error_text(), "picture 32 is gone");
        end(&b);
    }
}

static void settings_are_checked(void)
{
    struct nn_net *net;
    struct nn_trainer *trainer = NULL;
    int n_calls = 0;
    struct nn_batch_source source = {&n_calls, 90, 3, fill}, eight = {&n_calls, 90, 8, fill};
    CHECK_INT(nn_net_parse(tiny_net, "tiny", &net), 0);
    struct nn_trainer_settings bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = small_settings();
    bad[0].batch = 0;
    bad[1].n_epochs = 0;
    bad[2].loss = NN_LOSS_NONE;
    bad[3].schedule.rate = NAN;
    bad[4].optimizer.momentum = 1;
    bad[5].optimizer.freeze = "nothing*";
    bad[6].optimizer.weight_decay = -1;
    bad[7].sam = NAN;
    for (int i = 0; i < 8; i++) {
        CHECK_INT(nn_trainer_create(net, &source, &bad[i], &trainer), FB_ERR_USAGE);
        CHECK(!trainer);
    }
    struct nn_trainer_settings good = small_settings();
    CHECK_INT(nn_trainer_create(net, &eight, &good, &trainer), FB_ERR_USAGE);
    nn_net_destroy(&net);
}

/* Three steps of one weight and one bias against the formulas in double. */
struct oracle {
    enum nn_optimizer_kind kind;
    double decay, clip;
};

static void follow_oracle(struct oracle o)
{
    struct nn_net *net;
    struct nn_optimizer *optimizer;
    CHECK_INT(nn_net_parse("input 1 1 1\ndense out=1", "one", &net), 0);
    struct nn_optimizer_settings settings = nn_default_optimizer_settings();
    settings.kind = o.kind;
    settings.weight_decay = o.decay;
    settings.clip_norm = o.clip;
    settings.ema_decay = 0.5;
    CHECK_INT(nn_optimizer_create(net, &settings, &optimizer), 0);
    double w[2] = {0.7, -0.3}, m[2] = {0}, v[2] = {0}, ema[2];
    float *values[2] = {nn_net_param(net, 0)->value, nn_net_param(net, 1)->value};
    for (int i = 0; i < 2; i++) {
        *values[i] = (float)w[i];
        nn_optimizer_ema(optimizer)[nn_net_param(net, i)->offset] = (float)w[i];
        ema[i] = w[i];
    }
    float gradients[64] = {0};
    for (int t = 1; t <= 3; t++) {
        double rate = 0.1 / t, g[2] = {0.5 * t, -0.2}, norm = sqrt(g[0] * g[0] + g[1] * g[1]);
        for (int i = 0; i < 2; i++)
            gradients[nn_net_param(net, i)->offset] = (float)g[i];
        double length = nn_optimizer_step(optimizer, gradients, rate);
        if (o.clip > 0)
            CHECK_NEAR(length, norm, 1e-6);
        for (int i = 0; i < 2; i++) {
            double decay = i == 0 ? o.decay : 0; /* none on a bias */
            double gradient = o.clip > 0 && norm > o.clip ? g[i] * o.clip / norm : g[i];
            if (o.kind == NN_OPTIMIZER_ADAM) {
                m[i] = 0.9 * m[i] + 0.1 * gradient;
                v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
                w[i] -= rate * (m[i] / (1 - pow(0.9, t)) / (sqrt(v[i] / (1 - pow(0.999, t))) + 1e-8) +
                                decay * w[i]);
            } else {
                gradient += decay * w[i];
                m[i] = 0.9 * m[i] + gradient;
                w[i] -= rate * (gradient + 0.9 * m[i]);
            }
            double ema_decay = fmin(0.5, (1.0 + t) / (10.0 + t));
            ema[i] = ema_decay * ema[i] + (1 - ema_decay) * w[i];
            CHECK_NEAR(*values[i], w[i], 2e-6);
            CHECK_NEAR(nn_optimizer_ema(optimizer)[nn_net_param(net, i)->offset], ema[i], 2e-6);
        }
    }
    nn_optimizer_destroy(&optimizer);
    nn_net_destroy(&net);
}

static void optimizers_by_hand(void)
{
    follow_oracle((struct oracle){NN_OPTIMIZER_SGD, 0, 0});
    follow_oracle((struct oracle){NN_OPTIMIZER_SGD, 0.1, 0});
    follow_oracle((struct oracle){NN_OPTIMIZER_SGD, 0, 0.4});
    follow_oracle((struct oracle){NN_OPTIMIZER_ADAM, 0, 0});
    follow_oracle((struct oracle){NN_OPTIMIZER_ADAM, 0.1, 0});
}

static void frozen_parameters_stay(void)
{
    struct bench b;
    struct nn_trainer_settings settings = small_settings();
    settings.optimizer.freeze = "conv*";
    if (!begin(&b, settings, 1))
        return;
    const struct nn_param *conv = nn_net_param(b.net, 0), *last = nn_net_param(b.net, nn_net_n_params(b.net) - 1);
    float conv_before = conv->value[3], last_before = last->value[0];
    steps(&b, 4);
    CHECK(conv->value[3] == conv_before);
    CHECK(last->value[0] != last_before);
    end(&b);
}

/* One step by hand: the gradient at w + radius g / |g|, taken at w; running statistics have moved once. */
static void sharpness_aware_step_by_hand(void)
{
    const double radius = 0.3, rate = 0.1;
    struct nn_trainer_settings settings = small_settings();
    settings.schedule = nn_schedule_make(NN_SCHEDULE_CONSTANT, rate);
    settings.optimizer.weight_decay = settings.optimizer.ema_decay = 0;
    settings.is_loading_ahead = false;
    settings.sam = radius;
    struct bench b, plain;
    if (!begin(&b, settings, 1))
        return;
    settings.sam = 0;
    if (!begin(&plain, settings, 1))
        return;
    size_t n = nn_net_n_values(b.net);
    float *values = nn_net_values(plain.net), *start = malloc(n * sizeof *start), *g = malloc(n * sizeof *g);
    memcpy(start, values, n * sizeof *start);
    steps(&plain, 1); /* Nesterov's first step is 1.9 rate g */
    double length = 0;
    for (int i = 0; i < nn_net_n_params(plain.net); i++) {
        const struct nn_param *p = nn_net_param(plain.net, i);
        bool is_statistic = p->kind == NN_PARAM_STATISTIC;
        for (size_t j = p->offset; j < p->offset + p->n; j++) {
            g[j] = is_statistic ? 0 : (start[j] - values[j]) / (float)(1.9 * rate);
            length += (double)g[j] * (double)g[j];
            start[j] = is_statistic ? values[j] : start[j]; /* as the first pass left them */
        }
    }
    for (int i = 0; i < nn_net_n_params(plain.net); i++) {
        const struct nn_param *p = nn_net_param(plain.net, i);
        for (size_t j = p->offset; j < p->offset + p->n; j++)
            values[j] = start[j] + (float)(radius / sqrt(length)) * g[j];
    }
    float *uphill = malloc(n * sizeof *uphill);
    memcpy(uphill, values, n * sizeof *uphill);
    nn_trainer_destroy(&plain.trainer); /* the same batch again, momentum 0 again */
    struct nn_batch_source source = {.user = &plain.n_calls, .n_samples = 90, .n_classes = 3, .fill = fill};
    settings.pool = plain.pool;
    CHECK_INT(nn_trainer_create(plain.net, &source, &settings, &plain.trainer), 0);
    steps(&plain, 1);
    steps(&b, 1);
    double worst = 0, moved = 0;
    for (int i = 0; i < nn_net_n_params(b.net); i++) {
        const struct nn_param *p = nn_net_param(b.net, i);
        for (size_t j = 0; j < p->n; j++) {
            size_t at = p->offset + j;
            float expected = p->kind == NN_PARAM_STATISTIC ? start[at] : start[at] + values[at] - uphill[at];
            worst = fmax(worst, fabs((double)(p->value[j] - expected)));
            moved = fmax(moved, fabs((double)(p->value[j] - start[at])));
        }
    }
    CHECK_MSG(worst < 2e-6 && moved > 1e-3, "off by %g, moved by %g", worst, moved);
    free(start);
    free(uphill);
    free(g);
    end(&b);
    end(&plain);
}

static void sharpness_aware_learns_and_resumes(void)
{
    char path[] = "/tmp/feltboard-test-checkpoint-XXXXXX";
    close(mkstemp(path));
    struct nn_trainer_settings settings = small_settings();
    settings.sam = 0.05;
    struct bench whole, stopped, resumed;
    if (!begin(&whole, settings, 1) || !begin(&stopped, settings, 1) || !begin(&resumed, settings, 1))
        return;
    struct nn_model_info info = nn_model_default_info();
    info.seed = settings.seed;
    struct nn_checkpoint_extra extra = {0};
    CHECK(steps(&whole, 1000).epoch_accuracy > 0.9);
    steps(&stopped, 13);
    CHECK_INT(nn_checkpoint_save(path, stopped.trainer, &info, &extra), 0);
    CHECK_INT(nn_checkpoint_load(path, resumed.trainer, &extra), 0);
    steps(&resumed, 1000);
    CHECK(same_values(&whole, &resumed));
    end(&stopped);
    settings.sam = 0; /* another radius is another training */
    if (!begin(&stopped, settings, 1))
        return;
    CHECK_INT(nn_checkpoint_load(path, stopped.trainer, &extra), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "sam 0.05"));
    end(&whole);
    end(&stopped);
    end(&resumed);
    unlink(path);
}

static void schedules(void)
{
    struct nn_schedule s = nn_schedule_make(NN_SCHEDULE_ONE_CYCLE, 0.1);
    CHECK_NEAR(nn_schedule_rate(&s, 29, 100, 10), 0.1, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 99, 100, 10), 1e-5, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 14, 100, 10), (0.1 + 0.004) / 2, 1e-9);
    CHECK(nn_schedule_rate(&s, 0, 100, 10) > 0.004);
    s = nn_schedule_make(NN_SCHEDULE_COSINE, 0.1);
    CHECK_NEAR(nn_schedule_rate(&s, 0, 100, 10), 0.02, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 4, 100, 10), 0.1, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 99, 100, 10), 0, 1e-9);
    s = nn_schedule_make(NN_SCHEDULE_STEP, 0.1);
    CHECK_NEAR(nn_schedule_rate(&s, 99, 400, 10), 0.1, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 100, 400, 10), 0.05, 1e-9);
    CHECK_NEAR(nn_schedule_rate(&s, 399, 400, 10), 0.0125, 1e-9);
    s = nn_schedule_make(NN_SCHEDULE_PLATEAU, 0.1);
    const double results[] = {0.5, 0.6, 0.6, 0.55, 0.58, 0.61, 0.6};
    const double rates[] = {0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05};
    for (int i = 0; i < 7; i++) {
        nn_schedule_report(&s, results[i]);
        CHECK_NEAR(nn_schedule_rate(&s, 0, 1, 1), rates[i], 1e-12);
    }
    for (int i = 1; i < NN_SCHEDULE_COUNT; i++)
        CHECK_INT(nn_schedule_from_name(nn_schedule_name((enum nn_schedule_kind)i)), i);
    CHECK_INT(nn_schedule_from_name("cosin"), NN_SCHEDULE_NONE);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"learns_a_small_set", learns_a_small_set},
        {"adam_learns_too", adam_learns_too},
        {"resumes_to_the_bit", resumes_to_the_bit},
        {"checkpoints_refuse_what_does_not_fit", checkpoints_refuse_what_does_not_fit},
        {"loading_ahead_changes_nothing", loading_ahead_changes_nothing},
        {"threads_are_repeatable", threads_are_repeatable},
        {"source_failures_come_through", source_failures_come_through},
        {"settings_are_checked", settings_are_checked},
        {"optimizers_by_hand", optimizers_by_hand},
        {"frozen_parameters_stay", frozen_parameters_stay},
        {"sharpness_aware_step_by_hand", sharpness_aware_step_by_hand},
        {"sharpness_aware_learns_and_resumes", sharpness_aware_learns_and_resumes},
        {"schedules", schedules},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
