/* What a kind of source implements; source.c holds the table of them.
 * To add a kind: one file with a struct vis_backend, one line in the table, one in meson.build. */
#ifndef VIS_SOURCE_BACKEND_H
#define VIS_SOURCE_BACKEND_H

#include "vis/source.h"

#include <sys/stat.h>

/* What the user named, looked at once. */
struct vis_spec {
    const char *text;
    bool exists; /* stat holds */
    struct stat stat;
    unsigned char head[64]; /* first bytes of a regular file, zeros behind a shorter one */
    size_t n_head;
};

struct vis_source {
    const struct vis_backend *backend;
    struct vis_source_settings settings;
    struct vis_source_info info; /* filled by open */
    int64_t n_lost, n_bad;       /* counted by the backend */
    void *state;                 /* the backend's */
};

struct vis_backend {
    enum vis_source_kind kind;
    bool (*matches)(const struct vis_spec *spec);
    /* Sets state and info (kind is set already). On an error source.c calls close. */
    int (*open)(struct vis_source *source, const struct vis_spec *spec);
    /* As vis_source_read; *frame is NULL on entry. */
    int (*read)(struct vis_source *source, struct fb_frame_pool *pool, struct fb_frame **frame);
    int (*seek)(struct vis_source *source, int64_t pts_ns); /* NULL: not seekable */
    void (*close)(struct vis_source *source);               /* state may be NULL or half built */
};

extern const struct vis_backend vis_stream_backend, vis_camera_backend, vis_demo_backend,
    vis_image_backend, vis_images_backend, vis_video_backend;

/* A free frame of the source's size: VIS_READ_FRAME, VIS_READ_NONE (all in use), or FB_ERR_USAGE
 * when the pool has another size. */
FB_MUST_USE int vis_source_acquire(const struct vis_source *source, struct fb_frame_pool *pool,
                                   struct fb_frame **frame);

/* The part of a path behind its last slash, for the status line. */
const char *vis_path_name(const char *path);

#endif
