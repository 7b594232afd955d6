/* See vis/remux.h. The old subtitles and chapters of the file are left behind, so that doing it
 * again after a name was changed or erased leaves nothing of the old text. */
#include "vis/remux.h"

#include "av_common.h"
#include "av_file.h"
#include "base/clock.h"

#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BAD_PACKETS = 64 };

struct input {
    struct vis_av_file *file; /* or */
    AVIOContext *text;        /* of a text in memory */
    AVFormatContext *format;
    AVStream *stream;
    AVPacket *packet;
    bool has_packet;
    AVStream *out;
    AVRational base;
};

struct remux {
    struct input inputs[2]; /* pictures, subtitles */
    int n_inputs;
    AVFormatContext *out;
    struct vis_av_file *out_file;
    char *part;
    const char *from, *to;
    int64_t n_frames, last_dts[2];
};

static int open_input(struct input *input, AVIOContext *io, const char *name, const char *formats,
                      enum AVMediaType type)
{
    input->format = avformat_alloc_context();
    input->packet = av_packet_alloc();
    if (!input->format || !input->packet)
        return fb_fail_nomem("a video reader", sizeof *input->format);
    input->format->pb = io;
    input->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    av_opt_set(input->format, "protocol_whitelist", "", 0);
    av_opt_set(input->format, "format_whitelist", formats, 0);
    int code = avformat_open_input(&input->format, NULL, NULL, NULL);
    if (code >= 0)
        code = avformat_find_stream_info(input->format, NULL);
    int index = code < 0 ? code : av_find_best_stream(input->format, type, -1, -1, NULL, 0);
    if (index < 0)
        return fb_fail(FB_ERR_INPUT, "%s: cannot be read (%s)", name, vis_av_error(index).text);
    input->stream = input->format->streams[index];
    return FB_OK;
}

/* What a sealed file's tags say is more than what libav makes of it. */
static int open_pictures(struct input *input, const char *path)
{
    char text[FB_ERROR_TEXT_BYTES];
    int status = vis_av_file_open(path, &input->file);
    if (status)
        return status;
    status = open_input(input, vis_av_file_io(input->file), path, "matroska,webm", AVMEDIA_TYPE_VIDEO);
    int failure = vis_av_file_failure(input->file, text);
    return status && failure ? fb_fail(failure, "%s", text) : status;
}

/* libav frees the buffer of what it reads from, so it gets a copy. */
static int open_subtitles(struct input *input, const char *text)
{
    size_t n_bytes = strlen(text);
    uint8_t *copy = av_memdup(text, n_bytes + 1);
    if (copy)
        input->text = avio_alloc_context(copy, (int)n_bytes, 0, NULL, NULL, NULL, NULL);
    if (!input->text) {
        av_free(copy);
        return fb_fail_nomem("subtitles", n_bytes);
    }
    input->text->buf_end = input->text->buffer + n_bytes;
    return open_input(input, input->text, "subtitles", "webvtt", AVMEDIA_TYPE_SUBTITLE);
}

/* A regular file only: a recording that is a link or a pipe is not ours. */
static int check_regular(const char *path)
{
    struct stat info;
    if (lstat(path, &info))
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fb_fail(FB_ERR_INPUT, "%s: not a regular file", path);
    return FB_OK;
}

static int open_inputs(struct remux *remux, const struct vis_remux_settings *settings)
{
    int status = check_regular(remux->from);
    if (!status)
        status = open_pictures(&remux->inputs[remux->n_inputs++], remux->from);
    if (!status && settings->subtitles)
        status = open_subtitles(&remux->inputs[remux->n_inputs++], settings->subtitles);
    return status;
}

/* The next packet of the input's own stream, or none at its end. */
static void fetch(struct input *input)
{
    for (int n_bad = 0; !input->has_packet && n_bad < MAX_BAD_PACKETS;) {
        int code = av_read_frame(input->format, input->packet);
        if (code == AVERROR_EOF || (code < 0 && ++n_bad == MAX_BAD_PACKETS))
            return;
        if (code < 0)
            continue;
        if (input->packet->stream_index == input->stream->index &&
            input->packet->pts != AV_NOPTS_VALUE)
            input->has_packet = true;
        else
            av_packet_unref(input->packet);
    }
}

static int add_stream(struct remux *remux, struct input *input)
{
    input->out = avformat_new_stream(remux->out, NULL);
    if (!input->out ||
        avcodec_parameters_copy(input->out->codecpar, input->stream->codecpar) < 0)
        return fb_fail_nomem("a video stream", sizeof *input->out);
    input->out->codecpar->codec_tag = 0;
    input->out->time_base = (AVRational){1, 1000};
    input->out->avg_frame_rate = input->stream->avg_frame_rate;
    return FB_OK;
}

static int add_chapters(struct remux *remux, const struct vis_remux_settings *settings,
                        int64_t end_ms)
{
    AVFormatContext *out = remux->out;
    if (settings->n_chapters <= 0)
        return FB_OK;
    out->chapters = av_calloc((size_t)settings->n_chapters, sizeof(AVChapter *));
    if (!out->chapters)
        return fb_fail_nomem("chapters", (size_t)settings->n_chapters * sizeof(AVChapter *));
    for (int i = 0; i < settings->n_chapters; i++) {
        AVChapter *chapter = av_mallocz(sizeof *chapter);
        if (!chapter)
            return fb_fail_nomem("a chapter", sizeof *chapter);
        out->chapters[out->nb_chapters++] = chapter;
        int64_t start_ms = settings->chapters[i].start_ns / FB_NS_PER_MS;
        int64_t next_ms = i + 1 < settings->n_chapters
                              ? settings->chapters[i + 1].start_ns / FB_NS_PER_MS
                              : end_ms;
        chapter->id = i + 1;
        chapter->time_base = (AVRational){1, 1000};
        chapter->start = start_ms > 0 ? start_ms : 0;
        chapter->end = next_ms > chapter->start ? next_ms : chapter->start;
        av_dict_set(&chapter->metadata, "title", settings->chapters[i].title, 0);
    }
    return FB_OK;
}

static int fail_writing(const struct remux *remux, int code)
{
    return fb_fail(FB_ERR_IO, "%s: %s", remux->part, vis_av_error(code).text);
}

static int open_output(struct remux *remux, const struct vis_remux_settings *settings)
{
    if (asprintf(&remux->part, "%s.mux", remux->to) < 0)
        return fb_fail_nomem("a path", strlen(remux->to));
    unlink(remux->part); /* left by one that was killed */
    int status = vis_av_file_create(remux->part, settings->key, &remux->out_file);
    if (status)
        return status;
    if (avformat_alloc_output_context2(&remux->out, NULL, "matroska", NULL) < 0)
        return fb_fail_nomem("a video writer", sizeof *remux->out);
    remux->out->pb = vis_av_file_io(remux->out_file);
    remux->out->flags |= AVFMT_FLAG_CUSTOM_IO;
    for (int i = 0; i < remux->n_inputs && !status; i++)
        status = add_stream(remux, &remux->inputs[i]);
    if (!status)
        status = add_chapters(remux, settings, remux->inputs[0].format->duration / 1000);
    if (status)
        return status;
    int code = avformat_write_header(remux->out, NULL);
    return code < 0 ? fail_writing(remux, code) : FB_OK;
}

/* Times that do not rise, which only a damaged file has, would end the muxing. */
static bool rises(struct remux *remux, int i, int64_t dts)
{
    bool is_first = remux->last_dts[i] == INT64_MIN;
    if (!is_first && dts <= remux->last_dts[i] - (i > 0))
        return false;
    remux->last_dts[i] = dts;
    return true;
}

static int copy_packet(struct remux *remux, int i)
{
    struct input *input = &remux->inputs[i];
    AVPacket *packet = input->packet;
    input->has_packet = false;
    av_packet_rescale_ts(packet, input->stream->time_base, input->out->time_base);
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    packet->stream_index = input->out->index;
    packet->pos = -1;
    if (!rises(remux, i, packet->dts)) {
        av_packet_unref(packet);
        return FB_OK;
    }
    remux->n_frames += i == 0;
    int code = av_write_frame(remux->out, packet);
    av_packet_unref(packet);
    return code < 0 ? fail_writing(remux, code) : FB_OK;
}

/* All packets, in order of time. */
static int copy(struct remux *remux)
{
    for (int status = FB_OK; !status;) {
        int next = -1;
        for (int i = 0; i < remux->n_inputs; i++) {
            struct input *input = &remux->inputs[i];
            fetch(input);
            if (input->has_packet &&
                (next < 0 || av_compare_ts(input->packet->pts, input->stream->time_base,
                                           remux->inputs[next].packet->pts,
                                           remux->inputs[next].stream->time_base) < 0))
                next = i;
        }
        if (next < 0)
            return FB_OK;
        status = copy_packet(remux, next);
        if (status)
            return status;
    }
    return FB_OK;
}

static int finish_output(struct remux *remux)
{
    if (!remux->n_frames)
        return fb_fail(FB_ERR_INPUT, "%s: no picture in it can be read", remux->from);
    int code = av_write_trailer(remux->out);
    if (code < 0)
        return fail_writing(remux, code);
    avio_flush(remux->out->pb);
    code = remux->out->pb->error;
    if (code >= 0)
        code = vis_av_file_sync(remux->out_file);
    if (code < 0)
        return fail_writing(remux, code);
    int status = FB_OK;
    if (rename(remux->part, remux->to))
        status = fb_fail(FB_ERR_IO, "%s: %s", remux->to, strerror(errno));
    return status;
}

static void finish(struct remux *remux, int status)
{
    for (int i = 0; i < remux->n_inputs; i++) {
        av_packet_free(&remux->inputs[i].packet);
        avformat_close_input(&remux->inputs[i].format);
        vis_av_file_close(&remux->inputs[i].file);
        if (remux->inputs[i].text)
            av_freep(&remux->inputs[i].text->buffer);
        avio_context_free(&remux->inputs[i].text);
    }
    avformat_free_context(remux->out);
    vis_av_file_close(&remux->out_file);
    if (status && remux->part)
        unlink(remux->part);
    free(remux->part);
}

int vis_remux(const char *from, const char *to, const struct vis_remux_settings *settings)
{
    struct remux remux = {.from = from, .to = to, .last_dts = {INT64_MIN, INT64_MIN}};
    vis_av_init_log();
    int status = open_inputs(&remux, settings);
    if (!status)
        status = open_output(&remux, settings);
    if (!status)
        status = copy(&remux);
    if (!status)
        status = finish_output(&remux);
    if (settings->n_frames)
        *settings->n_frames = remux.n_frames;
    finish(&remux, status);
    return status;
}
