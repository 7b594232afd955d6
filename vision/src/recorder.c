/* See vis/recorder.h. libx264 into Matroska: clusters of 0.3 s, each written out as soon as
 * it is whole, so that a killed recording loses no more. Time base 1 ms: frames keep their own,
 * uneven times. No look-ahead and no B frames: what was handed in is encoded when write returns.
 *
 * The file is ours (libav's own opener knows neither mode 0600 nor how much of it is sound): after
 * a failed write it is cut back to the last whole cluster and left without an index. */
#include "vis/recorder.h"

#include "av_common.h"
#include "base/clock.h"
#include "base/log.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IO_BUFFER_BYTES = 64 << 10, CLUSTER_MS = 300, MAX_GOP = 10000 };

struct vis_recorder {
    char *path, *part_path;
    int fd; /* -1 */
    int width, height;
    int64_t keyframe_ms;
    AVFormatContext *format;
    AVStream *stream;
    AVCodecContext *encoder;
    AVPacket *packet;
    AVFrame *picture;
    int status;        /* the first write error; sticks */
    off_t sound_bytes; /* the file is whole up to here */
    int64_t first_pts_ns, last_ms, last_key_ms, last_sync_ns;
    int64_t n_written, n_left_out;
};

struct vis_recorder_settings vis_default_recorder_settings(void)
{
    return (struct vis_recorder_settings){.crf = 23, .preset = "veryfast", .keyframe_s = 1};
}

static int write_bytes(void *user, uint8_t *bytes, int n_bytes)
{
    struct vis_recorder *recorder = user;
    for (int at = 0; at < n_bytes;) {
        ssize_t n = write(recorder->fd, bytes + at, (size_t)(n_bytes - at));
        if (n < 0 && errno != EINTR)
            return AVERROR(errno);
        at += n > 0 ? (int)n : 0;
    }
    return n_bytes;
}

static int64_t seek_bytes(void *user, int64_t offset, int whence)
{
    struct vis_recorder *recorder = user;
    struct stat stat;
    if (whence == AVSEEK_SIZE)
        return fstat(recorder->fd, &stat) ? AVERROR(errno) : (int64_t)stat.st_size;
    int64_t at = lseek(recorder->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

static int fail_writing(struct vis_recorder *recorder, int code)
{
    const char *advice = code == AVERROR(ENOSPC)
                             ? "; free some space: the recording up to here is kept"
                             : "; the recording up to here is kept";
    recorder->status =
        fb_fail(FB_ERR_IO, "%s: %s%s", recorder->path, vis_av_error(code).text, advice);
    return recorder->status;
}

/* Asked here, since libx264 writes to stderr about one that it does not know. */
static bool is_preset(const char *name)
{
    static const char *const presets[] = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                          "medium",    "slow",      "slower",   "veryslow"};
    for (size_t i = 0; name && i < sizeof presets / sizeof *presets; i++)
        if (!strcmp(presets[i], name))
            return true;
    return false;
}

static int check_settings(const struct vis_recorder_settings *s)
{
    if (s->width < 2 || s->height < 2 || s->width > FB_FRAME_MAX_SIDE ||
        s->height > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "a recording of %dx%d px; sides must be 2 to %d px", s->width,
                       s->height, FB_FRAME_MAX_SIDE);
    if (!is_preset(s->preset))
        return fb_fail(FB_ERR_USAGE,
                       "recording with preset \"%s\"; presets are x264's, ultrafast to "
                       "veryslow",
                       s->preset ? s->preset : "");
    if (s->crf < 0 || s->crf > 51 || !(s->keyframe_s > 0 && s->keyframe_s <= 60))
        return fb_fail(FB_ERR_USAGE,
                       "recording with crf %d, a keyframe each %g s; crf is 0 to 51, "
                       "keyframes at most 60 s apart",
                       s->crf, s->keyframe_s);
    return FB_OK;
}

/* A rate that a player could believe; some files state their clock's instead. */
static bool has_rate(const struct vis_recorder_settings *settings)
{
    return settings->fps >= 1 && settings->fps <= 240;
}

static int open_encoder(struct vis_recorder *recorder, const struct vis_recorder_settings *settings)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return fb_fail(FB_ERR_FAILED, "cannot record: this FFmpeg has no libx264; install Debian's "
                                      "libavcodec59 or later");
    AVCodecContext *encoder = avcodec_alloc_context3(codec);
    recorder->encoder = encoder;
    if (!encoder)
        return fb_fail_nomem("an encoder", sizeof *encoder);
    encoder->width = recorder->width;
    encoder->height = recorder->height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->color_range = AVCOL_RANGE_JPEG;
    encoder->colorspace = AVCOL_SPC_SMPTE170M;
    encoder->color_primaries = AVCOL_PRI_BT709;
    encoder->color_trc = AVCOL_TRC_IEC61966_2_1;
    encoder->time_base = (AVRational){1, 1000};
    encoder->framerate = av_d2q(has_rate(settings) ? settings->fps : 30, 1001 * 240);
    encoder->gop_size = MAX_GOP;              /* keyframes are set by time */
    encoder->thread_count = recorder->width * recorder->height > 1500 * 1000 ? 2 : 1;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(encoder->priv_data, "preset", settings->preset, 0);
    av_opt_set(encoder->priv_data, "tune", "zerolatency", 0);
    av_opt_set_double(encoder->priv_data, "crf", settings->crf, 0);
    int code = avcodec_open2(encoder, codec, NULL);
    if (code < 0)
        return fb_fail(FB_ERR_USAGE, "cannot record %dx%d with preset \"%s\" (%s)", recorder->width,
                       recorder->height, settings->preset, vis_av_error(code).text);
    return FB_OK;
}

static int open_file(struct vis_recorder *recorder)
{
    /* An old .part may hold the only picture of a lesson: never overwritten. */
    recorder->fd = open(recorder->part_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (recorder->fd < 0 && errno == EEXIST)
        return fb_fail(FB_ERR_IO,
                       "%s: left there by a recording that broke off; rename or delete it",
                       recorder->part_path);
    if (recorder->fd < 0)
        return fb_fail(FB_ERR_IO, "%s: %s", recorder->part_path, strerror(errno));
    return FB_OK;
}

static int open_muxer(struct vis_recorder *recorder, const struct vis_recorder_settings *settings)
{
    if (avformat_alloc_output_context2(&recorder->format, NULL, "matroska", NULL) < 0)
        return fb_fail_nomem("a video writer", sizeof *recorder->format);
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    if (buffer)
        recorder->format->pb = avio_alloc_context(buffer, IO_BUFFER_BYTES, 1, recorder, NULL,
                                                  write_bytes, seek_bytes);
    if (!recorder->format->pb) {
        av_free(buffer);
        return fb_fail_nomem("a video writer", IO_BUFFER_BYTES);
    }
    recorder->stream = avformat_new_stream(recorder->format, NULL);
    if (!recorder->stream ||
        avcodec_parameters_from_context(recorder->stream->codecpar, recorder->encoder) < 0)
        return fb_fail_nomem("a video stream", sizeof *recorder->stream);
    recorder->stream->time_base = recorder->encoder->time_base;
    if (has_rate(settings))
        recorder->stream->avg_frame_rate = recorder->encoder->framerate;
    av_opt_set_int(recorder->format->priv_data, "cluster_time_limit", CLUSTER_MS, 0);
    int code = avformat_write_header(recorder->format, NULL);
    if (code < 0)
        return fail_writing(recorder, code);
    avio_flush(recorder->format->pb);
    recorder->sound_bytes = lseek(recorder->fd, 0, SEEK_CUR);
    return FB_OK;
}

static void destroy(struct vis_recorder **recorder)
{
    struct vis_recorder *r = *recorder;
    if (r->format && r->format->pb) {
        av_freep(&r->format->pb->buffer);
        avio_context_free(&r->format->pb);
    }
    avformat_free_context(r->format);
    avcodec_free_context(&r->encoder);
    av_packet_free(&r->packet);
    av_frame_free(&r->picture);
    if (r->fd >= 0)
        close(r->fd);
    free(r->path);
    free(r->part_path);
    free(r);
    *recorder = NULL;
}

static int allocate(struct vis_recorder *recorder, const char *path)
{
    recorder->path = strdup(path);
    recorder->packet = av_packet_alloc();
    recorder->picture = av_frame_alloc();
    if (!recorder->path || !recorder->packet || !recorder->picture ||
        asprintf(&recorder->part_path, "%s.part", path) < 0)
        return fb_fail_nomem("a recorder", sizeof *recorder);
    return FB_OK;
}

int vis_recorder_open(const char *path, const struct vis_recorder_settings *settings,
                      struct vis_recorder **out)
{
    *out = NULL;
    vis_av_init_log();
    int status = check_settings(settings);
    if (status != FB_OK)
        return status;
    struct vis_recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return fb_fail_nomem("a recorder", sizeof *recorder);
    recorder->fd = -1;
    recorder->width = settings->width & ~1;
    recorder->height = settings->height & ~1;
    recorder->keyframe_ms = llrint(settings->keyframe_s * 1000);
    recorder->last_ms = -1;
    recorder->last_sync_ns = fb_clock_now_ns();
    status = allocate(recorder, path);
    if (status == FB_OK)
        status = open_encoder(recorder, settings);
    if (status == FB_OK)
        status = open_file(recorder);
    if (status == FB_OK && (status = open_muxer(recorder, settings)) != FB_OK)
        unlink(recorder->part_path);
    if (status != FB_OK)
        destroy(&recorder);
    *out = recorder;
    return status;
}

static void keep(void *opaque, uint8_t *data)
{
    (void)opaque;
    (void)data;
}

/* The encoder reads the frame where it lies; libx264 has copied it when receive_packet returns. A
 * picture without a buffer of its own would be copied once more by libav. */
static int wrap(struct vis_recorder *recorder, const struct fb_frame *frame, int64_t ms)
{
    AVFrame *picture = recorder->picture;
    av_frame_unref(picture);
    size_t n_bytes = (size_t)frame->y_stride * (size_t)frame->height;
    picture->buf[0] = av_buffer_create(frame->y, n_bytes, keep, NULL, AV_BUFFER_FLAG_READONLY);
    if (!picture->buf[0])
        return fb_fail_nomem("a picture to encode", sizeof *picture);
    uint8_t *planes[] = {frame->y, frame->u, frame->v};
    for (int i = 0; i < 3; i++) {
        picture->data[i] = planes[i];
        picture->linesize[i] = i ? frame->uv_stride : frame->y_stride;
    }
    picture->format = AV_PIX_FMT_YUV420P;
    picture->width = recorder->width;
    picture->height = recorder->height;
    picture->color_range = AVCOL_RANGE_JPEG;
    picture->pts = ms;
    bool is_key = recorder->n_written == 0 || ms - recorder->last_key_ms >= recorder->keyframe_ms;
    picture->pict_type = is_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (is_key)
        recorder->last_key_ms = ms;
    return FB_OK;
}

/* Encodes a picture (NULL: flushes) and writes what comes out. */
static int encode(struct vis_recorder *recorder, const AVFrame *picture)
{
    int code = avcodec_send_frame(recorder->encoder, picture);
    while (code >= 0) {
        code = avcodec_receive_packet(recorder->encoder, recorder->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return FB_OK;
        if (code < 0)
            break;
        av_packet_rescale_ts(recorder->packet, recorder->encoder->time_base,
                             recorder->stream->time_base);
        recorder->packet->stream_index = recorder->stream->index;
        code = av_write_frame(recorder->format, recorder->packet);
        av_packet_unref(recorder->packet);
        if (code >= 0)
            recorder->sound_bytes = lseek(recorder->fd, 0, SEEK_CUR);
    }
    return fail_writing(recorder, code);
}

/* What the kernel holds would be lost with the power. */
static int sync_once_a_second(struct vis_recorder *recorder)
{
    int64_t now_ns = fb_clock_now_ns();
    if (now_ns - recorder->last_sync_ns < FB_NS_PER_S)
        return FB_OK;
    recorder->last_sync_ns = now_ns;
    return fdatasync(recorder->fd) ? fail_writing(recorder, AVERROR(errno)) : FB_OK;
}

int vis_recorder_write(struct vis_recorder *recorder, const struct fb_frame *frame, int64_t pts_ns)
{
    if (recorder->status != FB_OK)
        return fb_fail(recorder->status, "%s: recording has stopped at an earlier error",
                       recorder->path);
    if ((frame->width & ~1) != recorder->width || (frame->height & ~1) != recorder->height)
        return fb_fail(FB_ERR_USAGE, "a frame of %dx%d for a recording of %dx%d", frame->width,
                       frame->height, recorder->width, recorder->height);
    if (recorder->last_ms < 0)
        recorder->first_pts_ns = pts_ns;
    int64_t ms = llrint((double)(pts_ns - recorder->first_pts_ns) / FB_NS_PER_MS);
    if (ms <= recorder->last_ms) {
        recorder->n_left_out++;
        return FB_OK;
    }
    recorder->last_ms = ms;
    int status = wrap(recorder, frame, ms);
    if (status == FB_OK)
        status = encode(recorder, recorder->picture);
    if (status == FB_OK)
        status = sync_once_a_second(recorder);
    recorder->n_written += status == FB_OK;
    return status;
}

static int finish_file(struct vis_recorder *recorder)
{
    int status = recorder->status == FB_OK ? encode(recorder, NULL) : recorder->status;
    int code = status == FB_OK ? av_write_trailer(recorder->format) : 0;
    if (code < 0)
        status = fail_writing(recorder, code);
    if (status != FB_OK && ftruncate(recorder->fd, recorder->sound_bytes))
        fb_log(FB_LOG_WARN, "recorder", "%s: %s", recorder->part_path, strerror(errno));
    if (fdatasync(recorder->fd) && status == FB_OK)
        status = fail_writing(recorder, AVERROR(errno));
    return status;
}

/* The new name must survive a power cut too. */
static void sync_folder(const char *path)
{
    char *folder = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash)
        slash[1] = 0;
    int fd = folder ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0 && fsync(fd))
        fb_log(FB_LOG_DEBUG, "recorder", "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(folder);
}

static int give_name(struct vis_recorder *recorder)
{
    if (recorder->n_written == 0) {
        unlink(recorder->part_path);
        return FB_OK;
    }
    if (rename(recorder->part_path, recorder->path))
        return fb_fail(FB_ERR_IO, "%s: cannot be renamed to %s (%s)", recorder->part_path,
                       recorder->path, strerror(errno));
    sync_folder(recorder->path);
    return FB_OK;
}

int vis_recorder_close(struct vis_recorder **recorder)
{
    if (!*recorder)
        return FB_OK;
    struct vis_recorder *r = *recorder;
    bool was_sound = r->status == FB_OK; /* else write has reported it already */
    int status = finish_file(r);
    int name_status = give_name(r);
    if (r->n_left_out)
        fb_log(FB_LOG_WARN, "recorder", "%s: %lld frames left out: their times did not rise",
               r->path, (long long)r->n_left_out);
    destroy(recorder);
    return was_sound && status != FB_OK ? status : name_status;
}

int64_t vis_recorder_n_written(const struct vis_recorder *recorder)
{
    return recorder->n_written;
}

int64_t vis_recorder_n_left_out(const struct vis_recorder *recorder)
{
    return recorder->n_left_out;
}
