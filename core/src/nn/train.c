/* See nn/train.h. */
#include "trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct nn_trainer_settings nn_default_trainer_settings(void)
{
    return (struct nn_trainer_settings){
        .batch = 64,
        .n_epochs = 40,
        .loss = NN_LOSS_CROSS_ENTROPY,
        .optimizer = nn_default_optimizer_settings(),
        .schedule = nn_schedule_make(NN_SCHEDULE_ONE_CYCLE, 0.05),
        .is_loading_ahead = true,
    };
}

static int check_settings(const struct nn_net *net, const struct nn_batch_source *source,
                          const struct nn_trainer_settings *s)
{
    size_t n_outputs = nn_shape_image_size(nn_net_output(net));
    if (s->batch < 1 || s->batch > 4096)
        return fb_fail(FB_ERR_USAGE, "batch %d is out of range: 1 to 4096", s->batch);
    if (s->n_epochs < 1 || s->n_epochs > 100000)
        return fb_fail(FB_ERR_USAGE, "epochs %d is out of range: 1 to 100000", s->n_epochs);
    if (!nn_loss_name(s->loss))
        return fb_fail(FB_ERR_USAGE, "no loss number %d", (int)s->loss);
    if (!nn_schedule_name(s->schedule.kind))
        return fb_fail(FB_ERR_USAGE, "no schedule number %d", (int)s->schedule.kind);
    if (!(s->sam >= 0 && s->sam <= 10))
        return fb_fail(FB_ERR_USAGE, "sharpness-aware radius %g is out of range: 0 to 10", s->sam);
    if (!(s->schedule.rate > 0 && s->schedule.rate <= 100))
        return fb_fail(FB_ERR_USAGE, "learning rate %g is out of range: above 0, up to 100",
                       s->schedule.rate);
    if (source->n_samples < 1)
        return fb_fail(FB_ERR_USAGE, "no samples to train on");
    if (!s->own_loss && n_outputs != (size_t)source->n_classes)
        return fb_fail(FB_ERR_USAGE, "%s has %zu outputs, but the data have %d classes",
                       nn_net_name(net), n_outputs, source->n_classes);
    return FB_OK;
}

int nn_trainer_create(struct nn_net *net, const struct nn_batch_source *source,
                      const struct nn_trainer_settings *settings, struct nn_trainer **out)
{
    *out = NULL;
    int status = check_settings(net, source, settings);
    if (status)
        return status;
    struct nn_trainer *trainer = *out = calloc(1, sizeof *trainer);
    if (!trainer)
        return fb_fail_nomem("a trainer", sizeof *trainer);
    trainer->net = net;
    trainer->settings = *settings;
    trainer->n_classes = source->n_classes;
    if (trainer->settings.batch > source->n_samples)
        trainer->settings.batch = (int)source->n_samples;
    trainer->steps_per_epoch = source->n_samples / trainer->settings.batch;
    struct nn_run_settings run_settings = {
        .max_batch = trainer->settings.batch, .is_training = true, .pool = settings->pool,
        .freeze = settings->optimizer.freeze};
    status = nn_run_create(net, &run_settings, &trainer->run);
    if (!status)
        status = nn_optimizer_create(net, &settings->optimizer, &trainer->optimizer);
    if (!status && settings->sam > 0)
        status = fb_arena_init(&trainer->kept, nn_net_n_values(net) * sizeof(float));
    if (!status)
        status = nn_batch_loader_create(source, nn_net_input(net), trainer->settings.batch,
                                        settings->is_loading_ahead, &trainer->loader);
    if (status)
        nn_trainer_destroy(out);
    return status;
}

void nn_trainer_destroy(struct nn_trainer **trainer_ptr)
{
    struct nn_trainer *trainer = *trainer_ptr;
    if (!trainer)
        return;
    nn_batch_loader_destroy(&trainer->loader);
    nn_optimizer_destroy(&trainer->optimizer);
    nn_run_destroy(&trainer->run);
    fb_arena_finish(&trainer->kept);
    free(trainer);
    *trainer_ptr = NULL;
}

bool nn_trainer_is_done(const struct nn_trainer *trainer)
{
    return trainer->epoch >= trainer->settings.n_epochs;
}

static struct nn_batch_place place_at(const struct nn_trainer *trainer, int epoch, int64_t step)
{
    return (struct nn_batch_place){epoch, trainer->settings.batch, step * trainer->settings.batch};
}

/* After the training's last batch there is no next one: the same again costs nothing. */
static struct nn_batch_place next_place(const struct nn_trainer *trainer)
{
    if (trainer->step + 1 < trainer->steps_per_epoch)
        return place_at(trainer, trainer->epoch, trainer->step + 1);
    if (trainer->epoch + 1 < trainer->settings.n_epochs)
        return place_at(trainer, trainer->epoch + 1, 0);
    return place_at(trainer, trainer->epoch, trainer->step);
}

static double rate_now(const struct nn_trainer *trainer)
{
    int64_t per_epoch = trainer->steps_per_epoch;
    return nn_schedule_rate(&trainer->settings.schedule, trainer->epoch * per_epoch + trainer->step,
                            trainer->settings.n_epochs * per_epoch, per_epoch);
}

static uint64_t step_seed(const struct nn_trainer *trainer)
{
    struct fb_rng rng;
    uint64_t step = (uint64_t)(trainer->epoch * trainer->steps_per_epoch + trainer->step);
    fb_rng_seed_stream(&rng, trainer->settings.seed, step);
    return fb_rng_u64(&rng);
}

/* Loss and gradients of the batch with the net's present values. */
static struct nn_loss_result differentiate(struct nn_trainer *trainer, const struct nn_batch *batch)
{
    int n = batch->place.n;
    struct nn_run *run = trainer->run;
    memcpy(nn_run_input(run), batch->x,
           (size_t)n * nn_shape_image_size(nn_net_input(trainer->net)) * sizeof(float));
    nn_run_zero_gradients(run);
    nn_run_forward(run, n, step_seed(trainer));
    const struct nn_trainer_settings *s = &trainer->settings;
    struct nn_loss_result result = {0};
    if (s->own_loss)
        result.loss = s->own_loss(s->loss_user, nn_run_logits(run), batch->target, n, nn_run_d_logits(run));
    else
        result = nn_loss(s->loss, nn_run_logits(run), batch->target, batch->weight, n, trainer->n_classes,
                         nn_run_d_logits(run));
    nn_run_backward(run);
    return result;
}

/* The gradient of the step: the batch's, or the one found uphill of it, with the same dropout. Running statistics move once,
 * and the values come back to the bit. */
static struct nn_loss_result learn(struct nn_trainer *trainer, const struct nn_batch *batch)
{
    struct nn_loss_result result = differentiate(trainer, batch);
    float *values = nn_net_values(trainer->net), *kept = (float *)(void *)trainer->kept.base;
    size_t n_bytes = nn_net_n_values(trainer->net) * sizeof *values;
    if (!kept || !isfinite(result.loss))
        return result;
    memcpy(kept, values, n_bytes);
    nn_optimizer_climb(trainer->optimizer, nn_run_gradients(trainer->run), trainer->settings.sam);
    differentiate(trainer, batch);
    memcpy(values, kept, n_bytes);
    return result;
}

static void count(struct nn_trainer *trainer, int n, struct nn_loss_result result,
                  struct nn_train_report *report)
{
    if (trainer->step == 0) {
        trainer->sum_loss = 0;
        trainer->n_correct = trainer->n_seen = 0;
    }
    trainer->sum_loss += result.loss;
    trainer->n_correct += result.n_correct;
    trainer->n_seen += n;
    report->loss = result.loss / n;
    report->accuracy = (double)result.n_correct / n;
    report->epoch_loss = trainer->sum_loss / (double)trainer->n_seen;
    report->epoch_accuracy = (double)trainer->n_correct / (double)trainer->n_seen;
}

static void advance(struct nn_trainer *trainer, struct nn_train_report *report)
{
    report->step = ++trainer->step;
    report->n_steps = trainer->steps_per_epoch;
    report->is_epoch_end = trainer->step == trainer->steps_per_epoch;
    if (report->is_epoch_end) {
        trainer->step = 0;
        trainer->epoch++;
    }
}

int nn_trainer_step(struct nn_trainer *trainer, struct nn_train_report *report)
{
    const struct nn_batch *batch;
    *report = (struct nn_train_report){.epoch = trainer->epoch};
    if (nn_trainer_is_done(trainer))
        return fb_fail(FB_ERR_USAGE, "the training is over: %d epochs are done", trainer->epoch);
    int status = nn_batch_loader_get(trainer->loader, place_at(trainer, trainer->epoch, trainer->step),
                                     next_place(trainer), &batch);
    if (status)
        return status;
    struct nn_loss_result result = learn(trainer, batch);
    if (!isfinite(result.loss))
        return fb_fail(FB_ERR_FAILED, "the loss is no longer finite (epoch %d, step %lld); lower the "
                                      "learning rate or clip gradients", trainer->epoch + 1,
                       (long long)trainer->step + 1);
    report->rate = rate_now(trainer);
    report->gradient_length =
        nn_optimizer_step(trainer->optimizer, nn_run_gradients(trainer->run), report->rate);
    count(trainer, batch->place.n, result, report);
    advance(trainer, report);
    return FB_OK;
}

void nn_trainer_end_epoch(struct nn_trainer *trainer, double accuracy)
{
    nn_schedule_report(&trainer->settings.schedule, accuracy);
}

void nn_trainer_use_average(struct nn_trainer *trainer, bool is_average)
{
    if (is_average == trainer->has_average_in_net)
        return;
    nn_optimizer_swap_ema(trainer->optimizer);
    trainer->has_average_in_net = is_average;
}

int nn_trainer_epoch(const struct nn_trainer *trainer)
{
    return trainer->epoch;
}

int64_t nn_trainer_step_in_epoch(const struct nn_trainer *trainer)
{
    return trainer->step;
}

int64_t nn_trainer_steps_per_epoch(const struct nn_trainer *trainer)
{
    return trainer->steps_per_epoch;
}

struct nn_net *nn_trainer_net(const struct nn_trainer *trainer)
{
    return trainer->net;
}
