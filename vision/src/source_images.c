/* A single picture, a folder of them, or a printf pattern, at the settings' rate: picture i stands
 * at i / fps, whether or not the ones before it could be read. All get the first one's size. */
#include "base/clock.h"
#include "base/log.h"
#include "image_io.h"
#include "image_list.h"
#include "source_backend.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct images {
    struct vis_image_list list;
    size_t next;          /* entry to be read */
    AVFrame *decoded;     /* of entry next, or NULL */
    struct vis_turn turn; /* of decoded */
    struct vis_convert convert;
};

static bool single_matches(const struct vis_spec *spec)
{
    return spec->exists && S_ISREG(spec->stat.st_mode) && vis_is_picture(spec->head, spec->n_head);
}

static bool many_match(const struct vis_spec *spec)
{
    return spec->exists ? S_ISDIR(spec->stat.st_mode) : vis_is_image_pattern(spec->text);
}

static void images_close(struct vis_source *source)
{
    struct images *images = source->state;
    if (!images)
        return;
    av_frame_free(&images->decoded);
    vis_convert_finish(&images->convert);
    vis_image_list_finish(&images->list);
    free(images);
}

/* Decodes the next entry that can be; VIS_READ_END when there is none. */
static int decode_next(struct vis_source *source)
{
    struct images *images = source->state;
    for (; !images->decoded && images->next < images->list.n; images->next++) {
        char path[PATH_MAX];
        int status =
            vis_image_list_path(&images->list, images->next, path, sizeof path)
                ? vis_picture_decode(path, &images->decoded, &images->turn)
                : fb_fail(FB_ERR_INPUT, "%s: path too long", images->list.names[images->next]);
        if (status == FB_ERR_NOMEM)
            return status;
        if (status == FB_OK)
            break;
        source->n_lost++;
        if (images->list.n > 1)
            fb_log(FB_LOG_WARN, "images", "skipped: %s", fb_error_text());
    }
    return images->decoded ? VIS_READ_FRAME : VIS_READ_END;
}

static int64_t pts_of(const struct vis_source *source, size_t i)
{
    return llrint((double)i / source->settings.fps * FB_NS_PER_S);
}

static void set_info(struct vis_source *source, const char *text)
{
    struct images *images = source->state;
    struct vis_source_info *info = &source->info;
    vis_upright_size(images->decoded, images->turn, &info->width, &info->height);
    info->fps = source->settings.fps;
    info->duration_ns = pts_of(source, images->list.n);
    info->is_seekable = true;
    snprintf(info->name, sizeof info->name, "%s", vis_path_name(text));
    if (images->list.n == 1)
        snprintf(info->detail, sizeof info->detail, "picture %dx%d", info->width, info->height);
    else
        snprintf(info->detail, sizeof info->detail, "%zu pictures %dx%d@%g", images->list.n,
                 info->width, info->height, info->fps);
}

static int images_open(struct vis_source *source, const struct vis_spec *spec)
{
    struct images *images = calloc(1, sizeof *images);
    source->state = images;
    if (!images)
        return fb_fail_nomem("a source of pictures", sizeof *images);
    bool is_single = source->info.kind == VIS_SOURCE_IMAGE;
    int status = is_single      ? vis_image_list_single(&images->list, spec->text)
                 : spec->exists ? vis_image_list_folder(&images->list, spec->text)
                                : vis_image_list_pattern(&images->list, spec->text);
    if (status == FB_OK)
        status = decode_next(source);
    if (status < 0)
        return status;
    if (status == VIS_READ_END) /* the last one's text stands */
        return is_single
                   ? FB_ERR_INPUT
                   : fb_fail_context(FB_ERR_INPUT, "none of %zu pictures can be read; the last",
                                     images->list.n);
    set_info(source, spec->text);
    return FB_OK;
}

static int images_read(struct vis_source *source, struct fb_frame_pool *pool,
                       struct fb_frame **frame)
{
    struct images *images = source->state;
    int result = vis_source_acquire(source, pool, frame);
    if (result != VIS_READ_FRAME)
        return result;
    result = decode_next(source);
    if (result == VIS_READ_FRAME) {
        int status = vis_convert_picture(&images->convert, images->decoded, images->turn, *frame);
        result = status == FB_OK ? VIS_READ_FRAME
                                 : fb_fail_context(status, "%s", images->list.names[images->next]);
        (*frame)->index = (int64_t)images->next;
        (*frame)->pts_ns = pts_of(source, images->next);
        (*frame)->capture_ns = fb_clock_now_ns();
        av_frame_free(&images->decoded);
        images->next++;
    }
    if (result != VIS_READ_FRAME)
        fb_frame_unref(frame);
    return result;
}

static int images_seek(struct vis_source *source, int64_t pts_ns)
{
    struct images *images = source->state;
    double last = (double)images->list.n - 1;
    /* half a nanosecond is less than pts_of rounds by */
    double i = floor(((double)pts_ns + 0.5) / FB_NS_PER_S * source->settings.fps);
    av_frame_free(&images->decoded);
    images->next = (size_t)fmax(0, fmin(i, last));
    return FB_OK;
}

const struct vis_backend vis_image_backend = {
    .kind = VIS_SOURCE_IMAGE,
    .matches = single_matches,
    .open = images_open,
    .read = images_read,
    .seek = images_seek,
    .close = images_close,
};

const struct vis_backend vis_images_backend = {
    .kind = VIS_SOURCE_IMAGES,
    .matches = many_match,
    .open = images_open,
    .read = images_read,
    .seek = images_seek,
    .close = images_close,
};
