/* A V4L2 camera, read directly: poll with our own time-out, the driver's time stamps, its error
 * flag and sequence numbers. OpenCV's reader offers none of these and hands damaged JPEGs on.
 *
 * A camera that is lost stays lost for the handle: old buffers on a dead file descriptor hang on
 * many drivers, so that the way back is to close and open anew. */
#include "base/clock.h"
#include "camera_modes.h"
#include "camera_pixels.h"
#include "source_backend.h"

#include <linux/videodev2.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { N_BUFFERS = 4, MAX_BUFFERS = 8, V4L2_MAJOR = 81 };

struct camera {
    char path[PATH_MAX];
    int fd; /* -1 */
    bool is_streaming, is_lost;
    struct {
        uint8_t *bytes;
        size_t n_bytes;
    } buffers[MAX_BUFFERS];
    int n_buffers;
    struct v4l2_pix_format format;
    struct vis_pixels pixels;
    bool has_first;
    uint32_t last_sequence;
    int64_t first_ns, last_ns; /* capture times of frames handed on */
    int64_t next_index;
};

static bool is_number(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n <= 3 && strspn(text, "0123456789") == n;
}

static bool camera_matches(const struct vis_spec *spec)
{
    return is_number(spec->text) || !strncmp(spec->text, "/dev/video", 10) ||
           (spec->exists && S_ISCHR(spec->stat.st_mode) && major(spec->stat.st_rdev) == V4L2_MAJOR);
}

/* What each errno means to a user. */
static int fail_open(const struct camera *camera, int error)
{
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return fb_fail(FB_ERR_DEVICE,
                       "%s: no camera there; plug it in, or see \"feltboard devices\"",
                       camera->path);
    case EACCES:
    case EPERM:
        return fb_fail(FB_ERR_DEVICE,
                       "%s: no permission to use the camera; join the group \"video\" "
                       "(sudo adduser $USER video) and log in again",
                       camera->path);
    case EBUSY:
        return fb_fail(FB_ERR_DEVICE,
                       "%s: the camera is in use by another program; close that first",
                       camera->path);
    case ENOTTY:
    case EINVAL:
        return fb_fail(FB_ERR_DEVICE,
                       "%s: not a camera that delivers pictures; see \"feltboard "
                       "devices\"",
                       camera->path);
    default:
        return fb_fail(FB_ERR_DEVICE,
                       "%s: the camera cannot be used (%s); unplug it and plug it in "
                       "again",
                       camera->path, strerror(error));
    }
}

static int query(struct camera *camera, struct vis_source_info *info)
{
    struct v4l2_capability capability = {0};
    if (vis_camera_ioctl(camera->fd, VIDIOC_QUERYCAP, &capability))
        return fail_open(camera, errno);
    uint32_t caps = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                   : capability.capabilities;
    if (!(caps & V4L2_CAP_VIDEO_CAPTURE) || !(caps & V4L2_CAP_STREAMING))
        return fail_open(camera, EINVAL);
    snprintf(info->name, sizeof info->name, "%.32s", (const char *)capability.card);
    snprintf(info->bus, sizeof info->bus, "%.32s", (const char *)capability.bus_info);
    return FB_OK;
}

/* Sets size and format; the driver's answer counts, not the wish. */
static int set_format(struct camera *camera, const struct vis_camera_mode *mode)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    format.fmt.pix.width = (uint32_t)mode->width;
    format.fmt.pix.height = (uint32_t)mode->height;
    format.fmt.pix.pixelformat = mode->fourcc;
    format.fmt.pix.field = V4L2_FIELD_ANY;
    if (vis_camera_ioctl(camera->fd, VIDIOC_S_FMT, &format))
        return fail_open(camera, errno);
    camera->format = format.fmt.pix;
    bool is_709 = format.fmt.pix.ycbcr_enc == V4L2_YCBCR_ENC_709 ||
                  (format.fmt.pix.ycbcr_enc == V4L2_YCBCR_ENC_DEFAULT &&
                   format.fmt.pix.colorspace == V4L2_COLORSPACE_REC709);
    struct vis_pixels_format pixels = {
        .fourcc = format.fmt.pix.pixelformat,
        .width = (int)format.fmt.pix.width,
        .height = (int)format.fmt.pix.height,
        .stride_bytes = (int)format.fmt.pix.bytesperline,
        .matrix = is_709 ? vis_matrix_bt709 : vis_matrix_bt601,
        .is_full_range = format.fmt.pix.quantization == V4L2_QUANTIZATION_FULL_RANGE,
    };
    int status = vis_pixels_init(&camera->pixels, &pixels);
    return status == FB_OK ? FB_OK : fb_fail_context(FB_ERR_DEVICE, "%s", camera->path);
}

/* Not every driver can; returns the rate there is, 0 unknown. */
static double set_rate(struct camera *camera, double fps)
{
    struct v4l2_streamparm parameters = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_fract *interval = &parameters.parm.capture.timeperframe;
    if (fps > 0) {
        *interval = (struct v4l2_fract){1000, (uint32_t)(fps * 1000 + 0.5)};
        vis_camera_ioctl(camera->fd, VIDIOC_S_PARM, &parameters);
    }
    if (vis_camera_ioctl(camera->fd, VIDIOC_G_PARM, &parameters) || !interval->numerator)
        return 0;
    return (double)interval->denominator / interval->numerator;
}

static int configure(struct vis_source *source)
{
    struct camera *camera = source->state;
    const struct vis_source_settings *wish = &source->settings;
    struct vis_camera_mode modes[VIS_CAMERA_MAX_MODES];
    int n =
        vis_camera_list_modes(camera->fd, wish->width, wish->height, modes, VIS_CAMERA_MAX_MODES);
    const struct vis_camera_mode *mode =
        vis_camera_choose_mode(modes, n, wish->width, wish->height, wish->fps);
    if (!mode)
        return fb_fail(FB_ERR_DEVICE,
                       "%s: the camera has no format that can be read (MJPG, JPEG, YUYV, "
                       "UYVY, NV12, YU12)",
                       camera->path);
    int status = set_format(camera, mode);
    if (status != FB_OK)
        return status;
    struct vis_source_info *info = &source->info;
    info->width = (int)camera->format.width;
    info->height = (int)camera->format.height;
    info->fps = set_rate(camera, mode->fps);
    info->is_live = true;
    snprintf(info->detail, sizeof info->detail, "%s %dx%d@%.4g",
             vis_fourcc_text(camera->format.pixelformat).text, info->width, info->height,
             info->fps);
    return FB_OK;
}

static struct v4l2_buffer buffer_of(int index)
{
    return (struct v4l2_buffer){
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = (uint32_t)index};
}

static int map_buffers(struct camera *camera)
{
    struct v4l2_requestbuffers request = {
        .count = N_BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (vis_camera_ioctl(camera->fd, VIDIOC_REQBUFS, &request))
        return fail_open(camera, errno);
    for (int i = 0; i < (int)request.count && i < MAX_BUFFERS; i++) {
        struct v4l2_buffer buffer = buffer_of(i);
        if (vis_camera_ioctl(camera->fd, VIDIOC_QUERYBUF, &buffer))
            return fail_open(camera, errno);
        void *bytes = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, camera->fd, buffer.m.offset);
        if (bytes == MAP_FAILED)
            return fail_open(camera, errno);
        camera->buffers[i].bytes = bytes;
        camera->buffers[i].n_bytes = buffer.length;
        camera->n_buffers++;
        if (vis_camera_ioctl(camera->fd, VIDIOC_QBUF, &buffer))
            return fail_open(camera, errno);
    }
    return camera->n_buffers > 0 ? FB_OK : fail_open(camera, ENOMEM);
}

static int camera_open(struct vis_source *source, const struct vis_spec *spec)
{
    struct camera *camera = calloc(1, sizeof *camera);
    source->state = camera;
    if (!camera)
        return fb_fail_nomem("a camera", sizeof *camera);
    camera->fd = -1;
    if (is_number(spec->text))
        snprintf(camera->path, sizeof camera->path, "/dev/video%d", atoi(spec->text));
    else
        snprintf(camera->path, sizeof camera->path, "%s", spec->text);
    camera->fd = open(camera->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (camera->fd < 0)
        return fail_open(camera, errno);
    int status = query(camera, &source->info);
    if (status == FB_OK)
        status = configure(source);
    if (status == FB_OK)
        status = map_buffers(camera);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (status == FB_OK && vis_camera_ioctl(camera->fd, VIDIOC_STREAMON, &type))
        status = fail_open(camera, errno);
    camera->is_streaming = status == FB_OK;
    return status;
}

static void camera_close(struct vis_source *source)
{
    struct camera *camera = source->state;
    if (!camera)
        return;
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (camera->is_streaming)
        vis_camera_ioctl(camera->fd, VIDIOC_STREAMOFF, &type);
    for (int i = 0; i < camera->n_buffers; i++)
        munmap(camera->buffers[i].bytes, camera->buffers[i].n_bytes);
    if (camera->fd >= 0)
        close(camera->fd);
    vis_pixels_finish(&camera->pixels);
    free(camera);
}

static int fail_lost(struct camera *camera, const char *why)
{
    camera->is_lost = true;
    return fb_fail(FB_ERR_DEVICE, "%s: camera lost (%s); plug it in again", camera->path, why);
}

/* READ_FRAME when a buffer may be there. */
static int wait_for_buffer(struct camera *camera, int64_t deadline_ns)
{
    struct pollfd descriptor = {.fd = camera->fd, .events = POLLIN};
    for (;;) {
        int64_t left_ns = deadline_ns - fb_clock_now_ns();
        int n = poll(&descriptor, 1, left_ns > 0 ? (int)((left_ns + 999999) / FB_NS_PER_MS) : 0);
        if (n > 0)
            return VIS_READ_FRAME; /* also with POLLERR and POLLHUP: DQBUF tells the reason */
        if (n == 0)
            return VIS_READ_NONE;
        if (errno != EINTR)
            return fail_lost(camera, strerror(errno));
    }
}

/* READ_FRAME with a buffer that must be queued again; READ_NONE when the deadline passes. */
static int dequeue(struct camera *camera, int64_t deadline_ns, struct v4l2_buffer *buffer)
{
    for (int n_empty = 0; n_empty < 100; n_empty++) {
        int result = wait_for_buffer(camera, deadline_ns);
        if (result != VIS_READ_FRAME)
            return result;
        *buffer = buffer_of(0);
        if (vis_camera_ioctl(camera->fd, VIDIOC_DQBUF, buffer) == 0)
            return (int)buffer->index < camera->n_buffers
                       ? VIS_READ_FRAME
                       : fail_lost(camera, "it names a wrong buffer");
        if (errno != EAGAIN)
            return fail_lost(camera, errno == ENODEV ? "unplugged" : strerror(errno));
    }
    return fail_lost(camera, "it stopped"); /* ready, but with nothing, for ever: POLLERR */
}

static void count_gap(struct vis_source *source, const struct v4l2_buffer *buffer)
{
    struct camera *camera = source->state;
    uint32_t step = buffer->sequence - camera->last_sequence;
    if (camera->has_first && step > 1 && step < UINT32_MAX / 2)
        source->n_lost += step - 1;
    camera->last_sequence = buffer->sequence;
    camera->has_first = true;
}

/* The driver's time if it is on our clock and sensible, else now; always later than the last one.
 */
static int64_t capture_time(struct camera *camera, const struct v4l2_buffer *buffer)
{
    int64_t now_ns = fb_clock_now_ns();
    int64_t ns = buffer->timestamp.tv_sec * FB_NS_PER_S + buffer->timestamp.tv_usec * 1000;
    bool is_monotonic =
        (buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    if (!is_monotonic || ns > now_ns || now_ns - ns > 10 * FB_NS_PER_S)
        ns = now_ns;
    return ns > camera->last_ns ? ns : camera->last_ns + 1;
}

/* READ_FRAME, READ_NONE for a picture that was lost or damaged, or an error. */
static int take_picture(struct vis_source *source, const struct v4l2_buffer *buffer,
                        struct fb_frame_pool *pool, struct fb_frame **frame)
{
    struct camera *camera = source->state;
    size_t n_bytes = buffer->bytesused < camera->buffers[buffer->index].n_bytes
                         ? buffer->bytesused
                         : camera->buffers[buffer->index].n_bytes;
    int result = vis_source_acquire(source, pool, frame);
    source->n_lost += result == VIS_READ_NONE;
    if (result == VIS_READ_FRAME &&
        (buffer->flags & V4L2_BUF_FLAG_ERROR ||
         !vis_pixels_read(&camera->pixels, camera->buffers[buffer->index].bytes, n_bytes,
                          *frame))) {
        fb_frame_unref(frame);
        source->n_bad++;
        result = VIS_READ_NONE;
    }
    if (result != VIS_READ_FRAME)
        return result;
    camera->last_ns = capture_time(camera, buffer);
    if (camera->next_index == 0)
        camera->first_ns = camera->last_ns;
    (*frame)->index = camera->next_index++;
    (*frame)->capture_ns = camera->last_ns;
    (*frame)->pts_ns = camera->last_ns - camera->first_ns;
    return VIS_READ_FRAME;
}

static int camera_read(struct vis_source *source, struct fb_frame_pool *pool,
                       struct fb_frame **frame)
{
    struct camera *camera = source->state;
    if (camera->is_lost)
        return fail_lost(camera, "earlier");
    int64_t deadline_ns = fb_clock_now_ns() + source->settings.timeout_ms * FB_NS_PER_MS;
    for (;;) {
        struct v4l2_buffer buffer;
        int result = dequeue(camera, deadline_ns, &buffer);
        if (result != VIS_READ_FRAME)
            return result;
        count_gap(source, &buffer);
        result = take_picture(source, &buffer, pool, frame);
        if (vis_camera_ioctl(camera->fd, VIDIOC_QBUF, &buffer) && result == VIS_READ_NONE)
            return fail_lost(camera, errno == ENODEV ? "unplugged" : strerror(errno));
        if (result != VIS_READ_NONE || fb_clock_now_ns() >= deadline_ns)
            return result;
    }
}

const struct vis_backend vis_camera_backend = {
    .kind = VIS_SOURCE_CAMERA,
    .matches = camera_matches,
    .open = camera_open,
    .read = camera_read,
    .close = camera_close,
};
