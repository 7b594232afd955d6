/* See scenes.h. */
#include "scenes.h"

static void make_recording(struct ui_view *view)
{
    view->status.is_recording = true;
    view->status.record_s = 3754;
    view->status.is_blurred = true;
    view->selected_student = 2;
    view->observation.faces[3].is_seen = false;
    view->observation.faces[5].expression = MON_NOT_SURE;
}

static void make_replay(struct ui_view *view)
{
    static const struct ui_marker markers[] = {
        {61, "group work starts"}, {190.5, NULL}, {205, "quiz"}};
    view->markers = markers;
    view->n_markers = 3;
    view->playback = (struct ui_playback){.is_replay = true,
                                          .is_paused = true,
                                          .is_seekable = true,
                                          .position_s = 268,
                                          .duration_s = 300,
                                          .speed = 1.5};
    view->now_ns = INT64_C(300000000000);
    view->window_s = 0;
    view->status.source = "2026-03-02_10-15-00_maths";
    view->status.source_detail = "recorded session";
}

static void make_problem(struct ui_view *view)
{
    view->message =
        "The camera was unplugged. Recording goes on; it is looked for every half second.";
    view->is_message_problem = true;
    view->status.n_lost = 37;
    view->status.label_age_ms = 1830;
    view->status.latency_ms = 420;
    view->status.disk_free_bytes = 1200000000;
}

static void make_news(struct ui_view *view)
{
    view->message = "Marker set at 4:28";
    view->show_statistics = true;
}

static void make_empty(struct ui_view *view)
{
    view->status = (struct ui_status){.source = "no camera"};
    view->message =
        "No camera was found. Plug one in, drop a video file here, or try: feltboard demo";
}

static void show_help(struct ui_view *view)
{
    view->show_help = true;
}

static void hide_panel(struct ui_view *view)
{
    view->show_panel = false;
    view->is_mirrored = true;
}

const struct scene scenes[] = {
    {"one", {1280, 720, 1, 40, true, 1}, {1280, 800, 1, .assets_dir = NULL}, NULL, true},
    {"eight-recording",
     {1280, 720, 8, 300, true, 2},
     {1280, 800, 1, .assets_dir = NULL},
     make_recording,
     true},
    {"thirty-full-hd",
     {1920, 1080, 30, 150, true, 3},
     {1920, 1080, 1, .assets_dir = NULL},
     NULL,
     false},
    {"forty-small",
     {1280, 720, 40, 150, false, 4},
     {1280, 800, 1, .assets_dir = NULL},
     NULL,
     false},
    {"eight-double",
     {1280, 720, 8, 150, true, 2},
     {2560, 1600, 2, .assets_dir = NULL},
     NULL,
     false},
    {"eight-light",
     {1280, 720, 8, 150, true, 5},
     {1280, 800, 1, .is_light_theme = true, .has_pointer = true, .pointer_x = 1100,
      .pointer_y = 90},
     NULL,
     true},
    {"replay",
     {1280, 720, 8, 300, true, 6},
     {1280, 800, 1, .has_pointer = true, .pointer_x = 1060, .pointer_y = 314},
     make_replay,
     true},
    {"problem",
     {1280, 720, 4, 90, true, 7},
     {1280, 800, 1, .assets_dir = NULL},
     make_problem,
     false},
    {"news", {1280, 720, 4, 90, false, 7}, {1280, 800, 1, .assets_dir = NULL}, make_news, false},
    {"empty", {0, 0, 0, 0, false, 8}, {1280, 800, 1, .assets_dir = NULL}, make_empty, true},
    {"help", {1280, 720, 4, 90, true, 7}, {1280, 800, 1, .assets_dir = NULL}, show_help, false},
    {"no-panel", {1280, 720, 8, 90, true, 9}, {960, 600, 1, .assets_dir = NULL}, hide_panel, true},
    {"smallest",
     {1280, 720, 8, 90, true, 9},
     {560, 360, 1, .has_pointer = true, .pointer_x = 200, .pointer_y = 308},
     make_replay,
     true},
    {"double-small",
     {1280, 720, 8, 300, true, 9},
     {1366, 768, 2, .assets_dir = NULL},
     make_recording,
     false},
    {"tall", {1280, 720, 8, 90, true, 9}, {720, 1100, 1, .assets_dir = NULL}, NULL, true},
};
const int n_scenes = sizeof scenes / sizeof *scenes;
