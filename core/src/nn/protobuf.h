/* Writing protocol buffers: tag and value pairs into a growing buffer; messages nest as buffers of their own.
 * Out of memory is remembered, so that only the end has to ask. */
#ifndef NN_PROTOBUF_H
#define NN_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nn_protobuf {
    unsigned char *bytes;
    size_t n, capacity;
    bool is_out_of_memory;
};

void nn_protobuf_finish(struct nn_protobuf *pb);
void nn_protobuf_int(struct nn_protobuf *pb, int field, int64_t value);
void nn_protobuf_float(struct nn_protobuf *pb, int field, float value);
void nn_protobuf_bytes(struct nn_protobuf *pb, int field, const void *bytes, size_t n);
void nn_protobuf_text(struct nn_protobuf *pb, int field, const char *text);
/* Appends the message and finishes it. */
void nn_protobuf_message(struct nn_protobuf *pb, int field, struct nn_protobuf *message);

#endif
