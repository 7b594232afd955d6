/* Opening what a user named for reading. A named pipe, a device or a folder is refused instead of waited for.
 *
 *     FILE *file;
 *     int status = fb_file_open(path, "give a text file", &file);
 *
 * Threads: any. */
#ifndef FB_BASE_FILE_H
#define FB_BASE_FILE_H

#include "base/status.h"

#include <stdio.h>

/* *file is the caller's to close, NULL after an error. FB_ERR_INPUT: "PATH: reason; hint"; errno is then ENOENT
 * when there is no such file, else another number. */
FB_MUST_USE int fb_file_open(const char *path, const char *hint, FILE **file);

#endif
