/* feltlab compare: several models on the same faces, one table. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_eval.h"

#include <stdio.h>
#include <stdlib.h>

#define N_OWN_ARGS 2

static int print_json(const struct app_lab_result *results, int n)
{
    cJSON *object = cJSON_CreateObject(), *models = cJSON_AddArrayToObject(object, "models");
    for (int i = 0; models && i < n; i++) {
        cJSON *row = app_lab_result_json(&results[i]);
        if (!row || !cJSON_AddItemToArray(models, row)) {
            cJSON_Delete(object);
            return fb_fail(FB_ERR_NOMEM, "no memory for the comparison as JSON");
        }
        if (i)
            app_json_add_rounded(row, "p_same_as_first", app_lab_mcnemar(&results[0], &results[i]), 4);
    }
    return app_json_print_line(&object);
}

static void print_text(const struct app_lab_result *results, int n)
{
    printf("%s (%s, %s), n = %d\n\n%-30s %8s  %-17s %8s %7s %7s %8s  %s\n", results->data,
           results->split, results->protocol, results->metrics.n, "model", "accuracy", "95 % interval",
           "macro-F1", "ECE", "NLL", "ms/face", "p (same as first)");
    for (int i = 0; i < n; i++) {
        const struct nn_metrics *m = &results[i].metrics;
        printf("%-30s %8.4f  %.4f to %.4f %9.4f %7.4f %7.4f %8.3f", results[i].model, m->accuracy,
               m->ci_low, m->ci_high, m->macro_f1, m->ece, m->nll, results[i].ms_per_face);
        if (i)
            printf("  %.4f", app_lab_mcnemar(&results[0], &results[i]));
        puts("");
    }
}

static int compare(char **models, int n, const struct app_lab_source *source, const char *page,
                   bool is_json, struct fb_pool *pool)
{
    int status = FB_OK, n_done = 0;
    struct app_lab_result *results = calloc((size_t)n, sizeof *results);
    if (!results)
        return fb_fail_nomem("results", (size_t)n * sizeof *results);
    for (; status == FB_OK && n_done < n; n_done++)
        status = app_lab_evaluate(models[n_done], source, false, pool, &results[n_done]);
    if (status == FB_OK && page)
        status = app_lab_write_page(page, results, n);
    if (status == FB_OK && is_json)
        status = print_json(results, n);
    else if (status == FB_OK)
        print_text(results, n);
    for (int i = 0; i < n_done; i++)
        app_lab_result_finish(&results[i]);
    free(results);
    return status;
}

int app_cmd_compare(int argc, char **argv)
{
    struct app_lab_source source = app_lab_default_source();
    const char *page = NULL;
    bool is_json = false;
    struct app_arg args[N_OWN_ARGS + APP_LAB_SOURCE_ARGS] = {
        {"out", APP_ARG_TEXT, &page, 0, 0, "FILE.html", "also as a page", 'o'},
        {"json", APP_ARG_FLAG, &is_json, 0, 0, NULL, "one JSON object", 0},
    };
    struct app_arguments rest;
    struct fb_pool *pool = NULL;
    app_lab_source_args(&source, args + N_OWN_ARGS);
    int status = app_args_parse(argc, argv, "compare MODEL... (--data DIR | --manifest FILE.csv)",
                                "Several models on the same faces. p: McNemar's exact test.", args,
                                N_OWN_ARGS + APP_LAB_SOURCE_ARGS, &rest);
    if (status < 0 || rest.is_help)
        return status;
    if (rest.n < 1)
        return fb_fail(FB_ERR_USAGE, "compare: no model given; see 'feltlab compare --help'");
    if ((status = app_lab_source_check("compare", &source)) < 0 ||
        (status = fb_pool_create(source.n_threads, &pool)) < 0)
        return status;
    status = compare(rest.texts, rest.n, &source, page, is_json, pool);
    fb_pool_destroy(&pool);
    return status;
}
