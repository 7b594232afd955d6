/* What main asks of the threads: of capture under the lock, of the recorder and of the session's
 * owner through queues. */
#include "pipeline_state.h"

#include <stdio.h>
#include <stdlib.h>

static void begin_command(struct app_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
}

static void end_command(struct app_pipeline *pipeline)
{
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
}

void app_pipeline_pause(struct app_pipeline *pipeline, bool is_paused)
{
    begin_command(pipeline);
    pipeline->is_paused = is_paused;
    if (!is_paused && pipeline->has_ended) { /* playing on from the end starts over */
        pipeline->seek_ns = INT64_MIN;
        pipeline->has_seek = true;
    }
    end_command(pipeline);
}

void app_pipeline_seek(struct app_pipeline *pipeline, int64_t pts_ns)
{
    begin_command(pipeline);
    pipeline->seek_ns = pts_ns;
    pipeline->has_seek = true;
    end_command(pipeline);
}

void app_pipeline_step(struct app_pipeline *pipeline, int n_frames)
{
    begin_command(pipeline);
    pipeline->is_paused = true;
    pipeline->n_steps = n_frames;
    end_command(pipeline);
}

void app_pipeline_set_speed(struct app_pipeline *pipeline, double speed)
{
    begin_command(pipeline);
    pipeline->speed = speed;
    end_command(pipeline);
}

void app_pipeline_set_loop(struct app_pipeline *pipeline, int64_t from_ns, int64_t to_ns)
{
    begin_command(pipeline);
    pipeline->loop_from_ns = from_ns;
    pipeline->loop_to_ns = to_ns;
    end_command(pipeline);
}

void app_pipeline_record(struct app_pipeline *pipeline, struct app_recording *recording)
{
    pipeline->recorded_to_ns = INT64_MIN;
    app_pipeline_send_record(pipeline,
                             (struct record_item){.kind = RECORD_START, .recording = recording});
    atomic_store(&pipeline->is_recording, true);
}

void app_pipeline_record_shown(struct app_pipeline *pipeline, struct fb_frame *frame,
                               const struct mon_observation *observation)
{
    if (!atomic_load(&pipeline->is_recording) || frame->pts_ns <= pipeline->recorded_to_ns)
        return;
    pipeline->recorded_to_ns = frame->pts_ns;
    struct mon_observation *copy = observation ? malloc(sizeof *copy) : NULL;
    if (copy)
        *copy = *observation;
    app_pipeline_send_record(pipeline, (struct record_item){.kind = RECORD_DATA,
                                                            .frame = fb_frame_ref(frame),
                                                            .observation = copy});
}

void app_pipeline_stop_recording(struct app_pipeline *pipeline)
{
    app_pipeline_send_record(pipeline, (struct record_item){.kind = RECORD_STOP});
}

static void send_edit(struct app_pipeline *pipeline, struct app_edit content, const char *text)
{
    struct app_edit *edit = malloc(sizeof *edit);
    if (!edit)
        return;
    *edit = content;
    snprintf(edit->text, sizeof edit->text, "%s", text);
    fb_fifo_send(pipeline->edits, edit);
}

void app_pipeline_name(struct app_pipeline *pipeline, int student, const char *name)
{
    if (pipeline->settings.session && student > 0)
        send_edit(pipeline, (struct app_edit){.student = student}, name);
}

void app_pipeline_mark(struct app_pipeline *pipeline, int64_t pts_ns, const char *text)
{
    if (pipeline->settings.session && !atomic_load(&pipeline->is_recording)) {
        send_edit(pipeline, (struct app_edit){.pts_ns = pts_ns}, text);
        return;
    }
    struct record_item item = {.kind = RECORD_MARK, .pts_ns = pts_ns};
    snprintf(item.text, sizeof item.text, "%s", text);
    app_pipeline_send_record(pipeline, item);
}

void app_pipeline_edit(struct app_pipeline *pipeline, const char *line)
{
    struct record_item item = {.kind = RECORD_EDIT};
    if (pipeline->settings.session && !atomic_load(&pipeline->is_recording)) {
        send_edit(pipeline, (struct app_edit){.is_people = true}, line);
        return;
    }
    if (!atomic_load(&pipeline->is_recording))
        return;
    snprintf(item.text, sizeof item.text, "%s", line);
    app_pipeline_send_record(pipeline, item);
}
