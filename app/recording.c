/* See recording.h. Frames wait in a short queue, in order, until an observation of their time or
 * later is there; then the nearer of the last two observations is carried to the frame and burnt
 * in. */
#include "recording.h"

#include "base/clock.h"
#include "base/log.h"
#include "captions.h"
#include "disk.h"
#include "finish.h"
#include "hide.h"
#include "paths.h"
#include "recording_people.h"
#include "session/session.h"
#include "ui/canvas.h"
#include "vis/recorder.h"
#include "vis/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WAITING = 20 };
#define MAX_WAIT_NS                                                                                \
    (FB_NS_PER_S * 2 / 5)              /* live: a frame is written after that whatever is known */
#define CARRY_NS (FB_NS_PER_S * 3 / 4) /* an observation further off is not drawn */
#define VIDEO_NAME "video.mkv"

struct app_recording {
    struct app_recording_settings settings;
    struct app_session *session;
    struct vis_recorder *recorder; /* NULL without video */
    struct ui_canvas *canvas;
    struct fb_frame_pool *pool; /* one frame: the copy that is drawn on */
    struct fb_frame *waiting[MAX_WAITING];
    int n_waiting;
    struct mon_observation last[2]; /* newest second */
    int n_last;
    int64_t first_pts_ns; /* of the video */
    bool has_first;
    struct ui_view view;
    struct app_recording_people *people; /* who is who, as far as it was said */
    struct app_hide hide;
    struct app_captions *captions; /* from the first frame on */
    struct app_disk_watch disk;
    int64_t checked_ns; /* of the disk and the captions' flush */
    bool has_failed;
};

/* Keeps the first failure and its text while the rest is closed all the same. */
struct first_failure {
    int status;
    char text[FB_ERROR_TEXT_BYTES];
};

static void keep_first(struct first_failure *first, int status)
{
    if (!status || first->status)
        return;
    first->status = status;
    snprintf(first->text, sizeof first->text, "%s", fb_error_text());
}

static int open_video(struct app_recording *recording)
{
    const struct app_recording_settings *settings = &recording->settings;
    char path[1200];
    snprintf(path, sizeof path, "%s/" VIDEO_NAME, app_recording_folder(recording));
    struct vis_recorder_settings recorder = vis_default_recorder_settings();
    recorder.width = settings->width;
    recorder.height = settings->height;
    recorder.key = settings->key;
    recorder.fps = settings->fps;
    int status = vis_recorder_open(path, &recorder, &recording->recorder);
    if (!status && settings->is_annotated)
        status = ui_canvas_create(settings->width, settings->height, app_assets_dir(),
                                  &recording->canvas);
    bool is_copied = settings->is_annotated || !settings->has_clear_faces;
    return status || !is_copied
               ? status
               : fb_frame_pool_create(1, settings->width, settings->height, &recording->pool);
}

static int write_facts(struct app_recording *recording)
{
    const struct app_recording_settings *settings = &recording->settings;
    const struct nn_classifier_info *model = settings->model;
    char size[64], accuracy[64];
    snprintf(size, sizeof size, "%dx%d", settings->width, settings->height);
    snprintf(accuracy, sizeof accuracy, "%.4f (n = %d)", model->accuracy, model->n_accuracy);
    const struct {
        const char *name, *value;
    } facts[] = {
        {"program", "feltboard " FB_VERSION},
        {"size", size},
        {"model", model->name},
        {"accuracy", accuracy},
        {"video", settings->has_video ? VIDEO_NAME : ""},
        {"picture", !settings->has_video ? "" : settings->is_annotated ? "annotated" : "clean"},
        {"faces", !settings->has_video ? "" : settings->has_clear_faces ? "clear" : "blurred"},
    };
    char source[APP_SESSION_TEXT_BYTES];
    int status = FB_OK;
    if (settings->analysis_of)
        status = app_session_set_fact(recording->session, "analysis_of", settings->analysis_of);
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !status; i++)
        status = app_session_set_fact(recording->session, facts[i].name, facts[i].value);
    snprintf(source, sizeof source, "%s", settings->source);
    vis_hide_credentials(source);
    return status ? status : app_session_set_fact(recording->session, "source", source);
}

int app_recording_create(const struct app_recording_settings *settings, struct app_recording **out)
{
    struct app_recording *recording = *out = calloc(1, sizeof *recording);
    if (!recording)
        return fb_fail_nomem("a recording", sizeof *recording);
    recording->settings = *settings;
    int status = app_session_create_sealed(settings->parent_dir, settings->name, settings->key, &recording->session);
    if (!status)
        status = write_facts(recording);
    if (!status)
        status = app_recording_people_create(recording->session, &recording->people);
    if (!status && settings->has_video)
        status = open_video(recording);
    if (!status)
        return FB_OK;
    struct first_failure first = {0};
    keep_first(&first, status);
    keep_first(&first, app_recording_close(out));
    return fb_fail(first.status, "%s", first.text);
}

const char *app_recording_folder(const struct app_recording *recording)
{
    return app_session_folder(recording->session);
}

/* The boxes at pts_ns by the nearer of the last two observations. */
static void observe(const struct app_recording *recording, int64_t pts_ns,
                    struct mon_observation *observation)
{
    int nearest = -1;
    int64_t distance_ns = CARRY_NS;
    for (int i = 0; i < recording->n_last; i++) {
        int64_t d = llabs(recording->last[i].pts_ns - pts_ns);
        if (d <= distance_ns) {
            distance_ns = d;
            nearest = i;
        }
    }
    *observation = (struct mon_observation){0};
    if (nearest < 0)
        return;
    *observation = recording->last[nearest];
    mon_observation_carry(observation, pts_ns);
}

/* The frame as it goes into the video: a copy with faces hidden and the overlay drawn, as wished. */
static int prepare(struct app_recording *recording, const struct fb_frame *frame,
                   struct fb_frame **out)
{
    struct fb_frame *copy = fb_frame_acquire(recording->pool);
    if (!copy)
        return fb_fail(FB_ERR_FAILED, "the recorder's picture is in use");
    fb_frame_copy(copy, frame);
    int status = FB_OK;
    if (!recording->settings.has_clear_faces)
        app_hide_faces(&recording->hide, copy);
    if (recording->canvas) {
        recording->view.now_ns = frame->pts_ns;
        observe(recording, frame->pts_ns, &recording->view.observation);
        app_recording_people_show(recording->people, &recording->view);
        status = ui_canvas_annotate(recording->canvas, &recording->view, copy);
    }
    if (status)
        fb_frame_unref(&copy);
    *out = copy;
    return status;
}

static int start_video(struct app_recording *recording, int64_t pts_ns)
{
    const struct app_recording_settings *settings = &recording->settings;
    char text[32];
    recording->has_first = true;
    recording->first_pts_ns = pts_ns;
    snprintf(text, sizeof text, "%lld", (long long)pts_ns);
    int status = app_session_set_fact(recording->session, "video_start_ns", text);
    return status || settings->key /* no plain text beside a sealed video */
               ? status
                  : app_captions_create(app_recording_folder(recording), pts_ns,
                                        &recording->captions);
}

static int write_video(struct app_recording *recording, const struct fb_frame *frame)
{
    int status = recording->has_first ? FB_OK : start_video(recording, frame->pts_ns);
    if (status)
        return status;
    if (!recording->pool)
        return vis_recorder_write(recording->recorder, frame, frame->pts_ns);
    struct fb_frame *copy = NULL;
    status = prepare(recording, frame, &copy);
    if (!status)
        status = vis_recorder_write(recording->recorder, copy, frame->pts_ns);
    fb_frame_unref(&copy);
    return status;
}

static bool is_ready(const struct app_recording *recording, const struct fb_frame *frame)
{
    if (recording->n_last && recording->last[0].pts_ns >= frame->pts_ns)
        return true;
    return !recording->settings.is_lossless && fb_clock_now_ns() - frame->capture_ns > MAX_WAIT_NS;
}

/* Writes the frames that are ready, and the oldest ones in any case while more than n_keep wait. */
static int flush_frames(struct app_recording *recording, int n_keep)
{
    int n_written = 0, status = FB_OK;
    while (n_written < recording->n_waiting && !status) {
        struct fb_frame *frame = recording->waiting[n_written];
        if (recording->n_waiting - n_written <= n_keep && !is_ready(recording, frame))
            break;
        status = write_video(recording, frame);
        fb_frame_unref(&recording->waiting[n_written++]);
    }
    recording->n_waiting -= n_written;
    memmove(recording->waiting, recording->waiting + n_written,
            (size_t)recording->n_waiting * sizeof *recording->waiting);
    return status;
}

/* Whoever fails first, all of it has failed: close then keeps what there is. */
static int keep_failure(struct app_recording *recording, int status)
{
    recording->has_failed |= status != FB_OK;
    return status;
}

int app_recording_add_frame(struct app_recording *recording, struct fb_frame *frame)
{
    if (!recording->recorder)
        return FB_OK;
    int status = flush_frames(recording, MAX_WAITING - 1);
    if (!status) {
        recording->waiting[recording->n_waiting++] = fb_frame_ref(frame);
        status = flush_frames(recording, MAX_WAITING);
    }
    return keep_failure(recording, status);
}

int app_recording_add_observation(struct app_recording *recording,
                                  const struct mon_observation *observation)
{
    recording->last[1] = recording->last[0];
    recording->last[0] = *observation;
    recording->n_last += recording->n_last < 2;
    if (!recording->settings.has_clear_faces)
        app_hide_observe(&recording->hide, observation);
    int status = app_recording_people_add(recording->people, observation);
    if (!status)
        status = flush_frames(recording, MAX_WAITING);
    if (!status && recording->captions)
        status = app_captions_observe(recording->captions, observation);
    return keep_failure(recording, status);
}

int app_recording_edit(struct app_recording *recording, const char *line)
{
    return app_recording_people_edit(recording->people, line);
}

int app_recording_mark(struct app_recording *recording, int64_t pts_ns, const char *text)
{
    int status = app_session_mark(recording->session, pts_ns, text);
    if (!status && recording->captions)
        status = app_captions_mark(recording->captions, pts_ns, text);
    return keep_failure(recording, status);
}

int app_recording_tick(struct app_recording *recording)
{
    int status = flush_frames(recording, MAX_WAITING);
    return keep_failure(recording, status ? status : app_session_tick(recording->session));
}

bool app_recording_warns(struct app_recording *recording, char *text, size_t text_bytes)
{
    int64_t now_ns = fb_clock_now_ns();
    if (now_ns - recording->checked_ns < FB_NS_PER_S)
        return false;
    recording->checked_ns = now_ns;
    if (recording->captions && app_captions_flush(recording->captions))
        recording->has_failed = true; /* the rows and the video will tell */
    return app_disk_warns(&recording->disk, app_disk_free_bytes(app_recording_folder(recording)),
                          text, text_bytes);
}

/* Captions and markers into the video. What fails here costs nothing that was recorded. */
static void finish_video(struct app_recording *recording)
{
    app_captions_destroy(&recording->captions);
    if (recording->has_first && !recording->has_failed &&
        app_finish_video(recording->session, NULL))
        fb_log(FB_LOG_WARN, "recorder", "%s", fb_error_text());
}

int app_recording_close(struct app_recording **recording_ptr)
{
    struct app_recording *recording = *recording_ptr;
    struct first_failure first = {0};
    if (!recording)
        return FB_OK;
    keep_first(&first, keep_failure(recording, flush_frames(recording, 0)));
    for (int i = 0; i < recording->n_waiting; i++) /* left when writing failed */
        fb_frame_unref(&recording->waiting[i]);
    keep_first(&first, keep_failure(recording, vis_recorder_close(&recording->recorder)));
    finish_video(recording);
    keep_first(&first, app_recording_people_close(&recording->people));
    keep_first(&first, app_session_close(&recording->session));
    ui_canvas_destroy(&recording->canvas);
    fb_frame_pool_destroy(&recording->pool);
    free(recording);
    *recording_ptr = NULL;
    return first.status ? fb_fail(first.status, "%s", first.text) : FB_OK;
}
