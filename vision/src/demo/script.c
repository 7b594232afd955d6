/* See script.h. */
#include "script.h"

#include "script_hard.h"

#include <math.h>

#define EXPRESSION_SLOT_S 12.0
#define EXPRESSION_BLEND_S 0.4
#define DOWN_SLOT_S 13.0
#define DOWN_TURN_S 0.5
#define BLINK_SLOT_S 3.7
#define BLINK_S 0.2
#define TRIP_SLOT_S 28.0
#define TRIP_STAND_S 0.9
#define TRIP_CROSS_S 6.0     /* from one side of the picture to the other */
#define STUDENTS_PER_LANE 12 /* one of so many may be on a trip at a time */
#define STAND_UP 0.95f       /* face squares */
#define TWO_PI 6.283185307179586

enum lot { LOT_MOTION = 1, LOT_EXPRESSION, LOT_DOWN, LOT_BLINK, LOT_TRIP, LOT_LIGHT };

static struct fb_rng draw(uint64_t seed, enum lot lot, int who, int64_t slot)
{
    struct fb_rng rng;
    uint64_t index = (uint64_t)lot << 56 | (uint64_t)who << 40 | ((uint64_t)slot & 0xffffffffff);
    fb_rng_seed_stream(&rng, seed, index);
    return rng;
}

/* Each student's slots begin at times of their own. */
static double phase_s(uint64_t seed, enum lot lot, int who, double slot_s)
{
    struct fb_rng rng = draw(seed, lot, who, -1);
    return (double)fb_rng_float(&rng) * slot_s;
}

static double smooth(double t)
{
    t = fmin(fmax(t, 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

/* ---- expressions
 * -------------------------------------------------------------------------------------- */

struct change {
    double at_s;
    int expression;
};

static struct change change_in(uint64_t seed, int student, int64_t slot)
{
    static const float shares[] = {0.36f, 0.28f, 0.15f, 0.06f, 0.06f, 0.03f, 0.03f, 0.03f};
    _Static_assert(sizeof shares / sizeof *shares == FB_EXPRESSION_COUNT, "a share for each");
    struct fb_rng rng = draw(seed, LOT_EXPRESSION, student, slot);
    struct change change = {
        (double)slot * EXPRESSION_SLOT_S + (double)fb_rng_range(&rng, 0.0f, 7.4f), FB_NEUTRAL};
    float left = fb_rng_float(&rng);
    for (int e = 0; e < FB_EXPRESSION_COUNT; e++) {
        if (left < shares[e]) {
            change.expression = e;
            break;
        }
        left -= shares[e];
    }
    return change;
}

static void express(struct demo_pose *pose, uint64_t seed, int student, double t_s)
{
    double t = t_s + phase_s(seed, LOT_EXPRESSION, student, EXPRESSION_SLOT_S);
    int64_t slot = (int64_t)floor(t / EXPRESSION_SLOT_S);
    struct change now = change_in(seed, student, slot);
    if (t < now.at_s)
        now = change_in(seed, student, --slot);
    struct change before = change_in(seed, student, slot - 1);
    double mix =
        before.expression == now.expression ? 1.0 : smooth((t - now.at_s) / EXPRESSION_BLEND_S);
    pose->face.mix_16 = (int)lrint(16.0 * mix);
    pose->face.to = now.expression;
    pose->face.from = pose->face.mix_16 == 16 ? now.expression : before.expression;
    float share = (float)pose->face.mix_16 / 16.0f;
    pose->expression = share >= 0.5f ? now.expression : before.expression;
    pose->weight = fmaxf(share, 1.0f - share);
}

/* ---- trips
 * --------------------------------------------------------------------------------------------- */

struct trip {
    bool is_any;
    double since_s, left_s; /* of it at this time; negative: not yet, or over */
    float x_offset, up;     /* px; 0 on the chair, 1 upright */
    bool is_away;
};

/* Where on the way out: 0 at the seat, 1 out of the picture; the way back is the same backwards. */
static void walk(struct trip *trip, const struct demo_layout *l, const struct demo_seat *seat,
                 bool is_left, double out_s, double away_s)
{
    float face = l->rows[seat->row].face_px;
    float exit_x = is_left ? -1.1f * face : (float)l->width + 1.1f * face;
    double t = trip->since_s, way_s = out_s - TRIP_STAND_S;
    if (t > out_s + away_s)
        t = 2.0 * out_s + away_s - t;
    trip->up = (float)smooth(t / TRIP_STAND_S);
    double share = fmin(fmax((t - TRIP_STAND_S) / way_s, 0.0), 1.0);
    trip->x_offset = (exit_x - seat->x) * (float)share;
    trip->is_away = share >= 1.0;
}

static struct trip trip_at(const struct demo_layout *l, uint64_t seed, int student, double t_s)
{
    int n_lanes = l->n_students / STUDENTS_PER_LANE + 1, lane = student % n_lanes;
    int n_in_lane = (l->n_students - lane + n_lanes - 1) / n_lanes;
    double lane_t = t_s + TRIP_SLOT_S * (double)lane / n_lanes;
    int64_t slot = (int64_t)floor(lane_t / TRIP_SLOT_S);
    struct fb_rng rng = draw(seed, LOT_TRIP, lane, slot);
    const struct demo_seat *seat = &l->seats[student];
    if ((int)fb_rng_below(&rng, (uint32_t)n_in_lane) != student / n_lanes)
        return (struct trip){0};
    double begin_s = (double)fb_rng_range(&rng, 2.0f, 5.0f),
           away_s = (double)fb_rng_range(&rng, 2.0f, 5.0f);
    bool is_left = fb_rng_below(&rng, 2) == 0;
    float distance = (is_left ? seat->x : (float)l->width - seat->x) / (float)l->width;
    double out_s = TRIP_STAND_S + 1.0 + (TRIP_CROSS_S - 1.0) * (double)distance;
    struct trip trip = {.is_any = true};
    trip.since_s = lane_t - (double)slot * TRIP_SLOT_S - begin_s;
    trip.left_s = 2.0 * out_s + away_s - trip.since_s;
    if (trip.since_s > 0.0 && trip.left_s > 0.0)
        walk(&trip, l, seat, is_left, out_s, away_s);
    return trip;
}

/* ---- eyes and head
 * ------------------------------------------------------------------------------------- */

static double down_at(uint64_t seed, int student, double t_s, const struct trip *trip)
{
    double t = t_s + phase_s(seed, LOT_DOWN, student, DOWN_SLOT_S);
    int64_t slot = (int64_t)floor(t / DOWN_SLOT_S);
    struct fb_rng rng = draw(seed, LOT_DOWN, student, slot);
    if (fb_rng_float(&rng) > 0.65f)
        return 0.0;
    double begin_s = (double)fb_rng_range(&rng, 0.0f, 7.0f),
           length_s = (double)fb_rng_range(&rng, 2.5f, 5.5f);
    double since_s = t - (double)slot * DOWN_SLOT_S - begin_s;
    double down = smooth(since_s / DOWN_TURN_S) * smooth((length_s - since_s) / DOWN_TURN_S);
    if (!trip->is_any)
        return down;
    return down * (trip->since_s < 0.0 ? smooth(-trip->since_s / DOWN_TURN_S)
                                       : smooth(-trip->left_s / DOWN_TURN_S));
}

static int blink_at(uint64_t seed, int student, double t_s)
{
    double t = t_s + phase_s(seed, LOT_BLINK, student, BLINK_SLOT_S);
    int64_t slot = (int64_t)floor(t / BLINK_SLOT_S);
    struct fb_rng rng = draw(seed, LOT_BLINK, student, slot);
    double begin_s = (double)fb_rng_range(&rng, 0.0f, 3.4f);
    double share = (t - (double)slot * BLINK_SLOT_S - begin_s) / BLINK_S;
    return share <= 0.0 || share >= 1.0
               ? 0
               : (int)lrint(4.0 * fmin(1.0, 2.2 * (1.0 - fabs(2.0 * share - 1.0))));
}

struct sway {
    float x, y, angle, scale, lean;
};

static float wave(struct fb_rng *rng, double t_s, float least_s, float most_s)
{
    double period_s = (double)fb_rng_range(rng, least_s, most_s), start = (double)fb_rng_float(rng);
    return (float)sin(TWO_PI * (t_s / period_s + start));
}

static struct sway sway_at(uint64_t seed, int student, double t_s)
{
    struct fb_rng rng = draw(seed, LOT_MOTION, student, 0);
    struct sway sway;
    sway.lean = 0.07f * wave(&rng, t_s, 14.0f, 24.0f);
    sway.x =
        sway.lean + 0.045f * wave(&rng, t_s, 5.0f, 9.0f) + 0.012f * wave(&rng, t_s, 2.0f, 3.5f);
    sway.y = 0.018f * wave(&rng, t_s, 4.0f, 8.0f) + 0.008f * wave(&rng, t_s, 2.5f, 4.0f);
    sway.angle = 0.25f * sway.lean + 0.040f * wave(&rng, t_s, 6.0f, 12.0f);
    sway.scale = 1.0f + 0.025f * wave(&rng, t_s, 8.0f, 15.0f);
    return sway;
}

struct demo_pose demo_script_pose(const struct demo_layout *l, uint64_t seed, int student,
                                  double t_s)
{
    const struct demo_seat *seat = &l->seats[student];
    float face = l->rows[seat->row].face_px;
    struct demo_pose pose = {0};
    struct trip trip = l->is_hard ? (struct trip){0} : trip_at(l, seed, student, t_s);
    struct sway sway = sway_at(seed, student, t_s);
    float down = l->is_hard ? 0.0f : (float)down_at(seed, student, t_s, &trip);
    float step = trip.x_offset != 0.0f ? (float)sin(TWO_PI * 1.8 * t_s) : 0.0f;
    express(&pose, seed, student, t_s);
    pose.face.down_16 = (int)lrintf(16.0f * down);
    pose.face.blink_4 = blink_at(seed, student, t_s);
    pose.is_looking_down = down > 0.35f;
    pose.body_x = seat->x + 0.35f * sway.x * face + trip.x_offset;
    pose.body_y = seat->y - STAND_UP * face * trip.up - 0.02f * face * fabsf(step);
    pose.x = pose.body_x + 0.65f * sway.x * face;
    pose.y = pose.body_y + (sway.y + 0.10f * down) * face;
    pose.slide = 0.14f * face * down;
    pose.scale = sway.scale;
    pose.angle = sway.angle + 0.02f * step;
    pose.is_up = trip.up > 0.0f;
    pose.is_absent = trip.is_away;
    if (l->is_hard)
        demo_hard_behave(&pose, l, seed, student, t_s);
    return pose;
}

struct demo_light demo_script_light(uint64_t seed, double t_s)
{
    struct fb_rng rng = draw(seed, LOT_LIGHT, 0, 0);
    float cloud = 0.6f * wave(&rng, t_s, 35.0f, 50.0f) + 0.4f * wave(&rng, t_s, 13.0f, 19.0f);
    return (struct demo_light){1.0f + 0.10f * cloud, 1.0f + 0.05f * cloud};
}
