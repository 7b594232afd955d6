/* Work done on a saved video while it is watched is kept: a session without a video of its own, found
 * again by the file's path, size and time and by the model. Threads: main. */
#ifndef APP_KEEP_H
#define APP_KEEP_H

#include "find_faces.h"

#include "nn/classifier.h"
#include "session/session.h"

/* Facts of a session that keeps a saved video's analysis: of what and by what, and which parts are done (coverage.h). */
#define APP_KEEP_OF "source_id"
#define APP_KEEP_DONE "analysed"

/* A saved video and what looks at it; rows made by something else are not taken for its own. */
struct app_keep {
    const char *video;
    int width, height;
    const struct nn_classifier_info *model;
    const struct app_find_settings *find;
};

/* Opens the session of this video for writing, a new one if there is none in parent (NULL: the
 * user's). is_new tells which. FB_ERR_INPUT: no regular file (a folder of images ...); FB_ERR_FAILED:
 * another window is at it; FB_ERR_IO. */
FB_MUST_USE int app_keep_open(const char *parent, const struct app_keep *keep, struct app_session **out, bool *is_new);

/* The session in folder, made elsewhere, holds every frame of the video: the window will find it. Errors as above. */
FB_MUST_USE int app_keep_whole(const char *folder, const struct app_keep *keep);

#endif
