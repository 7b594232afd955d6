/* A model behind nn/classifier.h: batch normalisation folded at load, crops normalised as in training,
 * the last softmax taken with the model's temperature. */
#include "nn/classifier.h"

#include "nn/loss.h"
#include "nn/model.h"
#include "nn/run.h"

#include <stdio.h>
#include <stdlib.h>

struct nn_classifier {
    struct nn_classifier_info info;
    enum nn_preprocess preprocess;
    int max_batch;
    struct nn_net *net;
    struct nn_run *run;
};

static int build(struct nn_classifier *classifier, const struct nn_model *model, struct fb_pool *pool)
{
    int status = nn_net_fold(model->net, &classifier->net);
    if (status)
        return status;
    struct nn_run_settings settings = {
        .max_batch = classifier->max_batch, .pool = pool, .is_frozen = true};
    classifier->preprocess = model->info.preprocess;
    classifier->info = (struct nn_classifier_info){
        .side = nn_net_input(model->net).h,
        .crop_factor = (float)model->info.crop_factor,
        .temperature = (float)model->info.temperature,
        .accuracy = model->info.accuracy,
        .n_accuracy = model->info.n_accuracy,
    };
    snprintf(classifier->info.name, sizeof classifier->info.name, "%s", model->info.name);
    return nn_run_create(classifier->net, &settings, &classifier->run);
}

int nn_classifier_create(const char *path, int max_batch, struct fb_pool *pool,
                         struct nn_classifier **out)
{
    struct nn_model *model;
    *out = NULL;
    int status = nn_model_load(path, &model);
    if (status)
        return status;
    struct nn_classifier *classifier = *out = calloc(1, sizeof *classifier);
    if (classifier) {
        classifier->max_batch = max_batch;
        status = build(classifier, model, pool);
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

int nn_classifier_run(struct nn_classifier *classifier, const uint8_t *crops, int n,
                      float (*p)[FB_EXPRESSION_COUNT])
{
    int n_px = classifier->info.side * classifier->info.side;
    if (n < 0 || n > classifier->max_batch)
        return fb_fail(FB_ERR_USAGE, "%d crops for a classifier made for at most %d", n,
                       classifier->max_batch);
    if (n == 0)
        return FB_OK;
    for (int i = 0; i < n; i++)
        nn_preprocess_bytes(classifier->preprocess, crops + (ptrdiff_t)i * n_px, n_px,
                            nn_run_input(classifier->run) + (ptrdiff_t)i * n_px);
    nn_run_forward(classifier->run, n, 0);
    nn_softmax_rows(nn_run_logits(classifier->run), n, FB_EXPRESSION_COUNT, classifier->info.temperature,
                    p[0]);
    return FB_OK;
}
