/* See av_file.h. */
#include "av_file.h"

#include "seal/file.h"

#include <libavutil/error.h>
#include <libavutil/mem.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IO_BUFFER_BYTES = 64 << 10 };

struct vis_av_file {
    int fd; /* plain; else -1 */
    struct seal_file *sealed;
    int64_t at;
    AVIOContext *io;
    int failure;
    char failure_text[FB_ERROR_TEXT_BYTES];
};

/* 0 or a negative errno for a seal's status, which is kept. */
static int errno_of(struct vis_av_file *file, int status)
{
    if (!status)
        return 0;
    file->failure = status;
    memcpy(file->failure_text, fb_error_text(), sizeof file->failure_text);
    int code = seal_file_errno(file->sealed);
    return status == FB_ERR_IO && code ? -code : -EIO;
}

static int read_bytes(void *user, uint8_t *bytes, int n_bytes)
{
    struct vis_av_file *file = user;
    size_t n_read = 0;
    if (file->sealed) {
        int code = errno_of(file, seal_file_read(file->sealed, file->at, bytes, (size_t)n_bytes, &n_read));
        if (code)
            return AVERROR(-code);
    } else {
        ssize_t n = pread(file->fd, bytes, (size_t)n_bytes, file->at);
        if (n < 0)
            return AVERROR(errno);
        n_read = (size_t)n;
    }
    file->at += (int64_t)n_read;
    return n_read ? (int)n_read : AVERROR_EOF;
}

static int write_plain(struct vis_av_file *file, const uint8_t *bytes, int n_bytes)
{
    for (int done = 0; done < n_bytes;) {
        ssize_t n = pwrite(file->fd, bytes + done, (size_t)(n_bytes - done), file->at + done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (int)n : 0;
    }
    return 0;
}

static int write_bytes(void *user, uint8_t *bytes, int n_bytes)
{
    struct vis_av_file *file = user;
    int code = file->sealed ? errno_of(file, seal_file_write(file->sealed, file->at, bytes, (size_t)n_bytes))
                            : write_plain(file, bytes, n_bytes);
    if (code)
        return AVERROR(-code);
    file->at += n_bytes;
    return n_bytes;
}

static int file_size(struct vis_av_file *file, int64_t *n_bytes)
{
    struct stat info;
    if (file->sealed)
        return errno_of(file, seal_file_size(file->sealed, n_bytes));
    if (fstat(file->fd, &info))
        return -errno;
    *n_bytes = info.st_size;
    return 0;
}

static int64_t seek_bytes(void *user, int64_t offset, int whence)
{
    struct vis_av_file *file = user;
    int64_t size = 0;
    int from = whence & ~AVSEEK_FORCE;
    if (from == AVSEEK_SIZE || from == SEEK_END) {
        int code = file_size(file, &size);
        if (code || from == AVSEEK_SIZE)
            return code ? AVERROR(-code) : size;
    }
    int64_t at = offset + (from == SEEK_END ? size : from == SEEK_CUR ? file->at : 0);
    if (at < 0)
        return AVERROR(EINVAL);
    return file->at = at;
}

static int make_io(struct vis_av_file *file, bool is_written)
{
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    if (buffer)
        file->io = avio_alloc_context(buffer, IO_BUFFER_BYTES, is_written, file, is_written ? NULL : read_bytes,
                                      is_written ? write_bytes : NULL, seek_bytes);
    if (file->io)
        return FB_OK;
    av_free(buffer);
    return fb_fail_nomem("a file's buffer", IO_BUFFER_BYTES);
}

static int allocate(struct vis_av_file **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fb_fail_nomem("a file", sizeof **out);
    (*out)->fd = -1;
    return FB_OK;
}

int vis_av_file_create(const char *path, struct seal_key *key, struct vis_av_file **out)
{
    int status = allocate(out), code = 0;
    if (!status && key) {
        status = seal_file_create(path, key, &(*out)->sealed);
        code = errno;
    } else if (!status) {
        (*out)->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        code = errno;
        if ((*out)->fd < 0)
            status = fb_fail(FB_ERR_IO, "%s: %s", path, strerror(code));
    }
    if (!status)
        status = make_io(*out, true);
    if (status)
        vis_av_file_close(out);
    errno = code;
    return status;
}

int vis_av_file_open(const char *path, struct vis_av_file **out)
{
    int status = allocate(out);
    if (!status && seal_is_sealed_file(path)) {
        status = seal_file_open(path, &(*out)->sealed);
    } else if (!status) {
        (*out)->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if ((*out)->fd < 0)
            status = fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    }
    if (!status)
        status = make_io(*out, false);
    if (status)
        vis_av_file_close(out);
    return status;
}

void vis_av_file_close(struct vis_av_file **file)
{
    if (!*file)
        return;
    if ((*file)->io)
        av_freep(&(*file)->io->buffer);
    avio_context_free(&(*file)->io);
    seal_file_close(&(*file)->sealed);
    if ((*file)->fd >= 0)
        close((*file)->fd);
    free(*file);
    *file = NULL;
}

AVIOContext *vis_av_file_io(struct vis_av_file *file)
{
    return file->io;
}

int vis_av_file_failure(const struct vis_av_file *file, char text[FB_ERROR_TEXT_BYTES])
{
    memcpy(text, file->failure_text, FB_ERROR_TEXT_BYTES);
    return file->failure;
}

int64_t vis_av_file_position(const struct vis_av_file *file)
{
    return file->at;
}

int vis_av_file_truncate(struct vis_av_file *file, int64_t n_bytes)
{
    if (file->sealed)
        return errno_of(file, seal_file_truncate(file->sealed, n_bytes));
    return ftruncate(file->fd, n_bytes) ? -errno : 0;
}

int vis_av_file_sync(struct vis_av_file *file)
{
    if (file->sealed)
        return errno_of(file, seal_file_sync(file->sealed));
    return fdatasync(file->fd) ? -errno : 0;
}
