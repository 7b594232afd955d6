/* Sealed files: as a plain file to their user, nothing of it on the disk, and every kind of harm is told apart. */
#include "seal/file.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSPHRASE "correct horse battery"
static char dir[] = "/tmp/feltboard-seal-XXXXXX";
static struct seal_key *key; /* one for all tests: making one takes its time */

static const char *in_dir(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static uint8_t *load_all(const char *path, size_t *n_bytes)
{
    struct stat info;
    int fd = open(path, O_RDONLY);
    *n_bytes = 0;
    if (!CHECK(fd >= 0 && !fstat(fd, &info)))
        return NULL;
    uint8_t *bytes = malloc((size_t)info.st_size + 1);
    CHECK(read(fd, bytes, (size_t)info.st_size) == info.st_size);
    close(fd);
    *n_bytes = (size_t)info.st_size;
    return bytes;
}

static void save_all(const char *path, const uint8_t *bytes, size_t n_bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, bytes, n_bytes) == (ssize_t)n_bytes);
    close(fd);
}

/* A file of n_bytes, byte i being i * 7 + i / 251. */
static void make(const char *path, size_t n_bytes)
{
    struct seal_file *file = NULL;
    uint8_t *bytes = malloc(n_bytes + 1);
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    unlink(path);
    CHECK_MSG(!seal_file_create(path, key, &file), "%s", fb_error_text());
    CHECK(!seal_file_write(file, 0, bytes, n_bytes));
    seal_file_close(&file);
    free(bytes);
}

static int read_through(const char *path)
{
    struct seal_file *file = NULL;
    int status = seal_file_open(path, &file);
    if (!status)
        status = seal_file_verify(file);
    seal_file_close(&file);
    return status;
}

enum { MODEL_BYTES = 400000 };

/* Reads, writes, truncations anywhere give what they give in memory, also after opening again. */
static void behaves_as_a_file(void)
{
    static uint8_t model[MODEL_BYTES], bytes[MODEL_BYTES];
    struct seal_file *file = NULL;
    int64_t size = 0, n_there;
    size_t n_read;
    unsigned seed = 1;
    CHECK(!seal_file_create(in_dir("model"), key, &file));
    for (int i = 0; i < 400; i++) {
        size_t at = (size_t)rand_r(&seed) % (MODEL_BYTES / 2), n = (size_t)rand_r(&seed) % (i % 9 ? 9000 : 150000);
        int what = rand_r(&seed) % 10;
        if (what < 5) {
            memset(bytes, rand_r(&seed), n);
            CHECK(!seal_file_write(file, (int64_t)at, bytes, n));
            memcpy(model + at, bytes, n);
            size = (int64_t)(at + n) > size && n ? (int64_t)(at + n) : (int64_t)at > size ? (int64_t)at : size;
        } else if (what == 5) {
            CHECK(!seal_file_truncate(file, (int64_t)at));
            if ((int64_t)at < size) {
                memset(model + at, 0, (size_t)size - at);
                size = (int64_t)at;
            }
        } else if (what == 6) {
            seal_file_close(&file);
            if (!CHECK_MSG(!seal_file_open(in_dir("model"), &file), "%s", fb_error_text()))
                return;
        } else {
            CHECK(!seal_file_read(file, (int64_t)at, bytes, n, &n_read));
            CHECK_INT(n_read, (int64_t)at >= size ? 0 : (int64_t)(at + n) > size ? size - (int64_t)at : (int64_t)n);
            CHECK(!memcmp(bytes, model + at, n_read));
        }
        CHECK(!seal_file_size(file, &n_there) && n_there == size);
    }
    CHECK(!seal_file_verify(file));
    seal_file_close(&file);
}

/* Another handle, as another process has one, sees what was written since. */
static void two_handles(void)
{
    struct seal_file *writer = NULL, *reader = NULL;
    char text[8] = "";
    size_t n = 0;
    CHECK(!seal_file_create(in_dir("two"), key, &writer) && !seal_file_write(writer, 0, "first..", 8));
    CHECK(!seal_file_open(in_dir("two"), &reader) && !seal_file_read(reader, 0, text, 8, &n));
    CHECK_STR(text, "first..");
    CHECK(!seal_file_write(writer, 0, "second.", 8) && !seal_file_read(reader, 0, text, 8, &n));
    CHECK_STR(text, "second.");
    seal_file_close(&writer);
    seal_file_close(&reader);
}

static void nothing_shows(void)
{
    static const char secret[] = "Zebediah Quux";
    struct seal_file *file = NULL;
    struct stat info;
    size_t n_bytes;
    umask(0);
    CHECK(!seal_file_create(in_dir("secret"), key, &file));
    for (int i = 0; i < 3; i++) /* in chunks, in the redo place and over each other */
        CHECK(!seal_file_write(file, 100 * i, secret, sizeof secret));
    seal_file_close(&file);
    uint8_t *bytes = load_all(in_dir("secret"), &n_bytes);
    CHECK(n_bytes > SEAL_HEADER_BYTES && !memmem(bytes, n_bytes, secret, 5));
    CHECK(!memmem(bytes, n_bytes, PASSPHRASE, 7));
    CHECK(!stat(in_dir("secret"), &info) && (info.st_mode & 0777) == 0600);
    free(bytes);
}

static void passphrases(void)
{
    struct seal_key *none = NULL;
    CHECK_INT(seal_key_create("short", 5, &none), FB_ERR_USAGE);
    make(in_dir("locked"), 1000);
    save_all(in_dir("plain"), (const uint8_t *)"hello, world", 12);
    CHECK_INT(seal_key_unlock(in_dir("plain"), PASSPHRASE, strlen(PASSPHRASE)), FB_ERR_INPUT);
    CHECK_INT(read_through(in_dir("plain")), FB_ERR_INPUT);
    CHECK(!seal_key_of_file(in_dir("plain"), &none) && !none);
    seal_forget_keys();
    CHECK_INT(read_through(in_dir("locked")), FB_ERR_LOCKED);
    CHECK_INT(seal_key_of_file(in_dir("locked"), &none), FB_ERR_LOCKED);
    CHECK_INT(seal_key_unlock(in_dir("locked"), "wrong horse battery", 19), FB_ERR_LOCKED);
    CHECK(strstr(fb_error_text(), "passphrase is wrong"));
    CHECK_INT(read_through(in_dir("locked")), FB_ERR_LOCKED);
    CHECK_INT(seal_key_unlock(in_dir("locked"), PASSPHRASE, strlen(PASSPHRASE)), FB_OK);
    CHECK_INT(read_through(in_dir("locked")), FB_OK);
    CHECK(!seal_key_of_file(in_dir("locked"), &key) && key);
}

enum { TWO_AND_A_HALF = 5 * SEAL_CHUNK_BYTES / 2, CHUNKS_AT = 73728, STEP = 65600 };

/* Cut anywhere: said to be cut short, or whole where nothing of it is missing. */
static void truncated(void)
{
    size_t n_bytes;
    make(in_dir("long"), TWO_AND_A_HALF);
    uint8_t *bytes = load_all(in_dir("long"), &n_bytes);
    const size_t cuts[] = {8, 100, 130, 200, 300, 4096, 5000, CHUNKS_AT, CHUNKS_AT + 10, CHUNKS_AT + STEP,
                           CHUNKS_AT + 2 * STEP, CHUNKS_AT + 2 * STEP + 64, n_bytes - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        save_all(in_dir("cut"), bytes, cuts[i]);
        CHECK_INT(read_through(in_dir("cut")), FB_ERR_INPUT);
        CHECK_MSG(strstr(fb_error_text(), "cut short"), "cut at %zu: %s", cuts[i], fb_error_text());
    }
    save_all(in_dir("cut"), bytes, n_bytes);
    CHECK_INT(read_through(in_dir("cut")), FB_OK);
    free(bytes);
}

/* One bit anywhere, chunks that change places, a chunk of another file, an older header: tampered with. */
static void tampered(void)
{
    size_t n_bytes, n_other;
    make(in_dir("whole"), TWO_AND_A_HALF);
    make(in_dir("other"), TWO_AND_A_HALF);
    uint8_t *bytes = load_all(in_dir("whole"), &n_bytes), *other = load_all(in_dir("other"), &n_other);
    uint8_t *copy = malloc(n_bytes);
    const size_t bits[] = {12, 24, 40, 64, 111, 112, 128, 143, 192, 216, 224, CHUNKS_AT, CHUNKS_AT + 24, CHUNKS_AT + 32,
                           CHUNKS_AT + 64, CHUNKS_AT + STEP + 4000, n_bytes - 1};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        memcpy(copy, bytes, n_bytes);
        copy[bits[i]] ^= 16;
        save_all(in_dir("bad"), copy, n_bytes);
        CHECK_MSG(read_through(in_dir("bad")) == FB_ERR_TAMPERED, "byte %zu: %s", bits[i], fb_error_text());
    }
    memcpy(copy, bytes, n_bytes);
    memcpy(copy + CHUNKS_AT, bytes + CHUNKS_AT + STEP, STEP);
    memcpy(copy + CHUNKS_AT + STEP, bytes + CHUNKS_AT, STEP);
    save_all(in_dir("bad"), copy, n_bytes);
    CHECK_INT(read_through(in_dir("bad")), FB_ERR_TAMPERED);
    memcpy(copy, bytes, n_bytes);
    memcpy(copy + CHUNKS_AT, other + CHUNKS_AT, STEP);
    save_all(in_dir("bad"), copy, n_bytes);
    CHECK_INT(read_through(in_dir("bad")), FB_ERR_TAMPERED);
    memcpy(copy, bytes, n_bytes);
    memcpy(copy + 192, other + 192, 48);
    save_all(in_dir("bad"), copy, n_bytes);
    CHECK_INT(read_through(in_dir("bad")), FB_ERR_TAMPERED);
    free(bytes);
    free(other);
    free(copy);
}

/* Writes rising numbers all over the second chunk, each over the one before. */
static void write_for_ever(const char *path, int told)
{
    static uint8_t bytes[50000];
    struct seal_file *file = NULL;
    if (seal_file_open(path, &file))
        _exit(1);
    for (unsigned i = 1;; i++) {
        memset(bytes, (int)(i % 251), sizeof bytes);
        if (seal_file_write(file, 70000, bytes, sizeof bytes) || (i == 3 && write(told, "x", 1) != 1))
            _exit(1);
    }
}

/* A chunk written over and over and killed in between is the old or the new one, never none or a mixture. */
static void killed(void)
{
    static uint8_t bytes[50000];
    for (int i = 0; i < 25; i++) {
        int ends[2], status;
        char byte;
        struct seal_file *file = NULL;
        size_t n = 0;
        make(in_dir("kill"), TWO_AND_A_HALF);
        CHECK(!pipe(ends));
        pid_t child = fork();
        if (!child)
            write_for_ever(in_dir("kill"), ends[1]);
        CHECK(read(ends[0], &byte, 1) == 1);
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 + i * 37 * 1000}, NULL);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        CHECK_MSG(WIFSIGNALED(status), "the writer failed by itself");
        CHECK_MSG(!seal_file_open(in_dir("kill"), &file) && !seal_file_verify(file), "%s", fb_error_text());
        CHECK(file && !seal_file_read(file, 70000, bytes, sizeof bytes, &n) && n == sizeof bytes);
        CHECK(!memcmp(bytes, bytes + 1, sizeof bytes - 1));
        seal_file_close(&file);
        close(ends[0]);
        close(ends[1]);
    }
}

/* The moment that a kill rarely meets: within the chunk's own place, after redo. */
static void torn(void)
{
    size_t n_bytes;
    struct seal_file *file = NULL;
    uint8_t text[6] = "";
    make(in_dir("torn"), 1000);
    CHECK(!seal_file_open(in_dir("torn"), &file) && !seal_file_write(file, 10, "fresh", 6));
    seal_file_close(&file);
    uint8_t *bytes = load_all(in_dir("torn"), &n_bytes);
    memset(bytes + CHUNKS_AT + 64, 0, 500);
    save_all(in_dir("torn"), bytes, n_bytes);
    CHECK_MSG(!seal_file_open(in_dir("torn"), &file), "%s", fb_error_text());
    CHECK(file && !seal_file_read(file, 10, text, 6, &n_bytes) && !memcmp(text, "fresh", 6));
    seal_file_close(&file);
    free(bytes);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"behaves_as_a_file", behaves_as_a_file}, {"two_handles", two_handles}, {"nothing_shows", nothing_shows},
        {"truncated", truncated}, {"tampered", tampered}, {"torn", torn}, {"killed", killed},
        {"passphrases", passphrases},
    };
    char command[100];
    if (!mkdtemp(dir) || seal_key_create(PASSPHRASE, strlen(PASSPHRASE), &key))
        return 1;
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) ? 1 : code;
}
