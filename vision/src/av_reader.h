/* Opens a container with libav, picks its video stream, decodes pictures one after the other.
 * The files and streams of the sources sit on it. Threads: one at a time per handle. */
#ifndef VIS_AV_READER_H
#define VIS_AV_READER_H

#include "av_convert.h"
#include "av_file.h"
#include "vis/source.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#define VIS_VIDEO_MAX_PIXELS (8192 * 4352) /* 8K; the decoder keeps up to 17 such pictures */

struct vis_av_settings {
    const char *url;       /* for libav; NULL with sealed_path */
    const char *sealed_path; /* a sealed file, read here; NULL: libav opens url */
    const char *name;      /* for error lines; must outlive the reader */
    const char *protocols; /* libav's whitelists, comma lists */
    const char *formats;
    const char *hint;              /* ends the line when it cannot be opened; "" for none */
    AVDictionary **options;        /* further ones; may be NULL */
    int (*is_aborted)(void *user); /* polled while libav waits; may be NULL */
    void *user;
    int n_threads; /* 0: by size */
};

struct vis_av_reader {
    const char *name;
    struct vis_av_file *file; /* of a sealed one; else NULL */
    AVFormatContext *format;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    bool is_drained;     /* no more packets */
    int read_error;      /* libav code that ended reading, 0: the file's end */
    int64_t n_bad;       /* packets and pictures that were skipped */
    int64_t last_pts_ns; /* of the last picture; INT64_MIN before the first */
    double fps;          /* mean; 0 unknown */
    int64_t duration_ns; /* 0 unknown */
    struct vis_turn turn;
};

/* FB_ERR_INPUT, FB_ERR_NOMEM. Finish it in any case. */
FB_MUST_USE int vis_av_reader_init(struct vis_av_reader *reader,
                                   const struct vis_av_settings *settings);
void vis_av_reader_finish(struct vis_av_reader *reader);

/* The next picture (VIS_READ_FRAME) or VIS_READ_END. Bad packets are skipped and counted. */
int vis_av_reader_next(struct vis_av_reader *reader, AVFrame *picture, int64_t *pts_ns);

/* Goes to a keyframe at or before pts_ns as well as the format can. FB_ERR_INPUT. */
FB_MUST_USE int vis_av_reader_seek(struct vis_av_reader *reader, int64_t pts_ns);

/* Finds the duration of a file that does not tell it (a recording that broke off) by going through
 * its packets without decoding; back at the start then. FB_ERR_INPUT. */
FB_MUST_USE int vis_av_reader_measure(struct vis_av_reader *reader);

/* "h264 596x336@24.7" */
void vis_av_reader_describe(const struct vis_av_reader *reader, int width, int height, char *text,
                            size_t n_bytes);

#endif
