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

enum { MAX_CAMERAS = 8, MAX_BUFFERS = 32, V4L2_MAJOR = 81 };

struct made_frame {
    uint32_t number;
    struct timespec time;
};

struct camera {
    bool is_open, is_gone, is_streaming, is_stopping;
    int fd, write_fd, memory_fd, node;
    struct fakecam_mode mode;
    uint8_t *memory;
    size_t buffer_bytes; /* of one, whole pages */
    uint32_t n_buffers;
    uint32_t queue[MAX_BUFFERS]; /* buffers the program gave us, oldest first */
    uint32_t n_queued;
    uint32_t n_frames;                   /* made so far */
    struct made_frame made[MAX_BUFFERS]; /* waiting in the pipe, oldest first */
    uint32_t n_made;
    pthread_t feeder;
    pthread_cond_t stop;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* over cameras */
static struct camera cameras[MAX_CAMERAS];

/* A forked child (SDL's D-Bus launcher, for one) closes all it finds: it has no feeder threads, so
 * it must not know of cameras. */
static void forget_cameras(void)
{
    pthread_mutex_init(&lock, NULL);
    memset(cameras, 0, sizeof cameras);
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    pthread_atfork(NULL, NULL, forget_cameras);
}

static int fail(int error)
{
    errno = error;
    return -1;
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

static void unplug(struct camera *camera)
{
    if (!camera->is_gone)
        syscall(SYS_close, camera->write_fd);
    camera->is_gone = true;
}

static void make_frame(struct camera *camera)
{
    struct made_frame frame = {.number = camera->n_frames++};
    clock_gettime(CLOCK_MONOTONIC, &frame.time);
    if (camera->n_made < camera->n_queued && write(camera->write_fd, "f", 1) == 1)
        camera->made[camera->n_made++] = frame; /* else lost: a gap in the numbers */
}

static void *feed(void *arg)
{
    struct camera *camera = arg;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&lock);
    while (!camera->is_stopping && !camera->is_gone) {
        struct fakecam_state state = fakecam_state();
        if (state.fault == FAKECAM_UNPLUG)
            unplug(camera);
        else if (state.fault != FAKECAM_HANG && camera->is_streaming)
            make_frame(camera);
        uint32_t fps = state.fault == FAKECAM_SLOW ? state.fps : camera->mode.fps;
        next.tv_nsec += 1000000000L / fps;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        while (!camera->is_stopping && !camera->is_gone &&
               pthread_cond_timedwait(&camera->stop, &lock, &next) == 0)
            ;
    }
    pthread_mutex_unlock(&lock);
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

static int open_locked(int node, int flags)
{
    struct camera *camera = free_camera();
    int ends[2];
    if (!camera)
        return fail(EBUSY);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    if (!(flags & O_NONBLOCK))
        fcntl(ends[0], F_SETFL, 0);
    *camera = (struct camera){.is_open = true,
                              .fd = ends[0],
                              .write_fd = ends[1],
                              .memory_fd = -1,
                              .node = node,
                              .mode = fakecam_config()->modes[0]};
    start_feeder(camera);
    return camera->fd;
}

static int open_node(int node, int flags)
{
    enum fakecam_fault fault = fakecam_state().fault;
    if (fault == FAKECAM_UNPLUG || fault == FAKECAM_DENIED)
        return fail(fault == FAKECAM_UNPLUG ? ENOENT : EACCES);
    pthread_mutex_lock(&lock);
    int fd = open_locked(node, flags);
    pthread_mutex_unlock(&lock);
    return fd;
}

static void free_buffers(struct camera *camera)
{
    if (camera->memory)
        syscall(SYS_munmap, camera->memory, camera->buffer_bytes * camera->n_buffers);
    if (camera->memory_fd >= 0)
        syscall(SYS_close, camera->memory_fd);
    camera->memory = NULL;
    camera->memory_fd = -1;
    camera->n_buffers = camera->n_queued = camera->n_made = 0;
    camera->is_streaming = false;
}

static void close_camera(struct camera *camera)
{
    pthread_mutex_lock(&lock);
    camera->is_stopping = true;
    pthread_cond_signal(&camera->stop);
    pthread_mutex_unlock(&lock);
    pthread_join(camera->feeder, NULL);
    pthread_mutex_lock(&lock);
    pthread_cond_destroy(&camera->stop);
    unplug(camera);
    free_buffers(camera);
    camera->is_open = false;
    pthread_mutex_unlock(&lock);
}

/* --- ioctl ------------------------------------------------------------------------------------ */

static void query_capability(const struct camera *camera, struct v4l2_capability *capability)
{
    *capability = (struct v4l2_capability){.driver = "fakecam", .version = 0x60100};
    snprintf((char *)capability->card, sizeof capability->card, "Fake camera %d", camera->node);
    snprintf((char *)capability->bus_info, sizeof capability->bus_info, "usb-fake-%d",
             camera->node);
    capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
}

static int enumerate_format(struct v4l2_fmtdesc *format)
{
    const struct fakecam_config *config = fakecam_config();
    uint32_t seen[FAKECAM_MAX_MODES], n = 0;
    for (int i = 0; i < config->n_modes; i++) {
        uint32_t k = 0;
        while (k < n && seen[k] != config->modes[i].fourcc)
            k++;
        if (k == n)
            seen[n++] = config->modes[i].fourcc;
    }
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || format->index >= n)
        return fail(EINVAL);
    format->pixelformat = seen[format->index];
    format->flags = format->pixelformat == V4L2_PIX_FMT_MJPEG ? V4L2_FMT_FLAG_COMPRESSED : 0;
    return 0;
}

/* The index-th size of a format; a size with several rates counts once. */
static int enumerate_size(struct v4l2_frmsizeenum *size)
{
    const struct fakecam_config *config = fakecam_config();
    uint32_t n = 0;
    for (int i = 0; i < config->n_modes; i++) {
        const struct fakecam_mode *mode = &config->modes[i];
        bool is_seen = mode->fourcc != size->pixel_format;
        for (int k = 0; k < i; k++)
            is_seen |= config->modes[k].fourcc == mode->fourcc &&
                       config->modes[k].width == mode->width &&
                       config->modes[k].height == mode->height;
        if (is_seen || n++ != size->index)
            continue;
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete = (struct v4l2_frmsize_discrete){mode->width, mode->height};
        return 0;
    }
    return fail(EINVAL);
}

static int enumerate_interval(struct v4l2_frmivalenum *interval)
{
    const struct fakecam_config *config = fakecam_config();
    uint32_t n = 0;
    for (int i = 0; i < config->n_modes; i++) {
        const struct fakecam_mode *mode = &config->modes[i];
        if (mode->fourcc != interval->pixel_format || mode->width != interval->width ||
            mode->height != interval->height || n++ != interval->index)
            continue;
        interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        interval->discrete = (struct v4l2_fract){1, mode->fps};
        return 0;
    }
    return fail(EINVAL);
}

static struct fakecam_mode nearest_mode(uint32_t fourcc, uint32_t width, uint32_t height,
                                        uint32_t fps)
{
    const struct fakecam_config *config = fakecam_config();
    struct fakecam_mode best = config->modes[0];
    int64_t best_distance = INT64_MAX;
    for (int i = 0; i < config->n_modes; i++) {
        const struct fakecam_mode *mode = &config->modes[i];
        int64_t dx = (int64_t)mode->width - width, dy = (int64_t)mode->height - height;
        int64_t df = (int64_t)mode->fps - fps;
        int64_t distance = (mode->fourcc != fourcc) * INT64_C(1000000000000) +
                           (dx * dx + dy * dy) * 1000 + df * df;
        if (distance < best_distance) {
            best_distance = distance;
            best = *mode;
        }
    }
    return best;
}

static void describe_format(const struct camera *camera, struct v4l2_pix_format *format)
{
    const struct fakecam_mode *mode = &camera->mode;
    bool is_jpeg = mode->fourcc == V4L2_PIX_FMT_MJPEG;
    *format = (struct v4l2_pix_format){.width = mode->width,
                                       .height = mode->height,
                                       .pixelformat = mode->fourcc,
                                       .field = V4L2_FIELD_NONE,
                                       .bytesperline = is_jpeg ? 0 : mode->width * 2,
                                       .sizeimage = mode->width * mode->height * 2,
                                       .colorspace = V4L2_COLORSPACE_SRGB};
}

static int set_format(struct camera *camera, enum fakecam_fault fault, struct v4l2_format *format)
{
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    if (camera->n_buffers || fault == FAKECAM_BUSY)
        return fail(EBUSY);
    const struct v4l2_pix_format *wish = &format->fmt.pix;
    camera->mode = nearest_mode(wish->pixelformat, wish->width, wish->height, camera->mode.fps);
    describe_format(camera, &format->fmt.pix);
    return 0;
}

static int set_rate(struct camera *camera, struct v4l2_streamparm *parameters, bool is_set)
{
    if (parameters->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    struct v4l2_captureparm *capture = &parameters->parm.capture;
    if (is_set && capture->timeperframe.numerator) {
        uint32_t fps = capture->timeperframe.denominator / capture->timeperframe.numerator;
        camera->mode =
            nearest_mode(camera->mode.fourcc, camera->mode.width, camera->mode.height, fps);
    }
    *capture = (struct v4l2_captureparm){.capability = V4L2_CAP_TIMEPERFRAME,
                                         .timeperframe = {1, camera->mode.fps},
                                         .readbuffers = 2};
    return 0;
}

static int request_buffers(struct camera *camera, enum fakecam_fault fault,
                           struct v4l2_requestbuffers *request)
{
    if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || request->memory != V4L2_MEMORY_MMAP)
        return fail(EINVAL);
    if (fault == FAKECAM_BUSY)
        return fail(EBUSY);
    free_buffers(camera);
    if (!request->count)
        return 0;
    fakecam_prepare_pictures(&camera->mode, camera->node);
    request->count = request->count < MAX_BUFFERS ? request->count : MAX_BUFFERS;
    camera->buffer_bytes = ((size_t)camera->mode.width * camera->mode.height * 2 + 4095) & ~4095ul;
    size_t n_bytes = camera->buffer_bytes * request->count;
    camera->memory_fd = memfd_create("fakecam", MFD_CLOEXEC);
    if (camera->memory_fd < 0 || ftruncate(camera->memory_fd, (off_t)n_bytes))
        return fail(ENOMEM);
    long memory =
        syscall(SYS_mmap, NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, camera->memory_fd, 0);
    if (memory == -1)
        return fail(ENOMEM);
    camera->memory = (uint8_t *)memory;
    camera->n_buffers = request->count;
    return 0;
}

static void describe_buffer(const struct camera *camera, uint32_t index, struct v4l2_buffer *buffer)
{
    buffer->index = index;
    buffer->length = camera->mode.width * camera->mode.height * 2;
    buffer->m.offset = (uint32_t)(index * camera->buffer_bytes);
    buffer->field = V4L2_FIELD_NONE;
    buffer->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

static int queue_buffer(struct camera *camera, struct v4l2_buffer *buffer)
{
    if (buffer->index >= camera->n_buffers || camera->n_queued >= camera->n_buffers)
        return fail(EINVAL);
    camera->queue[camera->n_queued++] = buffer->index;
    describe_buffer(camera, buffer->index, buffer);
    return 0;
}

/* The lock is given up while a blocking program waits on the pipe. */
static int wait_for_frame(struct camera *camera)
{
    char byte;
    int fd = camera->fd;
    pthread_mutex_unlock(&lock);
    ssize_t n = read(fd, &byte, 1);
    int error = errno;
    pthread_mutex_lock(&lock);
    if (camera->is_gone || n == 0)
        return fail(ENODEV);
    return n < 0 ? fail(error) : 0;
}

static uint32_t take_queued(struct camera *camera)
{
    uint32_t index = camera->queue[0];
    camera->n_queued--;
    memmove(camera->queue, camera->queue + 1, camera->n_queued * sizeof *camera->queue);
    return index;
}

static struct made_frame take_made(struct camera *camera)
{
    struct made_frame frame = camera->made[0];
    camera->n_made--;
    memmove(camera->made, camera->made + 1, camera->n_made * sizeof *camera->made);
    return frame;
}

static int dequeue_buffer(struct camera *camera, enum fakecam_fault fault,
                          struct v4l2_buffer *buffer)
{
    if (!camera->is_streaming)
        return fail(EINVAL);
    if (fault == FAKECAM_EIO)
        return fail(EIO);
    if (wait_for_frame(camera))
        return -1;
    if (!camera->n_queued || !camera->n_made)
        return fail(EAGAIN);
    uint32_t index = take_queued(camera);
    struct made_frame frame = take_made(camera);
    describe_buffer(camera, index, buffer);
    uint8_t *bytes = camera->memory + index * camera->buffer_bytes;
    buffer->bytesused = (uint32_t)fakecam_picture(&camera->mode, camera->node, frame.number, fault,
                                                  bytes, camera->buffer_bytes);
    buffer->sequence = frame.number;
    buffer->timestamp.tv_sec = frame.time.tv_sec;
    buffer->timestamp.tv_usec = frame.time.tv_nsec / 1000;
    if (fault == FAKECAM_FLAGGED)
        buffer->flags |= V4L2_BUF_FLAG_ERROR;
    return 0;
}

static int start_stream(struct camera *camera, enum fakecam_fault fault)
{
    if (fault == FAKECAM_BUSY)
        return fail(EBUSY);
    if (!camera->n_buffers)
        return fail(EINVAL);
    camera->is_streaming = true;
    return 0;
}

static int stop_stream(struct camera *camera)
{
    char bytes[64];
    int n_waiting = 0;
    camera->is_streaming = false;
    camera->n_queued = camera->n_made = 0;
    while (!syscall(SYS_ioctl, camera->fd, FIONREAD, &n_waiting) && n_waiting > 0)
        if (read(camera->fd, bytes, sizeof bytes) <= 0)
            break;
    return 0;
}

static int handle(struct camera *camera, unsigned long request, void *arg)
{
    enum fakecam_fault fault = fakecam_state().fault;
    if (fault == FAKECAM_UNPLUG)
        unplug(camera);
    if (camera->is_gone)
        return fail(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP:
        query_capability(camera, arg);
        return 0;
    case VIDIOC_ENUM_FMT:
        return enumerate_format(arg);
    case VIDIOC_ENUM_FRAMESIZES:
        return enumerate_size(arg);
    case VIDIOC_ENUM_FRAMEINTERVALS:
        return enumerate_interval(arg);
    case VIDIOC_G_FMT:
        describe_format(camera, &((struct v4l2_format *)arg)->fmt.pix);
        return 0;
    case VIDIOC_S_FMT:
        return set_format(camera, fault, arg);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
        return set_rate(camera, arg, request == VIDIOC_S_PARM);
    case VIDIOC_REQBUFS:
        return request_buffers(camera, fault, arg);
    case VIDIOC_QUERYBUF:
        if (((struct v4l2_buffer *)arg)->index >= camera->n_buffers)
            return fail(EINVAL);
        describe_buffer(camera, ((struct v4l2_buffer *)arg)->index, arg);
        return 0;
    case VIDIOC_QBUF:
        return queue_buffer(camera, arg);
    case VIDIOC_DQBUF:
        return dequeue_buffer(camera, fault, arg);
    case VIDIOC_STREAMON:
        return start_stream(camera, fault);
    case VIDIOC_STREAMOFF:
        return stop_stream(camera);
    default:
        return fail(ENOTTY);
    }
}

/* --- libc's names ----------------------------------------------------------------------------- */

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    pthread_mutex_lock(&lock);
    struct camera *camera = find_camera(fd);
    int result = camera ? handle(camera, request & 0xffffffff, arg) : 0, error = errno;
    pthread_mutex_unlock(&lock);
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
    pthread_mutex_lock(&lock);
    struct camera *camera = find_camera(fd);
    pthread_mutex_unlock(&lock);
    if (camera)
        close_camera(camera);
    return (int)syscall(SYS_close, fd);
}

void *mmap(void *address, size_t n_bytes, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0) { /* not for plain memory: a sanitizer's runtime asks for it before all else */
        pthread_mutex_lock(&lock);
        struct camera *camera = find_camera(fd);
        fd = camera ? camera->memory_fd : fd;
        pthread_mutex_unlock(&lock);
    }
    return (void *)syscall(SYS_mmap, address, n_bytes, protection, flags, fd, offset);
}

static int stat_node(int node, struct stat *stat)
{
    if (fakecam_state().fault == FAKECAM_UNPLUG)
        return fail(ENOENT);
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
