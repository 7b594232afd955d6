/* See vis/source.h. Looks at what was named, finds the backend that takes it, passes calls on.
 * The table's order decides where a name could mean two things. */
#include "source_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct vis_backend *const backends[] = {
    &vis_stream_backend, &vis_camera_backend, &vis_demo_backend, &vis_image_backend,
    &vis_images_backend, &vis_video_backend, /* any regular file: last */
};

struct vis_source_settings vis_default_source_settings(void)
{
    return (struct vis_source_settings){
        .width = 1280,
        .height = 720,
        .fps = 30,
        .timeout_ms = 100,
        .open_timeout_ms = 5000,
        .n_faces = 8,
        .seed = 1,
        .is_paced = true,
    };
}

static int check_settings(const struct vis_source_settings *s)
{
    if (s->width < 1 || s->height < 1 || s->width > FB_FRAME_MAX_SIDE ||
        s->height > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "picture size %dx%d; sides must be 1 to %d px", s->width,
                       s->height, FB_FRAME_MAX_SIDE);
    if (!(s->fps > 0 && s->fps <= 1000))
        return fb_fail(FB_ERR_USAGE, "frame rate %g; it must be above 0 and at most 1000", s->fps);
    if (s->timeout_ms < 0 || s->open_timeout_ms < 1 || !(s->duration_s >= 0))
        return fb_fail(FB_ERR_USAGE, "a negative time among the source's settings");
    return FB_OK;
}

/* Opened with O_NONBLOCK: a named pipe must not hold us up. */
static int read_head(struct vis_spec *spec)
{
    int fd = open(spec->text, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, spec->head, sizeof spec->head);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s; check that you may read it", spec->text,
                       strerror(error));
    spec->n_head = (size_t)n;
    return FB_OK;
}

static int look_at(const char *text, struct vis_spec *spec)
{
    *spec = (struct vis_spec){.text = text};
    if (!text || !*text)
        return fb_fail(FB_ERR_USAGE, "the source's name is empty; give a camera number, a file, a "
                                     "folder or \"demo\"");
    spec->exists = stat(text, &spec->stat) == 0;
    if (spec->exists && S_ISREG(spec->stat.st_mode)) {
        if (spec->stat.st_size == 0)
            return fb_fail(FB_ERR_INPUT, "%s: the file is empty", text);
        return read_head(spec);
    }
    return FB_OK;
}

static int refuse(const struct vis_spec *spec)
{
    if (spec->exists)
        return fb_fail(FB_ERR_INPUT,
                       "%s: neither a file, a folder nor a camera; a source is one of "
                       "these",
                       spec->text);
    return fb_fail(FB_ERR_INPUT, "%s: no such file or folder; check the path", spec->text);
}

static const struct vis_backend *find_backend(const struct vis_spec *spec)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (backends[i]->matches(spec))
            return backends[i];
    return NULL;
}

int vis_source_open(const char *text, const struct vis_source_settings *settings,
                    struct vis_source **out)
{
    *out = NULL;
    struct vis_spec spec;
    int status = check_settings(settings);
    if (status == FB_OK)
        status = look_at(text, &spec);
    if (status != FB_OK)
        return status;
    const struct vis_backend *backend = find_backend(&spec);
    if (!backend)
        return refuse(&spec);
    struct vis_source *source = calloc(1, sizeof *source);
    if (!source)
        return fb_fail_nomem("a source", sizeof *source);
    source->backend = backend;
    source->settings = *settings;
    source->info.kind = backend->kind;
    status = backend->open(source, &spec);
    if (status != FB_OK)
        vis_source_close(&source);
    *out = source;
    return status;
}

void vis_source_close(struct vis_source **source)
{
    if (!*source)
        return;
    (*source)->backend->close(*source);
    free(*source);
    *source = NULL;
}

const struct vis_source_info *vis_source_info(const struct vis_source *source)
{
    return &source->info;
}

int vis_source_read(struct vis_source *source, struct fb_frame_pool *pool, struct fb_frame **frame)
{
    *frame = NULL;
    return source->backend->read(source, pool, frame);
}

int vis_source_seek(struct vis_source *source, int64_t pts_ns)
{
    if (!source->info.is_seekable || !source->backend->seek)
        return fb_fail(FB_ERR_USAGE, "%s: this source cannot be moved through", source->info.name);
    return source->backend->seek(source, pts_ns);
}

int64_t vis_source_n_lost(const struct vis_source *source)
{
    return source->n_lost;
}

int64_t vis_source_n_bad(const struct vis_source *source)
{
    return source->n_bad;
}

int vis_source_acquire(const struct vis_source *source, struct fb_frame_pool *pool,
                       struct fb_frame **frame)
{
    *frame = fb_frame_acquire(pool);
    if (!*frame)
        return VIS_READ_NONE;
    if ((*frame)->width == source->info.width && (*frame)->height == source->info.height)
        return VIS_READ_FRAME;
    int status = fb_fail(FB_ERR_USAGE, "%s: frames of %dx%d were offered for pictures of %dx%d",
                         source->info.name, (*frame)->width, (*frame)->height, source->info.width,
                         source->info.height);
    fb_frame_unref(frame);
    return status;
}

const char *vis_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}
