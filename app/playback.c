/* The capture thread on a saved video in the window: paces its own times, obeys pause, seek, step
 * and speed. */
#include "pipeline_state.h"

#define PAUSE_STEP_NS (FB_NS_PER_S / 5) /* upper bound of any wait */

struct playback_command {
    bool has_seek, is_paused;
    int64_t seek_ns, loop_from_ns, loop_to_ns;
    int n_steps;
    double speed;
};

static struct playback_command take_command(struct app_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    struct playback_command command = {.has_seek = pipeline->has_seek,
                                       .seek_ns = pipeline->seek_ns,
                                       .loop_from_ns = pipeline->loop_from_ns,
                                       .loop_to_ns = pipeline->loop_to_ns,
                                       .is_paused = pipeline->is_paused || pipeline->has_ended,
                                       .n_steps = pipeline->n_steps,
                                       .speed = pipeline->speed};
    pipeline->has_seek = false;
    pipeline->n_steps = 0;
    if (command.has_seek)
        pipeline->has_ended = false;
    pthread_mutex_unlock(&pipeline->lock);
    return command;
}

static void publish_playback(struct app_pipeline *pipeline, struct fb_frame *frame)
{
    frame->capture_ns = fb_clock_now_ns(); /* shown now: latencies count from here */
    atomic_store(&pipeline->position_ns, frame->pts_ns);
    fb_mailbox_send(pipeline->to_main, frame);
    app_pipeline_wake(pipeline);
}

/* Waits until the frame is due. False when a command came first (the frame is then stale). */
static bool wait_until_due(struct app_pipeline *pipeline, const struct fb_frame *frame,
                           double speed)
{
    for (;;) {
        int64_t due_ns = pipeline->clock_wall_ns +
                         (int64_t)((double)(frame->pts_ns - pipeline->clock_pts_ns) / speed);
        int64_t left_ns = due_ns - fb_clock_now_ns();
        pthread_mutex_lock(&pipeline->lock);
        bool has_command = pipeline->has_seek || pipeline->is_paused || pipeline->n_steps ||
                           pipeline->speed != speed || atomic_load(&pipeline->is_stopping);
        pthread_mutex_unlock(&pipeline->lock);
        if (has_command)
            return false;
        if (left_ns <= 0) {
            if (left_ns < -FB_NS_PER_S / 4) { /* decoding cannot keep up: let the clock slip */
                pipeline->clock_pts_ns = frame->pts_ns;
                pipeline->clock_wall_ns = fb_clock_now_ns();
            }
            return true;
        }
        app_pipeline_wait_command(pipeline, left_ns < PAUSE_STEP_NS ? left_ns : PAUSE_STEP_NS);
    }
}

static int read_playback(struct app_pipeline *pipeline, struct fb_frame **frame)
{
    int status;
    while ((status = vis_source_read(pipeline->source, pipeline->pool, frame)) == VIS_READ_NONE &&
           !atomic_load(&pipeline->is_stopping))
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    return status;
}

static void restart_clock(struct app_pipeline *pipeline, int64_t pts_ns)
{
    pipeline->clock_pts_ns = pts_ns;
    pipeline->clock_wall_ns = fb_clock_now_ns();
}

/* Where a step of -1 leads: the frame before the one shown. */
static int64_t step_back_target(struct app_pipeline *pipeline)
{
    return atomic_load(&pipeline->position_ns) - 1;
}

/* The loop's end, or the video's within it: back to its start. */
static bool is_loop_over(const struct playback_command *command, const struct fb_frame *next)
{
    bool has_loop = command->loop_to_ns > command->loop_from_ns;
    return has_loop && (!next || next->pts_ns >= command->loop_to_ns);
}

void app_capture_playback(struct app_pipeline *pipeline)
{
    struct fb_frame *next = NULL; /* read, not due yet */
    int status = FB_OK;
    bool is_first = true;
    while (status >= 0 && !atomic_load(&pipeline->is_stopping)) {
        struct playback_command command = take_command(pipeline);
        bool has_jump = command.has_seek || command.n_steps < 0;
        if (has_jump) {
            fb_frame_unref(&next);
            status = vis_source_seek(
                pipeline->source, command.has_seek ? command.seek_ns : step_back_target(pipeline));
            if (status < 0)
                break;
        }
        if (command.is_paused && !has_jump && command.n_steps <= 0 && !is_first) {
            app_pipeline_wait_command(pipeline, PAUSE_STEP_NS);
            if (next)
                restart_clock(pipeline, next->pts_ns);
            continue;
        }
        if (!next && (status = read_playback(pipeline, &next)) != VIS_READ_FRAME) {
            if (status == VIS_READ_END && is_loop_over(&command, NULL))
                status = vis_source_seek(pipeline->source, command.loop_from_ns);
            else if (status == VIS_READ_END)
                app_pipeline_set_ended(pipeline);
            continue;
        }
        if (!has_jump && command.n_steps <= 0 && is_loop_over(&command, next)) {
            fb_frame_unref(&next);
            status = vis_source_seek(pipeline->source, command.loop_from_ns);
            is_first = true; /* its first picture is due at once */
            continue;
        }
        if (has_jump || command.n_steps > 0 || is_first)
            restart_clock(pipeline, next->pts_ns);
        else if (!wait_until_due(pipeline, next, command.speed)) {
            restart_clock(pipeline, next->pts_ns);
            continue;
        }
        is_first = false;
        atomic_fetch_add(&pipeline->n_captured, 1);
        publish_playback(pipeline, next);
        next = NULL;
    }
    fb_frame_unref(&next);
    if (status < 0)
        app_pipeline_fail(pipeline, status);
}
