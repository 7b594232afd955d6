/* See base/file.h. Opened with O_NONBLOCK, which a named pipe without a writer needs and a regular file ignores. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *path, const char *hint, const char *reason, int error)
{
    int status = fb_fail(FB_ERR_INPUT, "%s: %s; %s", path, reason, hint);
    errno = error;
    return status;
}

int fb_file_open(const char *path, const char *hint, FILE **file)
{
    struct stat info;
    *file = NULL;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse(path, hint, strerror(errno), errno);
    if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
        close(fd);
        return refuse(path, hint, S_ISDIR(info.st_mode) ? "a folder, not a file" : "not a regular file", EINVAL);
    }
    *file = fdopen(fd, "r");
    if (*file)
        return FB_OK;
    close(fd);
    return fb_fail_nomem(path, sizeof(FILE));
}

int fb_file_next_line(FILE *file, const char *path, int number, const char *hint, char *line, int line_bytes, bool *is_end)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    int n = 0, c;
    while ((c = getc(file)) != EOF && c != '\n') {
        if (c == 0)
            return fb_fail(FB_ERR_INPUT, "%s:%d: a zero byte; %s", path, number, hint);
        if (n == line_bytes - 1)
            return fb_fail(FB_ERR_INPUT, "%s:%d: a line of more than %d bytes; %s", path, number, n, hint);
        line[n++] = (char)c;
        if (number == 1 && n == 3 && !memcmp(line, byte_order_mark, 3))
            n = 0;
    }
    *is_end = c == EOF && !n;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = 0;
    return ferror(file) ? fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno)) : FB_OK;
}
