/* feltlab evaluate: a model's answers against FER+'s labels or a manifest's. */
#include "feltlab.h"

#include "cli.h"
#include "json.h"
#include "lab_args.h"
#include "lab_data.h"
#include "nn/evaluate.h"
#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

struct options {
    const char *model, *folder, *manifest, *split_name, *protocol_name;
    enum nn_split split;
    enum nn_labels protocol;
    int n_threads;
    bool is_json, is_detecting;
};

struct result {
    const char *data, *split, *protocol;
    struct nn_metrics metrics;
    double ms_per_face;
};

static int check_options(struct options *options)
{
    options->split = nn_split_from_name(options->split_name);
    options->protocol = nn_labels_from_name(options->protocol_name);
    if (!options->folder == !options->manifest)
        return fb_fail(FB_ERR_USAGE, "evaluate: give --data DIR or --manifest FILE.csv, one of them");
    if (options->split == NN_SPLIT_NONE)
        return fb_fail(FB_ERR_USAGE, "evaluate: --split: '%s' is none of train, valid, test",
                       options->split_name);
    if (options->protocol != NN_LABELS_MAJORITY && options->protocol != NN_LABELS_PLURALITY)
        return fb_fail(FB_ERR_USAGE, "evaluate: --protocol: '%s' is neither majority nor plurality",
                       options->protocol_name);
    if (options->is_detecting)
        return fb_fail(FB_ERR_USAGE, "evaluate: --detect needs the face detector, which this command "
                       "does not have; give crops, without --detect");
    return FB_OK;
}

static int read_faces(const struct options *options, int side, struct fb_pool *pool,
                      struct app_lab_faces *faces, struct result *result)
{
    if (options->manifest) {
        result->data = options->manifest;
        result->split = "manifest";
        result->protocol = "labels";
        return app_lab_faces_from_manifest(options->manifest, side, faces);
    }
    result->data = options->folder;
    result->split = options->split_name;
    result->protocol = options->protocol_name;
    return app_lab_faces_from_data(options->folder, options->split, options->protocol, side, pool,
                                   faces);
}

static int measure(struct nn_classifier *classifier, const struct app_lab_faces *faces,
                   struct result *result)
{
    float (*p)[FB_EXPRESSION_COUNT] = calloc((size_t)faces->n, sizeof *p);
    if (!p)
        return fb_fail_nomem("answers", (size_t)faces->n * sizeof *p);
    int status = app_lab_predict(classifier, faces, p, &result->ms_per_face);
    if (status == FB_OK)
        status = nn_evaluate((const float(*)[FB_EXPRESSION_COUNT])p, faces->label, faces->n,
                             &result->metrics);
    free(p);
    return status;
}

static int print_json(const char *model, const struct result *result)
{
    cJSON *object = cJSON_CreateObject();
    if (!object)
        return fb_fail_nomem("JSON", sizeof *object);
    cJSON_AddStringToObject(object, "model", model);
    cJSON_AddStringToObject(object, "data", result->data);
    cJSON_AddStringToObject(object, "split", result->split);
    cJSON_AddStringToObject(object, "protocol", result->protocol);
    int status = nn_metrics_to_json(&result->metrics, object);
    if (status < 0) {
        cJSON_Delete(object);
        return status;
    }
    app_json_add_rounded(object, "ms_per_face", result->ms_per_face, 4);
    return app_json_print_line(&object);
}

static void print_confusion(const struct nn_metrics *metrics)
{
    printf("\nrows: label; columns: answer\n%-10s", "");
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        printf(" %9s", fb_expression_name(c));
    for (int label = 0; label < FB_EXPRESSION_COUNT; label++) {
        printf("\n%-10s", fb_expression_name(label));
        for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
            printf(" %9d", metrics->confusion[label][c]);
    }
    puts("");
}

static void print_text(const char *model, const struct result *result)
{
    const struct nn_metrics *m = &result->metrics;
    printf("%s on %s (%s, %s)\n", model, result->data, result->split, result->protocol);
    printf("accuracy %.4f (95 %% interval %.4f to %.4f), n = %d\nmacro-F1 %.4f   ECE %.4f   NLL %.4f   "
           "binary accuracy %.4f   %.3f ms a face\n", m->accuracy, m->ci_low, m->ci_high, m->n,
           m->macro_f1, m->ece, m->nll, m->binary_accuracy, result->ms_per_face);
    printf("\n%-10s %6s %9s %9s %9s\n", "", "n", "recall", "precision", "F1");
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++) {
        const struct nn_class_metrics *class = &m->per_class[c];
        printf("%-10s %6d %9.3f %9.3f %9.3f\n", fb_expression_name(c), class->n, class->recall,
               class->precision, class->f1);
    }
    print_confusion(m);
}

static int evaluate(const struct options *options, struct fb_pool *pool)
{
    struct nn_classifier *classifier = NULL;
    struct app_lab_faces faces = {0};
    struct result result = {0};
    int status = nn_classifier_create(options->model, APP_LAB_BATCH, pool, &classifier);
    if (status == FB_OK)
        status = read_faces(options, nn_classifier_info(classifier)->side, pool, &faces, &result);
    if (status == FB_OK)
        status = measure(classifier, &faces, &result);
    if (status == FB_OK && options->is_json)
        status = print_json(options->model, &result);
    else if (status == FB_OK)
        print_text(options->model, &result);
    app_lab_faces_finish(&faces);
    nn_classifier_destroy(&classifier);
    return status;
}

int app_cmd_evaluate(int argc, char **argv)
{
    struct options options = {.model = app_default_model(), .split_name = "valid",
                              .protocol_name = "majority", .n_threads = 1};
    const struct app_arg args[] = {
        {"model", APP_ARG_TEXT, &options.model, 0, 0, "FILE", "the model (the shipped one)", 0},
        {"data", APP_ARG_TEXT, &options.folder, 0, 0, "DIR", "FER+ folder", 0},
        {"split", APP_ARG_TEXT, &options.split_name, 0, 0, "NAME", "train, valid or test (valid)", 0},
        {"protocol", APP_ARG_TEXT, &options.protocol_name, 0, 0, "NAME",
         "majority or plurality (majority)", 0},
        {"manifest", APP_ARG_TEXT, &options.manifest, 0, 0, "FILE.csv",
         "instead of --data: path,label of face crops", 0},
        {"detect", APP_ARG_FLAG, &options.is_detecting, 0, 0, NULL,
         "look for the largest face in each picture of the manifest", 0},
        {"threads", APP_ARG_INT, &options.n_threads, 1, 256, "N", "threads (1)", 0},
        {"json", APP_ARG_FLAG, &options.is_json, 0, 0, NULL, "one JSON object", 0},
    };
    struct app_arguments rest;
    struct fb_pool *pool = NULL;
    int status = app_args_parse(argc, argv, "evaluate --model FILE (--data DIR | --manifest FILE.csv)",
                                "Accuracy with its interval, macro-F1, calibration, confusion.", args,
                                COUNT(args), &rest);
    if (status < 0 || rest.is_help)
        return status;
    if ((status = app_args_none(&rest, "evaluate")) < 0 || (status = check_options(&options)) < 0 ||
        (status = fb_pool_create(options.n_threads, &pool)) < 0)
        return status;
    status = evaluate(&options, pool);
    fb_pool_destroy(&pool);
    return status;
}
