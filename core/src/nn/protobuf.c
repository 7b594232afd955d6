/* See protobuf.h. Wire types: 0 varint, 2 length-delimited, 5 four bytes. Numbers are little-endian. */
#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

void nn_protobuf_finish(struct nn_protobuf *pb)
{
    free(pb->bytes);
    *pb = (struct nn_protobuf){0};
}

static void append(struct nn_protobuf *pb, const void *bytes, size_t n)
{
    if (pb->n + n > pb->capacity) {
        size_t capacity = 2 * pb->capacity > pb->n + n ? 2 * pb->capacity : pb->n + n + 64;
        unsigned char *grown = realloc(pb->bytes, capacity);
        if (!grown) {
            pb->is_out_of_memory = true;
            return;
        }
        pb->bytes = grown;
        pb->capacity = capacity;
    }
    if (n)
        memcpy(pb->bytes + pb->n, bytes, n);
    pb->n += n;
}

static void varint(struct nn_protobuf *pb, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
    } while (value >>= 7);
    append(pb, bytes, n);
}

static void tag(struct nn_protobuf *pb, int field, int wire_type)
{
    varint(pb, (uint64_t)field << 3 | (uint64_t)wire_type);
}

void nn_protobuf_int(struct nn_protobuf *pb, int field, int64_t value)
{
    tag(pb, field, 0);
    varint(pb, (uint64_t)value);
}

void nn_protobuf_float(struct nn_protobuf *pb, int field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                              (unsigned char)(bits >> 24)};
    tag(pb, field, 5);
    append(pb, bytes, sizeof bytes);
}

void nn_protobuf_bytes(struct nn_protobuf *pb, int field, const void *bytes, size_t n)
{
    tag(pb, field, 2);
    varint(pb, n);
    append(pb, bytes, n);
}

void nn_protobuf_text(struct nn_protobuf *pb, int field, const char *text)
{
    nn_protobuf_bytes(pb, field, text, strlen(text));
}

void nn_protobuf_message(struct nn_protobuf *pb, int field, struct nn_protobuf *message)
{
    nn_protobuf_bytes(pb, field, message->bytes, message->n);
    pb->is_out_of_memory |= message->is_out_of_memory;
    nn_protobuf_finish(message);
}
