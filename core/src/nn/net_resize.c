/* The same net for pictures of another size: a fully convolutional net's weights do not depend on it. */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

static int check_params(const struct nn_net *net, const struct nn_net *copy)
{
    for (int i = 0; i < net->n_params; i++)
        if (net->params[i]->n != copy->params[i]->n)
            return fb_fail(FB_ERR_INPUT, "%s: \"%s\" depends on the picture's size: the net cannot take another",
                           net->file_name, net->params[i]->name);
    return FB_OK;
}

int nn_net_resize(const struct nn_net *net, int height, int width, struct nn_net **out)
{
    struct nn_net *copy = *out = calloc(1, sizeof *copy);
    int status = fb_fail_nomem("a net of another size", NN_NET_MAX_LAYERS * sizeof *copy->layers);
    if (!copy)
        return status;
    copy->text = strdup(net->text);
    copy->file_name = strdup(net->file_name);
    copy->layers = calloc((size_t)net->n_layers, sizeof *copy->layers);
    if (!copy->text || !copy->file_name || !copy->layers)
        goto done;
    memcpy(copy->layers, net->layers, (size_t)net->n_layers * sizeof *copy->layers);
    copy->n_layers = net->n_layers;
    copy->layers[0].out.h = height;
    copy->layers[0].out.w = width;
    status = nn_net_finish_layers(copy);
    if (!status)
        status = check_params(net, copy);
    if (!status)
        memcpy(copy->arena.base, net->arena.base, net->arena.size_bytes);
done:
    if (status)
        nn_net_destroy(out);
    return status;
}
