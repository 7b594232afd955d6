/* What a V4L2 camera offers and which of it to take. Threads: any; no state. */
#ifndef VIS_CAMERA_MODES_H
#define VIS_CAMERA_MODES_H

#include "base/status.h"

#include <stdint.h>
#include <stddef.h>

enum { VIS_CAMERA_MAX_MODES = 512 };

struct vis_camera_mode {
    uint32_t fourcc;   /* of a format that camera_pixels.h knows */
    int width, height; /* px */
    double fps;        /* 0: the camera does not say */
};

/* ioctl that goes on when a signal arrives; 0, or -1 with errno. */
int vis_camera_ioctl(int fd, unsigned long request, void *argument);

/* All modes in known formats, of stepwise ranges the one nearest to the wish; returns how many. */
int vis_camera_list_modes(int fd, int width, int height, struct vis_camera_mode *modes, int max);

/* The mode nearest to the wish, NULL of none: first that it is about as fast, then as large; JPEG
 * where raw pictures of that size come too slowly, raw ones where both come in time. */
const struct vis_camera_mode *vis_camera_choose_mode(const struct vis_camera_mode *modes, int n,
                                                     int width, int height, double fps);

/* "MJPG 1280x720@30, YUYV 640x480@30", each size once with its highest rate. */
void vis_camera_describe_modes(const struct vis_camera_mode *modes, int n, char *text,
                               size_t n_bytes);
/* "MJPG" */
struct vis_fourcc_text {
    char text[5];
};
struct vis_fourcc_text vis_fourcc_text(uint32_t fourcc);

#endif
