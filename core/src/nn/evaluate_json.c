/* nn_metrics as JSON; numbers are cut to what n supports, so that files are easy to read and compare. */
#include "nn/evaluate.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

#define K FB_EXPRESSION_COUNT

static cJSON *rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return cJSON_CreateRaw(text);
}

static bool add(cJSON *object, const char *name, double value)
{
    return cJSON_AddItemToObject(object, name, rounded(value));
}

static bool add_classes(const struct nn_metrics *metrics, cJSON *object)
{
    cJSON *classes = cJSON_AddObjectToObject(object, "per_class");
    bool is_ok = classes;
    for (int c = 0; is_ok && c < K; c++) {
        cJSON *class = cJSON_AddObjectToObject(classes, fb_expression_name(c));
        is_ok = class && cJSON_AddNumberToObject(class, "n", metrics->per_class[c].n) &&
                add(class, "recall", metrics->per_class[c].recall) &&
                add(class, "precision", metrics->per_class[c].precision) &&
                add(class, "f1", metrics->per_class[c].f1);
    }
    return is_ok;
}

static bool add_confusion(const struct nn_metrics *metrics, cJSON *object)
{
    cJSON *rows = cJSON_AddArrayToObject(object, "confusion");
    bool is_ok = rows;
    for (int c = 0; is_ok && c < K; c++) {
        cJSON *row = cJSON_CreateIntArray(metrics->confusion[c], K);
        is_ok = row && cJSON_AddItemToArray(rows, row);
    }
    return is_ok;
}

static bool add_interval(const struct nn_metrics *metrics, cJSON *object)
{
    cJSON *interval = cJSON_AddArrayToObject(object, "accuracy_ci95");
    return interval && cJSON_AddItemToArray(interval, rounded(metrics->ci_low)) &&
           cJSON_AddItemToArray(interval, rounded(metrics->ci_high));
}

int nn_metrics_to_json(const struct nn_metrics *metrics, cJSON *object)
{
    bool is_ok = cJSON_AddNumberToObject(object, "n", metrics->n) &&
                 add(object, "accuracy", metrics->accuracy) && add_interval(metrics, object) &&
                 add(object, "macro_f1", metrics->macro_f1) && add(object, "ece", metrics->ece) &&
                 add(object, "nll", metrics->nll) &&
                 add(object, "binary_accuracy", metrics->binary_accuracy) &&
                 add_classes(metrics, object) && add_confusion(metrics, object);
    if (is_ok && metrics->n_missed)
        is_ok = cJSON_AddNumberToObject(object, "missed", metrics->n_missed);
    return is_ok ? FB_OK : fb_fail(FB_ERR_NOMEM, "no memory for the metrics as JSON");
}

int nn_metrics_to_text(const struct nn_metrics *metrics, char *text, size_t n_bytes)
{
    cJSON *json = cJSON_CreateObject();
    int status = json ? nn_metrics_to_json(metrics, json) : fb_fail_nomem("metrics", sizeof *metrics);
    if (!status && !cJSON_PrintPreallocated(json, text, (int)n_bytes, false))
        status = fb_fail(FB_ERR_FAILED, "the metrics do not fit into %zu bytes", n_bytes);
    cJSON_Delete(json);
    return status;
}
