/* A model file: a trained net with all that is needed to use it and to know where it comes from.
 * .safetensors with the parameters under their names and, as __metadata__ strings: format, net (its
 * text), name, labels, preprocess, crop_factor, flip, temperature, threshold, data, recipe, seed, epochs, accuracy,
 * n_accuracy, accuracy_of, metrics.
 * Threads: a loaded model is immutable. */
#ifndef NN_MODEL_H
#define NN_MODEL_H

#include "nn/net.h"
#include "nn/preprocess.h"
#include "nn/safetensors.h"

#include <stdbool.h>
#include <stdint.h>

enum nn_model_kind {
    NN_MODEL_NONE,
    NN_MODEL_CLASSIFIER, /* a face crop -> the eight expressions */
    NN_MODEL_DETECTOR,   /* a picture -> faces, see nn/boxes.h */
    NN_MODEL_KIND_COUNT,
};

struct nn_model_info {
    enum nn_model_kind kind;       /* told by the file's labels */
    char name[64];                 /* "feltboard-1" */
    enum nn_preprocess preprocess; /* grey bytes -> input */
    double crop_factor;            /* square's side / larger side of the face box, 0.5..3 */
    bool is_flipped;               /* "flip": 1, answers are the mean over a crop and its mirror image */
    double temperature;            /* of the answers, 0.05..20: p^(1/T); 1: not calibrated */
    double threshold;              /* a detector's: lowest score of a face, 0..1 */
    char data[256];                /* what it was trained on */
    char recipe[1024];             /* the training's options */
    uint64_t seed;
    int epochs;
    double accuracy;      /* 0..1 of accuracy_of; 0: unknown */
    int n_accuracy;       /* images it was measured on */
    char accuracy_of[64]; /* "valid, majority" */
    char metrics[4096];   /* JSON, whatever else was measured; may be empty */
};

struct nn_model {
    struct nn_net *net;
    struct nn_model_info info;
};

/* A classifier without a name, fixed preprocessing, crop factor 1, temperature 1, threshold 0.5. */
struct nn_model_info nn_model_default_info(void);

/* Reads and validates the file of a classifier, net text and labels included; *out is the caller's to destroy.
 * FB_ERR_INPUT (a detector too), FB_ERR_NOMEM. */
FB_MUST_USE int nn_model_load(const char *path, struct nn_model **out);
/* The same of either kind. */
FB_MUST_USE int nn_model_load_kind(const char *path, enum nn_model_kind kind, struct nn_model **out);
void nn_model_destroy(struct nn_model **model);

/* Atomically. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int nn_model_save(const char *path, const struct nn_net *net, const struct nn_model_info *info);

/* The parameters of file whose name and shape are the net's; every one must be there, unless
 * n_loaded is given, which then receives the count (transfer from another net). Then PyTorch's names do too: dots
 * for a layer name's underscores, and batch normalisation's weight, bias, running_mean, running_var
 * ("layer1.0.bn1.weight" is layer1_0_bn1.scale). FB_ERR_INPUT. */
FB_MUST_USE int nn_model_load_params(const struct nn_safetensors *file, struct nn_net *net, int *n_loaded);

#endif
