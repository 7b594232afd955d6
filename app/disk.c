/* See disk.h. */
#include "disk.h"

#include <stdio.h>
#include <sys/statvfs.h>

#define PLENTY_AGAIN_BYTES (2 * APP_DISK_LOW_BYTES)

int64_t app_disk_free_bytes(const char *path)
{
    struct statvfs disk;
    if (statvfs(path, &disk))
        return -1;
    return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
}

bool app_disk_warns(struct app_disk_watch *watch, int64_t free_bytes, char *text, size_t text_bytes)
{
    if (free_bytes < 0)
        return false;
    if (free_bytes >= PLENTY_AGAIN_BYTES)
        watch->said = APP_DISK_PLENTY;
    enum app_disk_level level = free_bytes < APP_DISK_SHORT_BYTES ? APP_DISK_SHORT
                                : free_bytes < APP_DISK_LOW_BYTES ? APP_DISK_LOW
                                                                  : APP_DISK_PLENTY;
    if (level <= watch->said)
        return false;
    watch->said = level;
    snprintf(text, text_bytes,
             level == APP_DISK_SHORT
                 ? "only %lld MB left on the disk: recording ends when it is full, all up to then "
                   "is kept"
                 : "%lld MB left on the disk: free some for a long recording",
             (long long)(free_bytes / 1000000));
    return true;
}
