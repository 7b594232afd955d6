/* See file_writer.h. */
#include "file_writer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int nn_file_writer_open(struct nn_file_writer *writer, const char *path)
{
    *writer = (struct nn_file_writer){0};
    if (strlen(path) >= sizeof writer->path)
        return fb_fail(FB_ERR_IO, "%.64s...: the path is too long", path);
    struct stat info; /* a device would be replaced by the file, not written to */
    if (!stat(path, &info) && !S_ISREG(info.st_mode))
        return fb_fail(FB_ERR_IO, "%s: %s; name a file", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "neither a file nor a new name");
    strcpy(writer->path, path);
    snprintf(writer->tmp_path, sizeof writer->tmp_path, "%s.tmp", path);
    writer->file = fopen(writer->tmp_path, "wb");
    if (!writer->file)
        return fb_fail(FB_ERR_IO, "%s: cannot be written: %s", writer->tmp_path, strerror(errno));
    return FB_OK;
}

int nn_file_writer_close(struct nn_file_writer *writer, int status)
{
    errno = 0;
    bool is_written = !ferror(writer->file) && !fflush(writer->file) && !fsync(fileno(writer->file));
    is_written = !fclose(writer->file) && is_written;
    if (!status && !is_written)
        status = fb_fail(FB_ERR_IO, "%s: writing failed: %s; is the disk full?", writer->tmp_path,
                         strerror(errno));
    if (!status && rename(writer->tmp_path, writer->path))
        status = fb_fail(FB_ERR_IO, "%s: cannot be written: %s", writer->path, strerror(errno));
    if (status)
        unlink(writer->tmp_path);
    return status;
}
