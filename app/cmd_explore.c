/* feltlab explore: what a data set holds, as a table or a page. */
#include "feltlab.h"

#include "cli.h"
#include "json.h"
#include "lab/lab_args.h"
#include "lab/lab_data.h"
#include "lab/lab_explore.h"

#include <stdio.h>

struct options {
    const char *folder, *page;
    int n_components;
    uint64_t seed;
    bool is_json;
};

static void print_text(const struct app_explored *e)
{
    static const char *const others[] = {"unknown", "NF"};
    printf("%-6s %8s %8s %10s %9s %10s %13s\n", "split", "rows", "read", "plurality", "majority", "duplicates", "vote entropy");
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        const struct app_explored_split *s = &e->splits[i];
        printf("%-6s %8d %8d %10d %9d %10d %8.2f bits\n", nn_split_name((enum nn_split)i), e->data->report.splits[i].n_rows, s->n,
               s->n_plurality, s->n_majority, s->n_duplicates, s->mean_entropy);
    }
    printf("\nas voted / after cleaning (majority)\n%-10s", "");
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        printf(" %16s", nn_split_name((enum nn_split)i));
    puts("");
    for (int c = 0; c < NN_VOTE_COUNT; c++) {
        printf("%-10s", c < FB_EXPRESSION_COUNT ? fb_expression_name(c) : others[c - FB_EXPRESSION_COUNT]);
        for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
            printf(" %7d / %6d", e->splits[i].n_before[c], c < FB_EXPRESSION_COUNT ? e->splits[i].n_after[c] : 0);
        puts("");
    }
}

static cJSON *split_json(const struct app_explored *e, int i)
{
    static const char *const others[] = {"unknown", "NF"};
    const struct app_explored_split *s = &e->splits[i];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "rows", e->data->report.splits[i].n_rows);
    cJSON_AddNumberToObject(object, "read", s->n);
    cJSON_AddNumberToObject(object, "plurality", s->n_plurality);
    cJSON_AddNumberToObject(object, "majority", s->n_majority);
    cJSON_AddNumberToObject(object, "duplicates", s->n_duplicates);
    app_json_add_rounded(object, "entropy_bits", s->mean_entropy, 4);
    cJSON *before = cJSON_AddObjectToObject(object, "as_voted"), *after = cJSON_AddObjectToObject(object, "after_cleaning");
    for (int c = 0; c < NN_VOTE_COUNT; c++)
        cJSON_AddNumberToObject(before, c < FB_EXPRESSION_COUNT ? fb_expression_name(c) : others[c - FB_EXPRESSION_COUNT],
                                s->n_before[c]);
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        cJSON_AddNumberToObject(after, fb_expression_name(c), s->n_after[c]);
    return object;
}

static int print_json(const struct app_explored *e)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "data", e->data->folder);
    cJSON_AddNumberToObject(object, "n", e->data->n);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        cJSON_AddItemToObject(object, nn_split_name((enum nn_split)i), split_json(e, i));
    return app_json_print_line(&object);
}

static int explore(const struct options *options, struct fb_pool *pool)
{
    struct nn_data *data = NULL;
    struct app_explored explored = {0};
    int status = app_lab_load(options->folder, NULL, pool, &data);
    if (!status) {
        int n_components = options->n_components < data->n ? options->n_components : data->n - 1;
        status = app_explore(data, n_components, options->seed, &explored);
    }
    if (!status && options->page)
        status = app_explored_write_page(&explored, options->seed, options->page);
    if (!status && options->is_json)
        status = print_json(&explored);
    else if (!status)
        print_text(&explored);
    app_explored_finish(&explored);
    nn_data_destroy(&data);
    return status;
}

int app_cmd_explore(int argc, char **argv)
{
    struct options options = {.n_components = 60, .seed = 1};
    const struct app_arg args[] = {
        {"data", APP_ARG_NEEDED, &options.folder, 0, 0, "DIR", "FER+ folder, or folders by class", 0},
        {"out", APP_ARG_TEXT, &options.page, 0, 0, "FILE.html", "also as a page, with pictures", 'o'},
        {"components", APP_ARG_INT, &options.n_components, 1, 199, "K", "principal components, for outliers and eigenfaces (60)", 0},
        {"seed", APP_ARG_SEED, &options.seed, 0, 0, "N", "of the samples shown (1)", 0},
        {"json", APP_ARG_FLAG, &options.is_json, 0, 0, NULL, "one JSON object", 0},
    };
    bool is_help;
    struct fb_pool *pool = NULL;
    int status = app_args_only(argc, argv, "explore --data DIR [-o FILE.html]",
                               "Counts, balance, agreement; on the page also samples, means, components, outliers, duplicates.",
                               args, APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if ((status = fb_pool_create(0, &pool)) < 0)
        return status;
    status = explore(&options, pool);
    fb_pool_destroy(&pool);
    return status;
}
