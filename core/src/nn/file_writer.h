/* Writing a file so that its name never stands for half of it: path.tmp, sync, rename. */
#ifndef NN_FILE_WRITER_H
#define NN_FILE_WRITER_H

#include "base/status.h"

#include <stdio.h>

struct nn_file_writer {
    FILE *file;
    char path[4096], tmp_path[4096 + 4];
};

/* FB_ERR_IO with path and reason. */
FB_MUST_USE int nn_file_writer_open(struct nn_file_writer *writer, const char *path);
/* Finishes the file if status is FB_OK and nothing failed so far, else removes what was written. Returns
 * status, or FB_ERR_IO. */
FB_MUST_USE int nn_file_writer_close(struct nn_file_writer *writer, int status);

#endif
