/* feltlab outliers: the pictures of a data set that its principal components explain least. */
#include "feltlab.h"

#include "cli.h"
#include "json.h"
#include "lab/lab_args.h"
#include "lab/lab_data.h"
#include "nn/outliers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *folder, *split_name;
    int n_components, n_top;
    double threshold; /* of the unexplained share; 0: the top ones */
    uint64_t seed;
    bool is_json;
};

static double explained_share(const struct nn_pca *pca)
{
    double sum = 0.0;
    for (int i = 0; i < pca->k; i++)
        sum += (double)pca->deviation[i] * (double)pca->deviation[i];
    return sum / pca->variance;
}

static const char *label_of(const struct nn_sample *sample)
{
    int label = nn_label_plurality(sample->votes);
    return label < 0 ? "none" : fb_expression_name(label);
}

static cJSON *row_json(const struct nn_data *data, const struct nn_outlier *outlier)
{
    const struct nn_sample *sample = &data->samples[outlier->index];
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "name", sample->name);
    cJSON_AddNumberToObject(row, "line", sample->line);
    cJSON_AddStringToObject(row, "split", nn_split_name((enum nn_split)sample->split));
    cJSON_AddStringToObject(row, "label", label_of(sample));
    app_json_add_rounded(row, "unexplained", (double)outlier->error, 4);
    cJSON_AddBoolToObject(row, "flat", outlier->is_flat);
    return row;
}

static int print_json(const struct options *options, const struct nn_data *data,
                      const struct nn_outlier *outliers, const struct nn_pca *pca, int n)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "data", options->folder);
    cJSON_AddNumberToObject(object, "n", data->n);
    cJSON_AddNumberToObject(object, "components", pca->k);
    app_json_add_rounded(object, "explained", explained_share(pca), 4);
    cJSON *rows = cJSON_AddArrayToObject(object, "outliers");
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(rows, row_json(data, &outliers[i]));
    return app_json_print_line(&object);
}

static void print_text(const struct nn_data *data, const struct nn_outlier *outliers,
                       const struct nn_pca *pca, int n)
{
    printf("%d components explain %.1f %% of %d pictures' variance; least explained:\n\n%-18s %7s %-6s %-10s %s\n",
           pca->k, 100.0 * explained_share(pca), data->n, "name", "line", "split", "label", "unexplained");
    for (int i = 0; i < n; i++) {
        const struct nn_sample *sample = &data->samples[outliers[i].index];
        printf("%-18s %7d %-6s %-10s ", sample->name, (int)sample->line,
               nn_split_name((enum nn_split)sample->split), label_of(sample));
        if (outliers[i].is_flat)
            puts("flat picture");
        else
            printf("%.1f %%\n", 100.0 * (double)outliers[i].error);
    }
}

/* The ranked list's beginning: so many, or those over the threshold. */
static int n_shown(const struct options *options, int n_all, const struct nn_outlier *outliers)
{
    int n = 0, n_top = options->threshold > 0 ? n_all : options->n_top;
    while (n < n_all && n < n_top &&
           (outliers[n].is_flat || (double)outliers[n].error > options->threshold))
        n++;
    return n;
}

static int find(const struct options *options, struct fb_pool *pool)
{
    struct nn_data *data = NULL;
    struct nn_outlier *outliers = NULL;
    struct nn_pca *pca = NULL;
    bool splits[NN_SPLIT_COUNT] = {false, true, true, true};
    enum nn_split split = nn_split_from_name(options->split_name);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT && split != NN_SPLIT_NONE; i++)
        splits[i] = i == (int)split;
    int status = app_lab_load(options->folder, splits, pool, &data);
    if (status == FB_OK)
        status = nn_outliers_find(data, options->n_components, options->seed, &outliers, &pca);
    int n = status == FB_OK ? n_shown(options, data->n, outliers) : 0;
    if (status == FB_OK && options->is_json)
        status = print_json(options, data, outliers, pca, n);
    else if (status == FB_OK)
        print_text(data, outliers, pca, n);
    free(outliers);
    nn_pca_destroy(&pca);
    nn_data_destroy(&data);
    return status;
}

int app_cmd_outliers(int argc, char **argv)
{
    struct options options = {.split_name = "all", .n_components = 100, .n_top = 50, .seed = 1};
    const struct app_arg args[] = {
        {"data", APP_ARG_NEEDED, &options.folder, 0, 0, "DIR", "FER+ folder", 0},
        {"split", APP_ARG_TEXT, &options.split_name, 0, 0, "NAME", "train, valid, test or all (all)", 0},
        {"components", APP_ARG_INT, &options.n_components, 1, 199, "K", "principal components (100)", 0},
        {"top", APP_ARG_INT, &options.n_top, 1, 1000000, "N", "pictures shown (50)", 0},
        {"threshold", APP_ARG_DOUBLE, &options.threshold, 0, 100, "X", "instead of --top: all with more than this share unexplained, as train --without-outliers leaves out (0)", 0},
        {"seed", APP_ARG_SEED, &options.seed, 0, 0, "N", "of the component search (1)", 0},
        {"json", APP_ARG_FLAG, &options.is_json, 0, 0, NULL, "one JSON object", 0},
    };
    bool is_help;
    struct fb_pool *pool = NULL;
    int status = app_args_only(argc, argv, "outliers --data DIR [--components K] [--top N]",
                               "Pictures unlike the rest: text, drawings, cut-off and blank ones.", args,
                               APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if (strcmp(options.split_name, "all") && nn_split_from_name(options.split_name) == NN_SPLIT_NONE)
        return fb_fail(FB_ERR_USAGE, "outliers: --split: '%s' is none of train, valid, test, all",
                       options.split_name);
    if ((status = fb_pool_create(0, &pool)) < 0)
        return status;
    status = find(&options, pool);
    fb_pool_destroy(&pool);
    return status;
}
