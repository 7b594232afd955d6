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
    view->status.analysed_share = 1;
}

static void make_loop(struct ui_view *view)
{
    make_replay(view);
    view->playback.loop_s[0] = 120;
    view->playback.loop_s[1] = 168;
    view->playback.n_loop_ends = 2;
    view->playback.position_s = 140;
    view->message = "looping 48.0 s; l ends it";
}

static void make_disk_low(struct ui_view *view)
{
    make_recording(view);
    view->status.disk_free_bytes = 94000000;
    view->status.n_record_dropped = 3;
    view->message = "Only 94 MB are left on the disk: recording stops when it is full. Delete something "
                    "or stop it with r.";
    view->is_message_problem = true;
}

static void make_swapping(struct ui_view *view)
{
    view->asking = UI_ASKING_WHOM_TO_SWAP;
    view->message = "Click the student to change places with, or a number and N. Esc: nobody.";
    view->selected_student = 3;
}

static void make_first_start(struct ui_view *view)
{
    static struct ui_start start;
    start = (struct ui_start){.demo = {"Demo class", "drawn by the program, no real person in it", NULL,
                                       view->frame}};
    view->screen = UI_SCREEN_START;
    view->start = &start;
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

static void make_statement(struct ui_view *view)
{
    static const struct ui_statement statement = {.accuracy = .8612, .n_accuracy = 3153};
    view->screen = UI_SCREEN_STATEMENT;
    view->statement = &statement;
}

static void make_start(struct ui_view *view)
{
    static struct ui_start start;
    start = (struct ui_start){
        .cameras = {{"HD Pro Webcam C920", "MJPG 1280x720@30, YUYV 640x480@30", NULL, view->frame},
                    {"Classroom camera", "MJPG 1920x1080@30",
                     "/dev/video2: the camera is in use by another program; close that one", NULL}},
        .n_cameras = 2,
        .demo = {"Demo class", "drawn by the program, no real person in it", NULL, view->frame},
        .sessions = {{"Maths 7b", "2026-03-02 10:15 \u00b7 44 min 12 s \u00b7 23 students", NULL,
                      NULL},
                     {"\u0424\u0438\u0437\u0438\u043a\u0430",
                      "2026-03-01 08:00 \u00b7 41 min 3 s \u00b7 19 students", NULL, NULL}},
        .n_sessions = 2,
        .videos = {{"rehearsal.mp4", "/home/anna/Videos", NULL, NULL}},
        .n_videos = 1,
    };
    view->screen = UI_SCREEN_START;
    view->start = &start;
}

static void make_start_typing(struct ui_view *view)
{
    make_start(view);
    struct ui_start *start = (struct ui_start *)view->start;
    start->n_cameras = 0;
    start->is_typing = true;
    ui_field_set(&start->path, "/home/anna/Videos/a lesson.mp4");
    ui_field_edit(&start->path, UI_EDIT_END);
    view->message = "/home/anna/lesson.mp4: there is no such file";
    view->is_message_problem = true;
    view->is_light = true;
}

static struct ui_card *open_card(struct ui_view *view, int student)
{
    static struct ui_card card;
    static struct mon_student_summary summary;
    summary = mon_timeline_summary(view->timeline, student - 1);
    card = (struct ui_card){
        .student = student, .has_seat = true, .summary = &summary, .chosen_suggestion = -1};
    view->card = &card;
    view->selected_student = student;
    view->undo_what = "name of Anna";
    view->can_go_home = true;
    return &card;
}

static void make_card(struct ui_view *view)
{
    struct ui_card *card = open_card(view, 2);
    ui_field_set(&card->name, "Zo\u00eb");
}

static void make_card_roster(struct ui_view *view)
{
    struct ui_card *card = open_card(view, 5);
    ui_field_type(&card->name, "ma");
    card->suggestions[0] = "Maria";
    card->suggestions[1] = "Max";
    card->suggestions[2] = "Nguy\u1ec5n Th\u1ecb Mai";
    card->n_suggestions = 3;
    card->chosen_suggestion = 1;
    card->is_pinned = true;
    card->baseline_done = .4f;
    view->is_light = true;
}

static const struct ui_marker marks[] = {
    {12, "film starts"},
    {31.5, NULL},
    {205, "quiz: the question about vectors and what they are good for"}};

static void make_markers(struct ui_view *view)
{
    static struct ui_field note;
    view->markers = marks;
    view->n_markers = 3;
    view->show_markers = true;
    ui_field_set(&note, "group work");
    view->note = &note;
    view->note_marker = 1;
    view->can_go_home = true;
}

static void make_note(struct ui_view *view)
{
    make_markers(view);
    view->show_markers = false;
    view->pinned_student = 3;
    view->pinned_s = 70;
}

static void make_sorted(struct ui_view *view)
{
    static const int order[] = {5, 2, 0, 7, 1, 4, 3, 6};
    view->order = order;
    view->n_order = 8;
    view->is_sorted_by_name = true;
    view->asking = UI_ASKING_WHO_IS_SAME;
    view->message = "Click the face or row of the same student, or a number and N. Esc: nobody.";
    view->pinned_student = -1;
    view->pinned_s = 130;
    view->selected_student = 4;
}

const struct scene scenes[] = {
    {"statement", {0, 0, 0, 0, false, 8}, {1280, 720, 1, .assets_dir = NULL}, make_statement, true},
    {"statement-double",
     {0, 0, 0, 0, false, 8},
     {1280, 720, 2, .is_light_theme = true, .assets_dir = NULL},
     make_statement,
     true},
    {"start",
     {640, 360, 6, 30, true, 11},
     {1280, 720, 1, .has_pointer = true, .pointer_x = 1245, .pointer_y = 40},
     make_start,
     true},
    {"start-full-hd",
     {640, 360, 6, 30, true, 11},
     {1920, 1080, 1, .assets_dir = NULL},
     make_start,
     true},
    {"start-double",
     {640, 360, 6, 30, true, 11},
     {1280, 720, 2, .assets_dir = NULL},
     make_start,
     true},
    {"start-typing",
     {640, 360, 6, 30, true, 11},
     {900, 560, 1, .is_light_theme = true, .assets_dir = NULL},
     make_start_typing,
     true},
    {"card", {1280, 720, 8, 150, true, 2}, {1280, 720, 1, .assets_dir = NULL}, make_card, true},
    {"card-roster",
     {1280, 720, 8, 150, true, 5},
     {1280, 720, 1, .is_light_theme = true, .has_pointer = true, .pointer_x = 115,
      .pointer_y = 705},
     make_card_roster,
     true},
    {"card-double",
     {1280, 720, 8, 150, true, 5},
     {1280, 720, 2, .assets_dir = NULL},
     make_card_roster,
     true},
    {"card-full-hd",
     {1280, 720, 8, 150, true, 5},
     {1920, 1080, 1, .assets_dir = NULL},
     make_card,
     true},
    {"markers",
     {1280, 720, 8, 150, true, 2},
     {1280, 720, 1, .assets_dir = NULL},
     make_markers,
     true},
    {"note-pinned",
     {1280, 720, 8, 150, true, 2},
     {1280, 720, 1, .assets_dir = NULL},
     make_note,
     true},
    {"sorted-asking",
     {1280, 720, 8, 150, true, 2},
     {1280, 720, 1, .assets_dir = NULL},
     make_sorted,
     true},
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
     true},
    {"forty-small",
     {1280, 720, 40, 150, false, 4},
     {1280, 800, 1, .assets_dir = NULL},
     NULL,
     true},
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
    {"loop", {1280, 720, 8, 300, true, 6}, {1280, 720, 1, .assets_dir = NULL}, make_loop, true},
    {"disk-low",
     {1280, 720, 8, 300, true, 2},
     {1280, 720, 1, .assets_dir = NULL},
     make_disk_low,
     true},
    {"swapping",
     {1280, 720, 8, 150, true, 5},
     {1280, 720, 1, .is_light_theme = true, .assets_dir = NULL},
     make_swapping,
     true},
    {"start-first",
     {640, 360, 6, 30, true, 11},
     {1280, 720, 1, .assets_dir = NULL},
     make_first_start,
     true},
    {"forty-hover",
     {1280, 720, 40, 150, true, 4},
     {1280, 720, 1, .has_pointer = true, .pointer_x = 1150, .pointer_y = 500},
     NULL,
     true},
    {"class-hover",
     {1280, 720, 8, 150, true, 4},
     {1280, 720, 1, .has_pointer = true, .pointer_x = 1150, .pointer_y = 100},
     NULL,
     true},
    {"problem",
     {1280, 720, 4, 90, true, 7},
     {1280, 800, 1, .assets_dir = NULL},
     make_problem,
     true},
    {"news", {1280, 720, 4, 90, false, 7}, {1280, 800, 1, .assets_dir = NULL}, make_news, true},
    {"empty", {0, 0, 0, 0, false, 8}, {1280, 800, 1, .assets_dir = NULL}, make_empty, true},
    {"help", {1280, 720, 4, 90, true, 7}, {1280, 800, 1, .assets_dir = NULL}, show_help, true},
    {"help-double", {1280, 720, 4, 90, true, 7}, {1280, 720, 2, .assets_dir = NULL}, show_help, true},
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
     true},
    {"tall", {1280, 720, 8, 90, true, 9}, {720, 1100, 1, .assets_dir = NULL}, NULL, true},
};
const int n_scenes = sizeof scenes / sizeof *scenes;
