/* See nn/model.h. */
#include "model_texts.h"

#include "base/expression.h"
#include "nn/detector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TORCH_NAME_BYTES = NN_NAME_BYTES + 32 };

static const char FORMAT[] = "feltboard-model-1";
static const char *const labels[] = {NULL, "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt", "face"};
static const char *const kinds[] = {NULL, "a classifier of expressions", "a face detector"};
_Static_assert(sizeof labels / sizeof *labels == NN_MODEL_KIND_COUNT, "labels of each kind");
_Static_assert(sizeof kinds / sizeof *kinds == NN_MODEL_KIND_COUNT, "a name of each kind");

struct nn_model_info nn_model_default_info(void)
{
    return (struct nn_model_info){.kind = NN_MODEL_CLASSIFIER, .preprocess = NN_PREPROCESS_FIXED, .crop_factor = 1,
                                  .temperature = 1, .threshold = 0.5};
}

static const char *number_text(char *text, double value)
{
    snprintf(text, NN_NUMBER_BYTES, "%.17g", value);
    return text;
}

void nn_model_info_to_texts(const struct nn_net *net, const struct nn_model_info *info,
                            struct nn_model_texts *texts)
{
    snprintf(texts->numbers[0], NN_NUMBER_BYTES, "%llu", (unsigned long long)info->seed);
    snprintf(texts->numbers[1], NN_NUMBER_BYTES, "%d", info->epochs);
    snprintf(texts->numbers[2], NN_NUMBER_BYTES, "%d", info->n_accuracy);
    const struct nn_file_text all[] = {
        {"format", FORMAT},
        {"name", info->name},
        {"net", nn_net_text(net)},
        {"labels", labels[info->kind]},
        {"preprocess", nn_preprocess_name(info->preprocess)},
        {"crop_factor", number_text(texts->numbers[3], info->crop_factor)},
        {"flip", info->is_flipped ? "1" : "0"},
        {"temperature", number_text(texts->numbers[4], info->temperature)},
        {"threshold", number_text(texts->numbers[6], info->threshold)},
        {"data", info->data},
        {"recipe", info->recipe},
        {"seed", texts->numbers[0]},
        {"epochs", texts->numbers[1]},
        {"accuracy", number_text(texts->numbers[5], info->accuracy)},
        {"n_accuracy", texts->numbers[2]},
        {"accuracy_of", info->accuracy_of},
        {"metrics", info->metrics},
    };
    _Static_assert(sizeof all == sizeof texts->texts, "as many texts as there is room for");
    memcpy(texts->texts, all, sizeof all);
}

int nn_text_number(const struct nn_safetensors *file, const char *key, double min, double max, double *out)
{
    const char *text = nn_safetensors_text(file, key);
    if (!text)
        return FB_OK;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= min && value <= max))
        return fb_fail(FB_ERR_INPUT, "__metadata__ %s \"%.32s\" is not a number in %g..%g", key, text, min,
                       max);
    *out = value;
    return FB_OK;
}

int nn_text_uint64(const struct nn_safetensors *file, const char *key, uint64_t *out)
{
    const char *text = nn_safetensors_text(file, key);
    if (!text)
        return FB_OK;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end || errno || *text == '-')
        return fb_fail(FB_ERR_INPUT, "__metadata__ %s \"%.32s\" is not a whole number", key, text);
    *out = value;
    return FB_OK;
}

static int copy_text(const struct nn_safetensors *file, const char *key, char *to, size_t n_bytes)
{
    const char *text = nn_safetensors_text(file, key);
    if (text && strlen(text) >= n_bytes)
        return fb_fail(FB_ERR_INPUT, "__metadata__ %s is longer than %zu bytes", key, n_bytes - 1);
    strcpy(to, text ? text : "");
    return FB_OK;
}

static int read_preprocess(const struct nn_safetensors *file, struct nn_model_info *info)
{
    const char *name = nn_safetensors_text(file, "preprocess");
    return name ? nn_preprocess_from_name(name, &info->preprocess) : FB_OK;
}

static int read_numbers(const struct nn_safetensors *file, struct nn_model_info *info)
{
    double epochs = 0, n_accuracy = 0, flip = 0;
    int status = nn_text_number(file, "crop_factor", 0.5, 3, &info->crop_factor);
    if (!status)
        status = nn_text_number(file, "flip", 0, 1, &flip);
    if (!status)
        status = nn_text_number(file, "temperature", 0.05, 20, &info->temperature);
    if (!status)
        status = nn_text_number(file, "threshold", 1e-4, 0.9999, &info->threshold);
    if (!status)
        status = nn_text_number(file, "accuracy", 0, 1, &info->accuracy);
    if (!status)
        status = nn_text_number(file, "n_accuracy", 0, 1e9, &n_accuracy);
    if (!status)
        status = nn_text_number(file, "epochs", 0, 1e9, &epochs);
    if (!status)
        status = nn_text_uint64(file, "seed", &info->seed);
    info->is_flipped = flip > 0;
    info->epochs = (int)epochs;
    info->n_accuracy = (int)n_accuracy;
    return status;
}

static int read_texts(const struct nn_safetensors *file, struct nn_model_info *info)
{
    const struct {
        const char *key;
        char *to;
        size_t n_bytes;
    } texts[] = {
        {"name", info->name, sizeof info->name},
        {"data", info->data, sizeof info->data},
        {"recipe", info->recipe, sizeof info->recipe},
        {"accuracy_of", info->accuracy_of, sizeof info->accuracy_of},
        {"metrics", info->metrics, sizeof info->metrics},
    };
    int status = FB_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !status; i++)
        status = copy_text(file, texts[i].key, texts[i].to, texts[i].n_bytes);
    return status;
}

int nn_model_info_from_file(const struct nn_safetensors *file, struct nn_model_info *info)
{
    *info = nn_model_default_info();
    const char *format = nn_safetensors_text(file, "format");
    const char *written = nn_safetensors_text(file, "labels");
    if (!format || strcmp(format, FORMAT))
        return fb_fail(FB_ERR_INPUT, "not a Feltboard model: __metadata__ format is \"%.32s\", expected "
                                     "\"%s\"", format ? format : "", FORMAT);
    info->kind = written && !strcmp(written, labels[NN_MODEL_DETECTOR]) ? NN_MODEL_DETECTOR : NN_MODEL_CLASSIFIER;
    if (!written || strcmp(written, labels[info->kind]))
        return fb_fail(FB_ERR_INPUT, "its labels are \"%.128s\", expected \"%s\"", written ? written : "",
                       labels[info->kind]);
    int status = read_preprocess(file, info);
    if (!status)
        status = read_numbers(file, info);
    return status ? status : read_texts(file, info);
}

int nn_model_net_from_file(const struct nn_safetensors *file, struct nn_net **net)
{
    *net = NULL;
    const char *text = nn_safetensors_text(file, "net");
    if (!text)
        return fb_fail(FB_ERR_INPUT, "not a Feltboard model: __metadata__ has no net");
    return nn_net_parse(text, "net", net);
}

static bool fits(const struct nn_file_tensor *tensor, const struct nn_param *param)
{
    if (tensor->n_dims != param->n_dims)
        return false;
    for (int i = 0; i < param->n_dims; i++)
        if (tensor->shape[i] != param->shape[i])
            return false;
    return true;
}

/* A negative variance would be the root of a negative number later on. */
static int check_values(const struct nn_param *param)
{
    const char *dot = strrchr(param->name, '.');
    if (strcmp(dot, ".variance"))
        return FB_OK;
    for (size_t i = 0; i < param->n; i++)
        if (param->value[i] < 0)
            return fb_fail(FB_ERR_INPUT, "tensor \"%s\" has a negative variance at %zu", param->name, i);
    return FB_OK;
}

/* "layer1_0_bn1.scale" -> "layer1.0.bn1.weight" */
static void torch_name(const struct nn_param *param, char name[TORCH_NAME_BYTES])
{
    static const char *const suffixes[][2] = {
        {".scale", ".weight"}, {".shift", ".bias"}, {".mean", ".running_mean"}, {".variance", ".running_var"}};
    const char *suffix = strrchr(param->name, '.'), *to = suffix;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (!strcmp(suffix, suffixes[i][0]))
            to = suffixes[i][1];
    snprintf(name, TORCH_NAME_BYTES, "%.*s%s", (int)(suffix - param->name), param->name, to);
    for (char *c = name; *c && *c != '.'; c++)
        *c = *c == '_' ? '.' : *c;
}

static const struct nn_file_tensor *find_tensor(const struct nn_safetensors *file, const struct nn_param *param,
                                                bool is_transfer)
{
    const struct nn_file_tensor *tensor = nn_safetensors_find(file, param->name);
    char name[TORCH_NAME_BYTES];
    if (tensor || !is_transfer)
        return tensor;
    torch_name(param, name);
    return nn_safetensors_find(file, name);
}

int nn_model_load_params(const struct nn_safetensors *file, struct nn_net *net, int *n_loaded)
{
    int n = 0, status = FB_OK;
    for (int i = 0; i < nn_net_n_params(net) && !status; i++) {
        const struct nn_param *param = nn_net_param(net, i);
        const struct nn_file_tensor *tensor = find_tensor(file, param, n_loaded != NULL);
        if (tensor && fits(tensor, param)) {
            memcpy(param->value, tensor->data, param->n * sizeof(float));
            n++;
            status = check_values(param);
        } else if (!n_loaded) {
            status = fb_fail(FB_ERR_INPUT, tensor ? "tensor \"%s\" has another shape than its net says"
                                                  : "tensor \"%s\" is missing", param->name);
        }
    }
    if (n_loaded)
        *n_loaded = n;
    return status;
}

static int check_net(const struct nn_net *net)
{
    struct nn_shape input = nn_net_input(net);
    if (input.c != 1 || input.h != input.w)
        return fb_fail(FB_ERR_INPUT, "its net takes %dx%dx%d, expected a grey square", input.c, input.h,
                       input.w);
    if (nn_shape_image_size(nn_net_output(net)) != FB_EXPRESSION_COUNT)
        return fb_fail(FB_ERR_INPUT, "its net has %zu outputs, expected %d",
                       nn_shape_image_size(nn_net_output(net)), FB_EXPRESSION_COUNT);
    return FB_OK;
}

static int load_from(const struct nn_safetensors *file, enum nn_model_kind kind, struct nn_model *model)
{
    int status = nn_model_info_from_file(file, &model->info);
    if (!status && model->info.kind != kind)
        status = fb_fail(FB_ERR_INPUT, "is %s, expected %s", kinds[model->info.kind], kinds[kind]);
    if (!status)
        status = nn_model_net_from_file(file, &model->net);
    if (!status)
        status = kind == NN_MODEL_DETECTOR ? nn_detector_check_net(model->net) : check_net(model->net);
    return status ? status : nn_model_load_params(file, model->net, NULL);
}

int nn_model_load(const char *path, struct nn_model **out)
{
    return nn_model_load_kind(path, NN_MODEL_CLASSIFIER, out);
}

int nn_model_load_kind(const char *path, enum nn_model_kind kind, struct nn_model **out)
{
    struct nn_safetensors *file;
    *out = NULL;
    int status = nn_safetensors_read(path, &file);
    if (status)
        return status;
    struct nn_model *model = *out = calloc(1, sizeof *model);
    status = model ? load_from(file, kind, model) : fb_fail_nomem("a model", sizeof *model);
    nn_safetensors_destroy(&file);
    if (!status)
        return FB_OK;
    nn_model_destroy(out);
    return fb_fail_context(status, "%s", path);
}

void nn_model_destroy(struct nn_model **model)
{
    if (!*model)
        return;
    nn_net_destroy(&(*model)->net);
    free(*model);
    *model = NULL;
}

struct nn_file_tensor nn_param_tensor(const struct nn_param *param, const char *name, const float *values)
{
    struct nn_file_tensor tensor = {.name = name, .n_dims = param->n_dims, .n = param->n,
                                    .data = values + param->offset};
    for (int i = 0; i < param->n_dims; i++)
        tensor.shape[i] = param->shape[i];
    return tensor;
}

int nn_model_save(const char *path, const struct nn_net *net, const struct nn_model_info *info)
{
    int n = nn_net_n_params(net);
    struct nn_model_texts texts;
    nn_model_info_to_texts(net, info, &texts);
    struct nn_file_tensor *tensors = calloc((size_t)n + 1, sizeof *tensors);
    if (!tensors)
        return fb_fail_nomem("a model's tensor list", (size_t)n * sizeof *tensors);
    for (int i = 0; i < n; i++)
        tensors[i] = nn_param_tensor(nn_net_param(net, i), nn_net_param(net, i)->name,
                                     nn_net_values(net));
    int status = nn_safetensors_write(path, tensors, n, texts.texts, NN_MODEL_N_TEXTS);
    free(tensors);
    return status;
}
