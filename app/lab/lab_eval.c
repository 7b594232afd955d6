/* See lab_eval.h. */
#include "lab_eval.h"

#include "cli.h"
#include "nn/disturb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct app_lab_source app_lab_default_source(void)
{
    return (struct app_lab_source){.split_name = "valid", .protocol_name = "majority", .n_threads = 1};
}

void app_lab_source_args(struct app_lab_source *source, struct app_arg args[APP_LAB_SOURCE_ARGS])
{
    const struct app_arg rows[APP_LAB_SOURCE_ARGS] = {
        {"data", APP_ARG_TEXT, &source->folder, 0, 0, "DIR", "FER+ folder", 0},
        {"split", APP_ARG_TEXT, &source->split_name, 0, 0, "NAME", "train, valid or test (valid)", 0},
        {"protocol", APP_ARG_TEXT, &source->protocol_name, 0, 0, "NAME",
         "majority or plurality (majority)", 0},
        {"manifest", APP_ARG_TEXT, &source->manifest, 0, 0, "FILE.csv",
         "instead of --data: path,label of face crops", 0},
        {"detect", APP_ARG_FLAG, &source->is_detecting, 0, 0, NULL,
         "take the largest face found in each picture of the manifest", 0},
        {"flip", APP_ARG_FLAG, &source->is_flipped, 0, 0, NULL,
         "answer with the mean over each face and its mirror image, though the model does not ask for it", 0},
        {"detector", APP_ARG_TEXT, &source->detector_name, 0, 0, "KIND", "with --detect: haar, net or both (net)", 0},
        {"half", APP_ARG_FLAG, &source->has_half_weights, 0, 0, NULL,
         "with weights in half precision where the core can keep them so: what that costs in accuracy", 0},
        {"threads", APP_ARG_INT, &source->n_threads, 1, 256, "N", "threads (1)", 0},
    };
    memcpy(args, rows, sizeof rows);
}

int app_lab_source_check(const char *command, struct app_lab_source *source)
{
    source->split = nn_split_from_name(source->split_name);
    source->protocol = nn_labels_from_name(source->protocol_name);
    if (!source->folder == !source->manifest)
        return fb_fail(FB_ERR_USAGE, "%s: give --data DIR or --manifest FILE.csv, one of them", command);
    if (source->split == NN_SPLIT_NONE)
        return fb_fail(FB_ERR_USAGE, "%s: --split: '%s' is none of train, valid, test", command,
                       source->split_name);
    if (source->protocol != NN_LABELS_MAJORITY && source->protocol != NN_LABELS_PLURALITY)
        return fb_fail(FB_ERR_USAGE, "%s: --protocol: '%s' is neither majority nor plurality", command,
                       source->protocol_name);
    if (source->detector_name && !source->is_detecting)
        return fb_fail(FB_ERR_USAGE, "%s: --detector goes with --detect", command);
    source->detector = !source->is_detecting     ? APP_FIND_NONE
                       : source->detector_name ? app_find_from_name(source->detector_name)
                                               : APP_FIND_DEFAULT;
    if (source->is_detecting && source->detector == APP_FIND_NONE)
        return fb_fail(FB_ERR_USAGE, "%s: --detector: '%s' is none of haar, net, both", command, source->detector_name);
    if (source->is_detecting && !source->manifest)
        return fb_fail(FB_ERR_USAGE, "%s: --detect is for the pictures of a --manifest; FER+'s are crops",
                       command);
    return FB_OK;
}

static int read_faces(const struct app_lab_source *source, const struct nn_classifier_info *model,
                      struct fb_pool *pool, struct app_lab_faces *faces, struct app_lab_result *result)
{
    if (source->manifest) {
        result->data = source->manifest;
        result->split = "manifest";
        result->protocol = source->is_detecting ? "labels, largest face found" : "labels";
        return app_lab_faces_from_manifest(source->manifest, source->detector, model->crop_factor,
                                           model->side, faces);
    }
    result->data = source->folder;
    result->split = source->split_name;
    result->protocol = source->protocol_name;
    return app_lab_faces_from_data(source->folder, source->split, source->protocol, model->side, pool,
                                   faces);
}

static int answer(const float p[FB_EXPRESSION_COUNT])
{
    int best = 0;
    for (int i = 1; i < FB_EXPRESSION_COUNT; i++)
        best = p[i] > p[best] ? i : best;
    return p[best] > 0.0f ? best : -1;
}

static void disturb_all(int kind, const struct app_lab_faces *faces, uint8_t *to)
{
    size_t n_px = (size_t)(faces->side * faces->side);
    for (int i = 0; i < faces->n; i++)
        nn_disturb(kind, i, faces->crops + (size_t)i * n_px, faces->side, to + (size_t)i * n_px);
}

static int measure_disturbed(struct nn_classifier *classifier, const struct app_lab_faces *faces,
                             struct app_lab_result *result)
{
    float (*p)[FB_EXPRESSION_COUNT] = calloc((size_t)faces->n, sizeof *p);
    struct app_lab_faces disturbed = *faces;
    size_t n_bytes = (size_t)faces->n * (size_t)(faces->side * faces->side);
    int n_kinds = nn_disturb_count(), status = FB_OK;
    disturbed.crops = malloc(n_bytes);
    if (!disturbed.crops || !p)
        status = fb_fail_nomem("disturbed faces", n_bytes);
    for (int kind = 0; status == FB_OK && kind < n_kinds && kind < APP_LAB_MAX_DISTURBANCES; kind++) {
        int n_correct = 0;
        disturb_all(kind, faces, disturbed.crops);
        status = app_lab_predict(classifier, &disturbed, p, NULL);
        for (int i = 0; i < faces->n; i++)
            n_correct += answer(p[i]) == faces->label[i];
        result->disturbed[kind] = (double)n_correct / faces->n;
        result->n_disturbances = kind + 1;
    }
    free(disturbed.crops);
    free(p);
    return status;
}

static int measure(struct nn_classifier *classifier, const struct app_lab_faces *faces,
                   bool with_disturbances, struct app_lab_result *result)
{
    float (*p)[FB_EXPRESSION_COUNT] = result->p = calloc((size_t)faces->n, sizeof *p);
    result->is_correct = calloc((size_t)faces->n, 1);
    result->n_faces = faces->n;
    int status = p && result->is_correct ? FB_OK : fb_fail_nomem("answers", (size_t)faces->n * sizeof *p);
    if (status == FB_OK)
        status = app_lab_predict(classifier, faces, p, &result->ms_per_face);
    if (status == FB_OK)
        status = nn_evaluate((const float(*)[FB_EXPRESSION_COUNT])p, faces->label, faces->n,
                             &result->metrics);
    if (status == FB_OK)
        status = nn_confidence_measure((const float(*)[FB_EXPRESSION_COUNT])p, faces->label, faces->n,
                                       &result->confidence);
    for (int i = 0; status == FB_OK && i < faces->n; i++)
        result->is_correct[i] = answer(p[i]) == faces->label[i];
    return status == FB_OK && with_disturbances ? measure_disturbed(classifier, faces, result) : status;
}

int app_lab_evaluate(const char *model, const struct app_lab_source *source, bool with_disturbances,
                     struct fb_pool *pool, struct app_lab_result *out)
{
    struct nn_classifier *classifier = NULL;
    *out = (struct app_lab_result){.model = model};
    struct nn_classifier_settings settings = {.flip = source->is_flipped ? NN_FLIP_ALWAYS : NN_FLIP_AS_MODEL,
                                              .weights = source->has_half_weights ? NN_WEIGHTS_HALF : NN_WEIGHTS_WHOLE};
    int status = nn_classifier_create_with(model, APP_LAB_BATCH, &settings, pool, &classifier);
    if (status == FB_OK) {
        const struct nn_classifier_info *info = nn_classifier_info(classifier);
        memcpy(out->name, info->name, sizeof out->name);
        out->is_flipped = info->is_flipped;
        status = read_faces(source, info, pool, &out->faces, out);
    }
    if (status == FB_OK)
        status = measure(classifier, &out->faces, with_disturbances, out);
    nn_classifier_destroy(&classifier);
    return status;
}

void app_lab_result_finish(struct app_lab_result *result)
{
    free(result->is_correct);
    free(result->p);
    result->is_correct = NULL;
    result->p = NULL;
    app_lab_faces_finish(&result->faces);
}

static bool add_disturbances(const struct app_lab_result *result, cJSON *object)
{
    if (!result->n_disturbances)
        return true;
    cJSON *rows = cJSON_AddObjectToObject(object, "robustness");
    for (int i = 0; rows && i < result->n_disturbances; i++)
        app_json_add_rounded(rows, nn_disturb_name(i), result->disturbed[i], 4);
    return rows;
}

/* [[share of the faces, threshold, accuracy] ...], the surest first */
static bool add_coverage(const struct app_lab_result *result, cJSON *object)
{
    cJSON *rows = cJSON_AddArrayToObject(object, "coverage");
    bool is_ok = rows;
    for (int i = 0; is_ok && i < NN_COVERAGE_STEPS; i++) {
        const struct nn_coverage *c = &result->confidence.coverage[i];
        cJSON *row = cJSON_CreateObject();
        is_ok = row && cJSON_AddItemToArray(rows, row);
        if (is_ok) {
            app_json_add_rounded(row, "share", c->share, 2);
            app_json_add_rounded(row, "threshold", c->threshold, 4);
            app_json_add_rounded(row, "accuracy", c->accuracy, 4);
        }
    }
    return is_ok;
}

cJSON *app_lab_result_json(const struct app_lab_result *result)
{
    cJSON *object = cJSON_CreateObject();
    if (object && cJSON_AddStringToObject(object, "model", result->model) &&
        cJSON_AddStringToObject(object, "data", result->data) &&
        cJSON_AddStringToObject(object, "split", result->split) &&
        cJSON_AddStringToObject(object, "protocol", result->protocol) &&
        nn_metrics_to_json(&result->metrics, object) == FB_OK && cJSON_AddBoolToObject(object, "flip", result->is_flipped) &&
        add_coverage(result, object) && add_disturbances(result, object)) {
        app_json_add_rounded(object, "ms_per_face", result->ms_per_face, 4);
        return object;
    }
    cJSON_Delete(object);
    return NULL;
}

double app_lab_mcnemar(const struct app_lab_result *a, const struct app_lab_result *b)
{
    int only_a = 0, only_b = 0;
    for (int i = 0; i < a->n_faces && i < b->n_faces; i++) {
        only_a += a->is_correct[i] && !b->is_correct[i];
        only_b += !a->is_correct[i] && b->is_correct[i];
    }
    int n = only_a + only_b, least = only_a < only_b ? only_a : only_b;
    double tail = 0.0; /* of the binomial distribution with p = 1/2 */
    for (int k = 0; k <= least; k++)
        tail += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) - n * M_LN2);
    return fmin(2.0 * tail, 1.0);
}
