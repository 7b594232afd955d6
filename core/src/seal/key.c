/* See seal/key.h. Argon2id with 3 passes over 64 MiB, RFC 9106's second recommendation. */
#include "format.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PASSES = 3, MEMORY_KIB = 64 << 10, MAX_PASSES = 32, MAX_MEMORY_KIB = 2 << 20 };
static const char magic[8] = "FELTSEAL";

static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER;
static struct seal_key *ring; /* protected by ring_lock; items are only added */

/* A core dump would hold the keys and what they sealed. */
static int prepare(void)
{
    if (sodium_init() < 0)
        return fb_fail(FB_ERR_FAILED, "libsodium does not start on this machine");
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    return FB_OK;
}

bool seal_is_sealed(const void *head, size_t n_bytes)
{
    return n_bytes >= sizeof magic && !memcmp(head, magic, sizeof magic);
}

static void make_check(const uint8_t *block, uint8_t check[CHECK_BYTES])
{
    crypto_generichash(check, CHECK_BYTES, block, AT_CHECK, NULL, 0);
}

int seal_check_block(const uint8_t *block, size_t n_bytes, const char *name)
{
    uint8_t check[CHECK_BYTES];
    if (!seal_is_sealed(block, n_bytes))
        return fb_fail(FB_ERR_INPUT, "%s: not a sealed file", name);
    if (n_bytes < SEAL_KEY_BLOCK_BYTES)
        return fb_fail(FB_ERR_INPUT, "%s: cut short: only %zu bytes are left of it", name, n_bytes);
    if (get_u32(block + AT_VERSION) != 1)
        return fb_fail(FB_ERR_INPUT, "%s: sealed in version %u, this program reads version 1; use a newer program",
                       name, get_u32(block + AT_VERSION));
    make_check(block, check);
    if (sodium_memcmp(check, block + AT_CHECK, CHECK_BYTES))
        return fb_fail(FB_ERR_TAMPERED, "%s: its first bytes were changed; without them no passphrase opens it", name);
    if (get_u32(block + AT_CHUNK) != SEAL_CHUNK_BYTES || !get_u32(block + AT_PASSES) ||
        get_u32(block + AT_PASSES) > MAX_PASSES || get_u32(block + AT_MEMORY) < 8 ||
        get_u32(block + AT_MEMORY) > MAX_MEMORY_KIB)
        return fb_fail(FB_ERR_INPUT, "%s: sealed in a way that this program does not know", name);
    return FB_OK;
}

/* secret: (KEY_BYTES), in locked memory. */
static int derive(const uint8_t *block, const char *passphrase, size_t n_bytes, uint8_t *secret)
{
    if (crypto_pwhash(secret, KEY_BYTES, passphrase, n_bytes, block + AT_SALT, get_u32(block + AT_PASSES),
                      (size_t)get_u32(block + AT_MEMORY) << 10, crypto_pwhash_ALG_ARGON2ID13))
        return fb_fail_nomem("opening a lock", (size_t)get_u32(block + AT_MEMORY) << 10);
    return FB_OK;
}

static struct seal_key *find(const uint8_t *bytes, size_t n_bytes, size_t at)
{
    pthread_mutex_lock(&ring_lock);
    struct seal_key *key = ring;
    while (key && memcmp(key->block + at, bytes, n_bytes))
        key = key->next;
    pthread_mutex_unlock(&ring_lock);
    return key;
}

struct seal_key *seal_key_find(const uint8_t *block)
{
    return find(block, SEAL_KEY_BLOCK_BYTES, 0);
}

static int new_key(struct seal_key **out)
{
    struct seal_key *key = *out = calloc(1, sizeof *key);
    if (key && !(key->secret = sodium_malloc(KEY_BYTES))) {
        free(key);
        *out = NULL;
    }
    return *out ? FB_OK : fb_fail_nomem("a key", KEY_BYTES);
}

static void drop_key(struct seal_key **key)
{
    sodium_free((*key)->secret);
    free(*key);
    *key = NULL;
}

static void put_into_ring(struct seal_key *key)
{
    sodium_mprotect_readonly(key->secret);
    pthread_mutex_lock(&ring_lock);
    key->next = ring;
    ring = key;
    pthread_mutex_unlock(&ring_lock);
}

static void fill_block(uint8_t *block)
{
    memcpy(block, magic, sizeof magic);
    put_u32(block + AT_VERSION, 1);
    put_u32(block + AT_PASSES, PASSES);
    put_u32(block + AT_MEMORY, MEMORY_KIB);
    put_u32(block + AT_CHUNK, SEAL_CHUNK_BYTES);
    randombytes_buf(block + AT_SALT, 16);
    randombytes_buf(block + AT_KEY_NONCE, NONCE_BYTES);
}

/* The session's key into the block, or out of it. */
static int wrap(struct seal_key *key, const char *passphrase, size_t n_bytes, bool is_new)
{
    uint8_t *block = key->block, *from_passphrase = sodium_malloc(KEY_BYTES);
    int status = from_passphrase ? derive(block, passphrase, n_bytes, from_passphrase)
                                 : fb_fail_nomem("a key", KEY_BYTES);
    if (!status && is_new)
        crypto_aead_xchacha20poly1305_ietf_encrypt(block + AT_WRAPPED, NULL, key->secret, KEY_BYTES, block, AT_WRAPPED,
                                                   NULL, block + AT_KEY_NONCE, from_passphrase);
    else if (!status && crypto_aead_xchacha20poly1305_ietf_decrypt(key->secret, NULL, NULL, block + AT_WRAPPED,
                                                                   KEY_BYTES + TAG_BYTES, block, AT_WRAPPED,
                                                                   block + AT_KEY_NONCE, from_passphrase))
        status = fb_fail(FB_ERR_LOCKED, "the passphrase is wrong");
    sodium_free(from_passphrase);
    return status;
}

int seal_key_create(const char *passphrase, size_t n_bytes, struct seal_key **out)
{
    *out = NULL;
    if (n_bytes < SEAL_PASSPHRASE_MIN_BYTES || n_bytes > SEAL_PASSPHRASE_MAX_BYTES)
        return fb_fail(FB_ERR_USAGE, "a passphrase has %d to %d characters; several words are best",
                       SEAL_PASSPHRASE_MIN_BYTES, SEAL_PASSPHRASE_MAX_BYTES);
    struct seal_key *key = NULL;
    int status = prepare();
    if (!status)
        status = new_key(&key);
    if (status)
        return status;
    fill_block(key->block);
    randombytes_buf(key->secret, KEY_BYTES);
    status = wrap(key, passphrase, n_bytes, true);
    make_check(key->block, key->block + AT_CHECK);
    if (status)
        drop_key(&key);
    else
        put_into_ring(key);
    *out = key;
    return status;
}

static ssize_t read_block(const char *path, uint8_t block[SEAL_KEY_BLOCK_BYTES])
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, block, SEAL_KEY_BLOCK_BYTES, 0);
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
    return n;
}

bool seal_is_sealed_file(const char *path)
{
    uint8_t block[SEAL_KEY_BLOCK_BYTES];
    ssize_t n = read_block(path, block);
    return n > 0 && seal_is_sealed(block, (size_t)n);
}

int seal_key_unlock(const char *path, const char *passphrase, size_t n_bytes)
{
    uint8_t block[SEAL_KEY_BLOCK_BYTES];
    struct seal_key *key = NULL;
    ssize_t n = read_block(path, block);
    if (n < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    int status = prepare();
    if (!status)
        status = seal_check_block(block, (size_t)n, path);
    if (!status)
        status = new_key(&key);
    if (status)
        return status;
    memcpy(key->block, block, sizeof block);
    status = wrap(key, passphrase, n_bytes, false);
    if (status || seal_key_find(block))
        drop_key(&key);
    else
        put_into_ring(key);
    return status ? fb_fail_context(status, "%s", path) : FB_OK;
}

int seal_key_of_file(const char *path, struct seal_key **key)
{
    uint8_t block[SEAL_KEY_BLOCK_BYTES];
    *key = NULL;
    ssize_t n = read_block(path, block);
    if (n < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    if (!seal_is_sealed(block, (size_t)n))
        return FB_OK;
    int status = seal_check_block(block, (size_t)n, path);
    if (!status && !(*key = seal_key_find(block)))
        status = fb_fail(FB_ERR_LOCKED, "%s: locked; it needs its passphrase", path);
    return status;
}

void seal_key_name(const struct seal_key *key, char name[SEAL_KEY_NAME_BYTES])
{
    sodium_bin2hex(name, SEAL_KEY_NAME_BYTES, key->block + AT_SALT, 16);
}

struct seal_key *seal_key_of_name(const char *name)
{
    uint8_t salt[16];
    size_t n = 0;
    if (!name || sodium_hex2bin(salt, sizeof salt, name, strlen(name), NULL, &n, NULL) || n != sizeof salt)
        return NULL;
    return find(salt, sizeof salt, AT_SALT);
}

void seal_forget_keys(void)
{
    pthread_mutex_lock(&ring_lock);
    while (ring) {
        struct seal_key *key = ring;
        ring = key->next;
        drop_key(&key);
    }
    pthread_mutex_unlock(&ring_lock);
}
