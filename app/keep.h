/* Work done on a saved video while it is watched is kept: a session without a video of its own, found
 * again by the file's path, size and time and by the model. Threads: main. */
#ifndef APP_KEEP_H
#define APP_KEEP_H

#include "nn/classifier.h"
#include "session/session.h"

/* Fact of a session that keeps a saved video's analysis: which parts are done (coverage.h). */
#define APP_KEEP_DONE "analysed"

/* Opens the session of this video for writing, a new one if there is none in parent (NULL: the
 * user's). is_new tells which. FB_ERR_INPUT: no regular file (a folder of images ...); FB_ERR_FAILED:
 * another window is at it; FB_ERR_IO. */
FB_MUST_USE int app_keep_open(const char *parent, const char *video, int width, int height,
                              const struct nn_classifier_info *model, struct app_session **out,
                              bool *is_new);

#endif
