/* See pipeline.h. Creates the threads and the edges between them, ends them, tells how they are.
 * What runs in them: capture.c (with playback.c), analysis.c (with ahead.c), recorder_thread.c;
 * what main asks of them: pipeline_commands.c. */
#include "pipeline_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_FIFO = 24,               /* frames and observations on their way to the recorder */
    OBSERVATION_FIFO = 512,         /* on their way to main, which takes them every frame */
    EDIT_FIFO = 64,                 /* what a hand can do in a moment */
    POOL_FRAMES = RECORD_FIFO + 28, /* + waiting in the recording, mailboxes, threads, main */
};

static void dispose_frame(void *item)
{
    struct fb_frame *frame = item;
    fb_frame_unref(&frame);
}

void app_pipeline_wake(struct app_pipeline *pipeline)
{
    if (pipeline->wake)
        pipeline->wake(pipeline->wake_user);
}

/* Called by the thread whose text it is. */
void app_pipeline_fail(struct app_pipeline *pipeline, int status)
{
    pthread_mutex_lock(&pipeline->lock);
    if (!pipeline->failure) {
        pipeline->failure = status;
        memcpy(pipeline->failure_text, fb_error_text(), sizeof pipeline->failure_text);
    }
    pthread_mutex_unlock(&pipeline->lock);
    app_pipeline_wake(pipeline);
}

void app_pipeline_set_problem(struct app_pipeline *pipeline, const char *text, bool is_lost)
{
    pthread_mutex_lock(&pipeline->lock);
    snprintf(pipeline->problem, sizeof pipeline->problem, "%s", text);
    pipeline->is_lost = is_lost;
    pthread_mutex_unlock(&pipeline->lock);
    app_pipeline_wake(pipeline);
}

/* Waits for ns or until the pipeline stops or something is asked of the capture thread. */
void app_pipeline_wait_command(struct app_pipeline *pipeline, int64_t ns)
{
    int64_t deadline_ns = fb_clock_now_ns() + ns;
    struct timespec deadline = {.tv_sec = deadline_ns / FB_NS_PER_S,
                                .tv_nsec = deadline_ns % FB_NS_PER_S};
    pthread_mutex_lock(&pipeline->lock);
    if (!atomic_load(&pipeline->is_stopping) && !pipeline->has_seek && !pipeline->n_steps)
        pthread_cond_timedwait(&pipeline->changed, &pipeline->lock, &deadline);
    pthread_mutex_unlock(&pipeline->lock);
}

void app_pipeline_set_ended(struct app_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->has_ended = true;
    pthread_mutex_unlock(&pipeline->lock);
    app_pipeline_wake(pipeline);
}

static bool is_saved(enum vis_source_kind kind)
{
    return kind == VIS_SOURCE_FILE || kind == VIS_SOURCE_IMAGE || kind == VIS_SOURCE_IMAGES;
}

static int open_sources(struct app_pipeline *pipeline)
{
    struct app_pipeline_settings *settings = &pipeline->settings;
    int status = vis_source_open(settings->spec, &settings->source, &pipeline->source);
    if (status)
        return status;
    pipeline->info = *vis_source_info(pipeline->source);
    if (settings->pace == APP_PACE_AUTO)
        settings->pace = is_saved(pipeline->info.kind) ? APP_PACE_PLAYBACK : APP_PACE_LIVE;
    int width = pipeline->info.width, height = pipeline->info.height;
    status = fb_frame_pool_create(POOL_FRAMES, width, height, &pipeline->pool);
    if (status || settings->pace != APP_PACE_PLAYBACK || !settings->analyzer)
        return status;
    status = fb_frame_pool_create(3, width, height, &pipeline->analysis_pool);
    return status ? status
                  : vis_source_open(settings->spec, &settings->source, &pipeline->analysis_source);
}

static int create_edges(struct app_pipeline *pipeline)
{
    int status = fb_mailbox_create(dispose_frame, &pipeline->to_analysis);
    if (!status)
        status = fb_mailbox_create(dispose_frame, &pipeline->to_main);
    if (!status)
        status = fb_fifo_create(RECORD_FIFO, app_record_item_dispose, &pipeline->to_recorder);
    if (!status)
        status = fb_fifo_create(OBSERVATION_FIFO, free, &pipeline->observations);
    if (!status)
        status = fb_fifo_create(EDIT_FIFO, free, &pipeline->edits);
    return status;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), struct app_pipeline *pipeline,
                        const char *name, bool *has_thread)
{
    if (pthread_create(thread, NULL, run, pipeline))
        return fb_fail(FB_ERR_NOMEM, "cannot start the %s thread", name);
    pthread_setname_np(*thread, name);
    *has_thread = true;
    return FB_OK;
}

int app_pipeline_create(const struct app_pipeline_settings *settings, struct app_pipeline **out)
{
    struct app_pipeline *pipeline = *out = calloc(1, sizeof *pipeline);
    if (!pipeline)
        return fb_fail_nomem("the pipeline", sizeof *pipeline);
    pipeline->settings = *settings;
    pipeline->settings.source.is_aborted = &pipeline->is_stopping;
    pipeline->speed = 1;
    pthread_mutex_init(&pipeline->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pipeline->changed, &attr);
    pthread_condattr_destroy(&attr);

    int status = open_sources(pipeline);
    if (!status)
        status = create_edges(pipeline);
    if (status)
        app_pipeline_destroy(out);
    return status;
}

void app_pipeline_set_wake(struct app_pipeline *pipeline, void (*wake)(void *user), void *user)
{
    pipeline->wake = wake;
    pipeline->wake_user = user;
}

void app_pipeline_use_session(struct app_pipeline *pipeline, struct app_session *session,
                              int64_t video_start_ns)
{
    pipeline->settings.session = session;
    pipeline->settings.video_start_ns = video_start_ns;
}

int app_pipeline_start(struct app_pipeline *pipeline)
{
    int status = start_thread(&pipeline->recorder_thread, app_recorder_main, pipeline, "recorder",
                              &pipeline->has_recorder);
    if (!status && (pipeline->settings.analyzer || pipeline->settings.session))
        status = start_thread(&pipeline->analysis_thread, app_analysis_main, pipeline, "analysis",
                              &pipeline->has_analysis);
    if (!status)
        status = start_thread(&pipeline->capture_thread, app_capture_main, pipeline, "capture",
                              &pipeline->has_capture);
    return status;
}

static void stop_threads(struct app_pipeline *pipeline)
{
    atomic_store(&pipeline->is_stopping, true);
    pthread_mutex_lock(&pipeline->lock);
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
    if (pipeline->to_analysis)
        fb_mailbox_close(pipeline->to_analysis);
    if (pipeline->observations && pipeline->settings.pace == APP_PACE_PLAYBACK)
        fb_fifo_close(pipeline->observations);
    if (pipeline->edits)
        fb_fifo_close(pipeline->edits);
    if (pipeline->has_capture)
        pthread_join(pipeline->capture_thread, NULL);
    if (pipeline->has_analysis)
        pthread_join(pipeline->analysis_thread, NULL);
    if (pipeline->to_recorder)
        app_recorder_end(pipeline);
    if (pipeline->has_recorder)
        pthread_join(pipeline->recorder_thread, NULL);
}

int app_pipeline_destroy(struct app_pipeline **pipeline_ptr)
{
    struct app_pipeline *pipeline = *pipeline_ptr;
    if (!pipeline)
        return FB_OK;
    stop_threads(pipeline);
    int failure = pipeline->failure;
    if (failure)
        fb_fail(failure, "%s", pipeline->failure_text);
    vis_source_close(&pipeline->source);
    vis_source_close(&pipeline->analysis_source);
    fb_mailbox_destroy(&pipeline->to_analysis);
    fb_mailbox_destroy(&pipeline->to_main);
    fb_fifo_destroy(&pipeline->to_recorder);
    fb_fifo_destroy(&pipeline->observations);
    fb_fifo_destroy(&pipeline->edits);
    fb_frame_pool_destroy(&pipeline->pool);
    fb_frame_pool_destroy(&pipeline->analysis_pool);
    free(pipeline->renumber);
    pthread_cond_destroy(&pipeline->changed);
    pthread_mutex_destroy(&pipeline->lock);
    free(pipeline);
    *pipeline_ptr = NULL;
    return failure;
}

const struct vis_source_info *app_pipeline_source(const struct app_pipeline *pipeline)
{
    return &pipeline->info;
}

enum app_pace app_pipeline_pace(const struct app_pipeline *pipeline)
{
    return pipeline->settings.pace;
}

struct fb_frame *app_pipeline_take_frame(struct app_pipeline *pipeline)
{
    struct fb_frame *frame = fb_mailbox_take(pipeline->to_main);
    int64_t now_ns = fb_clock_now_ns();
    if (frame && now_ns - frame->capture_ns > APP_LATE_NS)
        atomic_store(&pipeline->late_ns, now_ns);
    return frame;
}

struct mon_observation *app_pipeline_take_observation(struct app_pipeline *pipeline)
{
    return fb_fifo_wait(pipeline->observations, INT64_MIN);
}

bool app_pipeline_has_ended(struct app_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    bool has_ended = pipeline->has_ended || pipeline->failure;
    pthread_mutex_unlock(&pipeline->lock);
    return has_ended;
}

int app_pipeline_failure(struct app_pipeline *pipeline, char *text, size_t text_bytes)
{
    pthread_mutex_lock(&pipeline->lock);
    int failure = pipeline->failure;
    snprintf(text, text_bytes, "%s", failure ? pipeline->failure_text : "");
    pthread_mutex_unlock(&pipeline->lock);
    return failure;
}

void app_pipeline_get_status(struct app_pipeline *pipeline, struct app_pipeline_status *status)
{
    *status = (struct app_pipeline_status){
        .is_recording = atomic_load(&pipeline->is_recording),
        .analysed_share = atomic_load(&pipeline->n_done_permille) / 1000.0,
        .position_ns = atomic_load(&pipeline->position_ns),
        .analysed_to_ns = atomic_load(&pipeline->analysed_to_ns),
        .n_captured = atomic_load(&pipeline->n_captured),
        .n_analysed = atomic_load(&pipeline->n_analysed),
        .n_lost = atomic_load(&pipeline->n_lost),
        .n_bad = atomic_load(&pipeline->n_bad),
        .n_dropped =
            atomic_load(&pipeline->n_skipped) + fb_mailbox_n_dropped(pipeline->to_analysis),
        .n_record_dropped = fb_fifo_n_dropped(pipeline->to_recorder),
    };
    pthread_mutex_lock(&pipeline->lock);
    status->is_paused = pipeline->is_paused;
    status->is_source_lost = pipeline->is_lost;
    status->speed = pipeline->speed;
    status->fps_analysed = fb_profile_rate(&pipeline->analysis_times, fb_clock_now_ns());
    status->analysis_ms = (double)fb_profile_quantile(&pipeline->analysis_times, 0.5) * 1e-6;
    status->n_warnings = pipeline->n_warnings;
    memcpy(status->warning, pipeline->warning, sizeof status->warning);
    memcpy(status->problem, pipeline->problem, sizeof status->problem);
    pthread_mutex_unlock(&pipeline->lock);
}
