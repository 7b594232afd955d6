/* See script_hard.h. Lengths in face squares unless they say px. */
#include "script_hard.h"

#include <math.h>

#define UP_MEAN_S 8.0
#define DOWN_MEAN_S 3.0
#define TURN_S 0.4
#define LEAN_SLOT_S 12.0
#define LEAN_TURN_S 1.0
#define LEAN_X 0.5f
#define LEAN_Y 0.2f
#define STAND_S 0.8
#define LEAVE_S 120.0
#define LEAVE_WALK_S 5.0
#define N_LEAVERS 2
#define LAMP_SLOT_S 45.0
#define LAMP_S 0.3
#define TWO_PI 6.283185307179586

enum lot { LOT_LOOK = 101, LOT_LEAN, LOT_WALK, LOT_LEAVE, LOT_LAMP };

static struct fb_rng draw(uint64_t seed, enum lot lot, int who, int64_t slot)
{
    struct fb_rng rng;
    uint64_t index = (uint64_t)lot << 56 | (uint64_t)who << 40 | ((uint64_t)slot & 0xffffffffff);
    fb_rng_seed_stream(&rng, seed, index);
    return rng;
}

static double smooth(double t)
{
    t = fmin(fmax(t, 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

struct moment {
    int64_t lesson;
    double t_s; /* in it */
};

static struct moment moment_at(double t_s)
{
    double lesson = floor(t_s / DEMO_HARD_LESSON_S);
    return (struct moment){(int64_t)lesson, t_s - lesson * DEMO_HARD_LESSON_S};
}

static double exponential(struct fb_rng *rng, double mean_s)
{
    return -mean_s * log(1.0 - 0.999 * (double)fb_rng_float(rng));
}

/* ---- eyes ---- */

static double down_at(uint64_t seed, int student, struct moment now)
{
    struct fb_rng rng = draw(seed, LOT_LOOK, student, now.lesson);
    double since_s = 0.0;
    for (bool is_down = false;; is_down = !is_down) {
        double length_s = exponential(&rng, is_down ? DOWN_MEAN_S : UP_MEAN_S);
        if (now.t_s < since_s + length_s)
            return !is_down ? 0.0
                            : smooth((now.t_s - since_s) / TURN_S) *
                                  smooth((since_s + length_s - now.t_s) / TURN_S);
        since_s += length_s;
    }
}

/* ---- leaning ---- */

struct lean {
    float x, y;
};

static struct lean lean_in(uint64_t seed, int student, int64_t slot, double *begin_s)
{
    struct fb_rng rng = draw(seed, LOT_LEAN, student, slot);
    *begin_s = ((double)slot + 0.8 * (double)fb_rng_float(&rng)) * LEAN_SLOT_S;
    float x = LEAN_X * fb_rng_normal(&rng), y = LEAN_Y * fb_rng_normal(&rng);
    return (struct lean){fminf(fmaxf(x, -1.0f), 1.0f), fminf(fmaxf(y, -0.5f), 0.5f)};
}

static struct lean lean_at(uint64_t seed, int student, double t_s)
{
    int64_t slot = (int64_t)floor(t_s / LEAN_SLOT_S);
    double begin_s, before_s;
    struct lean now = lean_in(seed, student, slot, &begin_s);
    if (t_s < begin_s)
        now = lean_in(seed, student, --slot, &begin_s);
    struct lean before = lean_in(seed, student, slot - 1, &before_s);
    float share = (float)smooth((t_s - begin_s) / LEAN_TURN_S);
    return (struct lean){before.x + share * (now.x - before.x),
                         before.y + share * (now.y - before.y)};
}

/* ---- walking ---- */

struct trip {
    double begin_s, way_s, stay_s; /* there and back take way_s each */
    float x_px, up;                /* px to the side; above the seat */
    bool is_out;
};

static float face_px(const struct demo_layout *l, int student)
{
    return l->rows[l->seats[student].row].face_px;
}

static bool is_leaver(const struct demo_layout *l, uint64_t seed, int student, int64_t lesson)
{
    struct fb_rng rng = draw(seed, LOT_LEAVE, 0xff, lesson);
    int n = l->n_students, first = (int)fb_rng_below(&rng, (uint32_t)n);
    int apart = n > 1 ? 1 + (int)fb_rng_below(&rng, (uint32_t)n - 1) : 0;
    return student == first || (N_LEAVERS > 1 && student == (first + apart) % n);
}

static struct trip leaving(const struct demo_layout *l, uint64_t seed, int student, int64_t lesson)
{
    struct fb_rng rng = draw(seed, LOT_LEAVE, student, lesson);
    float x = l->seats[student].x, face = face_px(l, student);
    bool is_left = fb_rng_below(&rng, 2) == 0;
    return (struct trip){
        .begin_s = (double)fb_rng_range(&rng, 30.0f, 160.0f),
        .way_s = LEAVE_WALK_S,
        .stay_s = LEAVE_S,
        .x_px = (is_left ? -1.2f * face : (float)l->width + 1.2f * face) - x,
        .up = 0.9f,
        .is_out = true,
    };
}

/* To a place in the picture at least a third of it away, at a height that takes the head past the
 * row's own heads or those behind; after the time in which some leave. */
static struct trip walking(const struct demo_layout *l, uint64_t seed, int student, int64_t lesson)
{
    struct fb_rng rng = draw(seed, LOT_WALK, student, lesson);
    float x = l->seats[student].x, width = (float)l->width, face = face_px(l, student);
    float to = fb_rng_range(&rng, face, width - face);
    while (fabsf(to - x) < 0.33f * width)
        to = fb_rng_range(&rng, face, width - face);
    double total_s = (double)fb_rng_range(&rng, 8.0f, 25.0f);
    bool is_late = is_leaver(l, seed, student, lesson);
    return (struct trip){
        .begin_s = (double)fb_rng_range(&rng, is_late ? 330.0f : 10.0f, 560.0f),
        .way_s = 0.25 * total_s + STAND_S,
        .stay_s = 0.5 * total_s,
        .x_px = to - x,
        .up = fb_rng_range(&rng, 0.1f, 1.1f),
    };
}

static bool take_trip(const struct trip *trip, double t_s, float face, struct demo_pose *pose)
{
    double since_s = t_s - trip->begin_s, left_s = 2.0 * trip->way_s + trip->stay_s - since_s;
    if (since_s <= 0.0 || left_s <= 0.0)
        return false;
    double way_s = fmin(since_s, left_s); /* the way back is the way there backwards */
    double share = smooth((way_s - STAND_S) / (trip->way_s - STAND_S));
    float rise = trip->up * face * (float)smooth(way_s / STAND_S);
    float step = share > 0.0 && share < 1.0 ? fabsf((float)sin(TWO_PI * 1.8 * t_s)) : 0.0f;
    pose->body_x += trip->x_px * (float)share;
    pose->x += trip->x_px * (float)share;
    pose->body_y -= rise + 0.03f * face * step;
    pose->y -= rise + 0.03f * face * step;
    pose->is_up = true;
    pose->is_absent = trip->is_out && share >= 1.0;
    return true;
}

void demo_hard_behave(struct demo_pose *pose, const struct demo_layout *l, uint64_t seed,
                      int student, double t_s)
{
    struct moment now = moment_at(t_s);
    float face = face_px(l, student);
    struct lean lean = lean_at(seed, student, t_s);
    struct trip walk = walking(l, seed, student, now.lesson),
                leave = leaving(l, seed, student, now.lesson);
    float down = (float)down_at(seed, student, now);
    pose->x += lean.x * face;
    pose->body_x += 0.9f * lean.x * face;
    pose->y += lean.y * face;
    pose->body_y += 0.9f * lean.y * face;
    bool is_away =
        take_trip(&walk, now.t_s, face, pose) ||
        (is_leaver(l, seed, student, now.lesson) && take_trip(&leave, now.t_s, face, pose));
    if (is_away)
        down = 0.0f;
    pose->face.down_16 = (int)lrintf(16.0f * down);
    pose->is_looking_down = down > 0.35f;
    pose->y += 0.10f * down * face;
    pose->slide = 0.14f * face * down;
}

struct demo_light demo_hard_light(uint64_t seed, double t_s)
{
    int64_t slot = (int64_t)floor(t_s / LAMP_SLOT_S);
    struct fb_rng rng = draw(seed, LOT_LAMP, 0, slot),
                  rng_before = draw(seed, LOT_LAMP, 0, slot - 1);
    float now = fb_rng_range(&rng, 0.62f, 1.12f), before = fb_rng_range(&rng_before, 0.62f, 1.12f);
    float share = (float)smooth((t_s - (double)slot * LAMP_SLOT_S) / LAMP_S);
    float lamp = before + share * (now - before);
    float cloud = (float)sin(TWO_PI * t_s / 17.0);
    return (struct demo_light){lamp + 0.08f * cloud, lamp + 0.03f * cloud};
}

struct demo_poster demo_hard_poster(const struct demo_layout *l, int i)
{
    static const float x[DEMO_HARD_POSTERS] = {0.30f, 0.72f};
    return (struct demo_poster){x[i] * (float)l->width, 0.105f * (float)l->height, 64.0f * l->unit};
}
