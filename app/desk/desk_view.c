/* The view: what of the desk's state the window shows. */
#include "desk_state.h"

#include "base/clock.h"
#include "base/words.h"
#include "shell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#define CARRY_NS (FB_NS_PER_S * 3 / 4) /* an observation further off shows no boxes */

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

static void observe_frame(struct desk *desk, struct mon_observation *observation)
{
    *observation = (struct mon_observation){0};
    if (!desk->frame)
        return;
    if (desk->is_playback) {
        app_history_at(desk->history, desk->frame->pts_ns, CARRY_NS, observation);
        desk->latest = *observation;
    } else if (llabs(desk->frame->pts_ns - desk->latest.pts_ns) <= CARRY_NS) {
        *observation = desk->latest;
        mon_observation_carry(observation, desk->frame->pts_ns);
    }
    app_desk_apply_cast(desk, observation);
}

static const char *question(const struct desk *desk)
{
    return desk->asking == UI_ASKING_WHO_IS_SAME
               ? _("Click the face or row of the same student, or a number and N. Esc: nobody.")
               : _("Click the student to change places with, or a number and N. Esc: nobody.");
}

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
        .analysed_share = desk->analyzer ? status->analysed_share : 0,
        .latency_ms = (double)fb_profile_quantile(&desk->latency, 0.5) * 1e-6,
        .label_age_ms = (double)fb_profile_quantile(&desk->label_age, 0.5) * 1e-6,
        .n_dropped = status->n_dropped,
        .n_lost = status->n_lost + status->n_bad,
        .n_record_dropped = status->n_record_dropped,
        .is_recording = desk->is_recording,
    };
    if (desk->is_recording) {
        out->record_s = (double)(now_ns - desk->record_start_ns) * 1e-9;
        out->disk_free_bytes = disk_free_bytes(desk);
        out->is_blurred = desk->is_recorded_blurred;
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
        .position_s = (double)app_desk_shown_ns(desk) * 1e-9,
        .duration_s = (double)source->duration_ns * 1e-9,
        .speed = status->speed,
        .loop_s = {(double)desk->loop_from_ns * 1e-9, (double)desk->loop_to_ns * 1e-9},
        .n_loop_ends = desk->has_loop ? 2 : desk->loop_from_ns >= 0,
    };
}

void app_desk_fill_view(struct desk *desk, const struct app_pipeline_status *status,
                        struct ui_view *view)
{
    *view = (struct ui_view){
        .frame = desk->frame,
        .has_own_boxes = desk->has_own_boxes,
        .timeline = desk->timeline,
        .students = desk->students,
        .n_students = desk->n_students,
        .markers = desk->markers,
        .n_markers = desk->n_markers,
        .now_ns = app_desk_shown_ns(desk),
        .window_s = desk->window_s,
        .selected_student = desk->selected_student,
        .show_help = desk->show_help,
        .show_statistics = desk->show_statistics,
        .show_panel = desk->show_panel,
        .is_mirrored = desk->is_mirrored,
        .card = &desk->card,
        .asking = desk->asking,
        .order = desk->order,
        .n_order = desk->n_order,
        .is_sorted_by_name = desk->is_sorted_by_name,
        .pinned_student = desk->pinned_student,
        .pinned_s = desk->pinned_s,
        .show_markers = desk->show_markers,
        .note = desk->note_marker >= 0 ? &desk->note : NULL,
        .note_marker = desk->note_marker,
        .undo_what = desk->undo_what[0] ? desk->undo_what : NULL,
        .can_go_home = true,
        .is_light = app_shell_is_light(desk->shell),
    };
    observe_frame(desk, &view->observation);
    fill_status(desk, status, &view->status);
    fill_playback(desk, status, &view->playback);
    if (status->problem[0]) {
        view->message = status->problem;
        view->is_message_problem = true;
    } else if (desk->asking) {
        view->message = question(desk);
    } else if (fb_clock_now_ns() < desk->notice_until_ns) {
        view->message = desk->notice;
        view->is_message_problem = desk->is_notice_problem;
    } else if (!desk->frame) {
        view->message = _("waiting for the first picture");
    } else if (desk->is_playback && desk->analyzer && status->analysed_share < 1) {
        static char text[64];
        snprintf(text, sizeof text, _("analysing: %.0f %%"), floor(100 * status->analysed_share));
        view->message = text;
    }
}
