/* fakecam.so: a V4L2 camera in user space for tests, by LD_PRELOAD. No kernel module, no root.
 *
 *   FAKECAM_DEVICES   colon list of nodes (/dev/video0)
 *   FAKECAM_MODES     YUYV:640x480@30,MJPG:1280x720@30 (these)
 *   FAKECAM_MJPEG     file of JPEGs one after the other, for MJPG modes (a moving pattern)
 *   FAKECAM_RAW       file of raw frames, for YUYV modes (a moving pattern)
 *   FAKECAM_SAMPLING  of the pattern's JPEGs: 444 422 420 gray 440 411 (422)
 *   FAKECAM_CTL       control file: one of the words in fakecam_config.c, read before every frame
 *                     (put it there with rename)
 *
 * open() of a node gives the read end of a pipe, so that the program's own poll() and select()
 * work; a feeder thread writes one byte a frame. Unplugging closes the write end (POLLHUP), every
 * ioctl is ENODEV then, and the node is gone (ENOENT), as with the kernel's uvcvideo. A frame for
 * which no buffer is queued is lost and leaves a gap in the sequence numbers. mmap() goes to a
 * memfd.
 *
 * Calls to the system itself are made by syscall(2): the names are taken by this file. */
#include "fakecam.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CAMERAS = 8, V4L2_MAJOR = 81 };

pthread_mutex_t fakecam_lock = PTHREAD_MUTEX_INITIALIZER; /* over cameras */
static struct camera cameras[MAX_CAMERAS];

/* A forked child (SDL's D-Bus launcher, for one) closes all it finds: it has no feeder threads, so
 * it must not know of cameras. */
static void forget_cameras(void)
{
    pthread_mutex_init(&fakecam_lock, NULL);
    memset(cameras, 0, sizeof cameras);
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    pthread_atfork(NULL, NULL, forget_cameras);
}

int fakecam_real_open(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

static int find_node(const char *path)
{
    const struct fakecam_config *config = fakecam_config();
    for (int i = 0; path && i < config->n_nodes; i++)
        if (!strcmp(path, config->nodes[i]))
            return i;
    return -1;
}

static struct camera *find_camera(int fd)
{
    for (int i = 0; fd >= 0 && i < MAX_CAMERAS; i++)
        if (cameras[i].is_open && cameras[i].fd == fd)
            return &cameras[i];
    return NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

static void make_frame(struct camera *camera)
{
    struct made_frame frame = {.number = camera->n_frames++};
    clock_gettime(CLOCK_MONOTONIC, &frame.time);
    if (camera->n_made < camera->n_queued && syscall(SYS_write, camera->write_fd, "f", 1) == 1)
        camera->made[camera->n_made++] = frame; /* else lost: a gap in the numbers */
}

/* One period on; a camera that was held up does not make the missed frames in a burst. */
static void advance(struct timespec *next, uint32_t fps)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > next->tv_sec + 1 ||
        (now.tv_sec - next->tv_sec) * 1000000000L + now.tv_nsec - next->tv_nsec > 20000000L)
        *next = now;
    next->tv_nsec += 1000000000L / fps;
    next->tv_sec += next->tv_nsec / 1000000000L;
    next->tv_nsec %= 1000000000L;
}

static void *feed(void *arg)
{
    struct camera *camera = arg;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&fakecam_lock);
    while (!camera->is_stopping && !camera->is_gone) {
        struct fakecam_state state = fakecam_state();
        if (fakecam_has_left(camera, state.fault))
            fakecam_unplug(camera);
        else if (state.fault != FAKECAM_HANG && camera->is_streaming)
            make_frame(camera);
        advance(&next, state.fault == FAKECAM_SLOW ? state.fps : camera->mode.fps);
        while (!camera->is_stopping && !camera->is_gone &&
               pthread_cond_timedwait(&camera->stop, &fakecam_lock, &next) == 0)
            ;
    }
    pthread_mutex_unlock(&fakecam_lock);
    return NULL;
}

static void start_feeder(struct camera *camera)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&camera->stop, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_create(&camera->feeder, NULL, feed, camera);
}

static struct camera *free_camera(void)
{
    for (int i = 0; i < MAX_CAMERAS; i++)
        if (!cameras[i].is_open)
            return &cameras[i];
    return NULL;
}

static int open_locked(int node, int flags, bool is_moved, struct camera **opened)
{
    struct camera *camera = free_camera();
    int ends[2];
    if (!camera)
        return fakecam_fail(EBUSY);
    if (syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK)) /* unseen by a sanitizer, as the closing of its other end is */
        return -1;
    if (!(flags & O_NONBLOCK))
        fcntl(ends[0], F_SETFL, 0);
    *camera = (struct camera){.is_open = true,
                              .fd = ends[0],
                              .write_fd = ends[1],
                              .memory_fd = -1,
                              .node = node - is_moved,
                              .is_moved = is_moved,
                              .mode = fakecam_config()->modes[0]};
    *opened = camera;
    return camera->fd;
}

static int open_node(int node, int flags)
{
    enum fakecam_fault fault = fakecam_state().fault;
    bool is_moved = fault == FAKECAM_MOVED;
    if (fault == FAKECAM_DENIED)
        return fakecam_fail(EACCES);
    if (fault == FAKECAM_UNPLUG || (is_moved && node == 0))
        return fakecam_fail(ENOENT);
    struct camera *opened = NULL;
    pthread_mutex_lock(&fakecam_lock);
    int fd = open_locked(node, flags, is_moved, &opened);
    pthread_mutex_unlock(&fakecam_lock);
    if (opened) /* without the lock: a sanitizer's pthread_create takes locks that it holds when it
                   calls our close */
        start_feeder(opened);
    return fd;
}

static void close_camera(struct camera *camera)
{
    pthread_mutex_lock(&fakecam_lock);
    camera->is_stopping = true;
    pthread_cond_signal(&camera->stop);
    pthread_mutex_unlock(&fakecam_lock);
    pthread_join(camera->feeder, NULL);
    pthread_mutex_lock(&fakecam_lock);
    pthread_cond_destroy(&camera->stop);
    fakecam_unplug(camera);
    fakecam_free_buffers(camera);
    camera->is_open = false;
    pthread_mutex_unlock(&fakecam_lock);
}

/* --- libc's names ----------------------------------------------------------------------------- */

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    pthread_mutex_lock(&fakecam_lock);
    struct camera *camera = find_camera(fd);
    int result = camera ? fakecam_handle(camera, request & 0xffffffff, arg) : 0, error = errno;
    pthread_mutex_unlock(&fakecam_lock);
    if (!camera)
        return (int)syscall(SYS_ioctl, fd, request, arg);
    errno = error;
    return result;
}

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
    int node = find_node(path);
    return node >= 0 ? open_node(node, flags) : (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE_ARGUMENT(flags, mode)                                                                 \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                       \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags, mode)
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags, mode)
    return open_any(folder, path, flags, mode);
}

int close(int fd)
{
    pthread_mutex_lock(&fakecam_lock);
    struct camera *camera = find_camera(fd);
    pthread_mutex_unlock(&fakecam_lock);
    if (camera)
        close_camera(camera);
    return (int)syscall(SYS_close, fd);
}

void *mmap(void *address, size_t n_bytes, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0) { /* not for plain memory: a sanitizer's runtime asks for it before all else */
        pthread_mutex_lock(&fakecam_lock);
        struct camera *camera = find_camera(fd);
        fd = camera ? camera->memory_fd : fd;
        pthread_mutex_unlock(&fakecam_lock);
    }
    return (void *)syscall(SYS_mmap, address, n_bytes, protection, flags, fd, offset);
}

static int stat_node(int node, struct stat *stat)
{
    enum fakecam_fault fault = fakecam_state().fault;
    if (fault == FAKECAM_UNPLUG || (fault == FAKECAM_MOVED && node == 0))
        return fakecam_fail(ENOENT);
    *stat =
        (struct stat){.st_mode = S_IFCHR | 0660, .st_rdev = makedev(V4L2_MAJOR, (unsigned)node)};
    return 0;
}

int stat(const char *path, struct stat *stat)
{
    int node = find_node(path);
    return node >= 0 ? stat_node(node, stat)
                     : (int)syscall(SYS_newfstatat, AT_FDCWD, path, stat, 0);
}

/* The same on the 64-bit systems this runs on; programs built with 64-bit file offsets ask so. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));
void *mmap64(void *address, size_t n_bytes, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap")));
int stat64(const char *path, struct stat64 *stat) __attribute__((alias("stat")));
