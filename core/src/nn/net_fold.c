/* Batch normalisation folded into the convolution or dense layer before it, for inference:
 * y = scale (W x + b - mean) / deviation + shift is a layer with weights W scale / deviation. */
#include "layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_weights(const struct nn_layer *layer)
{
    return !strcmp(layer->type->name, "conv") || !strcmp(layer->type->name, "dense") ||
           !strcmp(layer->type->name, "depthwise");
}

/* Whether layer i is a bn that goes into the layer it reads. */
static bool folds(const struct nn_net *net, int i)
{
    const struct nn_layer *layer = &net->layers[i];
    if (strcmp(layer->type->name, "bn"))
        return false;
    /* dense with a bn over more than its own channels cannot occur: its output is (K, 1, 1) */
    return has_weights(&net->layers[layer->inputs[0]]) && nn_net_n_readers(net, layer->inputs[0]) == 1;
}

static void copy_params(const struct nn_layer *from, struct nn_layer *to)
{
    for (int i = 0; i < from->n_params; i++)
        memcpy(to->params[i].value, from->params[i].value, from->params[i].n * sizeof(float));
}

static void fold_into(const struct nn_layer *bn, struct nn_layer *to)
{
    const float *scale = bn->params[0].value, *shift = bn->params[1].value;
    const float *mean = bn->params[2].value, *variance = bn->params[3].value;
    float *weight = to->params[0].value, *bias = to->params[1].value;
    size_t n_channels = bn->params[0].n, window = to->params[0].n / n_channels;
    for (size_t k = 0; k < n_channels; k++) {
        double factor = (double)scale[k] / sqrt((double)variance[k] + bn->options.epsilon);
        for (size_t i = 0; i < window; i++, weight++)
            *weight = (float)((double)*weight * factor);
        bias[k] = (float)(((double)bias[k] - (double)mean[k]) * factor + (double)shift[k]);
    }
}

/* Copies the layers that stay; new_index[i] becomes the place of layer i, a folded bn's that of its conv. */
static void copy_layers(const struct nn_net *net, struct nn_net *copy, int *new_index)
{
    for (int i = 0; i < net->n_layers; i++) {
        const struct nn_layer *layer = &net->layers[i];
        if (folds(net, i)) {
            new_index[i] = new_index[layer->inputs[0]];
            copy->layers[new_index[i]].options.bias = 1;
            continue;
        }
        new_index[i] = copy->n_layers;
        struct nn_layer *to = &copy->layers[copy->n_layers++];
        *to = *layer;
        for (int j = 0; j < layer->type->n_inputs; j++)
            to->inputs[j] = new_index[layer->inputs[j]];
    }
}

int nn_net_fold(const struct nn_net *net, struct nn_net **out)
{
    struct nn_net *copy = *out = calloc(1, sizeof *copy);
    int *new_index = calloc((size_t)net->n_layers, sizeof *new_index);
    int status = fb_fail_nomem("a folded net", NN_NET_MAX_LAYERS * sizeof *copy->layers);
    if (!copy || !new_index)
        goto done;
    copy->text = strdup(net->text);
    copy->file_name = strdup(net->file_name);
    copy->layers = calloc((size_t)net->n_layers, sizeof *copy->layers);
    if (!copy->text || !copy->file_name || !copy->layers)
        goto done;
    copy_layers(net, copy, new_index);
    if ((status = nn_net_finish_layers(copy)))
        goto done;
    for (int i = 0; i < net->n_layers; i++)
        if (folds(net, i))
            fold_into(&net->layers[i], &copy->layers[new_index[i]]);
        else
            copy_params(&net->layers[i], &copy->layers[new_index[i]]);
done:
    free(new_index);
    if (status)
        nn_net_destroy(out);
    return status;
}
