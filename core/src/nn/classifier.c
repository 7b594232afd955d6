/* A model behind nn/classifier.h: batch normalisation folded at load, crops normalised as in training,
 * the last softmax taken with the model's temperature. With mirror images, both orientations of all crops are one batch,
 * and the temperature is that of their mean, as it was fitted. */
#include "nn/classifier.h"

#include "nn/evaluate.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nn_classifier {
    struct nn_classifier_info info;
    int max_batch;
    struct nn_net *net;
    struct nn_run *run;
};

static int build(struct nn_classifier *classifier, const struct nn_model *model, const struct nn_classifier_settings *how,
                 struct fb_pool *pool)
{
    bool is_flipped = how->flip == NN_FLIP_AS_MODEL ? model->info.is_flipped : how->flip == NN_FLIP_ALWAYS;
    int status = nn_net_fold(model->net, &classifier->net);
    if (status)
        return status;
    struct nn_run_settings settings = {
        .max_batch = classifier->max_batch * (1 + is_flipped),
        .pool = pool,
        .is_frozen = true,
        .weights = how->weights,
    };
    classifier->info = (struct nn_classifier_info){
        .side = nn_net_input(model->net).h,
        .crop_factor = (float)model->info.crop_factor,
        .temperature = (float)model->info.temperature,
        .preprocess = model->info.preprocess,
        .is_flipped = is_flipped,
        .accuracy = model->info.accuracy,
        .n_accuracy = model->info.n_accuracy,
    };
    snprintf(classifier->info.name, sizeof classifier->info.name, "%s", model->info.name);
    return nn_run_create(classifier->net, &settings, &classifier->run);
}

int nn_classifier_create(const char *path, int max_batch, struct fb_pool *pool,
                         struct nn_classifier **out)
{
    return nn_classifier_create_with(path, max_batch, &(struct nn_classifier_settings){.weights = NN_WEIGHTS_BY_SIZE}, pool, out);
}

int nn_classifier_create_with(const char *path, int max_batch, const struct nn_classifier_settings *settings,
                              struct fb_pool *pool, struct nn_classifier **out)
{
    struct nn_model *model;
    *out = NULL;
    int status = nn_model_load(path, &model);
    if (status)
        return status;
    struct nn_classifier *classifier = *out = calloc(1, sizeof *classifier);
    if (classifier) {
        classifier->max_batch = max_batch;
        status = build(classifier, model, settings, pool);
    } else {
        status = fb_fail_nomem("a classifier", sizeof *classifier);
    }
    nn_model_destroy(&model);
    if (status)
        nn_classifier_destroy(out);
    return status;
}

void nn_classifier_destroy(struct nn_classifier **classifier_ptr)
{
    struct nn_classifier *classifier = *classifier_ptr;
    if (!classifier)
        return;
    nn_run_destroy(&classifier->run);
    nn_net_destroy(&classifier->net);
    free(classifier);
    *classifier_ptr = NULL;
}

const struct nn_classifier_info *nn_classifier_info(const struct nn_classifier *classifier)
{
    return &classifier->info;
}

static void mirror(const float *from, float *to, int side)
{
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            to[y * side + x] = from[y * side + side - 1 - x];
}

/* The mirrored crops behind the n that are there. */
static void add_mirrored(struct nn_classifier *classifier, int n)
{
    int side = classifier->info.side;
    ptrdiff_t n_px = (ptrdiff_t)side * side;
    float *x = nn_run_input(classifier->run);
    for (int i = 0; i < n; i++)
        mirror(x + i * n_px, x + (n + i) * n_px, side);
}

static void mean_answers(const struct nn_classifier *classifier, int n, float (*p)[FB_EXPRESSION_COUNT])
{
    const float *logits = nn_run_logits(classifier->run);
    nn_softmax_rows(logits, n, FB_EXPRESSION_COUNT, 1, p[0]);
    for (int i = 0; i < n; i++) {
        float mirrored[FB_EXPRESSION_COUNT];
        nn_softmax_rows(logits + (ptrdiff_t)(n + i) * FB_EXPRESSION_COUNT, 1, FB_EXPRESSION_COUNT, 1, mirrored);
        for (int k = 0; k < FB_EXPRESSION_COUNT; k++)
            p[i][k] = 0.5f * (p[i][k] + mirrored[k]);
    }
    nn_temperature_apply(p, n, (double)classifier->info.temperature);
}

static int check_count(const struct nn_classifier *classifier, int n)
{
    if (n >= 0 && n <= classifier->max_batch)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "%d crops for a classifier made for at most %d", n, classifier->max_batch);
}

/* Of the n crops in the run's input. */
static void answer(struct nn_classifier *classifier, int n, float (*p)[FB_EXPRESSION_COUNT])
{
    bool is_flipped = classifier->info.is_flipped;
    if (is_flipped)
        add_mirrored(classifier, n);
    nn_run_forward(classifier->run, n * (1 + is_flipped), 0);
    if (is_flipped)
        mean_answers(classifier, n, p);
    else
        nn_softmax_rows(nn_run_logits(classifier->run), n, FB_EXPRESSION_COUNT, classifier->info.temperature,
                        p[0]);
}

int nn_classifier_run(struct nn_classifier *classifier, const uint8_t *crops, int n,
                      float (*p)[FB_EXPRESSION_COUNT])
{
    int n_px = classifier->info.side * classifier->info.side, status = check_count(classifier, n);
    if (status || n == 0)
        return status;
    for (int i = 0; i < n; i++)
        nn_preprocess_bytes(classifier->info.preprocess, crops + (ptrdiff_t)i * n_px, n_px,
                            nn_run_input(classifier->run) + (ptrdiff_t)i * n_px);
    answer(classifier, n, p);
    return FB_OK;
}

int nn_classifier_run_prepared(struct nn_classifier *classifier, const float *x, int n,
                               float (*p)[FB_EXPRESSION_COUNT])
{
    size_t n_px = (size_t)(classifier->info.side * classifier->info.side);
    int status = check_count(classifier, n);
    if (status || n == 0)
        return status;
    memcpy(nn_run_input(classifier->run), x, (size_t)n * n_px * sizeof *x);
    answer(classifier, n, p);
    return FB_OK;
}
