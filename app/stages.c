/* See stages.h. */
#include "stages.h"

#include "base/clock.h"
#include "vis/cut.h"
#include "vis/image.h"
#include "vis/look.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Below these a crop shows too little of a face to be labelled. Sizes in px of the frame; light in
 * grey levels; sharpness as vis_crop_measure defines it. */
enum { MIN_FACE_PX = 20, GOOD_FACE_PX = 44, DARK_MEAN = 25, FLAT_CONTRAST = 8 };
#define BLURRED_SHARPNESS 0.004f

struct app_analyzer {
    struct app_analyzer_settings settings;
    struct fb_pool *pool;
    struct app_finder *finder;
    struct nn_classifier *classifier;
    struct mon_monitor *monitor;
    struct vis_cut cut;
    pthread_mutex_t monitor_lock; /* main asks for baselines while a frame is labelled */
    struct mon_detection detections[MON_MAX_FACES];
    float p[MON_MAX_FACES][FB_EXPRESSION_COUNT];
    struct mon_face *cropped[MON_MAX_FACES]; /* the face of each crop */
    uint8_t *crops;                          /* (MON_MAX_FACES, side, side) */
};

/* Windows that agree on a face, from which on it is one: at 6, 0.19 false boxes a photograph are left
 * of 0.92 at 3, for 0.60 of the faces instead of 0.66 (63 photographs, see vis/detector.h). Students
 * need them on the mean of their first moments; a single picture has one chance and a lower bar. */
enum { STILL_WINDOWS = 5 };

struct app_analyzer_settings app_default_analyzer_settings(void)
{
    struct app_analyzer_settings settings = {.find = app_default_find_settings(),
                                             .monitor = mon_default_settings()};
    settings.monitor.confirm_score = APP_FIND_SURE;
    return settings;
}

int app_analyzer_create(const struct app_analyzer_settings *settings, struct app_analyzer **out)
{
    struct app_analyzer *analyzer = *out = calloc(1, sizeof *analyzer);
    if (!analyzer)
        return fb_fail_nomem("the analysis", sizeof *analyzer);
    analyzer->settings = *settings;
    pthread_mutex_init(&analyzer->monitor_lock, NULL);
    int status = fb_pool_create(settings->n_threads, &analyzer->pool);
    if (!status)
        status = app_finder_create(&settings->find, analyzer->pool, &analyzer->finder);
    if (!status)
        status = nn_classifier_create(settings->model, MON_MAX_FACES, analyzer->pool,
                                      &analyzer->classifier);
    if (!status)
        status = mon_monitor_create(&settings->monitor, &analyzer->monitor);
    if (status)
        goto fail;
    int side = nn_classifier_info(analyzer->classifier)->side;
    analyzer->crops = malloc((size_t)MON_MAX_FACES * (size_t)side * (size_t)side);
    if (!analyzer->crops) {
        status = fb_fail_nomem("face crops", (size_t)MON_MAX_FACES * (size_t)side * (size_t)side);
        goto fail;
    }
    return FB_OK;
fail:
    app_analyzer_destroy(out);
    return status;
}

void app_analyzer_destroy(struct app_analyzer **analyzer_ptr)
{
    struct app_analyzer *analyzer = *analyzer_ptr;
    if (!analyzer)
        return;
    mon_monitor_destroy(&analyzer->monitor);
    nn_classifier_destroy(&analyzer->classifier);
    app_finder_destroy(&analyzer->finder);
    fb_pool_destroy(&analyzer->pool);
    free(analyzer->crops);
    pthread_mutex_destroy(&analyzer->monitor_lock);
    free(analyzer);
    *analyzer_ptr = NULL;
}

const struct nn_classifier_info *app_analyzer_model(const struct app_analyzer *analyzer)
{
    return nn_classifier_info(analyzer->classifier);
}

static float ramp(float x, float from, float to)
{
    float t = (x - from) / (to - from);
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* The quality gate: 0..1, with the reason when the crop is not worth a label. */
static void judge_crop(const struct vis_crop_quality *measured, struct mon_face *face)
{
    float size = ramp(measured->size_px, MIN_FACE_PX / 2.0f, GOOD_FACE_PX);
    float light = ramp(measured->mean, DARK_MEAN / 2.0f, DARK_MEAN * 2.0f) *
                  ramp(measured->contrast, FLAT_CONTRAST / 2.0f, FLAT_CONTRAST * 2.0f);
    float sharp = ramp(measured->sharpness, BLURRED_SHARPNESS / 2, BLURRED_SHARPNESS * 4);
    face->quality = size * light * (0.5f + 0.5f * sharp);
    face->reason = MON_SURE;
    if (measured->size_px < MIN_FACE_PX)
        face->reason = MON_REASON_SMALL;
    else if (measured->mean < DARK_MEAN || measured->contrast < FLAT_CONTRAST)
        face->reason = MON_REASON_DARK;
    else if (measured->sharpness < BLURRED_SHARPNESS)
        face->reason = MON_REASON_BLURRED;
}

/* Crops every face seen in the frame and classifies all of them in one batch. */
static int classify(struct app_analyzer *analyzer, const struct fb_frame *frame,
                    struct mon_observation *observation)
{
    const struct nn_classifier_info *model = nn_classifier_info(analyzer->classifier);
    size_t crop_bytes = (size_t)model->side * (size_t)model->side;
    int n = 0;
    for (int i = 0; i < observation->n_faces; i++) {
        struct mon_face *face = &observation->faces[i];
        if (!face->is_seen)
            continue;
        uint8_t *crop = analyzer->crops + crop_bytes * (size_t)n;
        float size_px = face->box.w > face->box.h ? face->box.w : face->box.h;
        vis_crop_face(frame, &face->box, model->crop_factor, model->side, crop);
        struct vis_crop_quality measured =
            vis_crop_measure(crop, model->side, size_px * model->crop_factor);
        judge_crop(&measured, face);
        analyzer->cropped[n++] = face;
    }
    if (!n)
        return FB_OK;
    int status = nn_classifier_run(analyzer->classifier, analyzer->crops, n, analyzer->p);
    if (status)
        return status;
    for (int i = 0; i < n; i++) {
        memcpy(analyzer->cropped[i]->p_raw, analyzer->p[i], sizeof analyzer->p[i]);
        analyzer->cropped[i]->is_labelled = true;
    }
    return FB_OK;
}

static void start_observation(const struct fb_frame *frame, struct mon_observation *observation)
{
    *observation = (struct mon_observation){
        .frame_index = frame->index,
        .pts_ns = frame->pts_ns,
        .capture_ns = frame->capture_ns,
        .width = frame->width,
        .height = frame->height,
    };
}

/* What tells people apart when they cross. */
static void look(struct app_analyzer *analyzer, const struct fb_frame *frame, int n)
{
    for (int i = 0; i < n; i++) {
        struct mon_detection *detection = &analyzer->detections[i];
        vis_look_measure(frame, &detection->box, &detection->look);
        detection->has_look = true;
    }
}

int app_analyzer_step(struct app_analyzer *analyzer, const struct fb_frame *frame,
                      struct mon_observation *observation)
{
    start_observation(frame, observation);
    int n = app_finder_run(analyzer->finder, frame, analyzer->detections, MON_MAX_FACES);
    if (n < 0)
        return n;
    if (vis_cut_next(&analyzer->cut, frame))
        mon_monitor_cut(analyzer->monitor);
    look(analyzer, frame, n);
    mon_monitor_track(analyzer->monitor, observation, analyzer->detections, n);
    int status = classify(analyzer, frame, observation);
    if (status)
        return status;
    pthread_mutex_lock(&analyzer->monitor_lock);
    mon_monitor_label(analyzer->monitor, observation);
    pthread_mutex_unlock(&analyzer->monitor_lock);
    observation->done_ns = fb_clock_now_ns();
    return FB_OK;
}

/* The label of a single picture's face: the likeliest expression, if it is likely enough. */
static void label_still(const struct mon_settings *settings, struct mon_face *face)
{
    int best = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        face->p[i] = face->p_raw[i];
        if (face->p[i] > face->p[best])
            best = i;
    }
    face->confidence = face->p[best];
    if (face->reason == MON_SURE && face->confidence < settings->min_confidence)
        face->reason = MON_REASON_UNDECIDED;
    face->expression = face->reason == MON_SURE ? best : MON_NOT_SURE;
}

int app_analyzer_still(struct app_analyzer *analyzer, const struct fb_frame *frame,
                       struct mon_observation *observation)
{
    start_observation(frame, observation);
    int n = app_finder_run(analyzer->finder, frame, analyzer->detections, MON_MAX_FACES);
    if (n < 0)
        return n;
    while (n > 0 && analyzer->detections[n - 1].score < STILL_WINDOWS) /* best first */
        n--;
    observation->n_faces = n;
    for (int i = 0; i < n; i++)
        observation->faces[i] = (struct mon_face){
            .student = i + 1, .box = analyzer->detections[i].box, .is_seen = true};
    int status = classify(analyzer, frame, observation);
    if (status)
        return status;
    for (int i = 0; i < n; i++)
        label_still(&analyzer->settings.monitor, &observation->faces[i]);
    observation->done_ns = fb_clock_now_ns();
    return FB_OK;
}

void app_analyzer_measure_baseline(struct app_analyzer *analyzer, int student, double seconds)
{
    pthread_mutex_lock(&analyzer->monitor_lock);
    mon_monitor_measure_baseline(analyzer->monitor, student, seconds);
    pthread_mutex_unlock(&analyzer->monitor_lock);
}

static bool baseline(struct app_analyzer *analyzer, int student, bool *is_ready, float *done)
{
    pthread_mutex_lock(&analyzer->monitor_lock);
    bool is_there = mon_monitor_baseline(analyzer->monitor, student, is_ready, done);
    pthread_mutex_unlock(&analyzer->monitor_lock);
    return is_there;
}

bool app_analyzer_has_baseline(struct app_analyzer *analyzer, int student)
{
    bool is_ready;
    float done;
    return baseline(analyzer, student, &is_ready, &done) && is_ready;
}

float app_analyzer_baseline_done(struct app_analyzer *analyzer, int student)
{
    bool is_ready;
    float done;
    return baseline(analyzer, student, &is_ready, &done) && !is_ready ? done : 0;
}

void app_analyzer_cut(struct app_analyzer *analyzer)
{
    mon_monitor_cut(analyzer->monitor);
}
