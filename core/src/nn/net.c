/* A net's life, its parameters' arena and what can be asked of it. See nn/net.h. */
#include "layer.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int infer_layer(struct nn_net *net, int i)
{
    struct nn_layer *layer = &net->layers[i];
    if (layer->type->n_inputs > 0)
        layer->in = net->layers[layer->inputs[0]].out;
    for (int j = 1; j < layer->type->n_inputs; j++) {
        const struct nn_layer *other = &net->layers[layer->inputs[j]];
        layer->second_in = other->out;
        if (!layer->type->takes_unequal && !nn_shape_equal(other->out, layer->in))
            return fb_fail(FB_ERR_INPUT,
                           "%s needs equal shapes, but the line above gives %dx%dx%d and \"%s\" (line "
                           "%d) %dx%dx%d (C x H x W)",
                           layer->type->name, layer->in.c, layer->in.h, layer->in.w, other->name,
                           other->line, other->out.c, other->out.h, other->out.w);
    }
    layer->n_params = 0;
    return layer->type->infer_shape(layer);
}

/* Caps before any memory is asked for: a file may come from anywhere. */
static int check_sizes(const struct nn_layer *layer, size_t *n_activations, size_t *n_values)
{
    *n_activations += nn_shape_image_size(layer->out);
    for (int i = 0; i < layer->n_params; i++)
        *n_values += layer->params[i].n;
    if (*n_activations > NN_MAX_ELEMENTS || *n_values > NN_MAX_ELEMENTS)
        return fb_fail(FB_ERR_INPUT, "the net grows beyond %d activations or weights here",
                       NN_MAX_ELEMENTS);
    return FB_OK;
}

static int infer_layers(struct nn_net *net)
{
    size_t n_activations = 0, n_values = 0;
    for (int i = 0; i < net->n_layers; i++) {
        struct nn_layer *layer = &net->layers[i];
        int status = infer_layer(net, i);
        if (!status)
            status = check_sizes(layer, &n_activations, &n_values);
        if (status)
            return fb_fail_context(status, "%s:%d", net->file_name, layer->line);
    }
    return FB_OK;
}

int nn_net_finish_layers(struct nn_net *net)
{
    int status = infer_layers(net);
    if (status)
        return status;
    size_t n_bytes = 0;
    for (int i = 0; i < net->n_layers; i++)
        for (int j = 0; j < net->layers[i].n_params; j++, net->n_params++)
            n_bytes += fb_arena_padded(net->layers[i].params[j].n * sizeof(float));
    if ((status = fb_arena_init(&net->arena, n_bytes)))
        return status;
    net->n_values = n_bytes / sizeof(float);
    net->params = calloc((size_t)net->n_params + 1, sizeof *net->params);
    if (!net->params)
        return fb_fail_nomem("a net's parameter list", (size_t)net->n_params * sizeof *net->params);
    int k = 0;
    for (int i = 0; i < net->n_layers; i++)
        for (int j = 0; j < net->layers[i].n_params; j++) {
            struct nn_param *param = &net->layers[i].params[j];
            param->value = fb_arena_alloc(&net->arena, param->n * sizeof(float));
            param->offset = (size_t)(param->value - (float *)(void *)net->arena.base);
            net->params[k++] = param;
        }
    return FB_OK;
}

void nn_net_destroy(struct nn_net **net_ptr)
{
    struct nn_net *net = *net_ptr;
    if (!net)
        return;
    free(net->text);
    free(net->file_name);
    free(net->layers);
    free(net->params);
    fb_arena_finish(&net->arena);
    free(net);
    *net_ptr = NULL;
}

int nn_net_n_readers(const struct nn_net *net, int layer)
{
    int n = 0;
    for (int i = 0; i < net->n_layers; i++)
        for (int j = 0; j < net->layers[i].type->n_inputs; j++)
            n += net->layers[i].inputs[j] == layer;
    return n;
}

void nn_net_init_weights(struct nn_net *net, struct fb_rng *rng)
{
    memset(net->arena.base, 0, net->arena.size_bytes);
    for (int i = 0; i < net->n_layers; i++)
        if (net->layers[i].type->init)
            net->layers[i].type->init(&net->layers[i], rng);
}

const char *nn_net_text(const struct nn_net *net)
{
    return net->text;
}

const char *nn_net_name(const struct nn_net *net)
{
    return net->file_name;
}

struct nn_shape nn_net_input(const struct nn_net *net)
{
    return net->layers[0].out;
}

struct nn_shape nn_net_output(const struct nn_net *net)
{
    return net->layers[net->n_layers - 1].out;
}

int nn_net_n_layers(const struct nn_net *net)
{
    return net->n_layers;
}

const char *nn_net_layer_type(const struct nn_net *net, int i)
{
    return net->layers[i].type->name;
}

const char *nn_net_layer_name(const struct nn_net *net, int i)
{
    return net->layers[i].name;
}

struct nn_shape nn_net_layer_shape(const struct nn_net *net, int i)
{
    return net->layers[i].out;
}

int nn_net_n_params(const struct nn_net *net)
{
    return net->n_params;
}

const struct nn_param *nn_net_param(const struct nn_net *net, int i)
{
    return net->params[i];
}

bool nn_net_name_fits(const char *patterns, const char *name)
{
    char pattern[256];
    while (patterns && *patterns) {
        size_t n = strcspn(patterns, ",");
        if (n < sizeof pattern) {
            memcpy(pattern, patterns, n);
            pattern[n] = 0;
            if (!fnmatch(pattern, name, 0))
                return true;
        }
        patterns += n + (patterns[n] == ',');
    }
    return false;
}

float *nn_net_values(const struct nn_net *net)
{
    return (float *)(void *)net->arena.base;
}

size_t nn_net_n_values(const struct nn_net *net)
{
    return net->n_values;
}

size_t nn_net_n_weights(const struct nn_net *net)
{
    size_t n = 0;
    for (int i = 0; i < net->n_params; i++)
        if (net->params[i]->kind != NN_PARAM_STATISTIC)
            n += net->params[i]->n;
    return n;
}

double nn_net_n_macs(const struct nn_net *net)
{
    double n = 0;
    for (int i = 0; i < net->n_layers; i++)
        if (net->layers[i].type->n_macs)
            n += net->layers[i].type->n_macs(&net->layers[i]);
    return n;
}
