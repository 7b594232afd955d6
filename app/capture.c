/* The capture thread on live sources and, waiting instead of dropping, on saved ones. */
#include "pipeline_state.h"

#include <stdio.h>
#include <string.h>

#define CAMERA_RETRY_NS                                                                            \
    (FB_NS_PER_S / 4) /* a lost camera is tried again so often; costs next to nothing */
#define STREAM_RETRY_NS                                                                            \
    (FB_NS_PER_S / 2) /* a lost stream first after so long, then each time after twice that */
#define MAX_RETRY_NS (30 * FB_NS_PER_S)
#define TELL_NS (2 * FB_NS_PER_S)    /* without a picture for so long the user is told */
#define SILENCE_NS (3 * FB_NS_PER_S) /* and after this it counts as lost */
enum { MAX_DEVICES = 16 };

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

/* What the source has lost so far, those opened before it included. */
static void count_losses(struct app_pipeline *pipeline)
{
    atomic_store(&pipeline->n_lost, pipeline->n_lost_before + vis_source_n_lost(pipeline->source));
    atomic_store(&pipeline->n_bad, pipeline->n_bad_before + vis_source_n_bad(pipeline->source));
}

static void close_source(struct app_pipeline *pipeline)
{
    pipeline->n_lost_before += vis_source_n_lost(pipeline->source);
    pipeline->n_bad_before += vis_source_n_bad(pipeline->source);
    vis_source_close(&pipeline->source);
}

/* Where it was, or at another node that has the same name and place. */
static int open_again(struct app_pipeline *pipeline)
{
    const struct app_pipeline_settings *settings = &pipeline->settings;
    int status = vis_source_open(settings->spec, &settings->source, &pipeline->source);
    if (!status || !pipeline->info.bus[0])
        return status;
    struct vis_device devices[MAX_DEVICES];
    char text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    const struct vis_device *found = vis_devices_find(devices, vis_devices(devices, MAX_DEVICES),
                                                      pipeline->info.name, pipeline->info.bus);
    if (found && !strcmp(found->bus, pipeline->info.bus)) /* its twin elsewhere is another camera */
        status = vis_source_open(found->path, &settings->source, &pipeline->source);
    return status ? fb_fail(status, "%s", text) : FB_OK;
}

static void tell_failure(struct app_pipeline *pipeline, int64_t retry_ns)
{
    char text[256];
    bool is_slow = retry_ns >= FB_NS_PER_S;
    snprintf(text, sizeof text, is_slow ? "%.200s; trying again in %d s" : "%.250s",
             fb_error_text(), (int)(retry_ns / FB_NS_PER_S));
    app_pipeline_set_problem(pipeline, text, true);
}

/* A lost source: closed, then tried until it is back with the same picture size. The problem stands
 * until a picture comes. */
static void reopen(struct app_pipeline *pipeline)
{
    const struct vis_source_info *before = &pipeline->info;
    bool is_stream = before->kind == VIS_SOURCE_STREAM;
    int64_t retry_ns = is_stream ? STREAM_RETRY_NS : CAMERA_RETRY_NS;
    tell_failure(pipeline, retry_ns);
    close_source(pipeline);
    while (!pipeline->source && !atomic_load(&pipeline->is_stopping)) {
        app_pipeline_wait_command(pipeline, retry_ns);
        if (is_stream)
            retry_ns = 2 * retry_ns < MAX_RETRY_NS ? 2 * retry_ns : MAX_RETRY_NS;
        if (open_again(pipeline)) {
            tell_failure(pipeline, retry_ns);
            continue;
        }
        const struct vis_source_info *info = vis_source_info(pipeline->source);
        if (info->width == before->width && info->height == before->height)
            return;
        vis_source_close(&pipeline->source);
        app_pipeline_set_problem(
            pipeline, "the camera came back with another picture size; restart to use it", true);
    }
}

/* How long there has been no good picture, and what has been said about it. */
struct silence {
    int64_t since_ns, n_bad;
    bool is_told;
};

static void end_silence(struct app_pipeline *pipeline, struct silence *silence, int64_t now_ns)
{
    if (silence->is_told)
        app_pipeline_set_problem(pipeline, "", false);
    *silence = (struct silence){now_ns, atomic_load(&pipeline->n_bad), false};
}

/* FB_ERR_DEVICE when it has lasted too long. */
static int bear_silence(struct app_pipeline *pipeline, struct silence *silence, int64_t now_ns)
{
    int64_t ns = now_ns - silence->since_ns;
    if (ns < TELL_NS)
        return FB_OK;
    bool is_bad = atomic_load(&pipeline->n_bad) > silence->n_bad;
    int status =
        is_bad ? fb_fail(FB_ERR_DEVICE,
                         "%s: only damaged pictures come; check the cable, try another port or a "
                         "smaller --size",
                         pipeline->info.name)
               : fb_fail(FB_ERR_DEVICE,
                         "%s: no picture comes; if it stays so, unplug it and plug it in again",
                         pipeline->info.name);
    if (ns >= SILENCE_NS)
        return status;
    if (!silence->is_told)
        app_pipeline_set_problem(pipeline, fb_error_text(), true);
    silence->is_told = true;
    return FB_OK;
}

static void capture_live(struct app_pipeline *pipeline)
{
    struct silence silence = {.since_ns = fb_clock_now_ns()};
    while (!atomic_load(&pipeline->is_stopping)) {
        struct fb_frame *frame = NULL;
        int status = vis_source_read(pipeline->source, pipeline->pool, &frame);
        int64_t now_ns = fb_clock_now_ns();
        count_losses(pipeline);
        if (status == VIS_READ_NONE)
            status = bear_silence(pipeline, &silence, now_ns);
        if (status == VIS_READ_FRAME) {
            end_silence(pipeline, &silence, now_ns);
            atomic_fetch_add(&pipeline->n_captured, 1);
            publish_live(pipeline, frame);
        } else if (status == VIS_READ_END) {
            return;
        } else if (status < 0) {
            reopen(pipeline);
            silence = (struct silence){fb_clock_now_ns(), atomic_load(&pipeline->n_bad), true};
        }
    }
}

static void capture_lossless(struct app_pipeline *pipeline)
{
    while (!atomic_load(&pipeline->is_stopping)) {
        struct fb_frame *frame = NULL;
        int status = vis_source_read(pipeline->source, pipeline->pool, &frame);
        count_losses(pipeline);
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

void *app_capture_main(void *arg)
{
    struct app_pipeline *pipeline = arg;
    static void (*const ways[])(struct app_pipeline *) = {
        [APP_PACE_LIVE] = capture_live,
        [APP_PACE_PLAYBACK] = app_capture_playback,
        [APP_PACE_LOSSLESS] = capture_lossless,
    };
    _Static_assert(sizeof ways / sizeof *ways == APP_PACE_COUNT, "one way each");
    ways[pipeline->settings.pace](pipeline);
    if (pipeline->settings.pace == APP_PACE_LIVE)
        app_pipeline_set_ended(pipeline);
    fb_mailbox_close(pipeline->to_analysis);
    return NULL;
}
