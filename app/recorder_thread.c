/* The recorder thread: what is recorded arrives in one queue, in order, between START and STOP. */
#include "pipeline_state.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void app_record_item_dispose(void *arg)
{
    struct record_item *item = arg;
    fb_frame_unref(&item->frame);
    free(item->observation);
    if (item->recording && app_recording_close(&item->recording))
        fb_log(FB_LOG_ERROR, "recorder", "%s", fb_error_text());
    free(item);
}

void app_pipeline_send_record(struct app_pipeline *pipeline, struct record_item content)
{
    struct record_item *item = malloc(sizeof *item);
    if (!item) { /* counted like an overflow: the frame is lost, the recording goes on */
        fb_frame_unref(&content.frame);
        free(content.observation);
        return;
    }
    *item = content;
    bool must_arrive = content.kind != RECORD_DATA || !content.frame ||
                       pipeline->settings.pace == APP_PACE_LOSSLESS;
    if (must_arrive)
        fb_fifo_send_wait(pipeline->to_recorder, item);
    else
        fb_fifo_send(pipeline->to_recorder, item);
}

void app_recorder_end(struct app_pipeline *pipeline)
{
    atomic_store(&pipeline->is_record_ending, true);
    fb_fifo_close(pipeline->to_recorder);
}

static int record(struct app_recording *recording, const struct record_item *item)
{
    int status = FB_OK;
    if (item->kind == RECORD_MARK)
        return app_recording_mark(recording, item->pts_ns, item->text);
    if (item->kind == RECORD_EDIT)
        return app_recording_edit(recording, item->text);
    if (item->observation)
        status = app_recording_add_observation(recording, item->observation);
    if (item->frame && !status)
        status = app_recording_add_frame(recording, item->frame);
    return status;
}

/* A recording that fails ends an analysis, but not a live view. */
static void report_recording(struct app_pipeline *pipeline, int status)
{
    if (pipeline->settings.pace == APP_PACE_LOSSLESS)
        app_pipeline_fail(pipeline, status);
    char text[256];
    snprintf(text, sizeof text, "recording stopped: %.230s", fb_error_text());
    app_pipeline_set_problem(pipeline, text, false);
}

static void finish_recording(struct app_pipeline *pipeline, struct app_recording **recording,
                             int status)
{
    atomic_store(&pipeline->is_recording, false);
    if (status)
        report_recording(pipeline, status); /* before closing, which may fail in the same way */
    int close_status = app_recording_close(recording);
    if (close_status && !status)
        report_recording(pipeline, close_status);
    app_pipeline_wake(pipeline);
}

static void take_warning(struct app_pipeline *pipeline, struct app_recording *recording)
{
    char text[256];
    if (!app_recording_warns(recording, text, sizeof text))
        return;
    pthread_mutex_lock(&pipeline->lock);
    memcpy(pipeline->warning, text, sizeof text);
    pipeline->n_warnings++;
    pthread_mutex_unlock(&pipeline->lock);
    app_pipeline_wake(pipeline);
}

void *app_recorder_main(void *arg)
{
    struct app_pipeline *pipeline = arg;
    struct app_recording *recording = NULL;
    for (;;) {
        int64_t deadline_ns = recording ? fb_clock_now_ns() + FB_NS_PER_S / 2 : INT64_MAX;
        struct record_item *item = fb_fifo_wait(pipeline->to_recorder, deadline_ns);
        int status = FB_OK;
        if (!item && deadline_ns == INT64_MAX)
            break;
        if (!item && atomic_load(&pipeline->is_record_ending))
            break;
        if (!item)
            status = app_recording_tick(recording);
        else if (item->kind == RECORD_START) {
            recording = item->recording;
            item->recording = NULL;
        } else if (recording && item->kind != RECORD_STOP)
            status = record(recording, item);
        if (recording)
            take_warning(pipeline, recording);
        if (recording && (status || (item && item->kind == RECORD_STOP)))
            finish_recording(pipeline, &recording, status);
        if (item)
            app_record_item_dispose(item);
    }
    if (recording)
        finish_recording(pipeline, &recording, FB_OK);
    if (pipeline->settings.pace == APP_PACE_LOSSLESS)
        app_pipeline_set_ended(pipeline);
    return NULL;
}
