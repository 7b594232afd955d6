/* The threads and the edges between them. Everything they run is single-threaded elsewhere:
 * vis_source (capture thread), app_analyzer (analysis thread), app_recording (recorder thread);
 * main draws. Three ways of going through a source:
 *
 *   live      capture -> newest wins -> analysis;  capture -> newest wins -> main;
 *             capture and analysis -> bounded fifo -> recorder (frames lost on overflow are
 * counted) playback  capture paces the file's own times for main and obeys pause, seek, speed;
 * analysis reads the file through a source of its own, ahead of the picture, goes where the
 *             picture is when nothing is known there (counted), fills the gaps afterwards; the
 * recorder gets what main shows lossless  capture waits for analysis, analysis waits for the
 * recorder: nothing is dropped
 *
 *     app_pipeline_create(&settings, &pipeline);
 *     app_pipeline_start(pipeline);
 *     while (!app_pipeline_has_ended(pipeline)) { take frames, observations; draw; wait to be woken
 * } status = app_pipeline_destroy(&pipeline);      // stops, joins, closes files and devices
 *
 * Threads: all functions from main.
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H

#include "recording.h"
#include "session/session.h"
#include "stages.h"
#include "vis/source.h"

enum app_pace {
    APP_PACE_AUTO, /* playback for saved pictures, else live */
    APP_PACE_LIVE,
    APP_PACE_PLAYBACK,
    APP_PACE_LOSSLESS,
    APP_PACE_COUNT,
};

struct app_pipeline_settings {
    const char *spec; /* of the source; must outlive the pipeline */
    struct vis_source_settings source;
    enum app_pace pace;
    int every; /* lossless: analyse every n-th frame; >= 1 */
    struct app_session
        *session;           /* playback: its rows come first, and what is analysed goes into it;
                               the analysis thread's while the pipeline lives; may be NULL */
    int64_t video_start_ns; /* the session's time of the video's 0 */
    struct app_analyzer *analyzer; /* the analysis thread's while the pipeline lives; NULL with
                                      playback: nothing is analysed */
};

struct app_pipeline;

/* Opens the source (for playback twice). Errors of vis_source_open; FB_ERR_NOMEM. */
FB_MUST_USE int app_pipeline_create(const struct app_pipeline_settings *settings,
                                    struct app_pipeline **out);
/* From any thread, whenever main has something to take. Set before start. */
void app_pipeline_set_wake(struct app_pipeline *pipeline, void (*wake)(void *user), void *user);
/* Playback, before start: the settings' session and video_start_ns, for one that is found only when
 * the source is open. The caller closes it after destroy. */
void app_pipeline_use_session(struct app_pipeline *pipeline, struct app_session *session,
                              int64_t video_start_ns);
/* Starts the threads; a recording handed over before gets the very first frame. FB_ERR_NOMEM. */
FB_MUST_USE int app_pipeline_start(struct app_pipeline *pipeline);
/* Stops and joins; a running recording is finished first. Returns the first error of a thread
 * (text in fb_error_text), else FB_OK. Accepts NULL. */
int app_pipeline_destroy(struct app_pipeline **pipeline);

const struct vis_source_info *app_pipeline_source(const struct app_pipeline *pipeline);
/* How it goes through the source; never APP_PACE_AUTO. */
enum app_pace app_pipeline_pace(const struct app_pipeline *pipeline);

/* The newest frame to show, the caller's reference; NULL: none since the last call. */
struct fb_frame *app_pipeline_take_frame(struct app_pipeline *pipeline);
/* Oldest observation not taken yet, to be freed with free(); NULL: none. */
struct mon_observation *app_pipeline_take_observation(struct app_pipeline *pipeline);

/* Lossless: everything has been analysed and recorded, or a thread failed. Playback: the picture is
 * at its end (seek or pause(false) go on). Live: the source is gone for good. */
bool app_pipeline_has_ended(struct app_pipeline *pipeline);
/* A thread failed: its status; text gets the line. FB_OK while all is well. */
int app_pipeline_failure(struct app_pipeline *pipeline, char *text, size_t text_bytes);

/* Playback only. */
void app_pipeline_pause(struct app_pipeline *pipeline, bool is_paused);
void app_pipeline_seek(struct app_pipeline *pipeline, int64_t pts_ns);
void app_pipeline_step(struct app_pipeline *pipeline, int n_frames); /* -1 or +1; pauses */
void app_pipeline_set_speed(struct app_pipeline *pipeline, double speed);

/* Hands a recording over to the recorder thread; it gets frames and observations from now on. */
void app_pipeline_record(struct app_pipeline *pipeline, struct app_recording *recording);
/* Playback: what is recorded is what main shows, this frame with the observation that belongs to it
 * (NULL: none is known, and all of the picture is hidden); frames that go back in time are not.
 * Nothing happens unless something is recorded. */
void app_pipeline_record_shown(struct app_pipeline *pipeline, struct fb_frame *frame,
                               const struct mon_observation *observation);
/* The recorder finishes and closes it; poll app_pipeline_is_recording. */
void app_pipeline_stop_recording(struct app_pipeline *pipeline);
/* Who is who in what is recorded: a line of app_people_edit, or "erase". On playback in the
 * session; nothing without either. */
void app_pipeline_edit(struct app_pipeline *pipeline, const char *line);
/* Into what is being recorded; on playback into the session. */
void app_pipeline_mark(struct app_pipeline *pipeline, int64_t pts_ns, const char *text);

/* Playback: a change of the session, made by the thread that has it; nothing happens without one.
 */
void app_pipeline_name(struct app_pipeline *pipeline, int student, const char *name);
/* Playback: [from_ns, to_ns) over and over; to_ns <= from_ns: no more. */
void app_pipeline_set_loop(struct app_pipeline *pipeline, int64_t from_ns, int64_t to_ns);

struct app_pipeline_status {
    bool is_recording, is_paused, is_source_lost;
    double speed;
    double fps_analysed;
    double analysis_ms;     /* median of one analysed frame */
    double analysed_share;  /* playback with an analyzer: of the video, 0..1 */
    int64_t position_ns;    /* playback: of the newest frame */
    int64_t analysed_to_ns; /* pts of the last observation */
    int64_t n_captured, n_analysed, n_dropped, n_lost, n_record_dropped;
    int64_t n_bad;     /* pictures that came damaged; never shown or analysed */
    char warning[256]; /* what the recorder said last (the disk gets full), or "" */
    int n_warnings;    /* how often it said something */
    char problem[256]; /* what is wrong with the source or the recording, or "" */
};
void app_pipeline_get_status(struct app_pipeline *pipeline, struct app_pipeline_status *status);

#endif
