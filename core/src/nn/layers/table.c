/* All layer types, under the names that .net files use. */
#include "layer.h"

extern const struct nn_layer_type nn_layer_input, nn_layer_conv, nn_layer_dense, nn_layer_bn,
    nn_layer_relu, nn_layer_leaky, nn_layer_maxpool, nn_layer_avgpool, nn_layer_globalpool,
    nn_layer_dropout, nn_layer_flatten, nn_layer_repeat, nn_layer_add, nn_layer_softmax,
    nn_layer_depthwise, nn_layer_upsample, nn_layer_join;

const struct nn_layer_type *const nn_layer_types[] = {
    &nn_layer_input,   &nn_layer_conv,    &nn_layer_dense,      &nn_layer_bn,
    &nn_layer_relu,    &nn_layer_leaky,   &nn_layer_maxpool,    &nn_layer_avgpool,
    &nn_layer_globalpool, &nn_layer_dropout, &nn_layer_flatten, &nn_layer_repeat,
    &nn_layer_add,     &nn_layer_softmax,
    &nn_layer_depthwise, &nn_layer_upsample, &nn_layer_join,
    NULL,
};
