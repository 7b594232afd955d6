/* See seats.h. */
#include "seats.h"

#include "looks.h"

#include <float.h>
#include <math.h>

#define SIZE_RATIO_MAX 1.6F /* of two boxes of one face */
#define HOME_S 60.0F        /* time constant of the place a student keeps to */
#define AWAY_SLOWER 5.0F    /* how much slower it moves while the student is not there */
#define SEAT_S 10.0         /* it counts as a seat when its owner has been seen for so long */
#define HANDOVER_FACES 0.6F /* on one's place: nearer than this ... */
#define RETURN_S 0.5        /* ... for so long: a new track takes the old number */
#define SWAP_S 2.0          /* ... for so long on another one's seat: two swap numbers */
#define LOOK_DOUBT 0.15F    /* looks that speak against it by more than this decide */
#define CAMERA_FACES 0.8F   /* the camera has moved when the median student is off by this, */
#define CAMERA_MIN 5        /* of at least so many, */
#define CAMERA_S 0.5        /* for so long */

float mon_box_centre_x(const struct mon_box *box)
{
    return box->x + box->w / 2;
}

float mon_box_centre_y(const struct mon_box *box)
{
    return box->y + box->h / 2;
}

float mon_box_distance(const struct mon_box *a, const struct mon_box *b)
{
    float ratio = a->w > b->w ? a->w / b->w : b->w / a->w;
    if (ratio > SIZE_RATIO_MAX)
        return FLT_MAX;
    float apart_px = hypotf(mon_box_centre_x(a) - mon_box_centre_x(b),
                            mon_box_centre_y(a) - mon_box_centre_y(b));
    return apart_px / (0.5F * (a->w + b->w));
}

static bool is_at(const struct mon_box *box, const struct mon_box *place)
{
    return mon_box_distance(box, place) < HANDOVER_FACES;
}

void mon_seats_settle(struct mon_track *track, float dt_s)
{
    const struct mon_box *box = &track->box;
    struct mon_box *home = &track->identity.home;
    float time_s = fminf(HOME_S, (float)track->identity.seen_s + dt_s + FLT_MIN);
    if (!is_at(box, home))
        time_s *= AWAY_SLOWER;
    float factor = fminf(1, dt_s / time_s);
    home->x += factor * (box->x - home->x);
    home->y += factor * (box->y - home->y);
    home->w += factor * (box->w - home->w);
    home->h += factor * (box->h - home->h);
}

/* A track born after `lost` was lost, where that was last or used to be: one person. */
static bool is_return_of(const struct mon_track *track, const struct mon_track *lost)
{
    return !lost->is_seen && lost->identity.student < track->identity.student &&
           lost->seen_ns < track->identity.born_ns &&
           (is_at(&track->box, &lost->box) || is_at(&track->box, &lost->identity.home));
}

/* A track on the place of another one that is not there, and away from its own: they were mixed up
 * on the way, as when one walked past the other. */
static bool is_in_seat_of(const struct mon_track *track, const struct mon_track *owner)
{
    return owner->identity.seen_s >= SEAT_S && is_at(&track->box, &owner->identity.home) &&
           !is_at(&track->box, &track->identity.home) && !is_at(&owner->box, &owner->identity.home);
}

/* Who `track` ought to be, if not itself. */
static struct mon_track *find_other(struct mon_tracker *tracker, const struct mon_track *track,
                                    bool *is_return)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *other = &tracker->tracks[i];
        if (!other->is_used || other == track || !other->identity.student)
            continue;
        *is_return = is_return_of(track, other);
        if ((*is_return || is_in_seat_of(track, other)) &&
            mon_looks_against(track, other) <= LOOK_DOUBT)
            return other;
    }
    return NULL;
}

static void hand_over(struct mon_tracker *tracker, struct mon_track *track, float dt_s)
{
    bool is_return = false;
    struct mon_track *other = find_other(tracker, track, &is_return);
    track->resting_s = other ? track->resting_s + (double)dt_s : 0;
    if (!other || track->resting_s < (is_return ? RETURN_S : SWAP_S))
        return;
    struct mon_identity identity = track->identity;
    track->identity = other->identity;
    track->resting_s = 0;
    other->identity = identity;
    other->is_used = !is_return;
}

void mon_seats_hand_over(struct mon_tracker *tracker, float dt_s)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (track->is_used && track->is_seen && track->identity.student)
            hand_over(tracker, track, dt_s);
    }
}

/* Sorted insertion. */
static void insert(float *values, int n, float value)
{
    for (; n > 0 && values[n - 1] > value; n--)
        values[n] = values[n - 1];
    values[n] = value;
}

static void shift(struct mon_tracker *tracker, float x, float y)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        track->identity.home.x += x;
        track->identity.home.y += y;
        if (!track->is_seen) {
            track->box.x += x;
            track->box.y += y;
        }
    }
}

void mon_seats_follow_camera(struct mon_tracker *tracker, float dt_s)
{
    float x[MON_MAX_FACES], y[MON_MAX_FACES], size[MON_MAX_FACES];
    int n = 0, n_unseen = 0;
    for (int i = 0; i < MON_MAX_TRACKS && n < MON_MAX_FACES; i++) {
        const struct mon_track *track = &tracker->tracks[i];
        if (!track->is_used || track->identity.seen_s < SEAT_S)
            continue;
        n_unseen += !track->is_seen;
        if (!track->is_seen)
            continue;
        const struct mon_box *home = &track->identity.home;
        insert(x, n, mon_box_centre_x(&track->box) - mon_box_centre_x(home));
        insert(y, n, mon_box_centre_y(&track->box) - mon_box_centre_y(home));
        insert(size, n++, track->box.w);
    }
    bool is_off =
        n >= CAMERA_MIN && n > n_unseen && hypotf(x[n / 2], y[n / 2]) > CAMERA_FACES * size[n / 2];
    tracker->camera_off_s = is_off ? tracker->camera_off_s + (double)dt_s : 0;
    if (tracker->camera_off_s < CAMERA_S)
        return;
    shift(tracker, x[n / 2], y[n / 2]);
    tracker->camera_off_s = 0;
}
