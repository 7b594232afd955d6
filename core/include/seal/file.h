/* A file whose bytes are only ever on the disk encrypted: read and written anywhere, like any file.
 *
 * The format (numbers little endian):
 *
 *     0    8   "FELTSEAL"                          \
 *     8    4   version, 1                           |
 *     12   4   Argon2id passes                      |
 *     16   4   Argon2id memory, KiB                 |  the key block: the same in all files of a
 *     20   4   bytes of a chunk, 65536              |  session
 *     24   16  salt                                 |
 *     40   24  nonce                                |
 *     64   48  the session's key, sealed with the   |
 *              passphrase's; bound to bytes 0..63   |
 *     112  16  BLAKE2b of bytes 0..111             /   tells damage from a wrong passphrase
 *     128  16  the file's number, random; the file's key is BLAKE2b(session's key, number)
 *     192  48  state: nonce, size in bytes (8), tag; bound to bytes 0..143
 *     4096     redo: number of a chunk (8, padded to 64), then that chunk as below
 *     73728    chunk 0, 1, 2 ... each 65600 bytes apart: nonce (24), length (4, then 4 zero), tag (16), 16 zero,
 *              then length bytes, 65536 but in the last one; bound to its number and its length
 *
 * Everything is sealed with XChaCha20-Poly1305, each time under a new random nonce. A chunk that is written
 * again is written into redo first: a process that is killed in the middle leaves one of the two whole. The size
 * is written after the chunks that it counts. So a killed writer loses at most the write it was in, a file that
 * was cut short is shorter than its size says, and any other change fails its tag: the chunk's number and the
 * file's key are in it, so that chunks cannot change places within a file or between two. What cannot be seen is an
 * older state of a file, put back whole or chunk by chunk by somebody who kept a copy. What shows from outside:
 * that it is a sealed file, its size and its times.
 *
 * Threads: one at a time per handle. Several processes may read a file while one writes it. */
#ifndef SEAL_FILE_H
#define SEAL_FILE_H

#include "seal/key.h"

#include <stdint.h>

enum { SEAL_CHUNK_BYTES = 64 << 10, SEAL_HEADER_BYTES = 4096 };

/* Where the sealed bytes lie; each returns 0 or a negative errno. Used instead of a path where the file is
 * opened by something else (SQLite's locks). */
struct seal_io {
    void *user;
    int (*read)(void *user, void *bytes, size_t n_bytes, int64_t at, size_t *n_read); /* short at the end */
    int (*write)(void *user, const void *bytes, size_t n_bytes, int64_t at);
    int (*truncate)(void *user, int64_t n_bytes);
    int (*sync)(void *user);
    int (*size)(void *user, int64_t *n_bytes);
};

struct seal_file;

/* name: for error lines, copied. io's user must outlive the handle. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int seal_file_create_io(const struct seal_io *io, struct seal_key *key, const char *name,
                                    struct seal_file **out);
/* FB_ERR_LOCKED: its key is not in the ring; FB_ERR_INPUT: no sealed file, of a later version, or cut short;
 * FB_ERR_TAMPERED: changed since it was written. */
FB_MUST_USE int seal_file_open_io(const struct seal_io *io, const char *name, struct seal_file **out);

/* A new file, mode 0600; FB_ERR_IO if there is one. */
FB_MUST_USE int seal_file_create(const char *path, struct seal_key *key, struct seal_file **out);
/* A regular file. As seal_file_open_io. */
FB_MUST_USE int seal_file_open(const char *path, struct seal_file **out);
/* Accepts NULL. Nothing waits to be written. */
void seal_file_close(struct seal_file **file);

struct seal_key *seal_file_key(const struct seal_file *file);

/* At the end fewer bytes come. FB_ERR_INPUT (cut short), FB_ERR_TAMPERED, FB_ERR_IO. */
FB_MUST_USE int seal_file_read(struct seal_file *file, int64_t at, void *bytes, size_t n_bytes, size_t *n_read);
/* With the kernel on return. Beyond the end: zeros in between. FB_ERR_IO (disk full ...: what was there before
 * is kept), and what reading may return. */
FB_MUST_USE int seal_file_write(struct seal_file *file, int64_t at, const void *bytes, size_t n_bytes);
FB_MUST_USE int seal_file_truncate(struct seal_file *file, int64_t n_bytes);
FB_MUST_USE int seal_file_sync(struct seal_file *file);
FB_MUST_USE int seal_file_size(struct seal_file *file, int64_t *n_bytes);
/* The errno of the last FB_ERR_IO, for those who tell a full disk from other failures. */
int seal_file_errno(const struct seal_file *file);
/* Reads every chunk. */
FB_MUST_USE int seal_file_verify(struct seal_file *file);

#endif
