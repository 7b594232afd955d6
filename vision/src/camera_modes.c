/* See camera_modes.h; and vis_devices of vis/source.h. */
#include "camera_modes.h"

#include "camera_pixels.h"
#include "vis/source.h"

#include <linux/videodev2.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_NODES = 64, MAX_ENUM = 256 }; /* a driver whose lists never end is not followed */

struct mode_list {
    struct vis_camera_mode *modes;
    int n, max;
    int width, height; /* wished */
};

int vis_camera_ioctl(int fd, unsigned long request, void *argument)
{
    int result;
    do
        result = ioctl(fd, request, argument);
    while (result < 0 && errno == EINTR);
    return result;
}

struct vis_fourcc_text vis_fourcc_text(uint32_t fourcc)
{
    struct vis_fourcc_text text = {""};
    for (int i = 0; i < 4; i++) {
        char c = (char)(fourcc >> 8 * i & 0x7f);
        text.text[i] = c >= ' ' && c < 0x7f ? c : '?';
    }
    return text;
}

static void add_mode(struct mode_list *list, uint32_t fourcc, uint32_t width, uint32_t height,
                     double fps)
{
    if (list->n == list->max || width < 2 || height < 2 || width > FB_FRAME_MAX_SIDE ||
        height > FB_FRAME_MAX_SIDE)
        return;
    list->modes[list->n++] = (struct vis_camera_mode){fourcc, (int)width, (int)height, fps};
}

static double rate(struct v4l2_fract interval)
{
    return interval.numerator ? (double)interval.denominator / interval.numerator : 0;
}

static void list_rates(int fd, struct mode_list *list, uint32_t fourcc, uint32_t width,
                       uint32_t height)
{
    struct v4l2_frmivalenum interval = {.pixel_format = fourcc, .width = width, .height = height};
    int n_before = list->n;
    for (; interval.index < MAX_ENUM; interval.index++) {
        if (vis_camera_ioctl(fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval))
            break;
        bool is_discrete = interval.type == V4L2_FRMIVAL_TYPE_DISCRETE;
        add_mode(list, fourcc, width, height,
                 rate(is_discrete ? interval.discrete : interval.stepwise.min));
        if (!is_discrete)
            break;
    }
    if (list->n == n_before)
        add_mode(list, fourcc, width, height, 0);
}

static uint32_t step_to(int wish, uint32_t min, uint32_t max, uint32_t step)
{
    uint32_t size = (uint32_t)wish;
    if (size <= min)
        return min;
    if (size >= max)
        return max;
    return min + (size - min) / (step ? step : 1) * (step ? step : 1);
}

static void list_sizes(int fd, struct mode_list *list, uint32_t fourcc)
{
    struct v4l2_frmsizeenum size = {.pixel_format = fourcc};
    int n_before = list->n;
    for (; size.index < MAX_ENUM; size.index++) {
        if (vis_camera_ioctl(fd, VIDIOC_ENUM_FRAMESIZES, &size))
            break;
        if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
            list_rates(fd, list, fourcc, size.discrete.width, size.discrete.height);
            continue;
        }
        const struct v4l2_frmsize_stepwise *s = &size.stepwise;
        list_rates(fd, list, fourcc,
                   step_to(list->width, s->min_width, s->max_width, s->step_width),
                   step_to(list->height, s->min_height, s->max_height, s->step_height));
        break;
    }
    if (list->n == n_before) /* an old driver without the list: it adjusts what we ask for */
        add_mode(list, fourcc, (uint32_t)list->width, (uint32_t)list->height, 0);
}

int vis_camera_list_modes(int fd, int width, int height, struct vis_camera_mode *modes, int max)
{
    struct mode_list list = {.modes = modes, .max = max, .width = width, .height = height};
    struct v4l2_fmtdesc format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; format.index < MAX_ENUM; format.index++) {
        if (vis_camera_ioctl(fd, VIDIOC_ENUM_FMT, &format))
            break;
        if (vis_pixels_is_known(format.pixelformat))
            list_sizes(fd, &list, format.pixelformat);
    }
    return list.n;
}

/* Lower is better. A camera at half the wished rate costs as much as one a whole size off. */
static double cost(const struct vis_camera_mode *mode, int width, int height, double fps)
{
    double size_off =
        (double)(abs(mode->width - width) + abs(mode->height - height)) / (width + height);
    double too_slow = mode->fps > 0 ? fmax(0, 0.9 - mode->fps / fps) : 0.45;
    double too_fast = fmax(0, mode->fps / fps - 1); /* only among equals */
    return size_off + 2 * too_slow + 1e-3 * fmin(too_fast, 10) +
           1e-2 * vis_pixels_is_jpeg(mode->fourcc);
}

const struct vis_camera_mode *vis_camera_choose_mode(const struct vis_camera_mode *modes, int n,
                                                     int width, int height, double fps)
{
    const struct vis_camera_mode *best = NULL;
    for (int i = 0; i < n; i++)
        if (!best || cost(&modes[i], width, height, fps) < cost(best, width, height, fps))
            best = &modes[i];
    return best;
}

/* Whether another entry of the same format and size is faster, or as fast and earlier. */
static bool is_outdone(const struct vis_camera_mode *modes, int n, int i)
{
    for (int k = 0; k < n; k++)
        if (modes[k].fourcc == modes[i].fourcc && modes[k].width == modes[i].width &&
            modes[k].height == modes[i].height &&
            (modes[k].fps > modes[i].fps || (modes[k].fps >= modes[i].fps && k < i)))
            return true;
    return false;
}

void vis_camera_describe_modes(const struct vis_camera_mode *modes, int n, char *text,
                               size_t n_bytes)
{
    static const char more[] = ", ...";
    size_t at = 0;
    *text = 0;
    for (int i = 0; i < n; i++) {
        if (is_outdone(modes, n, i))
            continue;
        char entry[48];
        int length =
            snprintf(entry, sizeof entry, "%s%s %dx%d", at ? ", " : "",
                     vis_fourcc_text(modes[i].fourcc).text, modes[i].width, modes[i].height);
        if (modes[i].fps > 0)
            length +=
                snprintf(entry + length, sizeof entry - (size_t)length, "@%.4g", modes[i].fps);
        bool is_room = at + (size_t)length + sizeof more <= n_bytes;
        at += (size_t)snprintf(text + at, n_bytes - at, "%s", is_room ? entry : more);
        if (!is_room)
            break;
    }
}

static bool describe_device(int fd, const char *path, struct vis_device *device)
{
    struct v4l2_capability capability = {0};
    if (vis_camera_ioctl(fd, VIDIOC_QUERYCAP, &capability))
        return false;
    uint32_t caps = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                   : capability.capabilities;
    if (!(caps & V4L2_CAP_VIDEO_CAPTURE) || !(caps & V4L2_CAP_STREAMING))
        return false; /* a webcam's second node carries metadata only */
    static const struct vis_source_settings wish = {.width = 1280, .height = 720};
    struct vis_camera_mode modes[VIS_CAMERA_MAX_MODES];
    int n = vis_camera_list_modes(fd, wish.width, wish.height, modes, VIS_CAMERA_MAX_MODES);
    *device = (struct vis_device){0};
    snprintf(device->path, sizeof device->path, "%s", path);
    snprintf(device->card, sizeof device->card, "%.32s", (const char *)capability.card);
    snprintf(device->bus, sizeof device->bus, "%.32s", (const char *)capability.bus_info);
    vis_camera_describe_modes(modes, n, device->modes, sizeof device->modes);
    return true;
}

static void describe_denied(const char *path, struct vis_device *device)
{
    *device = (struct vis_device){0};
    snprintf(device->path, sizeof device->path, "%s", path);
    snprintf(device->card, sizeof device->card, "%s", path);
    snprintf(device->problem, sizeof device->problem,
             "%s: no permission to use the camera; join the group \"video\" (sudo adduser $USER video) and log in again",
             path);
}

/* A camera has several nodes: of those that may not be opened one is told, where there is nothing better. */
int vis_devices(struct vis_device *devices, int max)
{
    int n = 0;
    char denied[32] = "";
    for (int i = 0; i < MAX_NODES && n < max; i++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/video%d", i);
        int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && (errno == EACCES || errno == EPERM) && !denied[0])
            memcpy(denied, path, sizeof denied);
        if (fd < 0)
            continue;
        n += describe_device(fd, path, &devices[n]);
        close(fd);
    }
    if (n == 0 && denied[0] && max > 0)
        describe_denied(denied, &devices[n++]);
    return n;
}

const struct vis_device *vis_devices_find(const struct vis_device *devices, int n, const char *card, const char *bus)
{
    const struct vis_device *same_name = NULL;
    int n_same_name = 0;
    for (int i = 0; i < n && card[0]; i++) {
        if (strcmp(devices[i].card, card))
            continue;
        if (!strcmp(devices[i].bus, bus))
            return &devices[i];
        same_name = &devices[i];
        n_same_name++;
    }
    return n_same_name == 1 ? same_name : NULL;
}
