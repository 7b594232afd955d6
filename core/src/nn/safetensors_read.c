/* Reading .safetensors, trusting nothing. See nn/safetensors.h. */
#include "nn/safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8, MAX_TENSORS = 4096, LEFT_OUT = -1 /* n_dims, until all is checked */ };

struct nn_safetensors {
    cJSON *header;
    float *data;
    int64_t n_data_bytes;
    struct nn_file_tensor *tensors;
    int n_tensors;
};

static int open_sized(const char *path, FILE **file, int64_t *n_bytes)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a named pipe must not hold us up */
    *file = fd < 0 ? NULL : fdopen(fd, "rb");
    if (!*file) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return fb_fail(FB_ERR_INPUT, "%s; check the path of the .safetensors file", strerror(error));
    }
    if (fstat(fileno(*file), &status) || !S_ISREG(status.st_mode))
        return fb_fail(FB_ERR_INPUT, "not a regular file; a .safetensors file is needed");
    *n_bytes = status.st_size;
    if (*n_bytes < LENGTH_BYTES + 2)
        return fb_fail(FB_ERR_INPUT, "%lld bytes are too few for a .safetensors file",
                       (long long)*n_bytes);
    if (*n_bytes > NN_SAFETENSORS_MAX_BYTES)
        return fb_fail(FB_ERR_INPUT, "%lld bytes are more than the limit of %lld", (long long)*n_bytes,
                       (long long)NN_SAFETENSORS_MAX_BYTES);
    return FB_OK;
}

static int read_header_length(FILE *file, int64_t n_file_bytes, int64_t *n_bytes)
{
    unsigned char bytes[LENGTH_BYTES];
    if (fread(bytes, 1, sizeof bytes, file) != sizeof bytes)
        return fb_fail(FB_ERR_INPUT, "cannot be read");
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        length = length << 8 | bytes[i];
    if (length < 2 || length > (uint64_t)(n_file_bytes - LENGTH_BYTES) ||
        length > NN_SAFETENSORS_MAX_HEADER_BYTES)
        return fb_fail(FB_ERR_INPUT,
                       "the header length %llu does not fit a file of %lld bytes: truncated, or not a "
                       ".safetensors file", (unsigned long long)length, (long long)n_file_bytes);
    *n_bytes = (int64_t)length;
    return FB_OK;
}

/* cJSON takes a nesting of 1000 and stops at the value's end; what follows must be blank. */
static int parse_header(struct nn_safetensors *st, FILE *file, size_t n_bytes)
{
    char *text = malloc(n_bytes);
    if (!text)
        return fb_fail_nomem("a .safetensors header", n_bytes);
    int status = FB_OK;
    const char *end = text;
    if (fread(text, 1, n_bytes, file) != n_bytes)
        status = fb_fail(FB_ERR_INPUT, "the header cannot be read");
    else if (!(st->header = cJSON_ParseWithLengthOpts(text, n_bytes, &end, false)))
        status = fb_fail(FB_ERR_INPUT, "the header is not JSON, from byte %td on",
                         LENGTH_BYTES + (end ? end - text : 0));
    for (; !status && end < text + n_bytes; end++)
        if (*end != ' ' && *end != '\n' && *end != '\t' && *end != '\r')
            status = fb_fail(FB_ERR_INPUT, "the header has something after its JSON, at byte %td",
                             LENGTH_BYTES + (end - text));
    if (!status && !cJSON_IsObject(st->header))
        status = fb_fail(FB_ERR_INPUT, "the header is not a JSON object");
    free(text);
    return status;
}

/* A whole number in 0..max; JSON has doubles only. */
static int whole_number(const cJSON *item, double max, int64_t *out)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max) ||
        item->valuedouble != floor(item->valuedouble))
        return FB_ERR_INPUT;
    *out = (int64_t)item->valuedouble;
    return FB_OK;
}

static int parse_shape(const cJSON *json, struct nn_file_tensor *tensor)
{
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(json, "shape"), *item;
    if (!cJSON_IsArray(shape))
        return fb_fail(FB_ERR_INPUT, "has no shape list");
    tensor->n = 1;
    cJSON_ArrayForEach(item, shape)
    {
        int64_t size;
        if (tensor->n_dims == NN_SAFETENSORS_MAX_DIMS)
            return fb_fail(FB_ERR_INPUT, "has more than %d dimensions", NN_SAFETENSORS_MAX_DIMS);
        if (whole_number(item, (double)NN_SAFETENSORS_MAX_BYTES, &size))
            return fb_fail(FB_ERR_INPUT, "has a size in its shape that is not a whole number up to %lld",
                           (long long)NN_SAFETENSORS_MAX_BYTES);
        tensor->shape[tensor->n_dims++] = size;
        if (size > 0 && tensor->n > (size_t)(NN_SAFETENSORS_MAX_BYTES / 4 / size))
            return fb_fail(FB_ERR_INPUT, "has a shape of more than %lld elements",
                           (long long)(NN_SAFETENSORS_MAX_BYTES / 4));
        tensor->n *= (size_t)size;
    }
    return FB_OK;
}

static int parse_offsets(const struct nn_safetensors *st, const cJSON *json,
                         struct nn_file_tensor *tensor)
{
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(json, "data_offsets");
    int64_t begin, end;
    double max = (double)st->n_data_bytes;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2)
        return fb_fail(FB_ERR_INPUT, "has no pair of data_offsets");
    if (whole_number(cJSON_GetArrayItem(offsets, 0), max, &begin) ||
        whole_number(cJSON_GetArrayItem(offsets, 1), max, &end) || end < begin)
        return fb_fail(FB_ERR_INPUT, "has data_offsets outside the %lld bytes of data: truncated?",
                       (long long)st->n_data_bytes);
    if ((size_t)(end - begin) != tensor->n * sizeof(float))
        return fb_fail(FB_ERR_INPUT, "takes %lld bytes, but its shape needs %zu",
                       (long long)(end - begin), tensor->n * sizeof(float));
    if (begin % (int64_t)sizeof(float))
        return fb_fail(FB_ERR_INPUT, "starts at %lld, which is not a multiple of 4", (long long)begin);
    tensor->data = st->data + begin / (int64_t)sizeof(float);
    return FB_OK;
}

static int parse_tensor(const struct nn_safetensors *st, const cJSON *json, struct nn_file_tensor *tensor)
{
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(json, "dtype");
    *tensor = (struct nn_file_tensor){.name = json->string};
    int status = FB_OK;
    if (!cJSON_IsString(dtype))
        status = fb_fail(FB_ERR_INPUT, "has no dtype");
    else if (strcmp(dtype->valuestring, "F32") && strcmp(dtype->valuestring, "I64"))
        status = fb_fail(FB_ERR_INPUT, "has dtype %.16s; only F32 is read", dtype->valuestring);
    if (!status)
        status = parse_shape(json, tensor);
    bool is_counter = !status && !strcmp(dtype->valuestring, "I64");
    if (is_counter)
        tensor->n *= 2; /* in floats; the cap on elements leaves room */
    if (!status)
        status = parse_offsets(st, json, tensor);
    if (is_counter)
        tensor->n_dims = LEFT_OUT;
    return status ? fb_fail_context(status, "tensor \"%.64s\"", json->string) : FB_OK;
}

static int check_metadata(const cJSON *metadata)
{
    const cJSON *item;
    if (!cJSON_IsObject(metadata))
        return fb_fail(FB_ERR_INPUT, "__metadata__ is not an object of strings");
    cJSON_ArrayForEach(item, metadata)
        if (!cJSON_IsString(item))
            return fb_fail(FB_ERR_INPUT, "__metadata__ \"%.64s\" is not a string", item->string);
    return FB_OK;
}

static int parse_tensors(struct nn_safetensors *st)
{
    int n_items = cJSON_GetArraySize(st->header);
    if (n_items > MAX_TENSORS)
        return fb_fail(FB_ERR_INPUT, "%d tensors; the limit is %d", n_items, MAX_TENSORS);
    st->tensors = calloc((size_t)n_items + 1, sizeof *st->tensors);
    if (!st->tensors)
        return fb_fail_nomem("a list of tensors", (size_t)n_items * sizeof *st->tensors);
    const cJSON *item;
    cJSON_ArrayForEach(item, st->header)
    {
        bool is_metadata = !strcmp(item->string, "__metadata__");
        int status = is_metadata ? check_metadata(item)
                                 : parse_tensor(st, item, &st->tensors[st->n_tensors]);
        if (status)
            return status;
        st->n_tensors += !is_metadata;
    }
    return FB_OK;
}

static int by_place(const void *a_ptr, const void *b_ptr)
{
    const struct nn_file_tensor *a = a_ptr, *b = b_ptr;
    if (a->data != b->data)
        return a->data < b->data ? -1 : 1;
    return a->n < b->n ? -1 : a->n > b->n;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct nn_file_tensor *)a)->name, ((const struct nn_file_tensor *)b)->name);
}

/* The tensors must follow each other through the whole data, and have names of their own. */
static int check_cover(struct nn_safetensors *st)
{
    size_t n = (size_t)st->n_tensors;
    const float *end = st->data;
    qsort(st->tensors, n, sizeof *st->tensors, by_place);
    for (size_t i = 0; i < n; end += st->tensors[i++].n)
        if (st->tensors[i].data != end)
            return fb_fail(FB_ERR_INPUT, "tensor \"%.64s\" %s", st->tensors[i].name,
                           st->tensors[i].data < end ? "overlaps the one before it in the data"
                                                     : "leaves a gap before it in the data");
    if ((end - st->data) * (ptrdiff_t)sizeof *end != st->n_data_bytes)
        return fb_fail(FB_ERR_INPUT, "%lld bytes of data, but the tensors fill %td",
                       (long long)st->n_data_bytes, (end - st->data) * (ptrdiff_t)sizeof *end);
    qsort(st->tensors, n, sizeof *st->tensors, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(st->tensors[i].name, st->tensors[i - 1].name))
            return fb_fail(FB_ERR_INPUT, "tensor \"%.64s\" stands twice", st->tensors[i].name);
    return FB_OK;
}

static void drop_left_out(struct nn_safetensors *st)
{
    int n = 0;
    for (int i = 0; i < st->n_tensors; i++)
        if (st->tensors[i].n_dims != LEFT_OUT)
            st->tensors[n++] = st->tensors[i];
    st->n_tensors = n;
}

static int read_data(struct nn_safetensors *st, FILE *file)
{
    size_t n_bytes = (size_t)st->n_data_bytes;
    st->data = malloc(n_bytes + sizeof(float));
    if (!st->data)
        return fb_fail_nomem("tensors", n_bytes);
    if (fread(st->data, 1, n_bytes, file) != n_bytes)
        return fb_fail(FB_ERR_INPUT, "the data cannot be read");
    return FB_OK;
}

static int check_finite(const struct nn_safetensors *st)
{
    for (int i = 0; i < st->n_tensors; i++)
        for (size_t j = 0; j < st->tensors[i].n; j++)
            if (!isfinite(st->tensors[i].data[j]))
                return fb_fail(FB_ERR_INPUT, "tensor \"%.64s\" has a number that is not finite, at "
                                             "element %zu", st->tensors[i].name, j);
    return FB_OK;
}

static int read_file(struct nn_safetensors *st, const char *path)
{
    FILE *file = NULL;
    int64_t n_file_bytes = 0, n_header_bytes = 0;
    int status = open_sized(path, &file, &n_file_bytes);
    if (!status)
        status = read_header_length(file, n_file_bytes, &n_header_bytes);
    if (!status)
        status = parse_header(st, file, (size_t)n_header_bytes);
    st->n_data_bytes = n_file_bytes - LENGTH_BYTES - n_header_bytes;
    if (!status)
        status = read_data(st, file);
    if (file)
        fclose(file);
    if (!status)
        status = parse_tensors(st);
    if (!status)
        status = check_cover(st);
    drop_left_out(st);
    return status ? status : check_finite(st);
}

int nn_safetensors_read(const char *path, struct nn_safetensors **out)
{
    struct nn_safetensors *st = *out = calloc(1, sizeof *st);
    if (!st)
        return fb_fail_nomem("a .safetensors file", sizeof *st);
    int status = read_file(st, path);
    if (!status)
        return FB_OK;
    nn_safetensors_destroy(out);
    return fb_fail_context(status, "%s", path);
}

void nn_safetensors_destroy(struct nn_safetensors **st_ptr)
{
    struct nn_safetensors *st = *st_ptr;
    if (!st)
        return;
    cJSON_Delete(st->header);
    free(st->data);
    free(st->tensors);
    free(st);
    *st_ptr = NULL;
}

int nn_safetensors_n_tensors(const struct nn_safetensors *st)
{
    return st->n_tensors;
}

const struct nn_file_tensor *nn_safetensors_tensor(const struct nn_safetensors *st, int i)
{
    return i >= 0 && i < st->n_tensors ? &st->tensors[i] : NULL;
}

const struct nn_file_tensor *nn_safetensors_find(const struct nn_safetensors *st, const char *name)
{
    struct nn_file_tensor key = {.name = name};
    return bsearch(&key, st->tensors, (size_t)st->n_tensors, sizeof *st->tensors, by_name);
}

const char *nn_safetensors_text(const struct nn_safetensors *st, const char *key)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(st->header, "__metadata__");
    const cJSON *item = metadata ? cJSON_GetObjectItemCaseSensitive(metadata, key) : NULL;
    return item ? item->valuestring : NULL;
}
