/* Room on the disk that is recorded to, and when to say that it gets short. Threads: any; one at a
 * time per struct. */
#ifndef APP_DISK_H
#define APP_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum app_disk_level { APP_DISK_PLENTY, APP_DISK_LOW, APP_DISK_SHORT, APP_DISK_LEVEL_COUNT };
#define APP_DISK_LOW_BYTES INT64_C(1000000000)
#define APP_DISK_SHORT_BYTES INT64_C(100000000)

/* Bytes free for us where path lies; -1: not known. */
int64_t app_disk_free_bytes(const char *path);

struct app_disk_watch {
    enum app_disk_level said; /* the worst one told so far */
};
/* True once per level, when free_bytes first falls below 1 GB and below 100 MB (and again after
 * there was plenty); text then holds the line to show. */
bool app_disk_warns(struct app_disk_watch *watch, int64_t free_bytes, char *text,
                    size_t text_bytes);

#endif
