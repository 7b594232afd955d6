/* See desk.h. Main's loop: events in, newest frame and observations in, a view out. What the user
 * does is in desk_events.c, what is shown in desk_view.c. */
#include "desk_state.h"

#include "base/clock.h"
#include "cli.h"
#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTICE_NS (5 * FB_NS_PER_S)
enum { MAX_TAKEN = 1500 }; /* observations before the next picture: a session's rows come in floods */
#define IDLE_NS (FB_NS_PER_S / 10) /* redraw at least so often */

void app_desk_notify(struct desk *desk, bool is_problem, const char *text)
{
    snprintf(desk->notice, sizeof desk->notice, "%s", text);
    desk->is_notice_problem = is_problem;
    desk->notice_until_ns = fb_clock_now_ns() + NOTICE_NS;
}

/* For drawing; one too many is only not drawn. */
void app_desk_add_marker(struct desk *desk, int64_t pts_ns, const char *text)
{
    if (desk->n_markers == MAX_MARKERS)
        return;
    char *kept = desk->marker_texts[desk->n_markers];
    snprintf(kept, MARKER_BYTES, "%.*s", MARKER_BYTES - 1, text);
    desk->markers[desk->n_markers++] = (struct ui_marker){(double)pts_ns * 1e-9, kept};
}

int64_t app_desk_shown_ns(const struct desk *desk)
{
    return desk->frame ? desk->frame->pts_ns : 0;
}

static void list_students(struct desk *desk)
{
    for (int n = mon_timeline_n_students(desk->timeline);
         desk->n_students < n && desk->n_students < MAX_STUDENTS; desk->n_students++) {
        struct ui_student *student = &desk->students[desk->n_students];
        student->student = mon_timeline_student(desk->timeline, desk->n_students);
        const char *name = app_desk_session_name(desk, student->student);
        if (name)
            snprintf(student->name, sizeof student->name, "%s", name);
        else
            snprintf(student->name, sizeof student->name, "Student %d", student->student);
    }
}

static void take_observations(struct desk *desk)
{
    struct mon_observation *observation;
    for (int i = 0; i < MAX_TAKEN && (observation = app_pipeline_take_observation(desk->pipeline));
         i++) {
        int status = mon_timeline_add(desk->timeline, observation);
        if (!status && desk->is_playback && !desk->has_own_boxes)
            status = app_history_add(desk->history, observation);
        if (status)
            app_desk_notify(desk, true, fb_error_text());
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
    app_desk_notice_recording_end(desk, &status);
    app_desk_fill_view(desk, &status, &view);
    int result = ui_window_draw(desk->window, &view);
    if (!result && is_new_frame)
        count_shown(desk, &view);
    return result;
}

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
    if (!status && desk->is_playback)
        status = app_desk_open_session(desk);
    if (status)
        return status;
    app_pipeline_set_wake(desk->pipeline, wake, desk->window);
    if (options->is_recording)
        status = app_desk_start_recording(desk);
    return status ? status : app_pipeline_start(desk->pipeline);
}

static int run(struct desk *desk)
{
    int status = FB_OK;
    char text[FB_ERROR_TEXT_BYTES];
    for (desk->is_running = true; desk->is_running && !status;) {
        struct ui_event event;
        while (ui_window_poll(desk->window, &event))
            app_desk_handle_event(desk, &event);
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
    int session_status = app_session_close(&desk->session);
    failure = failure ? failure : session_status;
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
    desk->loop_from_ns = -1;
    desk->is_mirrored = settings->options->is_mirrored;
    desk->has_clear_faces = settings->options->has_clear_faces;
    if (settings->notice)
        app_desk_notify(desk, false, settings->notice);
    int status = open_desk(desk);
    if (!status)
        status = run(desk);
    status = close_desk(desk, status);
    free(desk);
    return status;
}
