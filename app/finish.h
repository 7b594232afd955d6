/* A session's video made final: captions and markers beside it and muxed in, with an index. Also after
 * a recording that broke off, and again when names or rows have changed. Threads: any; one at a time
 * per session. */
#ifndef APP_FINISH_H
#define APP_FINISH_H

#include "session/session.h"

struct app_finish_result {
    bool is_rescued; /* a video that broke off is a normal file now */
    bool is_muxed;   /* captions and markers are inside */
    int64_t n_frames;
};

/* Writes video.vtt and video.markers.vtt from the session's rows, then copies the video into a file
 * that has them (and an index and a length); the old one stays in place until the new one is whole.
 * Without a video nothing is done. Where the disk has no room for the copy the texts stay beside the
 * video and FB_OK is returned. FB_ERR_INPUT, FB_ERR_IO, FB_ERR_NOMEM. result may be NULL. */
FB_MUST_USE int app_finish_video(struct app_session *session, struct app_finish_result *result);

#endif
