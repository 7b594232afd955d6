/* What a layer is: a row of constants and functions per type, options and views per instance.
 * A new layer is one file in layers/ and one line in layers/table.c. */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/rng.h"
#include "nn/kernel.h"
#include "nn/net.h"

#include <stdint.h>

enum { NN_PAD_SAME = -1, NN_LAYER_MAX_INPUTS = 2, NN_LAYER_MAX_PARAMS = 4 };

struct nn_layer_options {
    int out, kernel, stride, pad, size, bias, spatial;
    double slope, p, momentum, epsilon;
};

/* A word that stands for a number in an option's value. */
struct nn_word {
    const char *word;
    int value;
};

/* One key a layer's line may have. The list ends with a NULL key. */
struct nn_option {
    const char *key;
    size_t offset; /* in nn_layer_options */
    bool is_real, is_required;
    double min, max, standard;
    struct nn_word words[2];
};

#define NN_OPTION_INT(field, ...)                                                                  \
    {.key = #field, .offset = offsetof(struct nn_layer_options, field), __VA_ARGS__}
#define NN_OPTION_REAL(field, ...)                                                                 \
    {.key = #field, .offset = offsetof(struct nn_layer_options, field), .is_real = true, __VA_ARGS__}

struct nn_layer {
    const struct nn_layer_type *type;
    char name[NN_NAME_BYTES];
    int line;
    int inputs[NN_LAYER_MAX_INPUTS]; /* layer indices, type->n_inputs of them */
    struct nn_layer_options options;
    struct nn_shape in, second_in, out; /* of one image; in: the first input's */
    int n_params;
    struct nn_param params[NN_LAYER_MAX_PARAMS];
};

/* One layer's work on one batch. */
struct nn_pass {
    const struct nn_layer *layer;
    int n; /* images */
    bool is_training;
    bool is_frozen;              /* training, but all this layer's parameters stay as they are */
    uint64_t seed;               /* of this layer and step */
    const float *x[NN_LAYER_MAX_INPUTS]; /* (n, in) */
    float *y;                    /* (n, out) */
    const float *dy;             /* (n, out) */
    float *dx[NN_LAYER_MAX_INPUTS];      /* (n, in); NULL: not wanted */
    float *saved;                /* kept from forward to backward */
    float *scratch;              /* n_slices x n_scratch floats */
    size_t n_scratch;
    float *gradients;            /* arena; a parameter's lies at its offset */
    int n_slices;
    struct fb_pool *pool;
    enum nn_kernel kernel; /* resolved */
};

struct nn_layer_type {
    const char *name;
    int n_inputs;
    const struct nn_option *options;
    /* y may lie over x[0]: backward never looks at x. dx[0] may lie over dy. */
    bool is_in_place, is_backward_in_place;
    bool takes_unequal; /* its inputs' shapes may differ; infer_shape looks at them */
    bool needs_output; /* backward looks at y, so that the next layer may not write over it */
    /* Sets out and, with nn_layer_param, the parameters. FB_ERR_INPUT without file and line. */
    int (*infer_shape)(struct nn_layer *layer);
    void (*init)(struct nn_layer *layer, struct fb_rng *rng);
    /* Floats kept for backward for n images; floats of scratch per slice. NULL: none. */
    size_t (*n_saved)(const struct nn_layer *layer, int n);
    size_t (*n_scratch)(const struct nn_layer *layer, bool is_training, enum nn_kernel kernel);
    /* Backward writes dx and adds to the parameters' gradients. */
    void (*forward)(const struct nn_pass *pass);
    void (*backward)(const struct nn_pass *pass);
    double (*n_macs)(const struct nn_layer *layer);
};

extern const struct nn_layer_type *const nn_layer_types[]; /* ends with NULL */
const struct nn_layer_type *nn_layer_type_find(const char *name);

/* Adds a parameter of n_dims dimensions to the layer; its memory comes later. */
void nn_layer_param(struct nn_layer *layer, const char *suffix, enum nn_param_kind kind, int n_dims,
                    const int *shape);
/* Gradient of the layer's parameter i. */
float *nn_pass_gradient(const struct nn_pass *pass, int i);

/* Window of a convolution or pooling: output size and padding before the first row or column. FB_ERR_INPUT
 * when nothing is left. */
int nn_window_out(int in, int kernel, int stride, int pad, int *out, int *pad_before);

/* Runs work over the batch in n_slices consecutive ranges of images, slice s always the same ones. */
typedef void nn_slice_work(const struct nn_pass *pass, int slice, int first, int n);
void nn_pass_slices(const struct nn_pass *pass, nn_slice_work *work);
/* The same over any count, such as channels. */
void nn_pass_ranges(const struct nn_pass *pass, int n_items, nn_slice_work *work);

/* The net itself, for the files that build, run and export one. */
struct nn_net {
    char *text, *file_name;
    int n_layers, n_params;
    struct nn_layer *layers;
    const struct nn_param **params;
    struct fb_arena arena;
    size_t n_values;
};

/* After the layers are set: infers shapes, plans and allocates the arena. Errors carry file and line. */
FB_MUST_USE int nn_net_finish_layers(struct nn_net *net);

/* How many inputs of layers are this layer's output. */
int nn_net_n_readers(const struct nn_net *net, int layer);

#endif
