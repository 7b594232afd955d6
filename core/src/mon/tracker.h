/* Which detection belongs to whom: tracks with a memory.
 *
 * A track is live while it was seen within the last second, then remembered where it was last seen
 * for memory_s, so that a student who looked down or left comes back under the same number.
 * Matching is greedy by distance (on the simulated class no worse than Hungarian): live tracks
 * first, then remembered ones, then those not confirmed yet. Where detections come with looks
 * (looks.h: a few colours, in memory only), unlike ones are kept apart, and whoever was away for
 * longer or mixed up with somebody gets the old number back; else places alone decide.
 * Threads: one at a time; nothing is allocated. */
#ifndef MON_TRACKER_H
#define MON_TRACKER_H

#include "mon/monitor.h"
#include "smoother.h"
#include "steady.h"

#define MON_MAX_TRACKS 256

/* What goes with a number when it is given from one track to another. */
struct mon_identity {
    int student;             /* 0 until confirmed */
    struct mon_box home;     /* the place it keeps to: a slow mean of its detections */
    int64_t born_ns;         /* first detection */
    double seen_s, missed_s; /* how long it was detected, and not, in all */
    struct mon_look look;    /* learned while it was alone */
    double look_s;           /* for so long */
};

struct mon_track {
    bool is_used;
    bool is_seen; /* in the present frame */
    bool is_dormant; /* not seen for long enough to be remembered, but its place keeps its number */
    struct mon_identity identity;
    struct mon_box box;           /* last detection */
    float velocity_x, velocity_y; /* px/s of its centre, low-passed */
    int64_t seen_ns;              /* of the last detection */
    int n_hits, n_misses;         /* until confirmed */
    float score_sum;              /* of the hits */
    double resting_s;             /* has been on another one's place for so long */
    struct mon_look look;         /* now */
    double look_s;                /* measured for so long */
    double wrong_s;               /* has looked like another one for so long */
    struct mon_steady steady;
    struct mon_smoother smoother;
};

struct mon_tracker {
    struct mon_settings settings; /* immutable */
    struct mon_track tracks[MON_MAX_TRACKS];
    int last_student;
    double camera_off_s; /* how long the students have been off their seats as one */
    bool has_time;
    int64_t now_ns;
};

/* One frame. Detections that are not finite boxes of some area are left out, as are those past
 * MON_MAX_FACES. */
void mon_tracker_step(struct mon_tracker *tracker, int64_t pts_ns,
                      const struct mon_detection *detections, int n_detections);

/* Another scene: ends all tracks; numbers go on from the last. Who surely looks like somebody of
 * before gets the old number. */
void mon_tracker_cut(struct mon_tracker *tracker);

/* Seconds since the track's last detection. */
double mon_track_unseen_s(const struct mon_tracker *tracker, const struct mon_track *track);

#endif
