/* One recording: a session's rows and, if wished, its video, clean or annotated, faces blurred or
 * clear, with captions and markers beside it at once and muxed in at the end. The recorder thread owns it
 * from app_pipeline_record on.
 *
 * A frame waits until it has been analysed (or a later one has), so that the boxes burnt into the
 * video lie where the faces are, not where they were.
 * Threads: create on main (fonts), then one at a time.
 */
#ifndef APP_RECORDING_H
#define APP_RECORDING_H

#include "base/frame.h"
#include "mon/observation.h"
#include "nn/classifier.h"

#include <stdbool.h>
#include <stddef.h>

struct app_recording_settings {
    const char *parent_dir; /* of the session folder; NULL: the user's sessions folder */
    const char *name;       /* of the session; NULL: the source's */
    const char *source;     /* for the session's facts */
    const char *model_path;
    const struct nn_classifier_info *model;
    int width, height; /* px of the frames */
    double fps;        /* the source's nominal rate; 0 unknown */
    bool has_video;
    bool is_annotated;    /* boxes, names and the time are drawn into the picture */
    bool has_clear_faces; /* else faces are pixelated before anything is encoded: what is on disk
                             never had them */
    bool is_lossless; /* frames wait for their observation however long it takes */
};

struct app_recording;
/* Creates the session folder and its files. FB_ERR_IO, FB_ERR_INPUT (font), FB_ERR_NOMEM. */
FB_MUST_USE int app_recording_create(const struct app_recording_settings *settings,
                                     struct app_recording **out);
/* The session's folder; valid until close. */
const char *app_recording_folder(const struct app_recording *recording);

/* Keeps a reference of its own while it needs the frame. FB_ERR_IO: what was written stays valid.
 */
FB_MUST_USE int app_recording_add_frame(struct app_recording *recording, struct fb_frame *frame);
FB_MUST_USE int app_recording_add_observation(struct app_recording *recording,
                                              const struct mon_observation *observation);
FB_MUST_USE int app_recording_mark(struct app_recording *recording, int64_t pts_ns,
                                   const char *text);
/* Who is who, see app_people_edit; "erase": deletes the rows of everybody forgotten. Names stand in
 * the annotated picture from the next frame on. */
FB_MUST_USE int app_recording_edit(struct app_recording *recording, const char *line);
/* Call at least each half second while nothing else arrives: makes rows durable. */
FB_MUST_USE int app_recording_tick(struct app_recording *recording);

/* True when there is something new to say about the room left on the disk; text then holds it. Call
 * after the functions above; the recorder's thread. */
bool app_recording_warns(struct app_recording *recording, char *text, size_t text_bytes);

/* Writes what waits, finishes the files. Accepts NULL. The first error, if any. */
FB_MUST_USE int app_recording_close(struct app_recording **recording);

#endif
