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
