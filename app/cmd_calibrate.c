/* feltlab calibrate: a trained model's temperature fitted anew on the validation split, with or without mirror images;
 * its metadata (flip, temperature, accuracy, metrics) follow. The weights stay. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_args.h"
#include "lab/lab_data.h"
#include "nn/evaluate.h"
#include "nn/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *model, *folder, *out;
    bool is_flipped, is_single;
    int n_threads;
};

typedef const float const_row[FB_EXPRESSION_COUNT];

/* The classifier has applied the old temperature; the new one is on top of it. */
static int fit(const struct app_lab_faces *faces, float (*p)[FB_EXPRESSION_COUNT], struct nn_model_info *info)
{
    double factor;
    struct nn_metrics metrics;
    int status = nn_temperature_fit((const_row *)p, faces->label, faces->n, &factor);
    if (status)
        return status;
    nn_temperature_apply(p, faces->n, factor);
    status = nn_evaluate((const_row *)p, faces->label, faces->n, &metrics);
    if (status)
        return status;
    info->temperature *= factor;
    info->accuracy = metrics.accuracy;
    info->n_accuracy = metrics.n;
    snprintf(info->accuracy_of, sizeof info->accuracy_of, "valid, majority");
    printf("temperature %.4f, mirror images %s: accuracy %.4f, macro-F1 %.4f, ECE %.4f, NLL %.4f (valid, majority, "
           "n = %d)\n", info->temperature, info->is_flipped ? "yes" : "no", metrics.accuracy, metrics.macro_f1,
           metrics.ece, metrics.nll, metrics.n);
    return nn_metrics_to_text(&metrics, info->metrics, sizeof info->metrics);
}

static int answer(const struct options *options, bool is_flipped, struct fb_pool *pool, struct nn_model_info *info)
{
    struct nn_classifier *classifier = NULL;
    struct app_lab_faces faces = {0};
    float(*p)[FB_EXPRESSION_COUNT] = NULL;
    struct nn_classifier_settings settings = {.flip = is_flipped ? NN_FLIP_ALWAYS : NN_FLIP_NEVER};
    int status = nn_classifier_create_with(options->model, APP_LAB_BATCH, &settings, pool, &classifier);
    if (!status)
        status = app_lab_faces_from_data(options->folder, NN_SPLIT_VALID, NN_LABELS_MAJORITY,
                                         nn_classifier_info(classifier)->side, pool, &faces);
    if (!status && !(p = calloc((size_t)faces.n, sizeof *p)))
        status = fb_fail_nomem("answers", (size_t)faces.n * sizeof *p);
    if (!status)
        status = app_lab_predict(classifier, &faces, p, NULL);
    if (!status)
        status = fit(&faces, p, info);
    free(p);
    app_lab_faces_finish(&faces);
    nn_classifier_destroy(&classifier);
    return status;
}

static int calibrate(const struct options *options, struct fb_pool *pool)
{
    struct nn_model *model = NULL;
    int status = nn_model_load(options->model, &model);
    if (status)
        return status;
    if (options->is_flipped || options->is_single)
        model->info.is_flipped = options->is_flipped;
    status = answer(options, model->info.is_flipped, pool, &model->info);
    if (!status)
        status = nn_model_save(options->out, model->net, &model->info);
    nn_model_destroy(&model);
    return status;
}

int app_cmd_calibrate(int argc, char **argv)
{
    struct options options = {.n_threads = 1};
    const struct app_arg args[] = {
        {"model", APP_ARG_NEEDED, &options.model, 0, 0, "FILE", "the model", 0},
        {"data", APP_ARG_NEEDED, &options.folder, 0, 0, "DIR", "FER+ folder; its validation split is used", 0},
        {"out", APP_ARG_NEEDED, &options.out, 0, 0, "FILE", "the calibrated model", 'o'},
        {"flip", APP_ARG_FLAG, &options.is_flipped, 0, 0, NULL, "answer with the mean over a face and its mirror image", 0},
        {"single", APP_ARG_FLAG, &options.is_single, 0, 0, NULL, "answer from the face alone", 0},
        {"threads", APP_ARG_INT, &options.n_threads, 1, 256, "N", "threads (1)", 0},
    };
    bool is_help;
    struct fb_pool *pool = NULL;
    int status = app_args_only(argc, argv, "calibrate --model FILE --data DIR -o FILE [--flip | --single]",
                               "Fits a model's temperature on the validation split and writes it.", args, APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if (options.is_flipped && options.is_single)
        return fb_fail(FB_ERR_USAGE, "calibrate: give --flip or --single, not both");
    if ((status = fb_pool_create(options.n_threads, &pool)) < 0)
        return status;
    status = calibrate(&options, pool);
    fb_pool_destroy(&pool);
    return status;
}
