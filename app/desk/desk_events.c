/* What the user asks of the desk: recording, playback, markers, what is shown. */
#include "desk_state.h"

#include "base/clock.h"
#include "base/words.h"
#include "paths.h"
#include "shell.h"

#include <math.h>
#include <stdio.h>

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
        .fps = source->fps,
        .has_video = true,
        .is_annotated = !desk->is_recorded_clean,
        .has_clear_faces = desk->has_clear_faces,
        .key = options->key,
    };
    struct app_recording *recording = NULL;
    int status = app_recording_create(&settings, &recording);
    if (status)
        return status;
    snprintf(desk->record_folder, sizeof desk->record_folder, "%s",
             app_recording_folder(recording));
    app_pipeline_record(desk->pipeline, recording);
    app_desk_tell_recording(desk);
    desk->is_recording = true;
    desk->is_recorded_blurred = !desk->has_clear_faces;
    desk->record_start_ns = fb_clock_now_ns();
    return FB_OK;
}

static void toggle_recording(struct desk *desk)
{
    if (desk->settings->session) {
        app_desk_notify(desk, false, _("this is a recording already"));
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
    snprintf(text, sizeof text, _("recorded: %.230s"), desk->record_folder);
    if (!status->problem[0])
        app_desk_notify(desk, false, text);
    printf("%s\n", desk->record_folder);
    fflush(stdout);
}

static void change_speed(struct desk *desk, double factor)
{
    struct app_pipeline_status status;
    app_pipeline_get_status(desk->pipeline, &status);
    double speed = factor > 0 ? status.speed * factor : 1;
    speed = speed < MIN_SPEED ? MIN_SPEED : speed > MAX_SPEED ? MAX_SPEED : speed;
    app_pipeline_set_speed(desk->pipeline, speed);
}

/* A value on a timeline is kept shown until it is clicked again; a replay goes there too. */
static void pin_time(struct desk *desk, const struct ui_event *event)
{
    bool is_same = desk->pinned_student == event->student &&
                   fabs(desk->pinned_s - event->seconds) < .01 * fmax(30, desk->window_s);
    desk->pinned_student = is_same ? 0 : event->student;
    desk->pinned_s = event->seconds;
}

static bool close_pin(struct desk *desk)
{
    bool was_pinned = desk->pinned_student != 0;
    desk->pinned_student = 0;
    return was_pinned;
}

static void handle_playback(struct desk *desk, const struct ui_event *event)
{
    switch (event->kind) {
    case UI_EVENT_PAUSE:
        desk->is_paused = !desk->is_paused;
        app_pipeline_pause(desk->pipeline, desk->is_paused);
        break;
    case UI_EVENT_SEEK_TO:
        if (event->student)
            pin_time(desk, event);
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

/* What every screen has, and what belongs to students or markers. */
static bool handle_shared(struct desk *desk, const struct ui_event *event)
{
    char note[256];
    if (app_shell_handle_event(desk->shell, event, note)) {
        if (note[0])
            app_desk_notify(desk, false, note);
        return true;
    }
    return app_desk_handle_markers(desk, event) || app_desk_handle_people(desk, event);
}

/* For the next recording: one that runs stays as it was announced. */
static void tell_choice(struct desk *desk, bool is_warning, const char *what)
{
    char text[160];
    snprintf(text, sizeof text, "%s%s", what,
             desk->is_recording ? _(", from the next recording on") : "");
    app_desk_notify(desk, is_warning, text);
}

static void toggle_blur(struct desk *desk)
{
    desk->has_clear_faces = !desk->has_clear_faces;
    tell_choice(desk, desk->has_clear_faces,
                desk->has_clear_faces ? _("faces are recorded clear") : _("faces are blurred in recordings"));
}

static void toggle_clean(struct desk *desk)
{
    desk->is_recorded_clean = !desk->is_recorded_clean;
    tell_choice(desk, false,
                desk->is_recorded_clean ? _("recorded without boxes and names") : _("boxes and names are recorded with the picture"));
}

void app_desk_handle_event(struct desk *desk, const struct ui_event *event)
{
    if (handle_shared(desk, event))
        return;
    switch (event->kind) {
    case UI_EVENT_QUIT:
        desk->is_running = false;
        break;
    case UI_EVENT_HOME:
        app_desk_leave(desk, NULL);
        break;
    case UI_EVENT_OPEN:
        app_desk_leave(desk, event->text);
        break;
    case UI_EVENT_PIN_TIME:
        pin_time(desk, event);
        break;
    case UI_EVENT_CLOSE:
        close_pin(desk);
        break;
    case UI_EVENT_RECORD:
        toggle_recording(desk);
        break;
    case UI_EVENT_BLUR:
        toggle_blur(desk);
        break;
    case UI_EVENT_CLEAN:
        toggle_clean(desk);
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
            app_desk_notify(desk, false, _("this is live: there is nothing to pause or seek"));
        break;
    }
}
