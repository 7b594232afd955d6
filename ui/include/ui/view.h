/* All that a picture of the window depends on: filled by app, read by ui, nothing else.
 * A plain value for one call of ui_window_draw or ui_canvas_draw; pointers are borrowed. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "base/frame.h"
#include "mon/observation.h"
#include "mon/timeline.h"

#define UI_NAME_BYTES 64

/* The spans offered for the timelines, shortest first: 30 s, 2 min, 10 min, 0 (the whole session). */
#define UI_N_WINDOW_SPANS 4
extern const double ui_window_spans_s[UI_N_WINDOW_SPANS];
/* The span `amount` steps from window_s, clamped: the answer to UI_EVENT_WINDOW_SPAN. */
double ui_window_span_step(double window_s, int amount);

struct ui_student {
    int student;              /* as in mon_face */
    char name[UI_NAME_BYTES]; /* UTF-8; "Student 3" until named */
};

struct ui_marker {
    double time_s;            /* media time */
    const char *text;         /* may be NULL */
};

struct ui_status {
    const char *source, *source_detail; /* "C920", "MJPG 1280x720@30" */
    double fps_shown, fps_analysed;
    double latency_ms;        /* capture to screen */
    double label_age_ms;      /* capture of the analysed frame to screen */
    int64_t n_dropped;        /* frames not analysed */
    int64_t n_lost;           /* frames lost before us, or broken */
    int64_t n_record_dropped;
    bool is_recording;
    double record_s;
    bool is_blurred;          /* faces are blurred in what is recorded */
    int64_t disk_free_bytes;
};

struct ui_playback {
    bool is_replay;           /* a seek bar is drawn */
    bool is_paused;
    bool is_seekable;
    double position_s, duration_s, speed;
};

struct ui_view {
    const struct fb_frame *frame;        /* NULL: no picture yet; message tells */
    struct mon_observation observation;  /* already carried to the frame's time */
    const struct mon_timeline *timeline; /* may be NULL */
    const struct ui_student *students;
    int n_students;
    const struct ui_marker *markers;     /* any order */
    int n_markers;
    int64_t now_ns;                      /* media time at the timelines' right edge */
    struct ui_status status;
    struct ui_playback playback;
    const char *message;                 /* one line over the picture, or NULL */
    bool is_message_problem;             /* drawn as a problem, not as news */
    double window_s;                     /* the timelines' span; <= 0: the whole session; of
                                            ui_window_spans_s for its button to be lit */
    int selected_student;                /* 0: none */
    bool show_help, show_statistics, show_panel, is_mirrored;
};

#endif
