/* Reading what a user named. A named pipe, a device or a folder is refused instead of waited for; a file that is no text is not
 * taken for one, nor does one without line ends fill the memory.
 *
 *     FILE *file;
 *     int status = fb_file_open(path, hint, &file);
 *     for (int number = 1; !status; number++) {
 *         status = fb_file_next_line(file, path, number, hint, line, sizeof line, &is_end);
 *         ...
 *
 * Threads: any. */
#ifndef FB_BASE_FILE_H
#define FB_BASE_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>

/* *file is the caller's to close, NULL after an error. FB_ERR_INPUT: "PATH: reason; hint"; errno is then ENOENT
 * when there is no such file, else another number. */
FB_MUST_USE int fb_file_open(const char *path, const char *hint, FILE **file);

/* The next line without its end (LF or CR LF), and without the byte order mark of the first one; *is_end: there was none. number,
 * from 1, path and hint: for the error. FB_ERR_INPUT: "PATH:NUMBER: reason; hint" for a zero byte or a line of line_bytes or more. */
FB_MUST_USE int fb_file_next_line(FILE *file, const char *path, int number, const char *hint, char *line, int line_bytes, bool *is_end);

#endif
