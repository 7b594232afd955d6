/* The analysis thread: a frame to the analyzer, its observation to main, to the session and to the
 * recorder. */
#include "pipeline_state.h"

#include <stdlib.h>

#define GIVE_WAY_NS (10 * FB_NS_PER_S)  /* after a late frame */
#define MAX_REST_NS (FB_NS_PER_S / 10) /* of one rest */

static struct mon_observation *copy_observation(const struct mon_observation *observation)
{
    struct mon_observation *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *observation;
    return copy;
}

/* The observation goes to main, and with or without its frame to the recorder. Takes frame over. */
static void publish_observation(struct app_pipeline *pipeline, struct fb_frame *frame,
                                const struct mon_observation *observation)
{
    struct mon_observation *for_main = copy_observation(observation);
    if (for_main && pipeline->settings.pace == APP_PACE_PLAYBACK)
        fb_fifo_send_wait(pipeline->observations, for_main); /* main keeps the only copy */
    else if (for_main)
        fb_fifo_send(pipeline->observations, for_main);
    bool is_lossless = pipeline->settings.pace == APP_PACE_LOSSLESS;
    if (atomic_load(&pipeline->is_recording) && pipeline->settings.pace != APP_PACE_PLAYBACK) {
        app_pipeline_send_record(
            pipeline, (struct record_item){.kind = RECORD_DATA,
                                           .frame = is_lossless ? frame : NULL,
                                           .observation = copy_observation(observation)});
        if (is_lossless)
            frame = NULL;
    }
    fb_frame_unref(&frame);
    app_pipeline_wake(pipeline);
}

int app_pipeline_analyse(struct app_pipeline *pipeline, struct fb_frame *frame)
{
    struct mon_observation observation;
    int64_t start_ns = fb_clock_now_ns();
    int status = app_analyzer_step(pipeline->settings.analyzer, frame, &observation);
    if (status) {
        fb_frame_unref(&frame);
        return status;
    }
    if (pipeline->renumber)
        app_renumber_apply(pipeline->renumber, &observation);
    int64_t now_ns = fb_clock_now_ns();
    pthread_mutex_lock(&pipeline->lock);
    fb_profile_add(&pipeline->analysis_times, now_ns - start_ns, now_ns);
    pthread_mutex_unlock(&pipeline->lock);
    atomic_fetch_add(&pipeline->n_analysed, 1);
    atomic_store(&pipeline->analysed_to_ns, observation.pts_ns);
    if (pipeline->settings.session)
        status = app_session_add(pipeline->settings.session, &observation);
    publish_observation(pipeline, frame, &observation);
    return status;
}

/* The picture comes first: while frames have been shown late the analysis rests between two for as long as one took, so that
 * drawing and recording find a processor. */
static void give_way(struct app_pipeline *pipeline, int64_t took_ns)
{
    int64_t now_ns = fb_clock_now_ns(), late_ns = atomic_load(&pipeline->late_ns);
    if (pipeline->settings.pace == APP_PACE_LIVE && late_ns && now_ns - late_ns < GIVE_WAY_NS)
        fb_clock_sleep_until_ns(now_ns + (took_ns < MAX_REST_NS ? took_ns : MAX_REST_NS));
}

static int analyse_mailbox(struct app_pipeline *pipeline)
{
    struct fb_frame *frame;
    int64_t n = 0;
    while ((frame = fb_mailbox_wait(pipeline->to_analysis, INT64_MAX))) {
        if (pipeline->settings.every > 1 && n++ % pipeline->settings.every) {
            if (atomic_load(&pipeline->is_recording))
                app_pipeline_send_record(pipeline,
                                         (struct record_item){.kind = RECORD_DATA, .frame = frame});
            else
                fb_frame_unref(&frame);
            continue;
        }
        int64_t start_ns = fb_clock_now_ns();
        int status = app_pipeline_analyse(pipeline, frame);
        if (status)
            return status;
        give_way(pipeline, fb_clock_now_ns() - start_ns);
    }
    return FB_OK;
}

void *app_analysis_main(void *arg)
{
    struct app_pipeline *pipeline = arg;
    int status = pipeline->settings.pace == APP_PACE_PLAYBACK ? app_analyse_ahead(pipeline)
                                                              : analyse_mailbox(pipeline);
    if (status)
        app_pipeline_fail(pipeline, status);
    if (pipeline->settings.pace == APP_PACE_LOSSLESS) {
        fb_mailbox_close(pipeline->to_analysis); /* after a failure: capture must not wait for us */
        app_recorder_end(pipeline);
    }
    app_pipeline_wake(pipeline);
    return NULL;
}
