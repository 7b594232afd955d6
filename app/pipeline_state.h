/* What the files of the pipeline share: its state and who owns which part of it. */
#ifndef APP_PIPELINE_STATE_H
#define APP_PIPELINE_STATE_H

#include "pipeline.h"

#include "base/clock.h"
#include "base/fifo.h"
#include "base/mailbox.h"
#include "base/profile.h"
#include "coverage.h"
#include "renumber.h"

#include <pthread.h>
#include <stdatomic.h>

enum record_kind { RECORD_NONE, RECORD_START, RECORD_DATA, RECORD_MARK, RECORD_EDIT, RECORD_STOP };

/* What goes to the recorder, in order. */
struct record_item {
    enum record_kind kind;
    struct app_recording *recording;     /* START */
    struct fb_frame *frame;              /* DATA, may be NULL */
    struct mon_observation *observation; /* DATA, may be NULL */
    int64_t pts_ns;                      /* MARK */
    char text[256];                      /* MARK, EDIT */
};

/* A change of the session on playback. */
struct app_edit {
    bool is_people; /* text is a line of app_people_change */
    int student;    /* its name; 0: a marker */
    int64_t pts_ns; /* of the marker */
    char text[256];
};

struct app_pipeline {
    /* immutable after create */
    struct app_pipeline_settings settings;
    struct vis_source_info info;
    void (*wake)(void *user);
    void *wake_user;
    struct fb_frame_pool *pool, *analysis_pool;
    struct fb_mailbox *to_analysis, *to_main; /* frames; newest wins, or waits when lossless */
    struct fb_fifo *to_recorder, *observations;
    struct fb_fifo *edits; /* of the session, to the analysis thread */
    pthread_t capture_thread, analysis_thread, recorder_thread;
    bool has_capture, has_analysis, has_recorder;

    /* main's */
    int64_t recorded_to_ns; /* playback: pts of the last frame that was recorded */

    /* owned by the capture thread */
    struct vis_source *source;
    int64_t live_epoch_ns;               /* capture_ns of the first live frame */
    int64_t next_index;                  /* live: goes on counting over a reopening */
    int64_t n_lost_before, n_bad_before; /* of sources closed by now */
    int64_t clock_pts_ns, clock_wall_ns; /* playback: this pts is due at this time */

    /* owned by the analysis thread */
    struct vis_source *analysis_source; /* playback */
    struct app_renumber *renumber;      /* playback: when earlier rows were there; else NULL */

    atomic_bool is_stopping, is_recording, is_record_ending;
    atomic_llong late_ns; /* when main took a live frame too late to show it in time; 0: never */
    atomic_llong n_captured, n_analysed, n_skipped, n_lost, n_bad, position_ns, analysed_to_ns;
    atomic_int n_done_permille;

    pthread_mutex_t lock; /* leaf lock */
    pthread_cond_t changed;
    /* protected by lock */
    bool is_paused, has_seek, has_ended, is_lost;
    int n_steps;
    int64_t seek_ns, loop_from_ns, loop_to_ns;
    double speed;
    int failure;
    char failure_text[FB_ERROR_TEXT_BYTES], problem[256];
    char warning[256]; /* the recorder's latest */
    int n_warnings;
    struct fb_profile analysis_times;
};

/* Taken by main so long after its capture, a frame of 30 a second is likely to be shown late. */
#define APP_LATE_NS (16 * FB_NS_PER_MS)

/* What the threads run (capture.c, analysis.c, recorder_thread.c); arg is the pipeline. */
void *app_capture_main(void *arg);
void *app_analysis_main(void *arg);
void *app_recorder_main(void *arg);

/* The capture thread's way through a file that is watched (playback.c); returns at its end. */
void app_capture_playback(struct app_pipeline *pipeline);

/* The analysis thread on playback (ahead.c). */
FB_MUST_USE int app_analyse_ahead(struct app_pipeline *pipeline);
/* Analyses one frame, takes it over, hands the observation on, to the session too. */
FB_MUST_USE int app_pipeline_analyse(struct app_pipeline *pipeline, struct fb_frame *frame);

/* From any thread of the pipeline. */
void app_pipeline_wake(struct app_pipeline *pipeline);
/* Keeps the first failure; its text is the calling thread's. */
void app_pipeline_fail(struct app_pipeline *pipeline, int status);
/* For the status line; "": none. */
void app_pipeline_set_problem(struct app_pipeline *pipeline, const char *text, bool is_lost);
void app_pipeline_set_ended(struct app_pipeline *pipeline);
/* The recorder works off what waits, closes its recording and ends. */
void app_recorder_end(struct app_pipeline *pipeline);
void app_record_item_dispose(void *item);
/* Takes over what content points to. Data of a live frame is lost and counted when the queue is
 * full. */
void app_pipeline_send_record(struct app_pipeline *pipeline, struct record_item content);
/* Waits for ns, or until the pipeline stops or something is asked of the capture thread. */
void app_pipeline_wait_command(struct app_pipeline *pipeline, int64_t ns);

#endif
