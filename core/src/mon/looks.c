/* See looks.h. The constants were chosen on the hard demo class (tests/vision/identity). */
#include "looks.h"

#include <float.h>
#include <math.h>

#define DIFFERENCE_MAX 3.0F /* one number that is far off says no more than this */
#define N_LEFT_OUT 3
#define RECENT_S 0.4F /* time constant of what a track looks like now */
#define LEARN_S 20.0F /* and of what its number's owner looks like; at first the plain mean */
#define KNOWN_S 1.5   /* an owner's look counts when learned for so long */
#define SAME 0.9F     /* surely the same person below, */
#define OTHER 1.3F    /* surely another one above */
#define CLEARLY 1.5F  /* the next best must be so much further off */
#define WRONG_S 0.5   /* looks like somebody else for so long: put right */

/* Root mean square of all numbers but the N_LEFT_OUT that are furthest off: somebody in front may
 * cover the clothes, and a turned head shows its hair elsewhere. */
float mon_look_distance(const struct mon_look *a, const struct mon_look *b)
{
    float worst[N_LEFT_OUT + 1] = {0}, sum = 0;
    for (int i = 0; i < MON_LOOK_SIZE; i++) {
        float difference = fminf(fabsf(a->values[i] - b->values[i]), DIFFERENCE_MAX);
        sum += difference * difference;
        int at = N_LEFT_OUT;
        for (; at > 0 && worst[at - 1] < difference; at--)
            worst[at] = worst[at - 1];
        worst[at] = difference;
    }
    for (int i = 0; i < N_LEFT_OUT; i++)
        sum -= worst[i] * worst[i];
    return sqrtf(fmaxf(0, sum) / (MON_LOOK_SIZE - N_LEFT_OUT));
}

static bool is_known(const struct mon_identity *identity)
{
    return identity->look_s >= KNOWN_S;
}

float mon_looks_match(const struct mon_track *track, const struct mon_detection *detection)
{
    if (!detection->has_look || !is_known(&track->identity))
        return 1;
    return mon_look_distance(&track->identity.look, &detection->look);
}

float mon_looks_against(const struct mon_track *track, const struct mon_track *other)
{
    if (!(track->look_s > 0) || !is_known(&track->identity) || !is_known(&other->identity))
        return 0;
    return mon_look_distance(&other->identity.look, &track->look) -
           mon_look_distance(&track->identity.look, &track->look);
}

float mon_looks_unlike(const struct mon_track *owner, const struct mon_track *track)
{
    bool is_any = track->look_s > 0 && is_known(&owner->identity);
    return is_any ? mon_look_distance(&owner->identity.look, &track->look) : 1;
}

bool mon_looks_known(const struct mon_track *track)
{
    return is_known(&track->identity);
}

static void approach(struct mon_look *look, const struct mon_look *to, float factor)
{
    for (int i = 0; i < MON_LOOK_SIZE; i++)
        look->values[i] += factor * (to->values[i] - look->values[i]);
}

void mon_looks_learn(struct mon_track *track, const struct mon_detection *detection, bool is_alone,
                     float dt_s)
{
    struct mon_identity *identity = &track->identity;
    if (!detection->has_look)
        return;
    float step_s = fminf(dt_s, 0.5F) + FLT_MIN;
    track->look_s += (double)step_s;
    approach(&track->look, &detection->look,
             fminf(1, step_s / fminf(RECENT_S, (float)track->look_s)));
    if (!is_alone ||
        (is_known(identity) && mon_look_distance(&identity->look, &track->look) > SAME))
        return;
    identity->look_s += (double)step_s;
    approach(&identity->look, &detection->look,
             fminf(1, step_s / fminf(LEARN_S, (float)identity->look_s)));
}

/* The number that looks most like the track does now, if surely; NULL else. */
static struct mon_track *find_owner(struct mon_tracker *tracker, const struct mon_track *track,
                                    bool is_seen_too)
{
    struct mon_track *best = NULL;
    float nearest = SAME, second = FLT_MAX;
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *other = &tracker->tracks[i];
        if (!other->is_used || !other->identity.student || !is_known(&other->identity) ||
            (other->is_seen && !is_seen_too && other != track))
            continue;
        float apart = mon_look_distance(&other->identity.look, &track->look);
        if (apart < nearest) {
            second = best ? nearest : second;
            nearest = apart;
            best = other;
        } else {
            second = fminf(second, apart);
        }
    }
    return second > CLEARLY * nearest && second > nearest + 0.3F ? best : NULL;
}

struct mon_track *mon_looks_recall(struct mon_tracker *tracker, const struct mon_track *track)
{
    return track->look_s > 0 ? find_owner(tracker, track, false) : NULL;
}

static void put_right(struct mon_tracker *tracker, struct mon_track *track, float dt_s)
{
    bool is_wrong = is_known(&track->identity) &&
                    mon_look_distance(&track->identity.look, &track->look) > OTHER;
    struct mon_track *owner = is_wrong ? find_owner(tracker, track, true) : NULL;
    bool is_owner_right = owner && owner->is_seen && owner->look_s > 0 &&
                          mon_look_distance(&owner->identity.look, &owner->look) < SAME;
    track->wrong_s = owner && owner != track && !is_owner_right ? track->wrong_s + (double)dt_s : 0;
    if (track->wrong_s < WRONG_S)
        return;
    struct mon_identity identity = track->identity;
    track->identity = owner->identity;
    owner->identity = identity;
    track->wrong_s = owner->wrong_s = 0;
}

void mon_looks_put_right(struct mon_tracker *tracker, float dt_s)
{
    for (int i = 0; i < MON_MAX_TRACKS; i++) {
        struct mon_track *track = &tracker->tracks[i];
        if (track->is_used && track->is_seen && track->identity.student && track->look_s > 0)
            put_right(tracker, track, dt_s);
    }
}
