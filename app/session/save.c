/* See save.h. */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path)
{
    return fb_fail(FB_ERR_IO, "%s: cannot write it: %s", path, strerror(errno));
}

int app_save_begin(struct app_save *save, const char *path)
{
    struct stat info;
    save->file = NULL;
    size_t n = strlen(path);
    if (n >= sizeof save->path)
        return fb_fail(FB_ERR_IO, "%.60s...: path is too long", path);
    memcpy(save->path, path, n + 1);
    memcpy(save->part, path, n);
    memcpy(save->part + n, ".part", sizeof ".part");
    bool is_direct = !stat(path, &info) && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
    if (is_direct)
        *save->part = 0;
    else
        unlink(save->part); /* left by a run that was killed */
    int fd = is_direct ? open(path, O_WRONLY | O_CLOEXEC)
                       : open(save->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path);
    save->file = fdopen(fd, "w");
    if (save->file)
        return FB_OK;
    close(fd);
    return fb_fail_nomem("a file's buffer", BUFSIZ);
}

int app_save_end(struct app_save *save, int status)
{
    bool is_written = !fflush(save->file) && !ferror(save->file);
    if (!status && !is_written)
        status = fail(save->path);
    if (!status && *save->part && (fchmod(fileno(save->file), 0600) || fsync(fileno(save->file))))
        status = fail(save->path);
    if (fclose(save->file) && !status)
        status = fail(save->path);
    save->file = NULL;
    if (!status && *save->part && rename(save->part, save->path))
        status = fail(save->path);
    if (status && *save->part)
        unlink(save->part);
    return status;
}

void app_put_decimal(FILE *file, double x, int digits)
{
    long long scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    double scaled = x * (double)scale;
    long long whole = fabs(scaled) < 9e18 ? llround(scaled) : 0;
    unsigned long long size = whole < 0 ? -(unsigned long long)whole : (unsigned long long)whole;
    unsigned long long unit = (unsigned long long)scale;
    fprintf(file, "%s%llu", whole < 0 ? "-" : "", size / unit);
    if (digits > 0)
        fprintf(file, ".%0*llu", digits, size % unit);
}
