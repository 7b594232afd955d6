/* See tracker.h. Lengths are compared in face sizes, the mean width of the two boxes. */
#include "tracker.h"

#include "base/clock.h"
#include "looks.h"
#include "seats.h"

#include <float.h>
#include <math.h>

#define LIVE_S 1.0           /* predicted by its velocity and matched first */
#define VELOCITY_S 0.3F      /* time constant of a track's velocity */
#define DAMPING_S 0.4F       /* a prediction's velocity falls to 1/e in this */
#define TENTATIVE_S 1.0      /* an unconfirmed track is dropped when unseen for so long */
#define PROBATION_S 3.0      /* seen for less in all, it may not be missing for longer than ... */
#define MISSED_PER_SEEN 4.0  /* ... this times as long */
#define REMEMBERED_GATE 1.5F /* times gate_faces: a head leans while it is not seen */
#define ALONE_FACES 1.6F     /* a look is learned when no other face is nearer */
#define LOOK_FACES 0.5F      /* a look that is off by 1 counts like so many faces' distance */
#define LOST_S 3.0           /* a new face on the place of one lost for less may be that one */
#define LOOK_MEMORY_S 1800.0 /* whose look is known is remembered so long, to be told by it */
#define LOOK_SAME 0.9F       /* needed to be somebody who has been away for longer than memory_s */
#define LOOK_OTHER 2.2F      /* never matched from here on */
#define CONFIRM_STEP_NS (70 * FB_NS_PER_MS) /* for each hit but the first */
#define SAME_FACE_IOU 0.3F                  /* a second detection on a face that has one */
#define NOWHERE_PX (-1e6F)                  /* far from every face */
#define NOWHERE_NS (10 * FB_NS_PER_S)       /* so long ago that nothing is drawn any more */
#define SEEK_S 5.0 /* a leap in time after which positions say little about motion */

_Static_assert(MON_MAX_TRACKS > MON_MAX_FACES, "a slot for every detection");

enum stage { STAGE_LIVE, STAGE_REMEMBERED, STAGE_TENTATIVE, STAGE_COUNT };

/* One frame's matching: track of each detection, or NULL. */
struct frame {
    struct mon_detection detections[MON_MAX_FACES];
    struct mon_track *owners[MON_MAX_FACES];
    int n;
    float dt_s; /* since the last frame, >= 0 */
};

double mon_track_unseen_s(const struct mon_tracker *tracker, const struct mon_track *track)
{
    return (double)(tracker->now_ns - track->seen_ns) / (double)FB_NS_PER_S;
}

static enum stage stage_of(const struct mon_tracker *tracker, const struct mon_track *track)
{
    if (!track->identity.student)
        return STAGE_TENTATIVE;
    return mon_track_unseen_s(tracker, track) <= LIVE_S ? STAGE_LIVE : STAGE_REMEMBERED;
}

static struct mon_box predict(const struct mon_tracker *tracker, const struct mon_track *track)
{
    float unseen_s = (float)mon_track_unseen_s(tracker, track);
    float way_s = DAMPING_S * (1 - expf(-unseen_s / DAMPING_S));
    struct mon_box box = track->box;
    box.x += track->velocity_x * way_s;
    box.y += track->velocity_y * way_s;
    return box;
}

static void collect(struct frame *frame, const struct mon_detection *detections, int n)
{
    for (int i = 0; i < n && frame->n < MON_MAX_FACES; i++) {
        const struct mon_box *box = &detections[i].box;
        bool is_box = isfinite(box->x) && isfinite(box->y) && isfinite(box->w) && isfinite(box->h);
        if (is_box && box->w > 0 && box->h > 0)
            frame->detections[frame->n++] = detections[i];
    }
}

/* Remembered tracks are matched where they were last seen (nobody goes on walking for 20 s) or on
 * the place they keep to (whoever was lost on the way comes back to the seat). */
static float distance_of(const struct mon_tracker *tracker, enum stage stage,
                         const struct mon_track *track, const struct mon_detection *detection)
{
    float unlike = mon_looks_match(track, detection), look = LOOK_FACES * (unlike - 1);
    bool is_past =
        mon_looks_known(track) && mon_track_unseen_s(tracker, track) > tracker->settings.memory_s;
    if (unlike > (is_past ? LOOK_SAME : LOOK_OTHER))
        return FLT_MAX;
    if (stage != STAGE_REMEMBERED) {
        struct mon_box box = predict(tracker, track);
        return mon_box_distance(&box, &detection->box) + look;
    }
    return fminf(mon_box_distance(&track->box, &detection->box),
                 mon_box_distance(&track->identity.home, &detection->box)) /
               REMEMBERED_GATE +
           look;
}

/* Nearest pair first. */
static void match_stage(struct mon_tracker *tracker, enum stage stage, struct frame *frame)
{
    float distances[MON_MAX_TRACKS][MON_MAX_FACES];
    struct mon_track *tracks[MON_MAX_TRACKS];
    int n_tracks = 0;
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used || track->is_dormant || stage_of(tracker, track) != stage)
            continue;
        for (int d = 0; d < frame->n; d++)
            if (!frame->owners[d])
                distances[n_tracks][d] = distance_of(tracker, stage, track, &frame->detections[d]);
        tracks[n_tracks++] = track;
    }
    for (;;) {
        float nearest = tracker->settings.gate_faces;
        int best_track = -1, best = -1;
        for (int t = 0; t < n_tracks; t++)
            for (int i = 0; tracks[t] && i < frame->n; i++)
                if (!frame->owners[i] && distances[t][i] < nearest) {
                    nearest = distances[t][i];
                    best_track = t;
                    best = i;
                }
        if (best < 0)
            return;
        frame->owners[best] = tracks[best_track];
        tracks[best_track] = NULL;
    }
}

/* Steadiness and velocity start over after a gap: what lies between is unknown. */
static void see(struct mon_tracker *tracker, struct mon_track *track, const struct mon_box *box)
{
    float unseen_s = (float)mon_track_unseen_s(tracker, track);
    if (unseen_s > (float)LIVE_S) {
        track->velocity_x = track->velocity_y = 0;
        mon_steady_reset(&track->steady, box);
    } else if (unseen_s > 0) {
        float factor = 1 - expf(-unseen_s / VELOCITY_S);
        float speed_x = (mon_box_centre_x(box) - mon_box_centre_x(&track->box)) / unseen_s;
        float speed_y = (mon_box_centre_y(box) - mon_box_centre_y(&track->box)) / unseen_s;
        track->velocity_x += factor * (speed_x - track->velocity_x);
        track->velocity_y += factor * (speed_y - track->velocity_y);
    }
    track->box = *box;
    track->seen_ns = tracker->now_ns;
    track->is_seen = true;
}

/* At any frame rate the same patience with false alarms. */
static bool is_confirmed(const struct mon_tracker *tracker, const struct mon_track *track)
{
    int n_hits = tracker->settings.confirm_hits;
    return track->n_hits >= n_hits &&
           track->score_sum >= tracker->settings.confirm_score * (float)track->n_hits &&
           tracker->now_ns - track->identity.born_ns >= (n_hits - 1) * CONFIRM_STEP_NS;
}

/* Whose place a new face has taken while it was not found, if nothing speaks against its being that
 * student: a head that turned or was half covered, so that its look or place said too little. */
static struct mon_track *find_lost(struct mon_tracker *tracker, const struct mon_track *track)
{
    struct mon_track *best = NULL;
    float nearest = tracker->settings.gate_faces;
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *lost = &tracker->tracks[i];
        if (!lost->is_used || lost->is_seen || !lost->identity.student ||
            (mon_track_unseen_s(tracker, lost) > LOST_S && !lost->is_dormant) ||
            lost->seen_ns > track->identity.born_ns)
            continue;
        float apart = mon_box_distance(&lost->box, &track->box);
        if (apart < nearest && mon_looks_unlike(lost, track) < LOOK_OTHER) {
            nearest = apart;
            best = lost;
        }
    }
    return best;
}

/* A new face gets the number of somebody who was here before, if it surely looks like that or is
 * where one was lost a moment ago, else the next number. */
static void give_number(struct mon_tracker *tracker, struct mon_track *track)
{
    struct mon_track *known = mon_looks_recall(tracker, track);
    if (!known)
        known = find_lost(tracker, track);
    if (known) {
        track->identity = known->identity;
        known->is_used = false;
    } else {
        track->identity.student = ++tracker->last_student;
    }
}

/* Nobody else is near enough to be in the picture of the face's hair or clothes. */
static bool is_alone(const struct frame *frame, int detection)
{
    for (int i = 0; i < frame->n; i++)
        if (i != detection && mon_box_distance(&frame->detections[i].box,
                                               &frame->detections[detection].box) < ALONE_FACES)
            return false;
    return true;
}

static void update_matched(struct mon_tracker *tracker, const struct frame *frame)
{
    for (int i = 0; i < frame->n; i++) {
        struct mon_track *track = frame->owners[i];
        if (!track)
            continue;
        const struct mon_box *box = &frame->detections[i].box;
        see(tracker, track, box);
        if (frame->dt_s > 0)
            mon_steady_update(&track->steady, box, frame->dt_s);
        mon_seats_settle(track, frame->dt_s);
        mon_looks_learn(track, &frame->detections[i], is_alone(frame, i), frame->dt_s);
        track->identity.seen_s += fmin((double)frame->dt_s, LIVE_S);
        track->n_hits++;
        track->score_sum += frame->detections[i].score;
        if (!track->identity.student && is_confirmed(tracker, track))
            give_number(tracker, track);
    }
}

static bool is_on_a_matched_face(const struct frame *frame, int detection)
{
    const struct mon_box *box = &frame->detections[detection].box;
    for (int i = 0; i < frame->n; i++)
        if (frame->owners[i] && mon_box_iou(&frame->detections[i].box, box) > SAME_FACE_IOU)
            return true;
    return false;
}

/* A free slot, else that of the track unseen for longest, one seen little before a known one. */
static struct mon_track *slot(struct mon_tracker *tracker)
{
    struct mon_track *worst = NULL;
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used)
            return track;
        if (track->is_seen)
            continue;
        bool is_known = track->identity.seen_s >= PROBATION_S;
        bool is_worst_known = worst && worst->identity.seen_s >= PROBATION_S;
        if (!worst || is_known < is_worst_known ||
            (is_known == is_worst_known && track->seen_ns < worst->seen_ns))
            worst = track;
    }
    return worst; /* exists: at most MON_MAX_FACES are seen in a frame */
}

static void start_tracks(struct mon_tracker *tracker, struct frame *frame)
{
    for (int i = 0; i < frame->n; i++) {
        if (frame->owners[i] || is_on_a_matched_face(frame, i))
            continue;
        struct mon_track *track = slot(tracker);
        const struct mon_box *box = &frame->detections[i].box;
        *track = (struct mon_track){.is_used = true,
                                    .is_seen = true,
                                    .box = *box,
                                    .identity = {.home = *box, .born_ns = tracker->now_ns},
                                    .seen_ns = tracker->now_ns,
                                    .n_hits = 1,
                                    .score_sum = frame->detections[i].score};
        mon_steady_reset(&track->steady, box);
        mon_smoother_reset(&track->smoother);
        mon_looks_learn(track, &frame->detections[i], is_alone(frame, i), frame->dt_s);
        if (is_confirmed(tracker, track))
            give_number(tracker, track);
        frame->owners[i] = track;
    }
}

/* A false alarm that got a number is soon left out: until a face has been seen for PROBATION_S in
 * all, it may not be missing for much longer than it was seen. */
static bool is_sleeping(const struct mon_track *track)
{
    return track->identity.seen_s < PROBATION_S &&
           track->identity.missed_s > LIVE_S + MISSED_PER_SEEN * track->identity.seen_s;
}

static bool is_remembered(const struct mon_tracker *tracker, const struct mon_track *track)
{
    bool is_long = track->is_dormant || mon_looks_known(track);
    return mon_track_unseen_s(tracker, track) <=
           fmax(is_long ? LOOK_MEMORY_S : 0, tracker->settings.memory_s);
}

/* Sparse false alarms on one spot must not become a student: an unconfirmed track lives only while
 * it is seen more often than not. */
static void miss(struct mon_tracker *tracker, struct mon_track *track, float dt_s)
{
    mon_steady_coast(&track->steady, dt_s);
    track->identity.missed_s += (double)dt_s;
    track->is_dormant = track->identity.student && is_sleeping(track);
    if (track->identity.student)
        track->is_used = is_remembered(tracker, track);
    else
        track->is_used =
            ++track->n_misses < track->n_hits && mon_track_unseen_s(tracker, track) <= TENTATIVE_S;
}

/* A seek: where everyone was is the best guess of where they are; how they moved is not known. */
static void leap(struct mon_tracker *tracker, int64_t pts_ns)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used)
            continue;
        if (!track->identity.student)
            track->is_used = false;
        track->velocity_x = track->velocity_y = 0;
        track->identity.born_ns = track->seen_ns = pts_ns - (int64_t)((LIVE_S + 0.1) * FB_NS_PER_S);
        mon_steady_reset(&track->steady, &track->box);
        mon_smoother_reset(&track->smoother);
    }
}

static float advance(struct mon_tracker *tracker, int64_t pts_ns)
{
    double dt_s = 0;
    if (tracker->has_time) {
        dt_s = ((double)pts_ns - (double)tracker->now_ns) / (double)FB_NS_PER_S;
        if (dt_s < 0)
            leap(tracker, pts_ns);
    }
    for (int i = 0; i < MON_MAX_TRACKS; i++)
        tracker->tracks[i].is_seen = false;
    tracker->has_time = true;
    tracker->now_ns = pts_ns;
    return (float)fmin(SEEK_S, fmax(0, dt_s));
}

void mon_tracker_step(struct mon_tracker *tracker, int64_t pts_ns,
                      const struct mon_detection *detections, int n_detections)
{
    struct frame frame = {.dt_s = advance(tracker, pts_ns)};
    collect(&frame, detections, n_detections);
    for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
        match_stage(tracker, stage, &frame);
    update_matched(tracker, &frame);
    start_tracks(tracker, &frame);
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used)
            continue;
        if (!track->is_seen)
            miss(tracker, track, frame.dt_s);
    }
    mon_seats_follow_camera(tracker, frame.dt_s);
    mon_seats_hand_over(tracker, frame.dt_s);
    mon_looks_put_right(tracker, frame.dt_s);
}

/* After a cut places say nothing: whose look is known can come back by that, all others are gone.
 */
static void lose_place(struct mon_track *track)
{
    track->box.x = track->identity.home.x = track->steady.box.x = NOWHERE_PX;
    track->velocity_x = track->velocity_y = 0;
    track->seen_ns -= NOWHERE_NS;
    track->is_seen = false;
    mon_steady_reset(&track->steady, &track->box);
    mon_smoother_reset(&track->smoother);
}

void mon_tracker_cut(struct mon_tracker *tracker)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        track->is_used = track->is_used && track->identity.student && mon_looks_known(track);
        if (track->is_used)
            lose_place(track);
    }
}
