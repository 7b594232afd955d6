/* input: the net's first line, `input C H W`; it computes nothing. */
#include "layer.h"

static const struct nn_option options[] = {{0}};

static int infer_shape(struct nn_layer *layer)
{
    layer->in = layer->out;
    return FB_OK;
}

const struct nn_layer_type nn_layer_input = {
    .name = "input", .n_inputs = 0, .options = options, .infer_shape = infer_shape,
};
