/* Preloaded: a disk on which each sync takes SLOW_DISK_MS; a byte a sync goes to SLOW_DISK_LOG. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int sync_slowly(long call, int fd)
{
    const char *ms_text = getenv("SLOW_DISK_MS"), *log = getenv("SLOW_DISK_LOG");
    long ms = ms_text ? atol(ms_text) : 0;
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&rest, NULL);
    int log_fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (log_fd >= 0 && write(log_fd, ".", 1) != 1)
        abort();
    close(log_fd);
    return (int)syscall(call, fd);
}

int fsync(int fd)
{
    return sync_slowly(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_slowly(SYS_fdatasync, fd);
}
