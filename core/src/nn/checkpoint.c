/* A training's state in a .safetensors file: the net's parameters under their names, so that it is a
 * model file too, the average and moments behind prefixes, numbers as texts. See nn/train.h. */
#include "model_texts.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SETS = 4, MAX_NUMBERS = 24, NAME_BYTES = 80 };

/* Arenas of the parameters' layout. */
struct set {
    const char *prefix;
    float *values;
};

static int list_sets(struct nn_trainer *trainer, struct set sets[MAX_SETS])
{
    const struct set all[MAX_SETS] = {
        {"", nn_net_values(trainer->net)},
        {"average.", nn_optimizer_ema(trainer->optimizer)},
        {"moment1.", nn_optimizer_moment(trainer->optimizer, 0)},
        {"moment2.", nn_optimizer_moment(trainer->optimizer, 1)},
    };
    int n = 0;
    for (int i = 0; i < MAX_SETS; i++)
        if (all[i].values)
            sets[n++] = all[i];
    return n;
}

/* One number of the state. A setting must be the same in file and trainer; the rest is restored. */
struct number {
    const char *key;
    double value;
    double *to;
    bool is_setting;
    bool is_optional; /* 0 where a file does not have it */
};

struct state {
    double epoch, step, sum_loss, n_correct, n_seen, n_steps;
    double scale, best, n_stale, best_accuracy, best_epoch, n_stale_epochs;
};

static struct state state_of(const struct nn_trainer *trainer, const struct nn_checkpoint_extra *extra)
{
    const struct nn_schedule *schedule = &trainer->settings.schedule;
    return (struct state){
        .epoch = trainer->epoch, .step = (double)trainer->step, .sum_loss = trainer->sum_loss,
        .n_correct = (double)trainer->n_correct, .n_seen = (double)trainer->n_seen,
        .n_steps = (double)nn_optimizer_n_steps(trainer->optimizer), .scale = schedule->plateau_scale,
        .best = schedule->best, .n_stale = schedule->n_stale_epochs,
        .best_accuracy = extra->best_accuracy, .best_epoch = extra->best_epoch,
        .n_stale_epochs = extra->n_stale_epochs,
    };
}

static void restore(const struct state *state, struct nn_trainer *trainer,
                    struct nn_checkpoint_extra *extra)
{
    trainer->epoch = (int)state->epoch;
    trainer->step = (int64_t)state->step;
    trainer->sum_loss = state->sum_loss;
    trainer->n_correct = (int64_t)state->n_correct;
    trainer->n_seen = (int64_t)state->n_seen;
    nn_optimizer_set_n_steps(trainer->optimizer, (int64_t)state->n_steps);
    trainer->settings.schedule.plateau_scale = state->scale;
    trainer->settings.schedule.best = state->best;
    trainer->settings.schedule.n_stale_epochs = (int)state->n_stale;
    *extra = (struct nn_checkpoint_extra){state->best_accuracy, (int)state->best_epoch,
                                          (int)state->n_stale_epochs};
}

static int list_numbers(const struct nn_trainer *trainer, struct state *state,
                        struct number numbers[MAX_NUMBERS])
{
    const struct nn_trainer_settings *s = &trainer->settings;
    const struct number all[] = {
        {"at_epoch", state->epoch, &state->epoch, false, false},
        {"at_step", state->step, &state->step, false, false},
        {"sum_loss", state->sum_loss, &state->sum_loss, false, false},
        {"n_correct", state->n_correct, &state->n_correct, false, false},
        {"n_seen", state->n_seen, &state->n_seen, false, false},
        {"optimizer_steps", state->n_steps, &state->n_steps, false, false},
        {"plateau_scale", state->scale, &state->scale, false, false},
        {"plateau_best", state->best, &state->best, false, false},
        {"plateau_stale", state->n_stale, &state->n_stale, false, false},
        {"best_accuracy", state->best_accuracy, &state->best_accuracy, false, false},
        {"best_epoch", state->best_epoch, &state->best_epoch, false, false},
        {"stale_epochs", state->n_stale_epochs, &state->n_stale_epochs, false, false},
        {"batch", s->batch, NULL, true, false},
        {"n_epochs", s->n_epochs, NULL, true, false},
        {"steps_per_epoch", (double)trainer->steps_per_epoch, NULL, true, false},
        {"loss", s->loss, NULL, true, false},
        {"optimizer", s->optimizer.kind, NULL, true, false},
        {"weight_decay", s->optimizer.weight_decay, NULL, true, false},
        {"ema_decay", s->optimizer.ema_decay, NULL, true, false},
        {"schedule", s->schedule.kind, NULL, true, false},
        {"rate", s->schedule.rate, NULL, true, false},
        {"sam", s->sam, NULL, true, true},
    };
    _Static_assert(sizeof all / sizeof *all <= MAX_NUMBERS, "room for all numbers");
    memcpy(numbers, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

static int write_checkpoint(const char *path, struct nn_trainer *trainer, const struct nn_file_text *texts,
                            int n_texts)
{
    struct set sets[MAX_SETS];
    int n_params = nn_net_n_params(trainer->net), n_sets = list_sets(trainer, sets);
    size_t n = (size_t)n_params * (size_t)n_sets;
    struct nn_file_tensor *tensors = calloc(n + 1, sizeof *tensors);
    char(*names)[NAME_BYTES] = calloc(n + 1, sizeof *names);
    int status = FB_OK;
    if (!tensors || !names)
        status = fb_fail_nomem("a checkpoint's tensor list", n * sizeof *tensors);
    for (size_t i = 0; i < n && !status; i++) {
        const struct set *set = &sets[i / (size_t)n_params];
        const struct nn_param *param = nn_net_param(trainer->net, (int)(i % (size_t)n_params));
        snprintf(names[i], sizeof names[i], "%s%s", set->prefix, param->name);
        tensors[i] = nn_param_tensor(param, names[i], set->values);
    }
    if (!status)
        status = nn_safetensors_write(path, tensors, (int)n, texts, n_texts);
    free(tensors);
    free(names);
    return status;
}

int nn_checkpoint_save(const char *path, struct nn_trainer *trainer, const struct nn_model_info *info,
                       const struct nn_checkpoint_extra *extra)
{
    struct nn_file_text texts[NN_MODEL_N_TEXTS + MAX_NUMBERS];
    char values[MAX_NUMBERS][NN_NUMBER_BYTES];
    struct nn_model_texts model_texts;
    struct number numbers[MAX_NUMBERS];
    struct state state = state_of(trainer, extra);
    int n_numbers = list_numbers(trainer, &state, numbers);
    nn_model_info_to_texts(trainer->net, info, &model_texts);
    memcpy(texts, model_texts.texts, sizeof model_texts.texts);
    for (int i = 0; i < n_numbers; i++) {
        snprintf(values[i], sizeof values[i], "%.17g", numbers[i].value);
        texts[NN_MODEL_N_TEXTS + i] = (struct nn_file_text){numbers[i].key, values[i]};
    }
    return write_checkpoint(path, trainer, texts, NN_MODEL_N_TEXTS + n_numbers);
}

static int read_numbers(const struct nn_safetensors *file, const struct nn_trainer *trainer,
                        struct state *state)
{
    struct number numbers[MAX_NUMBERS];
    int n = list_numbers(trainer, state, numbers);
    for (int i = 0; i < n; i++) {
        double value = NAN;
        int status = nn_text_number(file, numbers[i].key, -HUGE_VAL, HUGE_VAL, &value);
        if (status)
            return status;
        if (isnan(value) && numbers[i].is_optional)
            value = 0;
        if (isnan(value))
            return fb_fail(FB_ERR_INPUT, "not a checkpoint: __metadata__ has no %s", numbers[i].key);
        if (numbers[i].is_setting && value != numbers[i].value)
            return fb_fail(FB_ERR_INPUT, "was made with %s %g, but %g is asked for now; use the same "
                                         "options to go on", numbers[i].key, value, numbers[i].value);
        if (numbers[i].to)
            *numbers[i].to = value;
    }
    if (!(state->epoch >= 0 && state->epoch <= trainer->settings.n_epochs && state->step >= 0 &&
          state->step < (double)trainer->steps_per_epoch && state->n_steps >= 0 &&
          state->n_steps < 1e15 && fabs(state->n_seen) < 1e15 && fabs(state->n_correct) < 1e15))
        return fb_fail(FB_ERR_INPUT, "its place (epoch %g, step %g) is outside the training", state->epoch,
                       state->step);
    return FB_OK;
}

static int read_set(const struct nn_safetensors *file, const struct nn_net *net, const struct set *set)
{
    for (int i = 0; i < nn_net_n_params(net); i++) {
        const struct nn_param *param = nn_net_param(net, i);
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", set->prefix, param->name);
        const struct nn_file_tensor *tensor = nn_safetensors_find(file, name);
        if (!tensor || tensor->n != param->n)
            return fb_fail(FB_ERR_INPUT, "tensor \"%s\" is missing or of another size", name);
        memcpy(set->values + param->offset, tensor->data, param->n * sizeof(float));
    }
    return FB_OK;
}

static int read_checkpoint(const struct nn_safetensors *file, struct nn_trainer *trainer,
                           struct nn_checkpoint_extra *extra)
{
    struct set sets[MAX_SETS];
    struct state state = state_of(trainer, extra);
    const char *text = nn_safetensors_text(file, "net");
    uint64_t seed = ~trainer->settings.seed;
    if (!text || strcmp(text, nn_net_text(trainer->net)))
        return fb_fail(FB_ERR_INPUT, "is a checkpoint of another net than %s", nn_net_name(trainer->net));
    int status = nn_text_uint64(file, "seed", &seed);
    if (!status && seed != trainer->settings.seed)
        status = fb_fail(FB_ERR_INPUT, "was made with seed %llu, but %llu is asked for now; use the same "
                                       "options to go on", (unsigned long long)seed,
                         (unsigned long long)trainer->settings.seed);
    if (!status)
        status = read_numbers(file, trainer, &state);
    int n_sets = list_sets(trainer, sets);
    for (int i = 0; i < n_sets && !status; i++)
        status = read_set(file, trainer->net, &sets[i]);
    if (!status)
        restore(&state, trainer, extra);
    return status;
}

int nn_checkpoint_load(const char *path, struct nn_trainer *trainer, struct nn_checkpoint_extra *extra)
{
    struct nn_safetensors *file;
    int status = nn_safetensors_read(path, &file);
    if (status)
        return status;
    status = read_checkpoint(file, trainer, extra);
    nn_safetensors_destroy(&file);
    return status ? fb_fail_context(status, "%s", path) : FB_OK;
}
