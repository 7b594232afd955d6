/* See mon/monitor.h. The tracker says who is where, each track's smoother says what it shows. */
#include "mon/monitor.h"

#include "baseline.h"
#include "tracker.h"

#include <stdlib.h>
#include <string.h>

struct mon_monitor {
    struct mon_tracker tracker;
    struct mon_baselines baselines;
};

struct mon_settings mon_default_settings(void)
{
    return (struct mon_settings){
        .memory_s = 30,
        .coast_s = 0.5,
        .confirm_hits = 3,
        .gate_faces = 0.9F,
        .smoothing_s = 0.35,
        .hold_s = 0.25,
        .min_confidence = 0.45F,
        .min_quality = 0.25F,
    };
}

static int check_field(const char *name, double value, double low, double high)
{
    if (value >= low && value <= high)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "monitor setting %s is %g; give %g to %g", name, value, low, high);
}

static int check_settings(const struct mon_settings *s)
{
    const struct {
        const char *name;
        double value, low, high;
    } fields[] = {
        {"memory_s", s->memory_s, 1, 600},
        {"coast_s", s->coast_s, 0, 5},
        {"confirm_hits", s->confirm_hits, 1, 10},
        {"confirm_score", (double)s->confirm_score, 0, 1e6},
        {"gate_faces", (double)s->gate_faces, 0.1, 5},
        {"smoothing_s", s->smoothing_s, 0, 5},
        {"hold_s", s->hold_s, 0, 2},
        {"min_confidence", (double)s->min_confidence, 0, 1},
        {"min_quality", (double)s->min_quality, 0, 1},
    };
    int code = FB_OK;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && code == FB_OK; i++)
        code = check_field(fields[i].name, fields[i].value, fields[i].low, fields[i].high);
    return code;
}

int mon_monitor_create(const struct mon_settings *settings, struct mon_monitor **out)
{
    *out = NULL;
    int code = check_settings(settings);
    if (code != FB_OK)
        return code;
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fb_fail_nomem("the monitor", sizeof **out);
    (*out)->tracker.settings = *settings;
    return FB_OK;
}

void mon_monitor_destroy(struct mon_monitor **monitor)
{
    free(*monitor);
    *monitor = NULL;
}

static struct mon_face face_of(const struct mon_track *track)
{
    struct mon_face face = {.student = track->identity.student,
                            .box = track->steady.box,
                            .is_seen = track->is_seen,
                            .expression = MON_NOT_SURE};
    mon_steady_velocity(&track->steady, &face.velocity_x, &face.velocity_y);
    return face;
}

/* Keeps the faces sorted by student. */
static void insert_face(struct mon_observation *observation, const struct mon_face *face)
{
    if (observation->n_faces == MON_MAX_FACES)
        return;
    int at = observation->n_faces++;
    for (; at > 0 && observation->faces[at - 1].student > face->student; at--)
        observation->faces[at] = observation->faces[at - 1];
    observation->faces[at] = *face;
}

static void insert_faces(const struct mon_tracker *tracker, struct mon_observation *observation,
                         bool is_seen)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        const struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used || !track->identity.student || track->is_seen != is_seen ||
            mon_track_unseen_s(tracker, track) > tracker->settings.coast_s)
            continue;
        struct mon_face face = face_of(track);
        insert_face(observation, &face);
    }
}

/* What may become a student. */
static void list_others(const struct mon_tracker *tracker, struct mon_observation *observation)
{
    observation->n_others = 0;
    for (int i = 0; i < MON_MAX_TRACKS && observation->n_others < MON_MAX_OTHERS; i++) {
        const struct mon_track *track = &tracker->tracks[i];
        if (track->is_used && track->is_seen && !track->identity.student)
            observation->others[observation->n_others++] = track->box;
    }
}

/* Within 73 years of 0, so that differences of times cannot overflow. */
static int64_t sane_time(int64_t pts_ns)
{
    const int64_t limit_ns = INT64_MAX / 4;
    return pts_ns > limit_ns ? limit_ns : pts_ns < -limit_ns ? -limit_ns : pts_ns;
}

void mon_monitor_track(struct mon_monitor *monitor, struct mon_observation *observation,
                       const struct mon_detection *detections, int n_detections)
{
    struct mon_tracker *tracker = &monitor->tracker;
    mon_tracker_step(tracker, sane_time(observation->pts_ns), detections, n_detections);
    observation->n_faces = 0;
    insert_faces(tracker, observation,
                 true); /* at most MON_MAX_FACES; the rest is for those that coast */
    insert_faces(tracker, observation, false);
    list_others(tracker, observation);
}

static struct mon_track *track_of(struct mon_tracker *tracker, int student)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++)
        if (tracker->tracks[i].is_used && tracker->tracks[i].identity.student == student)
            return &tracker->tracks[i];
    return NULL;
}

void mon_monitor_label(struct mon_monitor *monitor, struct mon_observation *observation)
{
    struct mon_tracker *tracker = &monitor->tracker;
    for (int i = 0; i < observation->n_faces; i++) {
        struct mon_face *face = &observation->faces[i];
        struct mon_track *track = track_of(tracker, face->student);
        if (!track)
            continue;
        float p_raw[FB_EXPRESSION_COUNT];
        memcpy(p_raw, face->p_raw, sizeof p_raw);
        bool is_usable = face->is_seen && face->is_labelled && face->reason == MON_SURE;
        if (is_usable)
            mon_baseline_apply(&monitor->baselines, face->student, tracker->now_ns, face->p_raw);
        mon_smoother_label(&track->smoother, &tracker->settings, tracker->now_ns,
                           mon_track_unseen_s(tracker, track), face);
        memcpy(face->p_raw, p_raw, sizeof p_raw);
    }
}

void mon_monitor_measure_baseline(struct mon_monitor *monitor, int student, double seconds)
{
    mon_baseline_measure(&monitor->baselines, student, seconds);
}

bool mon_monitor_baseline(const struct mon_monitor *monitor, int student, bool *is_ready,
                          float *done)
{
    return mon_baseline_state(&monitor->baselines, student, is_ready, done);
}

void mon_monitor_cut(struct mon_monitor *monitor)
{
    mon_tracker_cut(&monitor->tracker);
}
