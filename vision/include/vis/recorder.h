/* Writes frames to a video file as they come, with their own times (H.264 in Matroska).
 * Loses at most half a second of picture when the process or machine dies.
 * Threads: one at a time per handle. */
#ifndef VIS_RECORDER_H
#define VIS_RECORDER_H

#include "base/frame.h"

struct vis_recorder_settings {
    int width, height;  /* px; odd sizes are cut by one */
    double fps;         /* nominal, told to players; times are the frames' own; 0 unknown */
    int crf;            /* x264 quality, 0..51, default 23 */
    const char *preset; /* default "veryfast" */
    double keyframe_s;  /* default 1 */
};
struct vis_recorder_settings vis_default_recorder_settings(void);

struct vis_recorder;
/* Writes to PATH.part until close; one that is there already is left alone: FB_ERR_IO. The file gets
 * mode 0600. FB_ERR_USAGE (settings), FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int vis_recorder_open(const char *path, const struct vis_recorder_settings *settings,
                                  struct vis_recorder **out);
/* pts_ns must rise; the first one becomes time 0 of the file; an equal or lower one is counted and
 * left out. FB_ERR_IO (disk full ...): what is on disk stays playable; close still works. */
FB_MUST_USE int vis_recorder_write(struct vis_recorder *recorder, const struct fb_frame *frame,
                                   int64_t pts_ns);
/* Flushes, writes the index, renames PATH.part to PATH; without a single frame there is no file.
 * After an error of write the file is cut back to what is playable and FB_OK returned. FB_ERR_IO.
 * Accepts NULL. */
FB_MUST_USE int vis_recorder_close(struct vis_recorder **recorder);

int64_t vis_recorder_n_written(const struct vis_recorder *recorder);
/* Frames whose time did not rise by a millisecond. */
int64_t vis_recorder_n_left_out(const struct vis_recorder *recorder);

#endif
