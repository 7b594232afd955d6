/* Writing a file so that it is either whole or not there: PATH.part, renamed at the end. For texts
 * that name people, so 0600. Threads: one at a time per struct. */
#ifndef APP_SAVE_H
#define APP_SAVE_H

#include "base/status.h"

#include <stdio.h>

struct app_save {
    FILE *file; /* to write to */
    char path[4096], part[4112];
};

/* Something that is there and no regular file (/dev/stdout, a pipe) is written to as it is.
 * FB_ERR_IO. */
FB_MUST_USE int app_save_begin(struct app_save *save, const char *path);
/* status FB_OK: flushes, syncs, renames; else removes the part. Returns status or FB_ERR_IO. */
FB_MUST_USE int app_save_end(struct app_save *save, int status);

/* x with so many digits after a decimal point, whatever the locale; digits 0..9. NaN and what is
 * larger than 9e18 / 10^digits come out as 0. */
void app_put_decimal(FILE *file, double x, int digits);

#endif
