/* feltlab model: which model the programs ship, and what its file says about it. */
#include "feltlab.h"

#include "json.h"
#include "lab/lab_args.h"
#include "nn/model.h"
#include "paths.h"

#include <stdio.h>
#include <string.h>

/* models/NAME.safetensors -> models/NAME.md */
static void card_of(const char *model, char *card, size_t n_bytes)
{
    const char *dot = strrchr(model, '.'), *slash = strrchr(model, '/');
    int stem = dot && (!slash || dot > slash) ? (int)(dot - model) : (int)strlen(model);
    snprintf(card, n_bytes, "%.*s.md", stem, model);
}

static int print_json(const char *path, const char *card, const struct nn_model_info *info)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *metrics = info->metrics[0] ? cJSON_Parse(info->metrics) : NULL;
    cJSON_AddStringToObject(object, "path", path);
    cJSON_AddStringToObject(object, "card", card);
    cJSON_AddStringToObject(object, "name", info->name);
    cJSON_AddStringToObject(object, "preprocess", nn_preprocess_name(info->preprocess));
    app_json_add_rounded(object, "crop_factor", info->crop_factor, 4);
    cJSON_AddBoolToObject(object, "flip", info->is_flipped);
    app_json_add_rounded(object, "temperature", info->temperature, 4);
    cJSON_AddStringToObject(object, "data", info->data);
    cJSON_AddStringToObject(object, "recipe", info->recipe);
    cJSON_AddNumberToObject(object, "seed", (double)info->seed);
    cJSON_AddNumberToObject(object, "epochs", info->epochs);
    app_json_add_rounded(object, "accuracy", info->accuracy, 4);
    cJSON_AddNumberToObject(object, "n", info->n_accuracy);
    cJSON_AddStringToObject(object, "accuracy_of", info->accuracy_of);
    cJSON_AddItemToObject(object, "metrics", metrics ? metrics : cJSON_CreateNull());
    return app_json_print_line(&object);
}

static void print_text(const char *path, const char *card, const struct nn_model_info *info)
{
    printf("model        %s\ncard         %s\nname         %s\npreprocess   %s, crop factor %.3g, "
           "temperature %.3g%s\ndata         %s\nrecipe       %s\nseed         %llu, %d epochs\n",
           path, card, info->name, nn_preprocess_name(info->preprocess), info->crop_factor,
           info->temperature, info->is_flipped ? ", mirror images" : "", info->data, info->recipe, (unsigned long long)info->seed, info->epochs);
    if (info->n_accuracy)
        printf("accuracy     %.4f on %s, n = %d\n", info->accuracy, info->accuracy_of, info->n_accuracy);
    if (info->metrics[0])
        printf("metrics      %s\n", info->metrics);
}

int app_cmd_model(int argc, char **argv)
{
    bool is_default = false, is_json = false;
    const char *path = NULL;
    const struct app_arg args[] = {
        {"default", APP_ARG_FLAG, &is_default, 0, 0, NULL, "the shipped one (also without this)", 0},
        {"model", APP_ARG_TEXT, &path, 0, 0, "FILE", "another model's file", 0},
        {"json", APP_ARG_FLAG, &is_json, 0, 0, NULL, "one JSON object", 0},
    };
    bool is_help;
    int status = app_args_only(argc, argv, "model [--default | --model FILE] [--json]",
                               "A model's path, card and metrics, as its file tells them.", args,
                               APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if (is_default && path)
        return fb_fail(FB_ERR_USAGE, "model: give --default or --model, not both");
    path = path ? path : app_default_model();
    struct nn_model *model = NULL;
    if ((status = nn_model_load(path, &model)) < 0)
        return status;
    char card[4200];
    card_of(path, card, sizeof card);
    if (is_json)
        status = print_json(path, card, &model->info);
    else
        print_text(path, card, &model->info);
    nn_model_destroy(&model);
    return status;
}
