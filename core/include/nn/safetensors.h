/* The .safetensors format, as published by Hugging Face: eight bytes of header length (little-endian), a
 * JSON header that maps names to {dtype, shape, data_offsets}, the data. Here all tensors are F32; those of I64 (PyTorch's
 * counters) are checked and left out.
 *
 * Reading checks everything before it hands anything out, since a file may come from anywhere: lengths
 * against the file's size, the JSON, types, shapes, offsets that cover the data without gap or overlap,
 * and that every number is finite.
 * Threads: an opened file is immutable; any thread may read it. */
#ifndef NN_SAFETENSORS_H
#define NN_SAFETENSORS_H

#include "base/status.h"

#include <stdint.h>

#define NN_SAFETENSORS_MAX_DIMS 8
#define NN_SAFETENSORS_MAX_HEADER_BYTES (16 << 20)
#define NN_SAFETENSORS_MAX_BYTES (INT64_C(1) << 31)

struct nn_safetensors;

struct nn_file_tensor {
    const char *name;
    int n_dims; /* 0 is a single number */
    int64_t shape[NN_SAFETENSORS_MAX_DIMS];
    size_t n; /* elements */
    const float *data;
};

struct nn_file_text {
    const char *key, *value;
};

/* The whole file, validated. FB_ERR_INPUT with a line that says what is wrong where, FB_ERR_NOMEM. */
FB_MUST_USE int nn_safetensors_read(const char *path, struct nn_safetensors **out);
void nn_safetensors_destroy(struct nn_safetensors **file);

/* All pointers are valid as long as the file. NULL when there is none. */
int nn_safetensors_n_tensors(const struct nn_safetensors *file);
const struct nn_file_tensor *nn_safetensors_tensor(const struct nn_safetensors *file, int i);
const struct nn_file_tensor *nn_safetensors_find(const struct nn_safetensors *file, const char *name);
const char *nn_safetensors_text(const struct nn_safetensors *file, const char *key);

/* Writes tensors, in this order, and texts (as __metadata__) to path.tmp, syncs it and renames it to
 * path: the old file stays until the new one is whole. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int nn_safetensors_write(const char *path, const struct nn_file_tensor *tensors, int n_tensors,
                                     const struct nn_file_text *texts, int n_texts);

#endif
