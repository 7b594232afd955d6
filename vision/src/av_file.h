/* A file of ours for libav, plain or sealed (seal/file.h): written to while a recording runs, read back.
 * libav's own opener knows neither mode 0600 nor how much of a file is sound. Threads: one at a time per handle. */
#ifndef VIS_AV_FILE_H
#define VIS_AV_FILE_H

#include "seal/key.h"

#include <libavformat/avio.h>

struct vis_av_file;

/* A new file, mode 0600; key NULL: plain. FB_ERR_IO with errno EEXIST when there is one. */
FB_MUST_USE int vis_av_file_create(const char *path, struct seal_key *key, struct vis_av_file **out);
/* For reading. FB_ERR_INPUT; of a sealed file FB_ERR_LOCKED and FB_ERR_TAMPERED, too. */
FB_MUST_USE int vis_av_file_open(const char *path, struct vis_av_file **out);
/* Accepts NULL. What libav still holds must have been flushed. */
void vis_av_file_close(struct vis_av_file **file);

/* For AVFormatContext.pb, with AVFMT_FLAG_CUSTOM_IO; lives as long as the file. */
AVIOContext *vis_av_file_io(struct vis_av_file *file);
/* What libav's last failing read or write of a sealed file was, FB_OK if none: its code says "I/O error" only. */
int vis_av_file_failure(const struct vis_av_file *file, char text[FB_ERROR_TEXT_BYTES]);

/* Where the next byte goes. */
int64_t vis_av_file_position(const struct vis_av_file *file);
/* 0 or a negative errno. */
int vis_av_file_truncate(struct vis_av_file *file, int64_t n_bytes);
int vis_av_file_sync(struct vis_av_file *file);

#endif
