/* All that a picture of the window depends on: filled by app, read by ui, nothing else.
 * A plain value for one call of ui_window_draw or ui_canvas_draw; pointers are borrowed. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "base/frame.h"
#include "mon/observation.h"
#include "mon/timeline.h"
#include "ui/field.h"

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
    double analysed_share;    /* saved video: of it, 0..1; 0: none is analysed */
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
    double loop_s[2];         /* A and B */
    int n_loop_ends;          /* of them set: 0 none, 1 A, 2 both */
};

/* What can be opened: a camera with its live picture, a video, a session. */
struct ui_tile {
    const char *title, *detail;   /* UTF-8; detail may be NULL */
    const char *problem;          /* why it cannot be opened now, or NULL */
    const struct fb_frame *frame; /* NULL: no picture (yet) */
};

#define UI_MAX_CAMERAS 8
#define UI_MAX_RECENT 8

struct ui_start {
    struct ui_tile cameras[UI_MAX_CAMERAS], demo; /* of the demo class */
    struct ui_tile sessions[UI_MAX_RECENT], videos[UI_MAX_RECENT];
    int n_cameras, n_sessions, n_videos;
    struct ui_field path; /* typed while is_typing */
    bool is_typing;
    int chosen; /* opened by Enter: a camera's index, n_cameras: the demo class */
};

/* What the teacher is told once. */
struct ui_statement {
    double accuracy; /* of the model, 0..1; 0: not known */
    int n_accuracy;  /* on so many test pictures */
};

#define UI_MAX_SUGGESTIONS 4

/* One student's card: the name being typed, and what can be said of the student. */
struct ui_card {
    int student; /* 0: no card */
    char title[UI_NAME_BYTES]; /* "": as in the list of students, in which one split off just now is not yet */
    struct ui_field name;
    const char *suggestions[UI_MAX_SUGGESTIONS]; /* names of the roster that fit */
    int n_suggestions, chosen_suggestion;        /* -1: none */
    bool is_pinned, has_seat;                    /* has_seat: it can be pinned now */
    bool has_baseline;
    float baseline_done; /* 0..1 while it is being measured, else 0 */
    const struct mon_student_summary *summary; /* may be NULL */
};

enum ui_asking { /* the next click on a student answers */
    UI_ASKING_NOTHING,
    UI_ASKING_WHO_IS_SAME,
    UI_ASKING_WHOM_TO_SWAP,
};

enum ui_screen { UI_SCREEN_DESK, UI_SCREEN_START, UI_SCREEN_STATEMENT };

struct ui_view {
    enum ui_screen screen;
    const struct ui_start *start;         /* for UI_SCREEN_START */
    const struct ui_statement *statement; /* for UI_SCREEN_STATEMENT */
    const struct fb_frame *frame;        /* NULL: no picture yet; message tells */
    struct mon_observation observation;  /* already carried to the frame's time */
    bool has_own_boxes;                  /* the picture shows boxes already: only the chosen one is
                                            drawn, all can be clicked */
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
    const struct ui_card *card;          /* NULL: none open */
    enum ui_asking asking;
    const int *order;                    /* rows of the timeline as shown, n_order of them; NULL: all, as
                                            they come */
    int n_order;
    bool is_sorted_by_name;
    int pinned_student;                  /* a value kept shown: of whom; 0: of nobody, -1: of the class */
    double pinned_s;                     /* and when */
    bool show_markers;                   /* the list of markers */
    const struct ui_field *note;         /* text of marker note_marker being typed; NULL: none */
    int note_marker;
    const char *undo_what;               /* what undo would take back; NULL: nothing */
    bool can_go_home;                    /* there is a start screen to go back to */
    bool is_light;                       /* theme in use */
};

#endif
