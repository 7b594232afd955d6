/* See seal/file.h. Write-through: a write that has returned is with the kernel. Chunks that were used last are kept
 * decrypted; one is known to be still what is on the disk by its nonce, which no two versions share. */
#include "format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { N_CACHED = 4, MAX_TRIES = 8 };
#define MAX_SIZE (INT64_C(1) << 46)

struct chunk {
    int64_t number; /* -1: none */
    uint8_t nonce[NONCE_BYTES];
    uint32_t n_bytes;
    uint64_t used;
    uint8_t bytes[SEAL_CHUNK_BYTES];
};

struct seal_file {
    struct seal_io io;
    int fd; /* of io, when it is ours; -1 */
    char *name;
    struct seal_key *key;
    uint8_t head[BOUND_BYTES];
    uint8_t *secret; /* (KEY_BYTES), in locked memory */
    int64_t size;
    int last_errno;
    uint64_t clock;
    uint8_t record[REDO_NUMBER_BYTES + RECORD_BYTES];
    struct chunk chunks[N_CACHED];
};

static int fail_io(struct seal_file *file, int code)
{
    file->last_errno = -code;
    return fb_fail(FB_ERR_IO, "%s: %s", file->name, strerror(-code));
}

static int fail_tampered(const struct seal_file *file, int64_t number)
{
    return fb_fail(FB_ERR_TAMPERED, "%s: chunk %lld was changed since it was written", file->name, (long long)number);
}

static int fail_short(const struct seal_file *file)
{
    return fb_fail(FB_ERR_INPUT, "%s: cut short: its end is missing", file->name);
}

static int64_t place_of(int64_t number)
{
    return AT_CHUNKS + number * RECORD_BYTES;
}

/* Of chunk number, by the file's size. */
static uint32_t bytes_in(const struct seal_file *file, int64_t number)
{
    int64_t left = file->size - number * SEAL_CHUNK_BYTES;
    return left <= 0 ? 0 : left < SEAL_CHUNK_BYTES ? (uint32_t)left : SEAL_CHUNK_BYTES;
}

/* ---- the state: the file's size ---- */

static int write_state(struct seal_file *file, int64_t size)
{
    uint8_t state[STATE_BYTES], plain[8];
    put_u64(plain, (uint64_t)size);
    randombytes_buf(state, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(state + NONCE_BYTES, NULL, plain, sizeof plain, file->head, BOUND_BYTES,
                                               NULL, state, file->secret);
    int code = file->io.write(file->io.user, state, sizeof state, AT_STATE);
    if (code)
        return fail_io(file, code);
    file->size = size;
    return FB_OK;
}

static int read_state(struct seal_file *file)
{
    uint8_t state[STATE_BYTES], plain[8];
    for (int try = 0; try < MAX_TRIES; try++) { /* another process may be in the middle of writing it */
        size_t n = 0;
        int code = file->io.read(file->io.user, state, sizeof state, AT_STATE, &n);
        if (code)
            return fail_io(file, code);
        if (n < sizeof state)
            return fail_short(file);
        if (!crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, state + NONCE_BYTES, sizeof plain + TAG_BYTES,
                                                        file->head, BOUND_BYTES, state, file->secret) &&
            get_u64(plain) <= MAX_SIZE) {
            file->size = (int64_t)get_u64(plain);
            return FB_OK;
        }
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000}, NULL);
    }
    return fb_fail(FB_ERR_TAMPERED, "%s: its size was changed since it was written", file->name);
}

/* ---- chunks ---- */

static void bind_chunk(int64_t number, uint32_t n_bytes, uint8_t bound[12])
{
    put_u64(bound, (uint64_t)number);
    put_u32(bound + 8, n_bytes);
}

static struct chunk *oldest(struct seal_file *file)
{
    struct chunk *chunk = &file->chunks[0];
    for (int i = 1; i < N_CACHED; i++)
        if (file->chunks[i].used < chunk->used)
            chunk = &file->chunks[i];
    return chunk;
}

static struct chunk *cached(struct seal_file *file, int64_t number)
{
    for (int i = 0; i < N_CACHED; i++)
        if (file->chunks[i].number == number)
            return &file->chunks[i];
    return NULL;
}

/* record: as it lies in the file. False: it is not what was written there. */
static bool open_record(const struct seal_file *file, const uint8_t *record, size_t n_record, int64_t number,
                        struct chunk *chunk)
{
    uint32_t n_bytes = n_record >= RECORD_HEAD_BYTES ? get_u32(record + NONCE_BYTES) : UINT32_MAX;
    uint8_t bound[12];
    if (n_bytes > SEAL_CHUNK_BYTES || n_record < RECORD_HEAD_BYTES + (size_t)n_bytes)
        return false;
    bind_chunk(number, n_bytes, bound);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(chunk->bytes, NULL, record + RECORD_HEAD_BYTES, n_bytes,
                                                            record + NONCE_BYTES + 8, bound, sizeof bound, record,
                                                            file->secret))
        return false;
    chunk->number = number;
    chunk->n_bytes = n_bytes;
    memcpy(chunk->nonce, record, NONCE_BYTES);
    return true;
}

/* A writer that was killed within the chunk has left it here. */
static bool open_redo(struct seal_file *file, int64_t number, struct chunk *chunk)
{
    size_t n = 0;
    return !file->io.read(file->io.user, file->record, sizeof file->record, AT_REDO, &n) && n > REDO_NUMBER_BYTES &&
           get_u64(file->record) == (uint64_t)number &&
           open_record(file, file->record + REDO_NUMBER_BYTES, n - REDO_NUMBER_BYTES, number, chunk);
}

static bool is_current(struct seal_file *file, const struct chunk *chunk)
{
    uint8_t nonce[NONCE_BYTES];
    size_t n = 0;
    return !file->io.read(file->io.user, nonce, sizeof nonce, place_of(chunk->number), &n) && n == sizeof nonce &&
           !memcmp(nonce, chunk->nonce, sizeof nonce);
}

/* Why the chunk does not open, as far as its place tells. */
static int fail_chunk(struct seal_file *file, int64_t number)
{
    int64_t there = 0;
    int code = file->io.size(file->io.user, &there);
    if (code)
        return fail_io(file, code);
    return there < place_of(number) + RECORD_HEAD_BYTES + bytes_in(file, number) ? fail_short(file)
                                                                                : fail_tampered(file, number);
}

static int load(struct seal_file *file, int64_t number, struct chunk **out)
{
    struct chunk *chunk = *out = cached(file, number);
    if (chunk && is_current(file, chunk)) {
        chunk->used = ++file->clock;
        return FB_OK;
    }
    chunk = *out = chunk ? chunk : oldest(file);
    chunk->number = -1;
    for (int try = 0; try < MAX_TRIES; try++) {
        size_t n = 0;
        int code = file->io.read(file->io.user, file->record, RECORD_BYTES, place_of(number), &n);
        if (code)
            return fail_io(file, code);
        if ((open_record(file, file->record, n, number, chunk) || open_redo(file, number, chunk)) &&
            chunk->n_bytes >= bytes_in(file, number)) {
            chunk->used = ++file->clock;
            return FB_OK;
        }
        chunk->number = -1;
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000}, NULL);
    }
    return fail_chunk(file, number);
}

/* Into its place; is_again: there is one already, which must not be lost if we are killed on the way. */
static int store(struct seal_file *file, struct chunk *chunk, bool is_again)
{
    uint8_t *record = file->record + REDO_NUMBER_BYTES, bound[12];
    memset(file->record, 0, REDO_NUMBER_BYTES + RECORD_HEAD_BYTES);
    put_u64(file->record, (uint64_t)chunk->number);
    randombytes_buf(record, NONCE_BYTES);
    put_u32(record + NONCE_BYTES, chunk->n_bytes);
    bind_chunk(chunk->number, chunk->n_bytes, bound);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(record + RECORD_HEAD_BYTES, record + NONCE_BYTES + 8, NULL,
                                                        chunk->bytes, chunk->n_bytes, bound, sizeof bound, NULL, record,
                                                        file->secret);
    memcpy(chunk->nonce, record, NONCE_BYTES);
    size_t n_record = RECORD_HEAD_BYTES + (size_t)chunk->n_bytes;
    int code = 0;
    if (is_again)
        code = file->io.write(file->io.user, file->record, REDO_NUMBER_BYTES + n_record, AT_REDO);
    if (!code)
        code = file->io.write(file->io.user, record, n_record, place_of(chunk->number));
    if (code)
        chunk->number = -1;
    return code ? fail_io(file, code) : FB_OK;
}

/* ---- opening ---- */

static int allocate(const struct seal_io *io, const char *name, struct seal_file **out)
{
    struct seal_file *file = *out = calloc(1, sizeof *file);
    if (!file)
        return fb_fail_nomem("a sealed file", sizeof *file);
    file->io = *io;
    file->fd = -1;
    for (int i = 0; i < N_CACHED; i++)
        file->chunks[i].number = -1;
    file->name = strdup(name);
    file->secret = sodium_malloc(KEY_BYTES);
    return file->name && file->secret ? FB_OK : fb_fail_nomem("a sealed file", KEY_BYTES);
}

static void take_key(struct seal_file *file, struct seal_key *key)
{
    file->key = key;
    crypto_generichash(file->secret, KEY_BYTES, file->head + AT_NUMBER, NUMBER_BYTES, key->secret, KEY_BYTES);
    sodium_mprotect_readonly(file->secret);
}

int seal_file_create_io(const struct seal_io *io, struct seal_key *key, const char *name, struct seal_file **out)
{
    uint8_t header[SEAL_HEADER_BYTES] = {0};
    int status = allocate(io, name, out);
    struct seal_file *file = *out;
    if (!status) {
        memcpy(file->head, key->block, SEAL_KEY_BLOCK_BYTES);
        randombytes_buf(file->head + AT_NUMBER, NUMBER_BYTES);
        take_key(file, key);
        memcpy(header, file->head, BOUND_BYTES);
        int code = io->write(io->user, header, sizeof header, 0);
        status = code ? fail_io(file, code) : write_state(file, 0);
    }
    if (status)
        seal_file_close(out);
    return status;
}

static int read_head(struct seal_file *file)
{
    size_t n = 0;
    int code = file->io.read(file->io.user, file->head, BOUND_BYTES, 0, &n);
    if (code)
        return fail_io(file, code);
    int status = seal_check_block(file->head, n, file->name);
    if (!status && n < BOUND_BYTES)
        status = fail_short(file);
    if (status)
        return status;
    struct seal_key *key = seal_key_find(file->head);
    if (!key)
        return fb_fail(FB_ERR_LOCKED, "%s: locked; it needs its passphrase", file->name);
    take_key(file, key);
    return FB_OK;
}

int seal_file_open_io(const struct seal_io *io, const char *name, struct seal_file **out)
{
    int64_t there = 0;
    *out = NULL;
    if (sodium_init() < 0)
        return fb_fail(FB_ERR_FAILED, "libsodium does not start on this machine");
    int status = allocate(io, name, out);
    struct seal_file *file = *out;
    if (!status)
        status = read_head(file);
    if (!status)
        status = read_state(file);
    if (!status && io->size(io->user, &there))
        status = fail_io(file, -EIO);
    int64_t last = file && file->size ? (file->size - 1) / SEAL_CHUNK_BYTES : 0;
    if (!status && file->size && there < place_of(last) + RECORD_HEAD_BYTES + bytes_in(file, last))
        status = fail_short(file);
    if (status)
        seal_file_close(out);
    return status;
}

void seal_file_close(struct seal_file **file)
{
    if (!*file)
        return;
    if ((*file)->fd >= 0)
        close((*file)->fd);
    sodium_free((*file)->secret);
    free((*file)->name);
    sodium_memzero(*file, sizeof **file);
    free(*file);
    *file = NULL;
}

/* ---- a file of our own ---- */

static int fd_of(void *user)
{
    return *(int *)user;
}

static int fd_read(void *user, void *bytes, size_t n_bytes, int64_t at, size_t *n_read)
{
    for (*n_read = 0; *n_read < n_bytes;) {
        ssize_t n = pread(fd_of(user), (uint8_t *)bytes + *n_read, n_bytes - *n_read, at + (int64_t)*n_read);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        *n_read += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int fd_write(void *user, const void *bytes, size_t n_bytes, int64_t at)
{
    for (size_t done = 0; done < n_bytes;) {
        ssize_t n = pwrite(fd_of(user), (const uint8_t *)bytes + done, n_bytes - done, at + (int64_t)done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int fd_truncate(void *user, int64_t n_bytes)
{
    return ftruncate(fd_of(user), n_bytes) ? -errno : 0;
}

static int fd_sync(void *user)
{
    return fdatasync(fd_of(user)) ? -errno : 0;
}

static int fd_size(void *user, int64_t *n_bytes)
{
    struct stat info;
    if (fstat(fd_of(user), &info))
        return -errno;
    *n_bytes = info.st_size;
    return 0;
}

/* The functions above need the handle's own fd, whose place is known only once there is a handle. */
static int with_fd(int fd, const char *path, struct seal_key *key, struct seal_file **out)
{
    struct seal_io io = {&fd, fd_read, fd_write, fd_truncate, fd_sync, fd_size};
    int status = key ? seal_file_create_io(&io, key, path, out) : seal_file_open_io(&io, path, out);
    if (status) {
        close(fd);
        return status;
    }
    (*out)->fd = fd;
    (*out)->io.user = &(*out)->fd;
    return FB_OK;
}

int seal_file_create(const char *path, struct seal_key *key, struct seal_file **out)
{
    *out = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
    return with_fd(fd, path, key, out);
}

int seal_file_open(const char *path, struct seal_file **out)
{
    *out = NULL;
    struct stat info;
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    if (!fstat(fd, &info) && S_ISREG(info.st_mode))
        return with_fd(fd, path, NULL, out);
    close(fd);
    return fb_fail(FB_ERR_INPUT, "%s: not a regular file", path);
}

/* ---- use ---- */

struct seal_key *seal_file_key(const struct seal_file *file)
{
    return file->key;
}

int seal_file_errno(const struct seal_file *file)
{
    return file->last_errno;
}

int seal_file_size(struct seal_file *file, int64_t *n_bytes)
{
    int status = read_state(file);
    *n_bytes = file->size;
    return status;
}

int seal_file_read(struct seal_file *file, int64_t at, void *bytes, size_t n_bytes, size_t *n_read)
{
    *n_read = 0;
    int status = read_state(file);
    while (!status && *n_read < n_bytes && at < file->size) {
        struct chunk *chunk;
        int64_t number = at / SEAL_CHUNK_BYTES;
        uint32_t from = (uint32_t)(at % SEAL_CHUNK_BYTES), there = bytes_in(file, number) - from;
        size_t n = n_bytes - *n_read < there ? n_bytes - *n_read : there;
        status = load(file, number, &chunk);
        if (status)
            break;
        memcpy((uint8_t *)bytes + *n_read, chunk->bytes + from, n);
        *n_read += n;
        at += (int64_t)n;
    }
    return status;
}

/* Within one chunk; the size is left to the caller. */
static int write_piece(struct seal_file *file, int64_t at, const uint8_t *bytes, size_t n_bytes)
{
    int64_t number = at / SEAL_CHUNK_BYTES;
    uint32_t from = (uint32_t)(at % SEAL_CHUNK_BYTES), there = bytes_in(file, number);
    struct chunk *chunk = cached(file, number);
    bool is_whole = from == 0 && n_bytes >= there;
    if (there && !is_whole) {
        int status = load(file, number, &chunk);
        if (status)
            return status;
    } else {
        chunk = chunk ? chunk : oldest(file);
        chunk->number = number;
        chunk->used = ++file->clock;
    }
    if (from > there)
        memset(chunk->bytes + there, 0, from - there);
    memcpy(chunk->bytes + from, bytes, n_bytes);
    chunk->n_bytes = from + (uint32_t)n_bytes > there ? from + (uint32_t)n_bytes : there;
    return store(file, chunk, there > 0);
}

static int write_all(struct seal_file *file, int64_t at, const uint8_t *bytes, size_t n_bytes)
{
    int64_t end = at + (int64_t)n_bytes;
    int status = FB_OK;
    while (n_bytes && !status) {
        size_t room = SEAL_CHUNK_BYTES - (size_t)(at % SEAL_CHUNK_BYTES), n = n_bytes < room ? n_bytes : room;
        status = write_piece(file, at, bytes, n);
        bytes += n;
        at += (int64_t)n;
        n_bytes -= n;
    }
    return !status && end > file->size ? write_state(file, end) : status;
}

int seal_file_write(struct seal_file *file, int64_t at, const void *bytes, size_t n_bytes)
{
    static const uint8_t zeros[SEAL_CHUNK_BYTES];
    int status = read_state(file);
    while (!status && at > file->size) {
        int64_t gap = at - file->size, room = SEAL_CHUNK_BYTES - file->size % SEAL_CHUNK_BYTES;
        status = write_all(file, file->size, zeros, (size_t)(gap < room ? gap : room));
    }
    return status ? status : write_all(file, at, bytes, n_bytes);
}

int seal_file_truncate(struct seal_file *file, int64_t n_bytes)
{
    int status = read_state(file);
    if (status || n_bytes >= file->size)
        return status;
    status = write_state(file, n_bytes);
    int64_t n_chunks = (n_bytes + SEAL_CHUNK_BYTES - 1) / SEAL_CHUNK_BYTES, there = 0;
    int64_t end = n_chunks ? place_of(n_chunks) : SEAL_HEADER_BYTES;
    int code = status ? 0 : file->io.size(file->io.user, &there);
    if (!status && !code && there > end)
        code = file->io.truncate(file->io.user, end);
    for (int i = 0; i < N_CACHED; i++) /* a chunk that comes anew is not the one that was there */
        if (file->chunks[i].number >= n_chunks)
            file->chunks[i].number = -1;
    return code ? fail_io(file, code) : status;
}

int seal_file_sync(struct seal_file *file)
{
    int code = file->io.sync(file->io.user);
    return code ? fail_io(file, code) : FB_OK;
}

int seal_file_verify(struct seal_file *file)
{
    struct chunk *chunk;
    int status = read_state(file);
    for (int64_t number = 0; !status && number * SEAL_CHUNK_BYTES < file->size; number++)
        status = load(file, number, &chunk);
    return status;
}
