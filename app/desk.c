/* See desk.h. Main's loop: events in, newest frame and observations in, a view out. */
#include "desk.h"

#include "base/clock.h"
#include "base/profile.h"
#include "cli.h"
#include "history.h"
#include "paths.h"
#include "pipeline.h"
#include "session.h"
#include "ui/window.h"
#include "vis/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

enum { MAX_STUDENTS = 1024, MAX_MARKERS = 1024, MARKER_BYTES = 64 };
#define NOTICE_NS (5 * FB_NS_PER_S)
#define IDLE_NS (FB_NS_PER_S / 10)     /* redraw at least so often */
#define CARRY_NS (FB_NS_PER_S * 3 / 4) /* an observation further off shows no boxes */
#define MIN_SPEED 0.25
#define MAX_SPEED 8.0

struct desk {
    const struct app_desk_settings *settings;
    struct app_analyzer *analyzer;
    struct app_pipeline *pipeline;
    struct ui_window *window;
    struct mon_timeline *timeline;
    struct app_history *history;   /* playback */
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
    int64_t record_start_ns, disk_checked_ns, disk_free_bytes;
    char record_folder[1024];
    struct fb_profile shown, latency, label_age; /* ns */
    int64_t n_shown, n_on_time;
};

static void notify(struct desk *desk, bool is_problem, const char *text)
{
    snprintf(desk->notice, sizeof desk->notice, "%s", text);
    desk->is_notice_problem = is_problem;
    desk->notice_until_ns = fb_clock_now_ns() + NOTICE_NS;
}

/* ---- recording ------------------------------------------------------------------------------ */

static int start_recording(struct desk *desk)
{
    const struct vis_source_info *source = app_pipeline_source(desk->pipeline);
    const struct app_options *options = desk->settings->options;
    struct app_recording_settings settings = {
        .parent_dir = options->out,
        .name = options->session ? options->session : source->name,
        .source = desk->settings->spec,
        .model_path = options->model ? options->model : app_default_model(),
        .model = app_analyzer_model(desk->analyzer),
        .width = source->width,
        .height = source->height,
        .has_video = true,
        .is_annotated = true,
    };
    struct app_recording *recording = NULL;
    int status = app_recording_create(&settings, &recording);
    if (status)
        return status;
    snprintf(desk->record_folder, sizeof desk->record_folder, "%s",
             app_recording_folder(recording));
    app_pipeline_record(desk->pipeline, recording);
    desk->is_recording = true;
    desk->record_start_ns = fb_clock_now_ns();
    return FB_OK;
}

static void toggle_recording(struct desk *desk)
{
    if (desk->settings->session) {
        notify(desk, false, "this is a recording already");
        return;
    }
    if (desk->is_recording) {
        app_pipeline_stop_recording(desk->pipeline);
        return;
    }
    if (start_recording(desk))
        notify(desk, true, fb_error_text());
}

/* The recorder has finished, by our wish or by a failure that the status line tells. */
static void notice_recording_end(struct desk *desk, const struct app_pipeline_status *status)
{
    if (!desk->is_recording || status->is_recording)
        return;
    desk->is_recording = false;
    char text[256];
    snprintf(text, sizeof text, "recorded: %.230s", desk->record_folder);
    if (!status->problem[0])
        notify(desk, false, text);
    printf("%s\n", desk->record_folder);
    fflush(stdout);
}

static int64_t disk_free_bytes(struct desk *desk)
{
    int64_t now_ns = fb_clock_now_ns();
    if (now_ns - desk->disk_checked_ns > 2 * FB_NS_PER_S) {
        struct statvfs disk;
        desk->disk_checked_ns = now_ns;
        desk->disk_free_bytes = statvfs(desk->record_folder, &disk)
                                    ? 0
                                    : (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    }
    return desk->disk_free_bytes;
}

/* ---- events --------------------------------------------------------------------------------- */

static void save_screenshot(struct desk *desk)
{
    uint8_t *rgb = NULL;
    int width, height;
    char path[64], text[256];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(path, sizeof path, "feltboard-%Y%m%d-%H%M%S.png", &local);
    int status = ui_window_pixels(desk->window, &rgb, &width, &height);
    if (!status)
        status = vis_image_save_rgb(path, rgb, width, height, width * 3);
    free(rgb);
    snprintf(text, sizeof text, "screenshot: %s", path);
    notify(desk, status != FB_OK, status ? fb_error_text() : text);
}

static int64_t shown_ns(const struct desk *desk)
{
    return desk->frame ? desk->frame->pts_ns : 0;
}

static void change_speed(struct desk *desk, double factor)
{
    struct app_pipeline_status status;
    app_pipeline_get_status(desk->pipeline, &status);
    double speed = factor > 0 ? status.speed * factor : 1;
    speed = speed < MIN_SPEED ? MIN_SPEED : speed > MAX_SPEED ? MAX_SPEED : speed;
    app_pipeline_set_speed(desk->pipeline, speed);
}

static void handle_playback(struct desk *desk, const struct ui_event *event)
{
    switch (event->kind) {
    case UI_EVENT_PAUSE:
        desk->is_paused = !desk->is_paused;
        app_pipeline_pause(desk->pipeline, desk->is_paused);
        break;
    case UI_EVENT_SEEK_TO:
        app_pipeline_seek(desk->pipeline, (int64_t)(event->seconds * 1e9));
        break;
    case UI_EVENT_SEEK_BY:
        app_pipeline_seek(desk->pipeline, shown_ns(desk) + (int64_t)(event->seconds * 1e9));
        break;
    case UI_EVENT_STEP:
        desk->is_paused = true;
        app_pipeline_step(desk->pipeline, event->amount);
        break;
    case UI_EVENT_SPEED:
        change_speed(desk, event->factor);
        break;
    default:
        break;
    }
}

/* For drawing; one too many is only not drawn. */
static void add_marker(struct desk *desk, int64_t pts_ns, const char *text)
{
    if (desk->n_markers == MAX_MARKERS)
        return;
    char *kept = desk->marker_texts[desk->n_markers];
    snprintf(kept, MARKER_BYTES, "%.*s", MARKER_BYTES - 1, text);
    desk->markers[desk->n_markers++] = (struct ui_marker){(double)pts_ns * 1e-9, kept};
}

static void mark(struct desk *desk)
{
    if (!desk->is_recording) {
        notify(desk, false, "markers belong to a recording: press r first");
        return;
    }
    app_pipeline_mark(desk->pipeline, shown_ns(desk), "");
    add_marker(desk, shown_ns(desk), "");
    notify(desk, false, "marker set");
}

static void handle_event(struct desk *desk, const struct ui_event *event)
{
    switch (event->kind) {
    case UI_EVENT_QUIT:
        desk->is_running = false;
        break;
    case UI_EVENT_RECORD:
        toggle_recording(desk);
        break;
    case UI_EVENT_MARKER:
        mark(desk);
        break;
    case UI_EVENT_SCREENSHOT:
        save_screenshot(desk);
        break;
    case UI_EVENT_SELECT:
        desk->selected_student = event->student == desk->selected_student ? 0 : event->student;
        break;
    case UI_EVENT_WINDOW_SPAN:
        desk->window_s = ui_window_span_step(desk->window_s, event->amount);
        break;
    case UI_EVENT_HELP:
        desk->show_help = !desk->show_help;
        break;
    case UI_EVENT_STATISTICS:
        desk->show_statistics = !desk->show_statistics;
        break;
    case UI_EVENT_PANEL:
        desk->show_panel = !desk->show_panel;
        break;
    case UI_EVENT_MIRROR:
        desk->is_mirrored = !desk->is_mirrored;
        break;
    default:
        if (desk->is_playback)
            handle_playback(desk, event);
        else if (event->kind == UI_EVENT_PAUSE || event->kind == UI_EVENT_SEEK_BY)
            notify(desk, false, "this is live: there is nothing to pause or seek");
        break;
    }
}

/* ---- what the threads bring ----------------------------------------------------------------- */

static void list_students(struct desk *desk)
{
    for (int n = mon_timeline_n_students(desk->timeline);
         desk->n_students < n && desk->n_students < MAX_STUDENTS; desk->n_students++) {
        struct ui_student *student = &desk->students[desk->n_students];
        student->student = mon_timeline_student(desk->timeline, desk->n_students);
        snprintf(student->name, sizeof student->name, "Student %d", student->student);
    }
}

static void take_observations(struct desk *desk)
{
    struct mon_observation *observation;
    while ((observation = app_pipeline_take_observation(desk->pipeline))) {
        int status = mon_timeline_add(desk->timeline, observation);
        if (!status && desk->is_playback)
            status = app_history_add(desk->history, observation);
        if (status)
            notify(desk, true, fb_error_text());
        desk->latest = *observation;
        free(observation);
    }
    list_students(desk);
}

static bool take_frame(struct desk *desk)
{
    struct fb_frame *frame = app_pipeline_take_frame(desk->pipeline);
    if (!frame)
        return false;
    fb_frame_unref(&desk->frame);
    desk->frame = frame;
    return true;
}

/* The boxes that belong to the frame shown. */
static void observe_frame(struct desk *desk, struct mon_observation *observation)
{
    *observation = (struct mon_observation){0};
    if (!desk->frame)
        return;
    if (desk->is_playback) {
        app_history_at(desk->history, desk->frame->pts_ns, CARRY_NS, observation);
    } else if (llabs(desk->frame->pts_ns - desk->latest.pts_ns) <= CARRY_NS) {
        *observation = desk->latest;
        mon_observation_carry(observation, desk->frame->pts_ns);
    }
}

/* ---- the view ------------------------------------------------------------------------------- */

static void fill_status(struct desk *desk, const struct app_pipeline_status *status,
                        struct ui_status *out)
{
    const struct vis_source_info *source = app_pipeline_source(desk->pipeline);
    int64_t now_ns = fb_clock_now_ns();
    *out = (struct ui_status){
        .source = source->name,
        .source_detail = source->detail,
        .fps_shown = fb_profile_rate(&desk->shown, now_ns),
        .fps_analysed = status->fps_analysed,
        .latency_ms = (double)fb_profile_quantile(&desk->latency, 0.5) * 1e-6,
        .label_age_ms = (double)fb_profile_quantile(&desk->label_age, 0.5) * 1e-6,
        .n_dropped = status->n_dropped,
        .n_lost = status->n_lost,
        .n_record_dropped = status->n_record_dropped,
        .is_recording = desk->is_recording,
    };
    if (desk->is_recording) {
        out->record_s = (double)(now_ns - desk->record_start_ns) * 1e-9;
        out->disk_free_bytes = disk_free_bytes(desk);
    }
}

static void fill_playback(const struct desk *desk, const struct app_pipeline_status *status,
                          struct ui_playback *out)
{
    const struct vis_source_info *source = app_pipeline_source(desk->pipeline);
    *out = (struct ui_playback){
        .is_replay = desk->is_playback,
        .is_paused = status->is_paused || app_pipeline_has_ended(desk->pipeline),
        .is_seekable = source->is_seekable,
        .position_s = (double)shown_ns(desk) * 1e-9,
        .duration_s = (double)source->duration_ns * 1e-9,
        .speed = status->speed,
    };
}

static void fill_view(struct desk *desk, const struct app_pipeline_status *status,
                      struct ui_view *view)
{
    *view = (struct ui_view){
        .frame = desk->frame,
        .timeline = desk->timeline,
        .students = desk->students,
        .n_students = desk->n_students,
        .markers = desk->markers,
        .n_markers = desk->n_markers,
        .now_ns = shown_ns(desk),
        .window_s = desk->window_s,
        .selected_student = desk->selected_student,
        .show_help = desk->show_help,
        .show_statistics = desk->show_statistics,
        .show_panel = desk->show_panel,
        .is_mirrored = desk->is_mirrored,
    };
    observe_frame(desk, &view->observation);
    fill_status(desk, status, &view->status);
    fill_playback(desk, status, &view->playback);
    if (status->problem[0]) {
        view->message = status->problem;
        view->is_message_problem = true;
    } else if (fb_clock_now_ns() < desk->notice_until_ns) {
        view->message = desk->notice;
        view->is_message_problem = desk->is_notice_problem;
    } else if (!desk->frame) {
        view->message = "waiting for the first picture";
    }
}

static void count_shown(struct desk *desk, const struct ui_view *view)
{
    int64_t now_ns = fb_clock_now_ns(), latency_ns = now_ns - desk->frame->capture_ns;
    double fps = app_pipeline_source(desk->pipeline)->fps;
    fb_profile_add(&desk->shown, 1, now_ns);
    fb_profile_add(&desk->latency, latency_ns, now_ns);
    if (!desk->is_playback && view->observation.n_faces)
        fb_profile_add(&desk->label_age, now_ns - view->observation.capture_ns, now_ns);
    desk->n_shown++;
    desk->n_on_time += (double)latency_ns < 1e9 / (fps > 0 ? fps : 30);
}

static int draw(struct desk *desk, bool is_new_frame)
{
    struct app_pipeline_status status;
    static struct ui_view view; /* large */
    app_pipeline_get_status(desk->pipeline, &status);
    notice_recording_end(desk, &status);
    fill_view(desk, &status, &view);
    int result = ui_window_draw(desk->window, &view);
    if (!result && is_new_frame)
        count_shown(desk, &view);
    return result;
}

/* ---- from opening to closing ---------------------------------------------------------------- */

static void wake(void *user)
{
    ui_window_wake(user);
}

static int open_pipeline(struct desk *desk)
{
    struct app_pipeline_settings settings = {
        .spec = desk->settings->spec,
        .source = app_source_settings(desk->settings->options),
        .pace = APP_PACE_AUTO,
        .every = 1,
        .analyzer = desk->analyzer,
    };
    int status = app_pipeline_create(&settings, &desk->pipeline);
    if (!status)
        desk->is_playback = app_pipeline_pace(desk->pipeline) == APP_PACE_PLAYBACK;
    return status;
}

/* The recorded video starts at 0, the rows at the source's own times. */
struct session_loader {
    struct desk *desk;
    int64_t video_start_ns;
};

static int load_observation(void *user, const struct mon_observation *stored)
{
    struct session_loader *loader = user;
    struct mon_observation observation = *stored;
    observation.pts_ns -= loader->video_start_ns;
    return mon_timeline_add(loader->desk->timeline, &observation);
}

static int load_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    struct session_loader *loader = user;
    (void)wall;
    add_marker(loader->desk, pts_ns - loader->video_start_ns, text);
    return FB_OK;
}

static int load_session(struct desk *desk)
{
    struct session_loader loader = {.desk = desk};
    struct app_session *session = NULL;
    char start[APP_SESSION_TEXT_BYTES];
    int status = app_session_open(desk->settings->session, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_fact(session, "video_start_ns", start, sizeof start);
    if (!status) {
        loader.video_start_ns = strtoll(start, NULL, 10);
        status = app_session_each(session, INT64_MIN, INT64_MAX, load_observation, &loader);
    }
    if (!status)
        status = app_session_each_marker(session, load_marker, &loader);
    app_session_close(&session);
    return status;
}

static int open_desk(struct desk *desk)
{
    const struct app_options *options = desk->settings->options;
    int status = FB_OK;
    if (!desk->settings->session) {
        struct app_analyzer_settings settings = app_analyzer_settings(options);
        status = app_analyzer_create(&settings, &desk->analyzer);
    }
    if (!status)
        status = mon_timeline_create(&desk->timeline);
    if (!status)
        status = app_history_create(&desk->history);
    if (!status)
        status = open_pipeline(desk);
    if (status)
        return status;
    struct ui_window_settings window_settings = ui_default_window_settings();
    window_settings.is_fullscreen = options->is_fullscreen;
    window_settings.scale = (float)options->scale;
    window_settings.assets_dir = app_assets_dir();
    status = ui_window_create(&window_settings, &desk->window);
    if (!status && desk->settings->session)
        status = load_session(desk);
    if (status)
        return status;
    app_pipeline_set_wake(desk->pipeline, wake, desk->window);
    if (options->is_recording)
        status = start_recording(desk);
    return status ? status : app_pipeline_start(desk->pipeline);
}

static int run(struct desk *desk)
{
    int status = FB_OK;
    char text[FB_ERROR_TEXT_BYTES];
    for (desk->is_running = true; desk->is_running && !status;) {
        struct ui_event event;
        while (ui_window_poll(desk->window, &event))
            handle_event(desk, &event);
        take_observations(desk);
        bool is_new_frame = take_frame(desk);
        status = draw(desk, is_new_frame);
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted; what was recorded is kept");
        if (!status && (status = app_pipeline_failure(desk->pipeline, text, sizeof text)))
            return fb_fail(status, "%s", text);
        ui_window_wait(desk->window, fb_clock_now_ns() + IDLE_NS);
    }
    return status;
}

static void report_run(const struct desk *desk, const struct app_pipeline_status *status)
{
    if (!desk->n_shown)
        return;
    app_message(
        "shown %lld of %lld frames, %.1f %% within one frame's time; analysed %lld "
        "(%.1f a second); capture to screen p95 %.0f ms, label age p95 %.0f ms; dropped from "
        "analysis %lld, lost %lld",
        (long long)desk->n_shown, (long long)status->n_captured,
        100.0 * (double)desk->n_on_time / (double)desk->n_shown, (long long)status->n_analysed,
        status->fps_analysed, (double)fb_profile_quantile(&desk->latency, 0.95) * 1e-6,
        (double)fb_profile_quantile(&desk->label_age, 0.95) * 1e-6, (long long)status->n_dropped,
        (long long)status->n_lost);
}

static int close_desk(struct desk *desk, int status)
{
    char text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    if (desk->pipeline) {
        struct app_pipeline_status pipeline_status;
        app_pipeline_get_status(desk->pipeline, &pipeline_status);
        report_run(desk, &pipeline_status);
    }
    fb_frame_unref(&desk->frame);
    int failure = app_pipeline_destroy(&desk->pipeline);
    if (desk->is_recording)
        printf("%s\n", desk->record_folder);
    ui_window_destroy(&desk->window);
    app_history_destroy(&desk->history);
    mon_timeline_destroy(&desk->timeline);
    app_analyzer_destroy(&desk->analyzer);
    return status ? fb_fail(status, "%s", text) : failure;
}

int app_desk_run(const struct app_desk_settings *settings)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return fb_fail_nomem("the window's state", sizeof *desk);
    desk->settings = settings;
    desk->show_panel = true;
    desk->window_s = ui_window_spans_s[0];
    desk->is_mirrored = settings->options->is_mirrored;
    if (settings->notice)
        notify(desk, false, settings->notice);
    int status = open_desk(desk);
    if (!status)
        status = run(desk);
    status = close_desk(desk, status);
    free(desk);
    return status;
}
