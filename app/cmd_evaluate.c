/* feltlab evaluate: a model's answers against FER+'s labels or a manifest's. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_eval.h"
#include "nn/disturb.h"
#include "paths.h"

#include <stdio.h>
#include <string.h>

#define N_OWN_ARGS 4

struct options {
    struct app_lab_source source;
    const char *model, *page;
    bool is_json, has_disturbances;
};

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

static void print_coverage(const struct nn_confidence *confidence)
{
    static const int shares[] = {100, 95, 90, 80, 70, 60, 50};
    printf("accuracy of the surest");
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const struct nn_coverage *c = &confidence->coverage[shares[i] / 5 - 1];
        printf("%s %d %%: %.4f (p >= %.2f)", i ? "," : "", shares[i], c->accuracy, c->threshold);
    }
    puts("");
}

static void print_text(const struct app_lab_result *result)
{
    const struct nn_metrics *m = &result->metrics;
    printf("%s on %s (%s, %s)\n", result->model, result->data, result->split, result->protocol);
    printf("accuracy %.4f (95 %% interval %.4f to %.4f), n = %d\nmacro-F1 %.4f   ECE %.4f   NLL %.4f   "
           "binary accuracy %.4f   %.3f ms a face\n", m->accuracy, m->ci_low, m->ci_high, m->n,
           m->macro_f1, m->ece, m->nll, m->binary_accuracy, result->ms_per_face);
    print_coverage(&result->confidence);
    printf("\n%-10s %6s %9s %9s %9s\n", "", "n", "recall", "precision", "F1");
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++) {
        const struct nn_class_metrics *class = &m->per_class[c];
        printf("%-10s %6d %9.3f %9.3f %9.3f\n", fb_expression_name(c), class->n, class->recall,
               class->precision, class->f1);
    }
    print_confusion(m);
    if (result->n_disturbances)
        puts("\naccuracy when the crops are disturbed");
    for (int i = 0; i < result->n_disturbances; i++)
        printf("%-22s %.4f  %+.4f\n", nn_disturb_name(i), result->disturbed[i],
               result->disturbed[i] - result->disturbed[0]);
}

static int evaluate(const struct options *options, struct fb_pool *pool)
{
    struct app_lab_result result;
    int status = app_lab_evaluate(options->model, &options->source, options->has_disturbances, pool,
                                  &result);
    if (status == FB_OK && options->page)
        status = app_lab_write_page(options->page, &result, 1);
    if (status == FB_OK && options->is_json) {
        cJSON *object = app_lab_result_json(&result);
        status = app_json_print_line(&object);
    } else if (status == FB_OK) {
        print_text(&result);
    }
    app_lab_result_finish(&result);
    return status;
}

int app_cmd_evaluate(int argc, char **argv)
{
    struct options options = {.source = app_lab_default_source(), .model = app_default_model()};
    struct app_arg args[N_OWN_ARGS + APP_LAB_SOURCE_ARGS] = {
        {"model", APP_ARG_TEXT, &options.model, 0, 0, "FILE", "the model (the shipped one)", 0},
        {"robustness", APP_ARG_FLAG, &options.has_disturbances, 0, 0, NULL,
         "also with shifted, turned, small, dark, noisy, covered crops", 0},
        {"out", APP_ARG_TEXT, &options.page, 0, 0, "FILE.html", "also as a page", 'o'},
        {"json", APP_ARG_FLAG, &options.is_json, 0, 0, NULL, "one JSON object", 0},
    };
    bool is_help;
    struct fb_pool *pool = NULL;
    app_lab_source_args(&options.source, args + N_OWN_ARGS);
    int status = app_args_only(argc, argv, "evaluate --model FILE (--data DIR | --manifest FILE.csv)",
                               "Accuracy with its interval, macro-F1, calibration, confusion.", args,
                               N_OWN_ARGS + APP_LAB_SOURCE_ARGS, &is_help);
    if (status < 0 || is_help)
        return status;
    if ((status = app_lab_source_check("evaluate", &options.source)) < 0 ||
        (status = fb_pool_create(options.source.n_threads, &pool)) < 0)
        return status;
    status = evaluate(&options, pool);
    fb_pool_destroy(&pool);
    return status;
}
