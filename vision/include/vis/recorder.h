/* Writes frames to a video file as they come, with their own times (H.264 in Matroska).
 * Loses at most half a second of picture when the process or machine dies.
 * Threads: one at a time per handle. */
#ifndef VIS_RECORDER_H
#define VIS_RECORDER_H

#include "base/frame.h"

struct vis_recorder_settings {
    int width, height;  /* px; odd sizes are cut by one */
    int crf;            /* x264 quality, 0..51, default 23 */
    const char *preset; /* default "veryfast" */
    double keyframe_s;  /* default 1 */
};
struct vis_recorder_settings vis_default_recorder_settings(void);

struct vis_recorder;
/* Writes to PATH.part until close. The file gets mode 0600. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int vis_recorder_open(const char *path, const struct vis_recorder_settings *settings,
                                  struct vis_recorder **out);
/* pts_ns must rise; the first one becomes time 0 of the file; an equal or lower one is counted and
 * left out. FB_ERR_IO (disk full ...): what is on disk stays playable; close still works. */
FB_MUST_USE int vis_recorder_write(struct vis_recorder *recorder, const struct fb_frame *frame,
                                   int64_t pts_ns);
/* Flushes, writes the index, renames PATH.part to PATH. Accepts NULL. */
FB_MUST_USE int vis_recorder_close(struct vis_recorder **recorder);

int64_t vis_recorder_n_written(const struct vis_recorder *recorder);

#endif
