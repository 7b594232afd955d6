/* See av_reader.h. */
#include "av_reader.h"

#include "av_common.h"
#include "base/clock.h"

#include <libavutil/display.h>
#include <libavutil/opt.h>

#include <errno.h>
#include <string.h>

enum { MAX_ERRORS_IN_A_ROW = 64 }; /* reading or decoding; then the rest is given up */

static const AVRational ns_base = {1, 1000000000};

static int set_whitelists(AVFormatContext *format, const struct vis_av_settings *settings)
{
    if (av_opt_set(format, "protocol_whitelist", settings->protocols, 0) < 0 ||
        av_opt_set(format, "format_whitelist", settings->formats, 0) < 0)
        return fb_fail_nomem("the list of allowed formats", strlen(settings->formats));
    return FB_OK;
}

static int open_container(struct vis_av_reader *reader, const struct vis_av_settings *settings)
{
    reader->format = avformat_alloc_context();
    if (!reader->format)
        return fb_fail_nomem("a video reader", sizeof *reader->format);
    reader->format->interrupt_callback = (AVIOInterruptCB){settings->is_aborted, settings->user};
    int status = set_whitelists(reader->format, settings);
    if (status != FB_OK)
        return status;
    if (settings->sealed_path) {
        status = vis_av_file_open(settings->sealed_path, &reader->file);
        if (status != FB_OK)
            return status;
        reader->format->pb = vis_av_file_io(reader->file);
        reader->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    }
    int code = avformat_open_input(&reader->format, settings->url, NULL, settings->options);
    char text[FB_ERROR_TEXT_BYTES];
    int failure = code < 0 && reader->file ? vis_av_file_failure(reader->file, text) : FB_OK;
    if (failure)
        return fb_fail(failure, "%s", text);
    if (code == AVERROR_INVALIDDATA || code == AVERROR(EINVAL)) /* the latter: not on our list */
        return fb_fail(FB_ERR_INPUT, "%s: not a video that can be read%s", settings->name,
                       settings->hint);
    if (code < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s%s", settings->name, vis_av_error(code).text,
                       settings->hint);
    code = avformat_find_stream_info(reader->format, NULL);
    if (code < 0)
        return fb_fail(FB_ERR_INPUT, "%s: its streams cannot be read (%s)%s", settings->name,
                       vis_av_error(code).text, settings->hint);
    return FB_OK;
}

/* Cover pictures of sound files count as video in libav. */
static int find_stream(struct vis_av_reader *reader, const AVCodec **codec)
{
    int i = av_find_best_stream(reader->format, AVMEDIA_TYPE_VIDEO, -1, -1, codec, 0);
    if (i == AVERROR_DECODER_NOT_FOUND)
        return fb_fail(FB_ERR_INPUT, "%s: no decoder for its video; convert it to H.264",
                       reader->name);
    if (i < 0 || reader->format->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC)
        return fb_fail(FB_ERR_INPUT, "%s: no video in it, only sound or data", reader->name);
    reader->stream = reader->format->streams[i];
    for (unsigned k = 0; k < reader->format->nb_streams; k++)
        if (reader->format->streams[k] != reader->stream)
            reader->format->streams[k]->discard = AVDISCARD_ALL;
    const AVCodecParameters *par = reader->stream->codecpar;
    if (par->width > FB_FRAME_MAX_SIDE || par->height > FB_FRAME_MAX_SIDE ||
        (int64_t)par->width * par->height > VIS_VIDEO_MAX_PIXELS)
        return fb_fail(FB_ERR_INPUT, "%s: its pictures of %dx%d px are too large (at most 8K)",
                       reader->name, par->width, par->height);
    return FB_OK;
}

static int open_decoder(struct vis_av_reader *reader, const AVCodec *codec, int n_threads)
{
    reader->decoder = avcodec_alloc_context3(codec);
    reader->packet = av_packet_alloc();
    if (!reader->decoder || !reader->packet ||
        avcodec_parameters_to_context(reader->decoder, reader->stream->codecpar) < 0)
        return fb_fail_nomem("a video decoder", sizeof *reader->decoder);
    const AVCodecParameters *par = reader->stream->codecpar;
    bool is_large = (int64_t)par->width * par->height > 1000 * 1000;
    reader->decoder->thread_count = n_threads ? n_threads : is_large ? 2 : 1;
    reader->decoder->pkt_timebase = reader->stream->time_base;
    reader->decoder->max_pixels = VIS_VIDEO_MAX_PIXELS;
    int code = avcodec_open2(reader->decoder, codec, NULL);
    if (code < 0)
        return fb_fail(FB_ERR_INPUT, "%s: its %s video cannot be decoded (%s)", reader->name,
                       codec->name, vis_av_error(code).text);
    return FB_OK;
}

/* libav guesses a duration from the bit rate when the file has none: worse than none. */
static int64_t duration_ns(const struct vis_av_reader *reader)
{
    const AVFormatContext *format = reader->format;
    if (format->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
        return 0;
    int64_t ns = 0;
    if (reader->stream->duration > 0)
        ns = av_rescale_q(reader->stream->duration, reader->stream->time_base, ns_base);
    else if (format->duration > 0)
        ns = av_rescale_q(format->duration, AV_TIME_BASE_Q, ns_base);
    return ns > 0 ? ns : 0;
}

static double mean_fps(const AVStream *stream)
{
    double fps = stream->avg_frame_rate.den ? av_q2d(stream->avg_frame_rate) : 0;
    if (!(fps > 0 && fps <= 1000) && stream->r_frame_rate.den)
        fps = av_q2d(stream->r_frame_rate);
    return fps > 0 && fps <= 1000 ? fps : 0;
}

int vis_av_reader_init(struct vis_av_reader *reader, const struct vis_av_settings *settings)
{
    *reader = (struct vis_av_reader){.name = settings->name, .last_pts_ns = INT64_MIN};
    vis_av_init_log();
    const AVCodec *codec = NULL;
    int status = open_container(reader, settings);
    if (status == FB_OK)
        status = find_stream(reader, &codec);
    if (status == FB_OK)
        status = open_decoder(reader, codec, settings->n_threads);
    if (status != FB_OK)
        return status;
    reader->fps = mean_fps(reader->stream);
    reader->duration_ns = duration_ns(reader);
    reader->turn = vis_turn_from_matrix(
        (const int32_t *)av_stream_get_side_data(reader->stream, AV_PKT_DATA_DISPLAYMATRIX, NULL));
    return FB_OK;
}

void vis_av_reader_finish(struct vis_av_reader *reader)
{
    av_packet_free(&reader->packet);
    avcodec_free_context(&reader->decoder);
    avformat_close_input(&reader->format);
    vis_av_file_close(&reader->file);
    reader->stream = NULL;
}

/* One packet of our stream into the decoder, or the end. Returns what avcodec_send_packet did. */
static int feed(struct vis_av_reader *reader)
{
    int code, n_errors = 0;
    do {
        av_packet_unref(reader->packet);
        code = av_read_frame(reader->format, reader->packet);
        if (code == AVERROR_INVALIDDATA && ++n_errors < MAX_ERRORS_IN_A_ROW) {
            reader->n_bad++;
            continue;
        }
        if (code < 0)
            break;
        n_errors = 0;
    } while (code < 0 || reader->packet->stream_index != reader->stream->index);
    if (code < 0) {
        reader->is_drained = true;
        reader->read_error = code == AVERROR_EOF ? 0 : code;
        return avcodec_send_packet(reader->decoder, NULL);
    }
    code = avcodec_send_packet(reader->decoder, reader->packet);
    av_packet_unref(reader->packet);
    return code;
}

static bool is_broken(const AVFrame *picture)
{
    return (picture->flags & AV_FRAME_FLAG_CORRUPT) || picture->decode_error_flags ||
           picture->width < 1 || picture->height < 1 || picture->width > FB_FRAME_MAX_SIDE ||
           picture->height > FB_FRAME_MAX_SIDE;
}

/* Without a time of its own a picture follows the last one at the mean rate. */
static int64_t picture_pts_ns(struct vis_av_reader *reader, const AVFrame *picture)
{
    int64_t pts = picture->best_effort_timestamp;
    if (pts != AV_NOPTS_VALUE)
        reader->last_pts_ns = av_rescale_q(pts, reader->stream->time_base, ns_base);
    else if (reader->last_pts_ns == INT64_MIN)
        reader->last_pts_ns = 0;
    else
        reader->last_pts_ns +=
            (int64_t)((double)FB_NS_PER_S / (reader->fps > 0 ? reader->fps : 25));
    return reader->last_pts_ns;
}

int vis_av_reader_next(struct vis_av_reader *reader, AVFrame *picture, int64_t *pts_ns)
{
    for (int n_errors = 0; n_errors < MAX_ERRORS_IN_A_ROW;) {
        int code = avcodec_receive_frame(reader->decoder, picture);
        if (code == 0 && !is_broken(picture)) {
            *pts_ns = picture_pts_ns(reader, picture);
            return VIS_READ_FRAME;
        }
        if (code == AVERROR_EOF)
            return VIS_READ_END;
        if (code == AVERROR(EAGAIN))
            code = feed(reader);
        else if (code == 0)
            av_frame_unref(picture);
        if (code < 0 && code != AVERROR_EOF) {
            reader->n_bad++;
            n_errors += reader->is_drained; /* before the end each error uses up a packet */
        }
    }
    return VIS_READ_END;
}

int vis_av_reader_seek(struct vis_av_reader *reader, int64_t pts_ns)
{
    int64_t pts = av_rescale_q_rnd(pts_ns, ns_base, reader->stream->time_base, AV_ROUND_DOWN);
    int index = reader->stream->index;
    int code = avformat_seek_file(reader->format, index, INT64_MIN, pts, pts, 0);
    if (code < 0)
        code = av_seek_frame(reader->format, index, pts, AVSEEK_FLAG_BACKWARD);
    if (code < 0)
        return fb_fail(FB_ERR_INPUT, "%s: cannot go to %.3f s (%s)", reader->name,
                       (double)pts_ns / FB_NS_PER_S, vis_av_error(code).text);
    avcodec_flush_buffers(reader->decoder);
    reader->is_drained = false;
    reader->read_error = 0;
    reader->last_pts_ns = INT64_MIN;
    return FB_OK;
}

int vis_av_reader_measure(struct vis_av_reader *reader)
{
    int64_t first = INT64_MAX, end = INT64_MIN;
    while (av_read_frame(reader->format, reader->packet) >= 0) {
        const AVPacket *packet = reader->packet;
        int64_t pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        if (packet->stream_index == reader->stream->index && pts != AV_NOPTS_VALUE) {
            first = pts < first ? pts : first;
            end = pts + packet->duration > end ? pts + packet->duration : end;
        }
        av_packet_unref(reader->packet);
    }
    if (end <= first)
        return FB_OK;
    reader->duration_ns = av_rescale_q(end - first, reader->stream->time_base, ns_base);
    return vis_av_reader_seek(reader, av_rescale_q(first, reader->stream->time_base, ns_base));
}

void vis_av_reader_describe(const struct vis_av_reader *reader, int width, int height, char *text,
                            size_t n_bytes)
{
    const char *codec = avcodec_get_name(reader->stream->codecpar->codec_id);
    if (reader->fps > 0)
        snprintf(text, n_bytes, "%s %dx%d@%.4g", codec, width, height, reader->fps);
    else
        snprintf(text, n_bytes, "%s %dx%d", codec, width, height);
}
