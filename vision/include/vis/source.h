/* Where frames come from: a camera, a video file, a stream, an image, a folder or pattern of images,
 * the demo class. One handle, one thread (a stream keeps one of its own inside).
 *
 *     vis_source_open("demo", &settings, &source);
 *     pool of vis_source_info(source)->width x height
 *     while ((status = vis_source_read(source, pool, &frame)) >= 0 && status != VIS_READ_END)
 *         if (status == VIS_READ_FRAME) { ...; fb_frame_unref(&frame); }
 *     vis_source_close(&source);
 */
#ifndef VIS_SOURCE_H
#define VIS_SOURCE_H

#include "base/frame.h"

#include <stdatomic.h>
#include <stdbool.h>

enum vis_source_kind {
    VIS_SOURCE_NONE,
    VIS_SOURCE_CAMERA,
    VIS_SOURCE_FILE,
    VIS_SOURCE_STREAM,
    VIS_SOURCE_IMAGE,
    VIS_SOURCE_IMAGES,
    VIS_SOURCE_DEMO,
    VIS_SOURCE_KIND_COUNT,
};

enum vis_read {
    VIS_READ_NONE,  /* nothing yet: time-out; call again */
    VIS_READ_FRAME,
    VIS_READ_END,   /* end of a file or of the images */
};

struct vis_source_settings {
    int width, height;     /* wished for, px; camera and demo; default 1280x720 */
    double fps;            /* wished for; camera, demo, images; default 30 */
    int timeout_ms;        /* camera and stream: READ_NONE after so long without a frame; default 100 */
    int open_timeout_ms;   /* stream: for opening, and how long it may send nothing; default 5000 */
    int n_faces;           /* demo; 1..40, default 8 */
    uint64_t seed;         /* demo; default 1 */
    bool is_hard;          /* demo: the class that keeping students apart is measured on: long looks down,
                              walks in front of others, leavings, posters, lamps; default false */
    double duration_s;     /* demo; 0: endless (default) */
    bool is_paced;         /* demo: frames arrive in real time, as from a camera; default true */
    bool allow_network;    /* streams are refused without it; default false */
    const atomic_bool *is_aborted; /* stream: opening ends early once it is true; default NULL */
    const char *assets_dir; /* where the face basis lies */
};
struct vis_source_settings vis_default_source_settings(void);

struct vis_source_info {
    enum vis_source_kind kind;
    int width, height;     /* px of every frame; fixed for the source's life */
    double fps;            /* nominal; 0 unknown */
    int64_t duration_ns;   /* 0 unknown or endless */
    bool is_live;          /* camera, stream, paced demo: newest frame wins */
    bool is_seekable;
    char name[128];        /* for the status line: "C920", "lesson.mp4", "demo class" */
    char detail[128];      /* "MJPG 1280x720@30", "h264 596x336" */
    char bus[64];          /* camera: where it is plugged in; with its name it is known again. Else "" */
};

struct vis_source;

/* spec: camera number, /dev/videoN, path, folder, printf pattern, rtsp:// or http:// URL, "demo".
 * FB_ERR_INPUT (missing, unreadable, not a picture or video), FB_ERR_DEVICE (camera missing or
 * busy), FB_ERR_USAGE, FB_ERR_NOMEM. */
FB_MUST_USE int vis_source_open(const char *spec, const struct vis_source_settings *settings,
                                struct vis_source **out);
void vis_source_close(struct vis_source **source);

const struct vis_source_info *vis_source_info(const struct vis_source *source);

/* Returns enum vis_read or an error: FB_ERR_DEVICE when a camera or stream is lost (close and open
 * anew); FB_ERR_INPUT when a file cannot be read further (one that breaks off gives its pictures,
 * then the end, and a warning in the log); FB_ERR_USAGE when the pool has another size. *frame is
 * the caller's reference, from pool, with index, pts_ns, capture_ns set; NULL unless VIS_READ_FRAME.
 * When all the pool's frames are in use a live source loses the picture (counted), a file waits
 * (READ_NONE). */
FB_MUST_USE int vis_source_read(struct vis_source *source, struct fb_frame_pool *pool,
                                struct fb_frame **frame);

/* The next frame read is the one shown at pts_ns (the last one with pts <= pts_ns; the first if
 * none). In a video its index is then estimated by the mean rate. FB_ERR_USAGE when not seekable,
 * FB_ERR_INPUT. */
FB_MUST_USE int vis_source_seek(struct vis_source *source, int64_t pts_ns);

/* Pictures lost on their way to the caller, who was too slow or had no free frame. */
int64_t vis_source_n_lost(const struct vis_source *source);
/* Damaged pictures, which were not handed on. */
int64_t vis_source_n_bad(const struct vis_source *source);

/* In place: user names, passwords and queries of the addresses in a text go, for everything that is shown or kept. */
void vis_hide_credentials(char *text);

struct vis_device {
    char path[64], card[64], bus[64];
    char modes[512]; /* "MJPG 1280x720@30, YUYV 640x480@30" */
    char problem[160]; /* "": it can be opened; else why not and what to do (card is then the path, bus and modes are empty) */
};
/* Cameras present, in order of their number; returns how many were found (at most max). Without any that can be opened,
 * one that is there but may not be. */
int vis_devices(struct vis_device *devices, int max);
/* Where the camera of this name and bus is now: that one, else the only one of that name (it is plugged in
 * elsewhere); card "" or none such: NULL. */
const struct vis_device *vis_devices_find(const struct vis_device *devices, int n, const char *card, const char *bus);

#endif
