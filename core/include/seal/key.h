/* Keys of sealed files, kept in locked memory in one ring for the process.
 *
 *     seal_key_create("a passphrase", n, &key);        // a new session's key
 *     seal_key_unlock("s/session.db", "a passphrase", n);  // a session's key, from any of its files
 *     key = seal_key_find(head);                       // of a file whose key is in the ring
 *
 * Each session has a random key; each of its files holds it wrapped with what Argon2id makes of the passphrase
 * (seal/file.h has the bytes). Once unlocked it stays in the ring until the process ends.
 *
 * Threads: any. */
#ifndef SEAL_KEY_H
#define SEAL_KEY_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SEAL_KEY_BLOCK_BYTES = 128,
    SEAL_PASSPHRASE_MIN_BYTES = 8,
    SEAL_PASSPHRASE_MAX_BYTES = 1024,
    SEAL_KEY_NAME_BYTES = 33,
};

struct seal_key; /* owned by the ring */

/* Whether these first bytes of a file (8 are enough) are a sealed file's. */
bool seal_is_sealed(const void *head, size_t n_bytes);
/* The same, asked of a path; false for what cannot be read. */
bool seal_is_sealed_file(const char *path);

/* A new key under this passphrase. Takes 0.2 s and 64 MB for a while, by intention. FB_ERR_USAGE (too short
 * or too long), FB_ERR_NOMEM. */
FB_MUST_USE int seal_key_create(const char *passphrase, size_t n_bytes, struct seal_key **out);

/* Puts the key of the sealed file at path into the ring. FB_ERR_LOCKED: the passphrase is wrong; FB_ERR_INPUT:
 * no sealed file, or its key block is damaged; FB_ERR_NOMEM. */
FB_MUST_USE int seal_key_unlock(const char *path, const char *passphrase, size_t n_bytes);

/* block: the first SEAL_KEY_BLOCK_BYTES of a sealed file. NULL: not in the ring. */
struct seal_key *seal_key_find(const uint8_t *block);
/* A text that names the key without telling anything of it, and back; NULL: not in the ring. */
void seal_key_name(const struct seal_key *key, char name[SEAL_KEY_NAME_BYTES]);
struct seal_key *seal_key_of_name(const char *name);
/* Of the file at path: FB_OK with *key NULL for a plain file; FB_ERR_LOCKED: sealed, and not in the ring. */
FB_MUST_USE int seal_key_of_file(const char *path, struct seal_key **key);

/* Overwrites and frees every key; files that are still open can no longer be used. For tests. */
void seal_forget_keys(void);

#endif
