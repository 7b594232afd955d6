/* A model's info to and from the texts of its file. Private to model.c and checkpoint.c. */
#ifndef NN_MODEL_TEXTS_H
#define NN_MODEL_TEXTS_H

#include "nn/model.h"

enum { NN_MODEL_N_TEXTS = 17, NN_NUMBER_BYTES = 32 };

struct nn_model_texts {
    struct nn_file_text texts[NN_MODEL_N_TEXTS];
    char numbers[7][NN_NUMBER_BYTES];
};

/* Points into net, info and texts itself; valid as long as all three. */
void nn_model_info_to_texts(const struct nn_net *net, const struct nn_model_info *info,
                            struct nn_model_texts *texts);
FB_MUST_USE int nn_model_info_from_file(const struct nn_safetensors *file, struct nn_model_info *info);

/* The net of the file's text, parameters not yet loaded. */
FB_MUST_USE int nn_model_net_from_file(const struct nn_safetensors *file, struct nn_net **net);

/* The value under key as a number in min..max; absent: *out stays. FB_ERR_INPUT. */
FB_MUST_USE int nn_text_number(const struct nn_safetensors *file, const char *key, double min, double max,
                               double *out);
FB_MUST_USE int nn_text_uint64(const struct nn_safetensors *file, const char *key, uint64_t *out);

/* The tensor of a parameter, its name after prefix, in values laid out as the net's arena. */
struct nn_file_tensor nn_param_tensor(const struct nn_param *param, const char *name, const float *values);

#endif
