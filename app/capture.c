/* The capture thread on live sources and, waiting instead of dropping, on saved ones. */
#include "pipeline_state.h"

#define REOPEN_NS (FB_NS_PER_S / 2)  /* a lost source is tried again so often */
#define SILENCE_NS (3 * FB_NS_PER_S) /* a source that gives no picture for so long counts as lost */

static void stamp_live(struct app_pipeline *pipeline, struct fb_frame *frame)
{
    if (!pipeline->live_epoch_ns)
        pipeline->live_epoch_ns = frame->capture_ns;
    frame->pts_ns = frame->capture_ns - pipeline->live_epoch_ns;
    frame->index = pipeline->next_index++;
}

static void publish_live(struct app_pipeline *pipeline, struct fb_frame *frame)
{
    stamp_live(pipeline, frame);
    if (atomic_load(&pipeline->is_recording))
        app_pipeline_send_record(
            pipeline, (struct record_item){.kind = RECORD_DATA, .frame = fb_frame_ref(frame)});
    fb_mailbox_send(pipeline->to_main, fb_frame_ref(frame));
    fb_mailbox_send(pipeline->to_analysis, frame);
    app_pipeline_wake(pipeline);
}

/* A lost camera: closed, then tried until it is back with the same picture size. */
static void reopen(struct app_pipeline *pipeline)
{
    app_pipeline_set_problem(pipeline, fb_error_text(), true);
    atomic_fetch_add(&pipeline->n_lost, vis_source_n_lost(pipeline->source));
    vis_source_close(&pipeline->source);
    while (!pipeline->source && !atomic_load(&pipeline->is_stopping)) {
        app_pipeline_wait_command(pipeline, REOPEN_NS);
        if (vis_source_open(pipeline->settings.spec, &pipeline->settings.source, &pipeline->source))
            continue;
        const struct vis_source_info *info = vis_source_info(pipeline->source);
        if (info->width == pipeline->info.width && info->height == pipeline->info.height) {
            app_pipeline_set_problem(pipeline, "", false);
            return;
        }
        vis_source_close(&pipeline->source);
        app_pipeline_set_problem(
            pipeline, "the camera came back with another picture size; restart to use it", true);
    }
}

void app_capture_live(struct app_pipeline *pipeline)
{
    int64_t last_ns = fb_clock_now_ns(); /* of a picture, or of an opening */
    while (!atomic_load(&pipeline->is_stopping)) {
        struct fb_frame *frame = NULL;
        int status = vis_source_read(pipeline->source, pipeline->pool, &frame);
        int64_t now_ns = fb_clock_now_ns();
        if (status == VIS_READ_NONE && now_ns - last_ns > SILENCE_NS)
            status = fb_fail(FB_ERR_DEVICE, "%s: no picture for %d s; trying to open it anew",
                             pipeline->info.name, (int)(SILENCE_NS / FB_NS_PER_S));
        if (status == VIS_READ_FRAME) {
            last_ns = now_ns;
            atomic_fetch_add(&pipeline->n_captured, 1);
            publish_live(pipeline, frame);
        } else if (status == VIS_READ_END) {
            return;
        } else if (status < 0) {
            reopen(pipeline);
            last_ns = fb_clock_now_ns();
        }
    }
}

void app_capture_lossless(struct app_pipeline *pipeline)
{
    while (!atomic_load(&pipeline->is_stopping)) {
        struct fb_frame *frame = NULL;
        int status = vis_source_read(pipeline->source, pipeline->pool, &frame);
        if (status == VIS_READ_FRAME) {
            atomic_fetch_add(&pipeline->n_captured, 1);
            atomic_store(&pipeline->position_ns, frame->pts_ns);
            if (!fb_mailbox_send_wait(pipeline->to_analysis, frame))
                return;
        } else if (status == VIS_READ_NONE) { /* the pool is empty: analysis is catching up */
            fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
        } else {
            if (status < 0)
                app_pipeline_fail(pipeline, status);
            return;
        }
    }
}
