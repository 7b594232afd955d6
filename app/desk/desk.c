/* See desk.h. Main's loop: events in, newest frame and observations in, a view out. What the user
 * does is in desk_events.c, what is shown in desk_view.c. */
#include "desk_state.h"

#include "base/clock.h"
#include "base/words.h"
#include "cli.h"
#include "paths.h"
#include "session/session.h"
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTICE_NS (5 * FB_NS_PER_S)
enum {
    MAX_TAKEN = 1500
}; /* observations before the next picture: a session's rows come in floods */
#define IDLE_NS (FB_NS_PER_S / 10) /* redraw at least so often */
#define ALONE_NS                                                                                   \
    (FB_NS_PER_S /                                                                                 \
     30) /* and so often while a camera gives no pictures: the window keeps its rate */

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
    desk->marker_ns[desk->n_markers] = pts_ns;
    desk->markers[desk->n_markers++] = (struct ui_marker){(double)pts_ns * 1e-9, kept};
}

int64_t app_desk_shown_ns(const struct desk *desk)
{
    return desk->frame ? desk->frame->pts_ns : 0;
}

static void take_observations(struct desk *desk)
{
    struct mon_observation *observation;
    for (int i = 0; i < MAX_TAKEN && (observation = app_pipeline_take_observation(desk->pipeline));
         i++) {
        int status = app_desk_add_observation(desk, observation);
        if (!status && desk->is_playback)
            status = app_history_add(desk->history, observation);
        if (status)
            app_desk_notify(desk, true, fb_error_text());
        desk->latest = *observation;
        free(observation);
    }
}

static bool take_frame(struct desk *desk)
{
    struct fb_frame *frame = app_pipeline_take_frame(desk->pipeline);
    if (!frame)
        return false;
    fb_frame_unref(&desk->frame);
    desk->frame = frame;
    desk->frame_came_ns = fb_clock_now_ns();
    return true;
}

/* A saved video is analysed ahead of the picture, or was long ago: only here is it known what
 * belongs to the frame. An observation further off could leave a face that moved uncovered. */
static void record_shown(struct desk *desk)
{
    struct mon_observation observation;
    bool is_known =
        app_history_at(desk->history, desk->frame->pts_ns, FB_NS_PER_S / 10, &observation);
    observation.pts_ns = desk->frame->pts_ns;
    app_pipeline_record_shown(desk->pipeline, desk->frame, is_known ? &observation : NULL);
}

/* The boxes that belong to the frame shown. */
static void count_shown(struct desk *desk, const struct ui_view *view,
                        const struct app_pipeline_status *status)
{
    int64_t now_ns = fb_clock_now_ns(), latency_ns = now_ns - desk->frame->capture_ns;
    double fps = app_pipeline_source(desk->pipeline)->fps;
    fb_profile_add(&desk->shown, 1, now_ns);
    fb_profile_add(&desk->latency, latency_ns, now_ns);
    if (!desk->is_playback && view->observation.n_faces)
        fb_profile_add(&desk->label_age, now_ns - view->observation.capture_ns, now_ns);
    desk->n_shown++;
    int64_t frame_ns = (int64_t)(1e9 / (fps > 0 ? fps : 30));
    desk->n_on_time += latency_ns < frame_ns;
    bool has_boxes = view->observation.n_faces > 0;
    struct app_stats_shown shown = {
        .now_ns = now_ns,
        .capture_ns = desk->frame->capture_ns,
        .frame_ns = frame_ns,
        .labels_ns = has_boxes ? view->observation.capture_ns : 0,
        .frame_index = desk->frame->index,
    };
    app_stats_shown(&desk->stats, &shown, status);
}

/* Also where nobody looks at the window. */
static void tell_problem(struct desk *desk, const struct app_pipeline_status *status)
{
    if (!strcmp(status->problem, desk->told_problem))
        return;
    app_message("%s", status->problem[0] ? status->problem : "the picture is back");
    snprintf(desk->told_problem, sizeof desk->told_problem, "%s", status->problem);
}

static void log_drawing(struct desk *desk, bool is_new_frame,
                        const struct app_pipeline_status *status)
{
    static const double shares[3] = {0.5, 0.95, 0.99};
    struct app_stats_log_line line = {.now_ns = fb_clock_now_ns(), .is_new_frame = is_new_frame};
    if (!desk->log.file)
        return;
    for (int i = 0; i < 3; i++) {
        line.screen_ms[i] = (double)fb_profile_quantile(&desk->latency, shares[i]) * 1e-6;
        line.label_ms[i] = (double)fb_profile_quantile(&desk->label_age, shares[i]) * 1e-6;
    }
    app_stats_log_drawn(&desk->log, &line, status);
}

static int draw(struct desk *desk, bool is_new_frame)
{
    struct app_pipeline_status status;
    static struct ui_view view; /* large */
    desk->draw_begun_ns = fb_clock_now_ns();
    app_pipeline_get_status(desk->pipeline, &status);
    app_desk_notice_recording_end(desk, &status);
    tell_problem(desk, &status);
    app_desk_tend_people(desk);
    app_desk_fill_view(desk, &status, &view);
    int result = ui_window_draw(desk->window, &view);
    if (!result && is_new_frame)
        count_shown(desk, &view, &status);
    log_drawing(desk, is_new_frame, &status);
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
    int status = app_stats_log_open(&desk->log, options->stats_log);
    if (!status && !desk->settings->session) {
        struct app_analyzer_settings settings = app_analyzer_settings(options);
        status = app_analyzer_create(&settings, &desk->analyzer);
    }
    if (!status)
        status = mon_timeline_create(&desk->timeline);
    if (!status)
        status = mon_timeline_create(&desk->tracks);
    if (!status)
        status = mon_cast_create(&desk->cast);
    if (!status)
        status = app_history_create(&desk->history);
    if (!status)
        status = open_pipeline(desk);
    if (!status && desk->is_playback)
        status = app_desk_open_session(desk);
    if (status)
        return status;
    app_pipeline_set_wake(desk->pipeline, wake, desk->window);
    if (options->is_recording)
        status = app_desk_start_recording(desk);
    return status ? status : app_pipeline_start(desk->pipeline);
}

static int64_t next_drawing_ns(const struct desk *desk)
{
    int64_t now_ns = fb_clock_now_ns();
    bool is_alone = !desk->is_playback && now_ns - desk->frame_came_ns >= IDLE_NS;
    return is_alone ? desk->draw_begun_ns + ALONE_NS : now_ns + IDLE_NS;
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
        if (is_new_frame && desk->is_playback)
            record_shown(desk);
        status = draw(desk, is_new_frame);
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted; what was recorded is kept");
        if (!status && (status = app_pipeline_failure(desk->pipeline, text, sizeof text)))
            return fb_fail(status, "%s", text);
        ui_window_wait(desk->window, next_drawing_ns(desk));
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
        "analysis %lld, lost %lld, damaged %lld",
        (long long)desk->n_shown, (long long)status->n_captured,
        100.0 * (double)desk->n_on_time / (double)desk->n_shown, (long long)status->n_analysed,
        status->fps_analysed, (double)fb_profile_quantile(&desk->latency, 0.95) * 1e-6,
        (double)fb_profile_quantile(&desk->label_age, 0.95) * 1e-6, (long long)status->n_dropped,
        (long long)status->n_lost, (long long)status->n_bad);
}

static int close_desk(struct desk *desk, int status)
{
    char text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    if (desk->pipeline) {
        struct app_pipeline_status pipeline_status;
        app_pipeline_get_status(desk->pipeline, &pipeline_status);
        report_run(desk, &pipeline_status);
        const char *stats = desk->settings->options->stats;
        if (stats && app_stats_write(stats, &desk->stats, app_pipeline_source(desk->pipeline),
                                     &pipeline_status))
            app_message("%s", fb_error_text());
    }
    if (app_stats_log_close(&desk->log))
        app_message("%s", fb_error_text());
    fb_frame_unref(&desk->frame);
    int failure = app_pipeline_destroy(&desk->pipeline);
    if (desk->is_recording)
        printf("%s\n", desk->record_folder);
    int session_status = app_session_close(&desk->session);
    failure = failure ? failure : session_status;
    app_history_destroy(&desk->history);
    mon_timeline_destroy(&desk->timeline);
    mon_timeline_destroy(&desk->tracks);
    mon_cast_destroy(&desk->cast);
    app_analyzer_destroy(&desk->analyzer);
    return status ? fb_fail(status, "%s", text) : failure;
}

void app_desk_leave(struct desk *desk, const char *spec)
{
    desk->is_running = false;
    desk->next = spec ? DESK_NEXT_OPEN : DESK_NEXT_HOME;
    snprintf(desk->next_spec, sizeof desk->next_spec, "%s", spec ? spec : "");
}

static void remember(const struct desk *desk)
{
    struct app_config *config = app_shell_config(desk->shell);
    int status = app_config_set_number(config, "view", "span_s", desk->window_s);
    if (!status)
        status = app_config_set(config, "view", "sort", desk->is_sorted_by_name ? "name" : "seat");
    if (!status)
        status = app_config_set(config, "view", "mirrored", desk->is_mirrored ? "yes" : "no");
    const struct vis_source_info *source = app_pipeline_source(desk->pipeline);
    if (!status && source->bus[0])
        status = app_config_set(config, "camera", "card", source->name);
    if (!status && source->bus[0])
        status = app_config_set(config, "camera", "bus", source->bus);
    if (status)
        app_message("%s", fb_error_text());
}

static void set_up(struct desk *desk)
{
    const struct app_config *config = app_shell_config(desk->shell);
    desk->show_panel = true;
    desk->note_marker = -1;
    desk->window_s = app_config_number(config, "view", "span_s", ui_window_spans_s[0]);
    desk->is_sorted_by_name = !strcmp(app_config_get(config, "view", "sort", "seat"), "name");
    desk->is_mirrored =
        desk->settings->options->is_mirrored ||
        (!desk->settings->session && app_config_flag(config, "view", "mirrored", false));
}

int app_desk_watch(struct app_shell *shell, const struct app_desk_settings *settings,
                   char next_spec[APP_SPEC_BYTES], bool *is_left)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return fb_fail_nomem("the window's state", sizeof *desk);
    desk->settings = settings;
    desk->shell = shell;
    desk->window = app_shell_window(shell);
    set_up(desk);
    desk->loop_from_ns = -1;
    desk->has_clear_faces = settings->options->has_clear_faces;
    desk->is_recorded_clean = settings->options->is_clean;
    if (settings->notice)
        app_desk_notify(desk, false, settings->notice);
    int status = open_desk(desk);
    bool was_open = !status;
    if (!status)
        status = run(desk);
    if (was_open)
        remember(desk);
    *is_left = desk->next != DESK_NEXT_QUIT;
    snprintf(next_spec, APP_SPEC_BYTES, "%s", desk->next_spec);
    status = close_desk(desk, status);
    free(desk);
    return status;
}
