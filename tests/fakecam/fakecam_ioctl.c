/* The V4L2 requests the test camera answers; see fakecam.c. All under its lock. */
#include "fakecam.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

bool fakecam_has_left(const struct camera *camera, enum fakecam_fault fault)
{
    return fault == FAKECAM_UNPLUG || (fault == FAKECAM_MOVED) != camera->is_moved;
}

void fakecam_unplug(struct camera *camera)
{
    if (!camera->is_gone)
        syscall(SYS_close, camera->write_fd);
    camera->is_gone = true;
}

void fakecam_free_buffers(struct camera *camera)
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
        return fakecam_fail(EINVAL);
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
    return fakecam_fail(EINVAL);
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
    return fakecam_fail(EINVAL);
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
        return fakecam_fail(EINVAL);
    if (camera->n_buffers || fault == FAKECAM_BUSY)
        return fakecam_fail(EBUSY);
    const struct v4l2_pix_format *wish = &format->fmt.pix;
    camera->mode = nearest_mode(wish->pixelformat, wish->width, wish->height, camera->mode.fps);
    describe_format(camera, &format->fmt.pix);
    return 0;
}

static int set_rate(struct camera *camera, struct v4l2_streamparm *parameters, bool is_set)
{
    if (parameters->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fakecam_fail(EINVAL);
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
        return fakecam_fail(EINVAL);
    if (fault == FAKECAM_BUSY)
        return fakecam_fail(EBUSY);
    fakecam_free_buffers(camera);
    if (!request->count)
        return 0;
    fakecam_prepare_pictures(&camera->mode, camera->node);
    request->count = request->count < FAKECAM_MAX_BUFFERS ? request->count : FAKECAM_MAX_BUFFERS;
    camera->buffer_bytes = ((size_t)camera->mode.width * camera->mode.height * 2 + 4095) & ~4095ul;
    size_t n_bytes = camera->buffer_bytes * request->count;
    camera->memory_fd = memfd_create("fakecam", MFD_CLOEXEC);
    if (camera->memory_fd < 0 || ftruncate(camera->memory_fd, (off_t)n_bytes))
        return fakecam_fail(ENOMEM);
    long memory =
        syscall(SYS_mmap, NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, camera->memory_fd, 0);
    if (memory == -1)
        return fakecam_fail(ENOMEM);
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
        return fakecam_fail(EINVAL);
    camera->queue[camera->n_queued++] = buffer->index;
    describe_buffer(camera, buffer->index, buffer);
    return 0;
}

/* The lock is given up while a blocking program waits on the pipe. */
static int wait_for_frame(struct camera *camera)
{
    char byte;
    int fd = camera->fd;
    pthread_mutex_unlock(&fakecam_lock);
    ssize_t n = syscall(SYS_read, fd, &byte, 1);
    int error = errno;
    pthread_mutex_lock(&fakecam_lock);
    if (camera->is_gone || n == 0)
        return fakecam_fail(ENODEV);
    return n < 0 ? fakecam_fail(error) : 0;
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
        return fakecam_fail(EINVAL);
    if (fault == FAKECAM_EIO)
        return fakecam_fail(EIO);
    if (wait_for_frame(camera))
        return -1;
    if (!camera->n_queued || !camera->n_made)
        return fakecam_fail(EAGAIN);
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
        return fakecam_fail(EBUSY);
    if (!camera->n_buffers)
        return fakecam_fail(EINVAL);
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
        if (syscall(SYS_read, camera->fd, bytes, sizeof bytes) <= 0)
            break;
    return 0;
}

int fakecam_handle(struct camera *camera, unsigned long request, void *arg)
{
    enum fakecam_fault fault = fakecam_state().fault;
    if (fakecam_has_left(camera, fault))
        fakecam_unplug(camera);
    if (camera->is_gone)
        return fakecam_fail(ENODEV);
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
            return fakecam_fail(EINVAL);
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
        return fakecam_fail(ENOTTY);
    }
}
