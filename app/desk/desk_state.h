/* What the files of the desk share. Threads: main. */
#ifndef APP_DESK_STATE_H
#define APP_DESK_STATE_H

#include "desk.h"

#include "base/profile.h"
#include "config.h"
#include "history.h"
#include "mon/cast.h"
#include "pipeline.h"
#include "roster.h"
#include "row_order.h"
#include "session/session.h"
#include "stats.h"
#include "stats_log.h"
#include "ui/window.h"

enum { MAX_STUDENTS = 1024, MAX_MARKERS = 1024, MARKER_BYTES = 64 };

/* What follows when the desk is left. */
enum desk_next { DESK_NEXT_QUIT, DESK_NEXT_HOME, DESK_NEXT_OPEN };

struct desk {
    const struct app_desk_settings *settings;
    struct app_shell *shell;
    enum desk_next next;
    char next_spec[1024]; /* DESK_NEXT_OPEN */
    struct app_analyzer *analyzer;
    struct app_pipeline *pipeline;
    struct ui_window *window;
    struct mon_timeline *timeline; /* of students */
    struct mon_timeline *tracks;   /* the same as the tracker numbers them */
    struct mon_cast *cast;
    unsigned cast_generation;    /* that timeline is made for */
    int64_t session_start_ns;    /* replay: of the video, in the session's times */
    struct app_history *history; /* playback */
    struct app_session *session; /* replayed, or keeping a video's analysis; the pipeline's */
    bool has_own_boxes;          /* the replayed picture has boxes burnt in */
    int64_t loop_from_ns;        /* -1: none is set */
    int64_t loop_to_ns;          /* with has_loop */
    bool has_loop;
    struct mon_observation latest; /* live; tracks */
    struct fb_frame *frame;        /* shown now; NULL before the first */
    bool is_playback, is_running, show_help, show_statistics, show_panel, is_mirrored, is_paused;
    int selected_student;
    double window_s; /* of the timelines */
    struct ui_marker markers[MAX_MARKERS];
    char marker_texts[MAX_MARKERS][MARKER_BYTES];
    int64_t marker_ns[MAX_MARKERS];
    int n_markers;
    struct ui_student students[MAX_STUDENTS];
    int n_students;
    struct ui_card card;
    struct mon_student_summary card_summary;
    enum ui_asking asking;
    int order[MAX_STUDENTS], n_order;
    struct app_row rows[MAX_STUDENTS];   /* room to sort in */
    struct mon_box places[MAX_STUDENTS]; /* last place of students[i]; w 0: none */
    bool is_sorted_by_name;
    int64_t sorted_ns;
    int pinned_student;
    double pinned_s;
    bool show_markers;
    struct ui_field note;
    int note_marker;    /* -1: none is typed */
    int forget_student; /* rows are erased at forget_ns; 0: none */
    int64_t forget_ns;
    char undo_what[160];
    char notice[256];
    int64_t notice_until_ns;
    bool is_notice_problem;
    bool is_recording;                         /* as last seen, to notice its end */
    bool has_clear_faces, is_recorded_blurred; /* of the next recording; of this one */
    bool is_recorded_clean; /* the next one: without boxes and names */
    int n_warnings;                            /* of the recorder, told so far */
    int64_t record_start_ns, disk_checked_ns, disk_free_bytes;
    char record_folder[1024];
    struct fb_profile shown, latency, label_age; /* ns */
    int64_t n_shown, n_on_time;
    struct app_stats stats; /* of --stats */
    struct app_stats_log log; /* of --stats-log */
    char told_problem[256];   /* on stderr */
    int64_t frame_came_ns, draw_begun_ns;
};

/* A line over the picture for some seconds. */
void app_desk_notify(struct desk *desk, bool is_problem, const char *text);
/* Media time of the frame shown; 0 before the first. */
int64_t app_desk_shown_ns(const struct desk *desk);
/* The desk is left for the start screen, or for another source (spec not NULL). */
void app_desk_leave(struct desk *desk, const char *spec);
void app_desk_add_marker(struct desk *desk, int64_t pts_ns, const char *text);

/* desk_replay.c: the session behind a saved video: opened before the pipeline starts. */
FB_MUST_USE int app_desk_open_session(struct desk *desk);
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

/* desk_cast.c, desk_card.c, desk_people.c: names and who is who. */
/* An observation of tracks goes into both timelines. */
FB_MUST_USE int app_desk_add_observation(struct desk *desk,
                                         const struct mon_observation *observation);
/* True when it was one of theirs. */
bool app_desk_handle_people(struct desk *desk, const struct ui_event *event);
/* Once per picture: rows erased when their time has come, order, card. */
void app_desk_tend_people(struct desk *desk);
/* An observation of tracks becomes one of students. */
void app_desk_apply_cast(const struct desk *desk, struct mon_observation *observation);
const struct app_roster *app_desk_roster(const struct desk *desk);
/* A recording that starts is told what was said before. */
void app_desk_tell_recording(struct desk *desk);
/* The card of a student; 0: closes it. */
void app_desk_open_card(struct desk *desk, int student);

/* desk_markers.c */
bool app_desk_handle_markers(struct desk *desk, const struct ui_event *event);

#endif
