/* Video files. Pictures come with the file's own times, however uneven; seeking is exact: from the
 * keyframe before, forward to the picture shown at that time.
 *
 * Files are not trusted: only a regular file, only through libav's file protocol, only the formats
 * below (no playlists, which could name other files or hosts). A file that breaks off gives the
 * pictures up to there, then the end and a warning in the log. */
#include "av_common.h"
#include "av_reader.h"
#include "base/clock.h"
#include "base/log.h"
#include "source_backend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMATS "mov,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf"

struct video {
    char *name;
    struct vis_av_reader reader;
    struct vis_convert convert;
    AVFrame *pictures[2]; /* decoded and not handed on yet, oldest first: at most both */
    int64_t pts_ns[2];
    int n_pictures;
    int64_t first_pts_ns;
    int64_t next_index;
    bool is_end_told;
};

static bool video_matches(const struct vis_spec *spec)
{
    return spec->exists && S_ISREG(spec->stat.st_mode);
}

static void video_close(struct vis_source *source)
{
    struct video *video = source->state;
    if (!video)
        return;
    vis_av_reader_finish(&video->reader);
    vis_convert_finish(&video->convert);
    av_frame_free(&video->pictures[0]);
    av_frame_free(&video->pictures[1]);
    free(video->name);
    free(video);
}

static const char *hint(const struct vis_spec *spec)
{
    if (spec->n_head >= 8 && !memcmp(spec->head + 4, "ftyp", 4))
        return "; its index is missing or damaged, as in a recording that was cut off: repair it, "
               "or use the original";
    return "; give a video (mp4, mov, mkv, webm, avi, ts, mpg ...) or a picture";
}

static int open_reader(struct video *video, const struct vis_spec *spec)
{
    size_t n_bytes = strlen(spec->text) + sizeof "file:";
    char *url = malloc(n_bytes);
    if (!url)
        return fb_fail_nomem("a path", n_bytes);
    snprintf(url, n_bytes, "file:%s", spec->text); /* so that a name with a colon is no protocol */
    struct vis_av_settings settings = {.url = url,
                                       .name = video->name,
                                       .protocols = "file",
                                       .formats = FORMATS,
                                       .hint = hint(spec)};
    if (seal_is_sealed(spec->head, spec->n_head)) {
        settings.url = NULL;
        settings.sealed_path = spec->text;
    }
    int status = vis_av_reader_init(&video->reader, &settings);
    free(url);
    return status;
}

/* Into the queue's next place; VIS_READ_FRAME or VIS_READ_END. */
static int decode(struct vis_source *source)
{
    struct video *video = source->state;
    int at = video->n_pictures;
    int result = vis_av_reader_next(&video->reader, video->pictures[at], &video->pts_ns[at]);
    video->n_pictures += result == VIS_READ_FRAME;
    source->n_bad = video->reader.n_bad;
    return result;
}

static void drop_oldest(struct video *video)
{
    AVFrame *oldest = video->pictures[0];
    av_frame_unref(oldest);
    video->pictures[0] = video->pictures[1];
    video->pts_ns[0] = video->pts_ns[1];
    video->pictures[1] = oldest;
    video->n_pictures--;
}

static void set_info(struct vis_source *source)
{
    struct video *video = source->state;
    struct vis_source_info *info = &source->info;
    vis_upright_size(video->pictures[0], video->reader.turn, &info->width, &info->height);
    info->fps = video->reader.fps;
    info->duration_ns = video->reader.duration_ns;
    info->is_seekable = true;
    snprintf(info->name, sizeof info->name, "%s", vis_path_name(video->name));
    vis_av_reader_describe(&video->reader, info->width, info->height, info->detail,
                           sizeof info->detail);
}

/* The first picture is decoded here: only it tells the true size, and that there is one at all. */
static int video_open(struct vis_source *source, const struct vis_spec *spec)
{
    struct video *video = calloc(1, sizeof *video);
    source->state = video;
    if (!video || !(video->name = strdup(spec->text)) || !(video->pictures[0] = av_frame_alloc()) ||
        !(video->pictures[1] = av_frame_alloc()))
        return fb_fail_nomem("a video source", sizeof *video);
    int status = open_reader(video, spec);
    if (status == FB_OK && video->reader.duration_ns == 0)
        status = vis_av_reader_measure(&video->reader);
    if (status != FB_OK)
        return status;
    if (decode(source) != VIS_READ_FRAME)
        return fb_fail(FB_ERR_INPUT,
                       "%s: no picture in it could be decoded; the file is damaged or "
                       "cut off",
                       video->name);
    video->first_pts_ns = video->pts_ns[0];
    set_info(source);
    return FB_OK;
}

/* At the end: a real read error is the caller's to know, a file that is shorter than it says is a
 * warning. */
static int end(struct vis_source *source)
{
    struct video *video = source->state;
    const struct vis_av_reader *reader = &video->reader;
    bool is_any = reader->last_pts_ns != INT64_MIN;
    double at_s = is_any ? (double)reader->last_pts_ns / FB_NS_PER_S : 0;
    if (reader->read_error && reader->read_error != AVERROR_INVALIDDATA)
        return fb_fail(FB_ERR_INPUT, "%s: cannot be read further than %.3f s (%s)", video->name,
                       at_s, vis_av_error(reader->read_error).text);
    int64_t end_ns = video->first_pts_ns + source->info.duration_ns;
    bool is_short = is_any && end_ns - reader->last_pts_ns > FB_NS_PER_S;
    if (!video->is_end_told && (reader->read_error || is_short))
        fb_log(FB_LOG_WARN, "video", "%s: breaks off at %.3f s of %.3f s; what was there was used",
               video->name, at_s, (double)end_ns / FB_NS_PER_S);
    video->is_end_told = true;
    return VIS_READ_END;
}

static int video_read(struct vis_source *source, struct fb_frame_pool *pool,
                      struct fb_frame **frame)
{
    struct video *video = source->state;
    int result = vis_source_acquire(source, pool, frame);
    if (result != VIS_READ_FRAME)
        return result;
    if (!video->n_pictures && decode(source) != VIS_READ_FRAME) {
        fb_frame_unref(frame);
        return end(source);
    }
    int status =
        vis_convert_picture(&video->convert, video->pictures[0], video->reader.turn, *frame);
    (*frame)->index = video->next_index++;
    (*frame)->pts_ns = video->pts_ns[0];
    (*frame)->capture_ns = fb_clock_now_ns();
    drop_oldest(video);
    if (status != FB_OK) {
        fb_frame_unref(frame);
        return fb_fail_context(status, "%s", video->name);
    }
    return VIS_READ_FRAME;
}

static int restart_at(struct vis_source *source, int64_t pts_ns)
{
    struct video *video = source->state;
    while (video->n_pictures)
        drop_oldest(video);
    return vis_av_reader_seek(&video->reader, pts_ns);
}

/* Where the format's seeking lands too late (no index, open groups of pictures), start earlier. */
static int land_before(struct vis_source *source, int64_t pts_ns)
{
    struct video *video = source->state;
    for (int64_t back_ns = 0;; back_ns = back_ns ? 4 * back_ns : FB_NS_PER_S) {
        int64_t from_ns = pts_ns - back_ns;
        bool is_first = from_ns <= video->first_pts_ns;
        int status = restart_at(source, is_first ? video->first_pts_ns : from_ns);
        if (status != FB_OK)
            return status;
        bool is_decoded = decode(source) == VIS_READ_FRAME;
        if (is_first || (is_decoded && video->pts_ns[0] <= pts_ns))
            return FB_OK;
    }
}

static int video_seek(struct vis_source *source, int64_t pts_ns)
{
    struct video *video = source->state;
    int status = land_before(source, pts_ns);
    if (status != FB_OK)
        return status;
    while (video->n_pictures && decode(source) == VIS_READ_FRAME && video->pts_ns[1] <= pts_ns)
        drop_oldest(video);
    video->is_end_told = true; /* the warning about a short file is for the first way through */
    double since_first_s =
        video->n_pictures ? (double)(video->pts_ns[0] - video->first_pts_ns) / FB_NS_PER_S : 0;
    video->next_index = llrint(since_first_s * source->info.fps);
    return FB_OK;
}

const struct vis_backend vis_video_backend = {
    .kind = VIS_SOURCE_FILE,
    .matches = video_matches,
    .open = video_open,
    .read = video_read,
    .seek = video_seek,
    .close = video_close,
};
