/* What the files of the desk share. Threads: main. */
#ifndef APP_DESK_STATE_H
#define APP_DESK_STATE_H

#include "desk.h"

#include "base/profile.h"
#include "history.h"
#include "pipeline.h"
#include "session.h"
#include "ui/window.h"

enum { MAX_STUDENTS = 1024, MAX_MARKERS = 1024, MARKER_BYTES = 64 };

struct desk {
    const struct app_desk_settings *settings;
    struct app_analyzer *analyzer;
    struct app_pipeline *pipeline;
    struct ui_window *window;
    struct mon_timeline *timeline;
    struct app_history *history;   /* playback */
    struct app_session *session;   /* replayed, or keeping a video's analysis; the pipeline's */
    bool has_own_boxes;            /* the replayed picture has boxes burnt in */
    int64_t loop_from_ns;          /* first half of a loop being set; -1 */
    bool has_loop;
    struct ui_student names[MAX_STUDENTS]; /* given in the session */
    int n_names;
    struct mon_observation latest; /* live */
    struct fb_frame *frame;        /* shown now; NULL before the first */
    bool is_playback, is_running, show_help, show_statistics, show_panel, is_mirrored, is_paused;
    int selected_student;
    double window_s; /* of the timelines */
    struct ui_marker markers[MAX_MARKERS];
    char marker_texts[MAX_MARKERS][MARKER_BYTES];
    int n_markers;
    struct ui_student students[MAX_STUDENTS];
    int n_students;
    char notice[256];
    int64_t notice_until_ns;
    bool is_notice_problem;
    bool is_recording; /* as last seen, to notice its end */
    bool has_clear_faces, is_recorded_blurred; /* of the next recording; of this one */
    int n_warnings;                            /* of the recorder, told so far */
    int64_t record_start_ns, disk_checked_ns, disk_free_bytes;
    char record_folder[1024];
    struct fb_profile shown, latency, label_age; /* ns */
    int64_t n_shown, n_on_time;
};

/* A line over the picture for some seconds. */
void app_desk_notify(struct desk *desk, bool is_problem, const char *text);
/* Media time of the frame shown; 0 before the first. */
int64_t app_desk_shown_ns(const struct desk *desk);
void app_desk_add_marker(struct desk *desk, int64_t pts_ns, const char *text);

/* desk_replay.c: the session behind a saved video: opened before the pipeline starts. */
FB_MUST_USE int app_desk_open_session(struct desk *desk);
/* The name that the session gives a student; NULL: none. */
const char *app_desk_session_name(const struct desk *desk, int student);
/* Loop, markers. */
void app_desk_handle_replay(struct desk *desk, const struct ui_event *event);

/* desk_events.c */
FB_MUST_USE int app_desk_start_recording(struct desk *desk);
/* Notices that the recorder has finished, by our wish or by a failure. */
void app_desk_notice_recording_end(struct desk *desk, const struct app_pipeline_status *status);
void app_desk_handle_event(struct desk *desk, const struct ui_event *event);

/* desk_view.c: all that the window shows; pointers into the desk. */
void app_desk_fill_view(struct desk *desk, const struct app_pipeline_status *status,
                        struct ui_view *view);

#endif
