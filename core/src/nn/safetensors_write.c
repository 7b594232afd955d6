/* Writing .safetensors. See nn/safetensors.h. */
#include "nn/safetensors.h"

#include "file_writer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN_BYTES = 64 }; /* the data's place in the file, padded with blanks in the header */

static bool add_texts(cJSON *header, const struct nn_file_text *texts, int n_texts)
{
    cJSON *metadata = cJSON_AddObjectToObject(header, "__metadata__");
    for (int i = 0; i < n_texts; i++)
        if (!metadata || !cJSON_AddStringToObject(metadata, texts[i].key, texts[i].value))
            return false;
    return true;
}

static bool add_tensor(cJSON *header, const struct nn_file_tensor *tensor, size_t offset)
{
    cJSON *json = cJSON_AddObjectToObject(header, tensor->name);
    if (!json || !cJSON_AddStringToObject(json, "dtype", "F32"))
        return false;
    cJSON *shape = cJSON_AddArrayToObject(json, "shape");
    for (int i = 0; i < tensor->n_dims; i++)
        if (!cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[i])))
            return false;
    cJSON *offsets = cJSON_AddArrayToObject(json, "data_offsets");
    return shape && cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)offset)) &&
           cJSON_AddItemToArray(offsets,
                                cJSON_CreateNumber((double)(offset + tensor->n * sizeof(float))));
}

static char *header_text(const struct nn_file_tensor *tensors, int n_tensors,
                         const struct nn_file_text *texts, int n_texts)
{
    cJSON *header = cJSON_CreateObject();
    bool is_built = header && add_texts(header, texts, n_texts);
    size_t offset = 0;
    for (int i = 0; i < n_tensors && is_built; i++) {
        is_built = add_tensor(header, &tensors[i], offset);
        offset += tensors[i].n * sizeof(float);
    }
    char *text = is_built ? cJSON_PrintUnformatted(header) : NULL;
    cJSON_Delete(header);
    return text;
}

/* Failures show in ferror. Little-endian hosts only, as everything here. */
static void write_all(FILE *file, const char *header, const struct nn_file_tensor *tensors, int n_tensors)
{
    size_t n_text = strlen(header), n_padding = (ALIGN_BYTES - (8 + n_text) % ALIGN_BYTES) % ALIGN_BYTES;
    uint64_t n_header = n_text + n_padding;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(n_header >> (8 * i));
    fwrite(length, 1, sizeof length, file);
    fwrite(header, 1, n_text, file);
    fprintf(file, "%*s", (int)n_padding, "");
    for (int i = 0; i < n_tensors; i++)
        fwrite(tensors[i].data, sizeof(float), tensors[i].n, file);
}

int nn_safetensors_write(const char *path, const struct nn_file_tensor *tensors, int n_tensors,
                         const struct nn_file_text *texts, int n_texts)
{
    char *header = header_text(tensors, n_tensors, texts, n_texts);
    if (!header)
        return fb_fail_nomem("a .safetensors header", (size_t)n_tensors * 128);
    struct nn_file_writer writer;
    int status = nn_file_writer_open(&writer, path);
    if (!status) {
        write_all(writer.file, header, tensors, n_tensors);
        status = nn_file_writer_close(&writer, FB_OK);
    }
    free(header);
    return status;
}
