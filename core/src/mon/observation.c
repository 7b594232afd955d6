/* See mon/observation.h. */
#include "mon/observation.h"

#include "base/clock.h"

#include <math.h>

static const char *const reason_names[] = {
    [MON_SURE] = "",
    [MON_REASON_NEW] = "new",
    [MON_REASON_UNSEEN] = "unseen",
    [MON_REASON_SMALL] = "small",
    [MON_REASON_BLURRED] = "blurred",
    [MON_REASON_TURNED] = "turned",
    [MON_REASON_DARK] = "dark",
    [MON_REASON_UNDECIDED] = "undecided",
};
_Static_assert(sizeof reason_names / sizeof *reason_names == MON_REASON_COUNT, "one name a reason");

#define CARRY_MAX_S 0.5

const char *mon_reason_name(enum mon_reason reason)
{
    unsigned index = (unsigned)reason;
    return index < MON_REASON_COUNT ? reason_names[index] : "";
}

/* Compared before subtracting: the times may be any int64, as after a seek in a damaged file. */
static double seconds_between(int64_t from_ns, int64_t to_ns)
{
    double difference_s = ((double)to_ns - (double)from_ns) / (double)FB_NS_PER_S;
    if (fabs(difference_s) < 2 * CARRY_MAX_S)
        difference_s = (double)(to_ns - from_ns) / (double)FB_NS_PER_S;
    return fmin(CARRY_MAX_S, fmax(-CARRY_MAX_S, difference_s));
}

void mon_observation_carry(struct mon_observation *observation, int64_t pts_ns)
{
    float ahead_s = (float)seconds_between(observation->pts_ns, pts_ns);
    for (int i = 0; i < observation->n_faces; i++) {
        struct mon_face *face = &observation->faces[i];
        face->box.x += face->velocity_x * ahead_s;
        face->box.y += face->velocity_y * ahead_s;
    }
}

float mon_box_iou(const struct mon_box *a, const struct mon_box *b)
{
    float width = fminf(a->x + a->w, b->x + b->w) - fmaxf(a->x, b->x);
    float height = fminf(a->y + a->h, b->y + b->h) - fmaxf(a->y, b->y);
    if (!(width > 0) || !(height > 0))
        return 0;
    float shared = width * height;
    return shared / (a->w * a->h + b->w * b->h - shared);
}
