/* See nn/onnx.h. Field numbers are those of onnx.proto (ONNX 1.12). */
#include "nn/onnx.h"

#include "file_writer.h"
#include "layer.h"
#include "protobuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IR_VERSION = 7, OPSET = 13, NAME_BYTES = NN_NAME_BYTES + 24 };

/* onnx.proto */
enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20 };
enum { ATTRIBUTE_IS_FLOAT = 1, ATTRIBUTE_IS_INT = 2, ATTRIBUTE_IS_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9, TENSOR_FLOAT = 1 };

struct writer {
    const struct nn_net *net; /* folded */
    struct nn_protobuf graph;
    char values[NN_NET_MAX_LAYERS][NAME_BYTES]; /* each layer's output */
    bool is_flat[NN_NET_MAX_LAYERS];            /* (N, C) rather than (N, C, H, W) */
    float temperature;
};

static void attribute_int(struct nn_protobuf *node, const char *name, int64_t value)
{
    struct nn_protobuf attribute = {0};
    nn_protobuf_text(&attribute, ATTRIBUTE_NAME, name);
    nn_protobuf_int(&attribute, ATTRIBUTE_I, value);
    nn_protobuf_int(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INT);
    nn_protobuf_message(node, NODE_ATTRIBUTE, &attribute);
}

static void attribute_float(struct nn_protobuf *node, const char *name, float value)
{
    struct nn_protobuf attribute = {0};
    nn_protobuf_text(&attribute, ATTRIBUTE_NAME, name);
    nn_protobuf_float(&attribute, ATTRIBUTE_F, value);
    nn_protobuf_int(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_FLOAT);
    nn_protobuf_message(node, NODE_ATTRIBUTE, &attribute);
}

static void attribute_ints(struct nn_protobuf *node, const char *name, const int *values, int n)
{
    struct nn_protobuf attribute = {0};
    nn_protobuf_text(&attribute, ATTRIBUTE_NAME, name);
    for (int i = 0; i < n; i++)
        nn_protobuf_int(&attribute, ATTRIBUTE_INTS, values[i]);
    nn_protobuf_int(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INTS);
    nn_protobuf_message(node, NODE_ATTRIBUTE, &attribute);
}

static void begin_node(struct nn_protobuf *node, const char *op, const char *input)
{
    nn_protobuf_text(node, NODE_OP, op);
    nn_protobuf_text(node, NODE_INPUT, input);
}

static void end_node(struct writer *w, struct nn_protobuf *node, const char *output)
{
    nn_protobuf_text(node, NODE_OUTPUT, output);
    nn_protobuf_text(node, NODE_NAME, output);
    nn_protobuf_message(&w->graph, GRAPH_NODE, node);
}

static void write_tensor(struct writer *w, const char *name, const int *dims, int n_dims, const float *values, size_t n)
{
    struct nn_protobuf tensor = {0};
    for (int i = 0; i < n_dims; i++)
        nn_protobuf_int(&tensor, TENSOR_DIMS, dims[i]);
    nn_protobuf_int(&tensor, TENSOR_TYPE, TENSOR_FLOAT);
    nn_protobuf_text(&tensor, TENSOR_NAME, name);
    nn_protobuf_bytes(&tensor, TENSOR_RAW, values, n * sizeof *values); /* little-endian, as all hosts here */
    nn_protobuf_message(&w->graph, GRAPH_INITIALIZER, &tensor);
}

static void write_params(struct writer *w, struct nn_protobuf *node, const struct nn_layer *layer)
{
    for (int i = 0; i < layer->n_params; i++) {
        const struct nn_param *p = &layer->params[i];
        nn_protobuf_text(node, NODE_INPUT, p->name);
        write_tensor(w, p->name, p->shape, p->n_dims, p->value, p->n);
    }
}

/* kernel_shape, strides and pads; what hangs over at the end may be more than at the beginning. */
static void write_window(struct nn_protobuf *node, const struct nn_layer *layer, int size)
{
    const struct nn_layer_options *o = &layer->options;
    int in[2] = {layer->in.h, layer->in.w}, pads[4] = {0};
    for (int i = 0; i < 2; i++) {
        int out, before;
        if (nn_window_out(in[i], size, o->stride, o->pad, &out, &before))
            continue; /* infer_shape has been through it */
        int after = (out - 1) * o->stride + size - in[i] - before;
        pads[i] = before;
        pads[2 + i] = after > 0 ? after : 0;
    }
    attribute_ints(node, "kernel_shape", (int[]){size, size}, 2);
    attribute_ints(node, "strides", (int[]){o->stride, o->stride}, 2);
    attribute_ints(node, "pads", pads, 4);
}

static void write_conv(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    begin_node(&node, "Conv", w->values[layer->inputs[0]]);
    write_params(w, &node, layer);
    write_window(&node, layer, layer->options.kernel);
    end_node(w, &node, w->values[i]);
}

/* The value of a layer as (N, C*H*W). */
static const char *flat(struct writer *w, int from, int i, char name[NAME_BYTES])
{
    if (w->is_flat[from])
        return w->values[from];
    struct nn_protobuf node = {0};
    snprintf(name, NAME_BYTES, "%s_flat", w->values[i]);
    begin_node(&node, "Flatten", w->values[from]);
    attribute_int(&node, "axis", 1);
    end_node(w, &node, name);
    return name;
}

static void write_dense(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    char name[NAME_BYTES];
    begin_node(&node, "Gemm", flat(w, layer->inputs[0], i, name));
    write_params(w, &node, layer);
    attribute_int(&node, "transB", 1);
    end_node(w, &node, w->values[i]);
    w->is_flat[i] = true;
}

static void write_flatten(struct writer *w, int i)
{
    char name[NAME_BYTES];
    snprintf(w->values[i], NAME_BYTES, "%s", flat(w, w->net->layers[i].inputs[0], i, name));
    w->is_flat[i] = true;
}

static void write_bn(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    begin_node(&node, "BatchNormalization", w->values[layer->inputs[0]]);
    write_params(w, &node, layer); /* scale, shift, mean, variance: ONNX's order too */
    attribute_float(&node, "epsilon", (float)layer->options.epsilon);
    end_node(w, &node, w->values[i]);
}

static void write_pool(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    bool is_max = !strcmp(layer->type->name, "maxpool");
    struct nn_protobuf node = {0};
    begin_node(&node, is_max ? "MaxPool" : "AveragePool", w->values[layer->inputs[0]]);
    write_window(&node, layer, layer->options.size);
    end_node(w, &node, w->values[i]);
}

static void write_repeat(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    begin_node(&node, "Concat", w->values[layer->inputs[0]]);
    for (int c = layer->in.c; c < layer->out.c; c += layer->in.c)
        nn_protobuf_text(&node, NODE_INPUT, w->values[layer->inputs[0]]);
    attribute_int(&node, "axis", 1);
    end_node(w, &node, w->values[i]);
}

static void write_add(struct writer *w, int i)
{
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    begin_node(&node, "Add", w->values[layer->inputs[0]]);
    nn_protobuf_text(&node, NODE_INPUT, w->values[layer->inputs[1]]);
    end_node(w, &node, w->values[i]);
}

static void write_simple(struct writer *w, int i)
{
    static const char *const ops[][2] = {
        {"relu", "Relu"}, {"leaky", "LeakyRelu"}, {"globalpool", "GlobalAveragePool"}};
    const struct nn_layer *layer = &w->net->layers[i];
    struct nn_protobuf node = {0};
    for (int j = 0; j < 3; j++)
        if (!strcmp(layer->type->name, ops[j][0]))
            begin_node(&node, ops[j][1], w->values[layer->inputs[0]]);
    if (!strcmp(layer->type->name, "leaky"))
        attribute_float(&node, "alpha", (float)layer->options.slope);
    end_node(w, &node, w->values[i]);
}

static void write_softmax(struct writer *w, int i)
{
    const char *input = w->values[w->net->layers[i].inputs[0]];
    struct nn_protobuf scale = {0}, node = {0};
    bool is_tempered = i == w->net->n_layers - 1 && w->temperature != 1;
    if (is_tempered) {
        float factor = 1 / w->temperature;
        begin_node(&scale, "Mul", input);
        nn_protobuf_text(&scale, NODE_INPUT, "inverse_temperature");
        write_tensor(w, "inverse_temperature", (int[]){1}, 1, &factor, 1);
        end_node(w, &scale, "tempered_logits");
    }
    begin_node(&node, "Softmax", is_tempered ? "tempered_logits" : input);
    attribute_int(&node, "axis", 1);
    end_node(w, &node, w->values[i]);
}

static void write_dropout(struct writer *w, int i)
{
    memcpy(w->values[i], w->values[w->net->layers[i].inputs[0]], NAME_BYTES);
}

static int write_layer(struct writer *w, int i)
{
    static const struct {
        const char *type;
        void (*write)(struct writer *w, int i);
    } writers[] = {
        {"conv", write_conv},     {"dense", write_dense},       {"bn", write_bn},         {"relu", write_simple},
        {"leaky", write_simple},  {"globalpool", write_simple}, {"maxpool", write_pool},  {"avgpool", write_pool},
        {"repeat", write_repeat}, {"flatten", write_flatten},   {"add", write_add},       {"softmax", write_softmax},
        {"dropout", write_dropout},
    };
    const struct nn_layer *layer = &w->net->layers[i];
    snprintf(w->values[i], NAME_BYTES, "%s", layer->name);
    w->is_flat[i] = w->is_flat[layer->inputs[0]];
    for (size_t j = 0; j < sizeof writers / sizeof *writers; j++)
        if (!strcmp(layer->type->name, writers[j].type)) {
            writers[j].write(w, i);
            return FB_OK;
        }
    return fb_fail(FB_ERR_INPUT, "%s:%d: %s has no equivalent in ONNX", nn_net_name(w->net), layer->line,
                   layer->type->name);
}

/* A ValueInfoProto of floats whose first size is called N. */
static void write_value(struct writer *w, int field, const char *name, struct nn_shape shape, bool is_flat)
{
    enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };
    struct nn_protobuf value = {0}, type = {0}, tensor = {0}, dims = {0}, dim = {0};
    const int sizes[] = {shape.c, shape.h, shape.w};
    nn_protobuf_text(&dim, DIM_PARAM, "N");
    nn_protobuf_message(&dims, SHAPE_DIM, &dim);
    for (int i = 0; i < (is_flat ? 1 : 3); i++) {
        nn_protobuf_int(&dim, DIM_VALUE, sizes[i]);
        nn_protobuf_message(&dims, SHAPE_DIM, &dim);
    }
    nn_protobuf_int(&tensor, TENSOR_ELEMENT, TENSOR_FLOAT);
    nn_protobuf_message(&tensor, TENSOR_SHAPE, &dims);
    nn_protobuf_message(&type, TYPE_TENSOR, &tensor);
    nn_protobuf_text(&value, VALUE_NAME, name);
    nn_protobuf_message(&value, VALUE_TYPE, &type);
    nn_protobuf_message(&w->graph, field, &value);
}

/* The last layer's value under the name "p". */
static int write_graph(struct writer *w)
{
    int last = w->net->n_layers - 1;
    nn_protobuf_text(&w->graph, GRAPH_NAME, "feltboard");
    snprintf(w->values[0], NAME_BYTES, "x");
    write_value(w, GRAPH_INPUT, "x", w->net->layers[0].out, false);
    for (int i = 1; i <= last; i++) {
        int status = write_layer(w, i);
        if (status)
            return status;
    }
    struct nn_protobuf node = {0};
    begin_node(&node, "Identity", w->values[last]);
    end_node(w, &node, "p");
    write_value(w, GRAPH_OUTPUT, "p", w->net->layers[last].out, w->is_flat[last]);
    return FB_OK;
}

static void write_metadata(struct nn_protobuf *model, const char *key, const char *value)
{
    struct nn_protobuf entry = {0};
    nn_protobuf_text(&entry, 1, key);
    nn_protobuf_text(&entry, 2, value);
    nn_protobuf_message(model, MODEL_METADATA, &entry);
}

static void write_info(struct nn_protobuf *model, const struct nn_model_info *info)
{
    char number[32];
    write_metadata(model, "name", info->name);
    write_metadata(model, "labels", "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt");
    write_metadata(model, "preprocess", nn_preprocess_name(info->preprocess));
    write_metadata(model, "flip", info->is_flipped ? "1" : "0");
    snprintf(number, sizeof number, "%.9g", info->temperature);
    write_metadata(model, "temperature", number); /* in the graph already */
    snprintf(number, sizeof number, "%.9g", info->crop_factor);
    write_metadata(model, "crop_factor", number);
    write_metadata(model, "data", info->data);
}

static void write_model(struct writer *w, const struct nn_model_info *info, struct nn_protobuf *model)
{
    struct nn_protobuf opset = {0};
    nn_protobuf_int(model, MODEL_IR_VERSION, IR_VERSION);
    nn_protobuf_text(model, MODEL_PRODUCER, "feltboard");
    nn_protobuf_text(model, MODEL_PRODUCER_VERSION, FB_VERSION);
    nn_protobuf_message(model, MODEL_GRAPH, &w->graph);
    nn_protobuf_int(&opset, 2, OPSET);
    nn_protobuf_message(model, MODEL_OPSET, &opset);
    if (info)
        write_info(model, info);
}

static int save(const char *path, const struct nn_protobuf *model)
{
    struct nn_file_writer writer;
    if (model->is_out_of_memory)
        return fb_fail_nomem("an ONNX file", model->n);
    int status = nn_file_writer_open(&writer, path);
    if (status)
        return status;
    fwrite(model->bytes, 1, model->n, writer.file); /* close asks for errors */
    return nn_file_writer_close(&writer, FB_OK);
}

int nn_onnx_write(const char *path, const struct nn_net *net, const struct nn_model_info *info)
{
    struct nn_net *folded;
    struct nn_protobuf model = {0};
    int status = nn_net_fold(net, &folded);
    if (status)
        return status;
    struct writer *w = calloc(1, sizeof *w);
    status = w ? FB_OK : fb_fail_nomem("an ONNX writer", sizeof *w);
    if (!status) {
        w->net = folded;
        w->temperature = info ? (float)info->temperature : 1;
        status = write_graph(w);
        if (!status)
            write_model(w, info, &model);
        nn_protobuf_finish(&w->graph);
    }
    if (!status)
        status = save(path, &model);
    nn_protobuf_finish(&model);
    free(w);
    nn_net_destroy(&folded);
    return status;
}
