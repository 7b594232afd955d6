/* See train_validation.h. */
#include "train_validation.h"

#include "nn/evaluate.h"
#include "nn/loss.h"
#include "nn/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, K = FB_EXPRESSION_COUNT };

/* C17 does not make float (*)[8] const by itself. */
typedef const float const_row[K];

struct app_validation {
    const struct nn_selection *selection;
    struct nn_batches *batches;
    struct nn_run *run;
    int side;
    bool is_flipped;
    float *x;              /* (BATCH, side, side) */
    float *target, *weight; /* of a batch */
    float (*p)[K];         /* of all, uncalibrated */
};

static int allocate(struct app_validation *validation)
{
    size_t n = (size_t)validation->selection->n, n_px = (size_t)(validation->side * validation->side);
    validation->x = calloc(BATCH * n_px, sizeof(float));
    validation->target = calloc(BATCH, K * sizeof(float));
    validation->weight = calloc(BATCH, sizeof(float));
    validation->p = calloc(n, sizeof *validation->p);
    if (!validation->x || !validation->target || !validation->weight || !validation->p)
        return fb_fail_nomem("validation", n * sizeof *validation->p);
    return FB_OK;
}

int app_validation_create(const struct nn_net *net, const struct nn_data *data,
                          const struct nn_selection *selection, enum nn_preprocess preprocess, bool is_flipped,
                          struct fb_pool *pool, struct app_validation **out)
{
    struct app_validation *validation = *out = calloc(1, sizeof *validation);
    if (!validation)
        return fb_fail_nomem("validation", sizeof *validation);
    struct nn_run_settings run_settings = {.max_batch = BATCH, .pool = pool};
    struct nn_batches_settings settings = nn_batches_default_settings();
    validation->selection = selection;
    validation->is_flipped = is_flipped;
    validation->side = settings.side = nn_net_input(net).h;
    settings.preprocess = preprocess;
    settings.is_shuffled = false;
    int status = nn_batches_create(data, selection, &settings, &validation->batches);
    if (!status)
        status = allocate(validation);
    if (!status)
        status = nn_run_create(net, &run_settings, &validation->run);
    if (status)
        app_validation_destroy(out);
    return status;
}

void app_validation_destroy(struct app_validation **validation_ptr)
{
    struct app_validation *validation = *validation_ptr;
    if (!validation)
        return;
    nn_run_destroy(&validation->run);
    nn_batches_destroy(&validation->batches);
    free(validation->x);
    free(validation->target);
    free(validation->weight);
    free(validation->p);
    free(validation);
    *validation_ptr = NULL;
}

/* Answers to the n pictures in x. */
static void answer(struct app_validation *validation, int n, float (*p)[K])
{
    memcpy(nn_run_input(validation->run), validation->x,
           (size_t)n * (size_t)(validation->side * validation->side) * sizeof(float));
    nn_run_forward(validation->run, n, 0);
    nn_softmax_rows(nn_run_logits(validation->run), n, K, 1, p[0]);
}

static void mirror(struct app_validation *validation, int n)
{
    float *row = validation->x;
    for (int i = 0; i < n * validation->side; i++, row += validation->side)
        for (int a = 0, b = validation->side - 1; a < b; a++, b--) {
            float value = row[a];
            row[a] = row[b];
            row[b] = value;
        }
}

static void answer_both_ways(struct app_validation *validation, int n, float (*p)[K])
{
    float mirrored[BATCH][K];
    answer(validation, n, p);
    if (!validation->is_flipped)
        return;
    mirror(validation, n);
    answer(validation, n, mirrored);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < K; k++)
            p[i][k] = 0.5f * (p[i][k] + mirrored[i][k]);
}

/* Cross-entropy of n answers against their targets. */
static double loss_of(const float *target, const float *p, int n)
{
    double loss = 0;
    for (int i = 0; i < n * K; i++)
        if (target[i] > 0)
            loss -= (double)target[i] * log(fmax((double)p[i], 1e-30));
    return loss;
}

static int predict(struct app_validation *validation, double *loss)
{
    struct nn_batch_source source = nn_batches_source(validation->batches);
    *loss = 0;
    for (int64_t first = 0; first < source.n_samples; first += BATCH) {
        int64_t left = source.n_samples - first;
        int n = left < BATCH ? (int)left : BATCH;
        int status = source.fill(source.user, 0, first, n, validation->x, validation->target, validation->weight);
        if (status)
            return status;
        answer_both_ways(validation, n, validation->p + first);
        *loss += loss_of(validation->target, validation->p[first], n);
    }
    *loss /= (double)source.n_samples;
    return FB_OK;
}

int app_validation_run(struct app_validation *validation, struct app_validation_result *result)
{
    *result = (struct app_validation_result){0};
    if (!validation)
        return FB_OK;
    struct nn_metrics metrics;
    result->n = validation->selection->n;
    int status = predict(validation, &result->loss);
    if (!status)
        status = nn_evaluate((const_row *)validation->p, validation->selection->label, result->n, &metrics);
    if (!status)
        result->accuracy = metrics.accuracy;
    return status;
}

int app_validation_calibrate(struct app_validation *validation, struct nn_model_info *info)
{
    struct nn_metrics metrics;
    int n = validation->selection->n;
    const int8_t *label = validation->selection->label;
    int status = nn_temperature_fit((const_row *)validation->p, label, n, &info->temperature);
    if (status)
        return status;
    nn_temperature_apply(validation->p, n, info->temperature);
    status = nn_evaluate((const_row *)validation->p, label, n, &metrics);
    return status ? status : nn_metrics_to_text(&metrics, info->metrics, sizeof info->metrics);
}
