/* See pipeline.h. Creates the threads and edges; analysis and recorder run here, the ways through a
 * source in capture.c and playback.c. Only these files and the queues know threads. */
#include "pipeline_state.h"

#include "base/log.h"

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

static void dispose_record_item(void *arg)
{
    struct record_item *item = arg;
    fb_frame_unref(&item->frame);
    free(item->observation);
    if (item->recording && app_recording_close(&item->recording))
        fb_log(FB_LOG_ERROR, "recorder", "%s", fb_error_text());
    free(item);
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

/* ---- towards the recorder ------------------------------------------------------------------- */

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

static struct mon_observation *copy_observation(const struct mon_observation *observation)
{
    struct mon_observation *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *observation;
    return copy;
}

static void *capture_main(void *arg)
{
    struct app_pipeline *pipeline = arg;
    static void (*const ways[])(struct app_pipeline *) = {
        [APP_PACE_LIVE] = app_capture_live,
        [APP_PACE_PLAYBACK] = app_capture_playback,
        [APP_PACE_LOSSLESS] = app_capture_lossless,
    };
    _Static_assert(sizeof ways / sizeof *ways == APP_PACE_COUNT, "one way each");
    ways[pipeline->settings.pace](pipeline);
    if (pipeline->settings.pace == APP_PACE_LIVE)
        app_pipeline_set_ended(pipeline);
    fb_mailbox_close(pipeline->to_analysis);
    return NULL;
}

/* ---- analysis ------------------------------------------------------------------------------- */

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
    if (atomic_load(&pipeline->is_recording)) {
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
        int status = app_pipeline_analyse(pipeline, frame);
        if (status)
            return status;
    }
    return FB_OK;
}

/* The recorder works off what waits, closes its recording and ends. */
static void end_recorder(struct app_pipeline *pipeline)
{
    atomic_store(&pipeline->is_record_ending, true);
    fb_fifo_close(pipeline->to_recorder);
}

static void *analysis_main(void *arg)
{
    struct app_pipeline *pipeline = arg;
    int status = pipeline->settings.pace == APP_PACE_PLAYBACK ? app_analyse_ahead(pipeline)
                                                              : analyse_mailbox(pipeline);
    if (status)
        app_pipeline_fail(pipeline, status);
    if (pipeline->settings.pace == APP_PACE_LOSSLESS) {
        fb_mailbox_close(pipeline->to_analysis); /* after a failure: capture must not wait for us */
        end_recorder(pipeline);
    }
    app_pipeline_wake(pipeline);
    return NULL;
}

/* ---- recorder ------------------------------------------------------------------------------- */

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

static void *recorder_main(void *arg)
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
            dispose_record_item(item);
    }
    if (recording)
        finish_recording(pipeline, &recording, FB_OK);
    if (pipeline->settings.pace == APP_PACE_LOSSLESS)
        app_pipeline_set_ended(pipeline);
    return NULL;
}

/* ---- main's side ---------------------------------------------------------------------------- */

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
        status = fb_fifo_create(RECORD_FIFO, dispose_record_item, &pipeline->to_recorder);
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
    int status = start_thread(&pipeline->recorder_thread, recorder_main, pipeline, "recorder",
                              &pipeline->has_recorder);
    if (!status && (pipeline->settings.analyzer || pipeline->settings.session))
        status = start_thread(&pipeline->analysis_thread, analysis_main, pipeline, "analysis",
                              &pipeline->has_analysis);
    if (!status)
        status = start_thread(&pipeline->capture_thread, capture_main, pipeline, "capture",
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
        end_recorder(pipeline);
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
    return fb_mailbox_take(pipeline->to_main);
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

void app_pipeline_record(struct app_pipeline *pipeline, struct app_recording *recording)
{
    app_pipeline_send_record(pipeline,
                             (struct record_item){.kind = RECORD_START, .recording = recording});
    atomic_store(&pipeline->is_recording, true);
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

void app_pipeline_set_loop(struct app_pipeline *pipeline, int64_t from_ns, int64_t to_ns)
{
    begin_command(pipeline);
    pipeline->loop_from_ns = from_ns;
    pipeline->loop_to_ns = to_ns;
    end_command(pipeline);
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
