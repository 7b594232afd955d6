/* WebVTT beside a video that is being recorded: FOLDER/video.vtt says who shows what,
 * FOLDER/video.markers.vtt the markers. Written as it happens, so that what is there after a crash can
 * be used; when the recording ends both are written anew from the session (finish.h), with the names
 * given by then. Threads: one at a time per handle. */
#ifndef APP_CAPTIONS_H
#define APP_CAPTIONS_H

#include "mon/observation.h"

#include "base/status.h"

#define APP_CAPTIONS_NAME "video.vtt"
#define APP_CAPTIONS_MARKERS_NAME "video.markers.vtt"

struct app_captions;
/* video_start_ns: session time of the video's first picture. FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int app_captions_create(const char *folder, int64_t video_start_ns,
                                    struct app_captions **out);
/* In order of time. A cue is written when the expression changes, the face is gone, or after ten
 * seconds. FB_ERR_IO. */
FB_MUST_USE int app_captions_observe(struct app_captions *captions,
                                     const struct mon_observation *observation);
FB_MUST_USE int app_captions_mark(struct app_captions *captions, int64_t pts_ns, const char *text);
/* Hands what is written to the kernel; call each second. FB_ERR_IO. */
FB_MUST_USE int app_captions_flush(struct app_captions *captions);
/* Accepts NULL. */
void app_captions_destroy(struct app_captions **captions);

#endif
