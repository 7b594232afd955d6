/* What the user asks of the desk: recording, playback, markers, what is shown. */
#include "desk_state.h"

#include "base/clock.h"
#include "paths.h"
#include "vis/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MIN_SPEED 0.25
#define MAX_SPEED 8.0

int app_desk_start_recording(struct desk *desk)
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
        .is_annotated = !options->is_clean,
        .has_clear_faces = desk->has_clear_faces,
    };
    struct app_recording *recording = NULL;
    int status = app_recording_create(&settings, &recording);
    if (status)
        return status;
    snprintf(desk->record_folder, sizeof desk->record_folder, "%s",
             app_recording_folder(recording));
    app_pipeline_record(desk->pipeline, recording);
    desk->is_recording = true;
    desk->is_recorded_blurred = !desk->has_clear_faces;
    desk->record_start_ns = fb_clock_now_ns();
    return FB_OK;
}

static void toggle_recording(struct desk *desk)
{
    if (desk->settings->session) {
        app_desk_notify(desk, false, "this is a recording already");
        return;
    }
    if (desk->is_recording) {
        app_pipeline_stop_recording(desk->pipeline);
        return;
    }
    if (app_desk_start_recording(desk))
        app_desk_notify(desk, true, fb_error_text());
}

/* The recorder has finished, by our wish or by a failure that the status line tells. */
void app_desk_notice_recording_end(struct desk *desk, const struct app_pipeline_status *status)
{
    if (status->n_warnings > desk->n_warnings)
        app_desk_notify(desk, true, status->warning);
    desk->n_warnings = status->n_warnings;
    if (!desk->is_recording || status->is_recording)
        return;
    desk->is_recording = false;
    char text[256];
    snprintf(text, sizeof text, "recorded: %.230s", desk->record_folder);
    if (!status->problem[0])
        app_desk_notify(desk, false, text);
    printf("%s\n", desk->record_folder);
    fflush(stdout);
}

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
    app_desk_notify(desk, status != FB_OK, status ? fb_error_text() : text);
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
        app_pipeline_seek(desk->pipeline,
                          app_desk_shown_ns(desk) + (int64_t)(event->seconds * 1e9));
        break;
    case UI_EVENT_STEP:
        desk->is_paused = true;
        app_pipeline_step(desk->pipeline, event->amount);
        break;
    case UI_EVENT_SPEED:
        change_speed(desk, event->factor);
        break;
    default:
        app_desk_handle_replay(desk, event);
        break;
    }
}

static void mark(struct desk *desk)
{
    if (!desk->is_recording && !desk->session) {
        app_desk_notify(desk, false, "markers belong to a recording: press r first");
        return;
    }
    app_pipeline_mark(desk->pipeline, app_desk_shown_ns(desk), "");
    app_desk_add_marker(desk, app_desk_shown_ns(desk), "");
    app_desk_notify(desk, false, "marker set");
}

/* For the next recording: one that runs stays as it was announced. */
static void toggle_blur(struct desk *desk)
{
    desk->has_clear_faces = !desk->has_clear_faces;
    const char *what = desk->has_clear_faces ? "faces are recorded clear"
                                             : "faces are blurred in recordings";
    char text[128];
    snprintf(text, sizeof text, "%s%s", what,
             desk->is_recording ? ", from the next recording on" : "");
    app_desk_notify(desk, desk->has_clear_faces, text);
}

void app_desk_handle_event(struct desk *desk, const struct ui_event *event)
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
    case UI_EVENT_BLUR:
        toggle_blur(desk);
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
            app_desk_notify(desk, false, "this is live: there is nothing to pause or seek");
        break;
    }
}
