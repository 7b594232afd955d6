/* The places of seal/file.h's format, and how key.c and file.c share a key. */
#ifndef SEAL_FORMAT_H
#define SEAL_FORMAT_H

#include "seal/file.h"

#include <sodium.h>

enum {
    AT_VERSION = 8,
    AT_PASSES = 12,
    AT_MEMORY = 16,
    AT_CHUNK = 20,
    AT_SALT = 24,
    AT_KEY_NONCE = 40,
    AT_WRAPPED = 64,
    AT_CHECK = 112,
    AT_NUMBER = 128,
    BOUND_BYTES = 144,
    AT_STATE = 192,
    STATE_BYTES = 48,
    AT_REDO = SEAL_HEADER_BYTES,
    REDO_NUMBER_BYTES = 64,
    AT_CHUNKS = 73728,
    RECORD_HEAD_BYTES = 64,
    RECORD_BYTES = RECORD_HEAD_BYTES + SEAL_CHUNK_BYTES,
    NUMBER_BYTES = 16,
    CHECK_BYTES = 16,
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(KEY_BYTES == 32 && NONCE_BYTES == 24 && TAG_BYTES == 16, "as the format has them");
_Static_assert(crypto_pwhash_argon2id_SALTBYTES == 16, "as the format has it");
_Static_assert(AT_REDO + REDO_NUMBER_BYTES + RECORD_BYTES <= AT_CHUNKS, "the redo place holds a chunk");
_Static_assert(STATE_BYTES == NONCE_BYTES + 8 + TAG_BYTES, "the state holds a size");

static inline void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t get_u32(const uint8_t *from)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)from[i] << 8 * i;
    return value;
}

static inline void put_u64(uint8_t *to, uint64_t value)
{
    put_u32(to, (uint32_t)value);
    put_u32(to + 4, (uint32_t)(value >> 32));
}

static inline uint64_t get_u64(const uint8_t *from)
{
    return get_u32(from) | (uint64_t)get_u32(from + 4) << 32;
}

struct seal_key {
    uint8_t block[SEAL_KEY_BLOCK_BYTES];
    uint8_t *secret; /* (KEY_BYTES), in locked memory */
    struct seal_key *next;
};

/* FB_ERR_INPUT with "NAME: ..." when the block is none of a sealed file that can be read here. */
int seal_check_block(const uint8_t *block, size_t n_bytes, const char *name);

#endif
