/* core/mon: timeline and observation. The timeline is checked against a dense array of ticks that
 * is rebuilt from all observations for every question. */
#include "base/clock.h"
#include "base/rng.h"
#include "mon/timeline.h"
#include "test.h"

#define TICK_NS (100 * FB_NS_PER_MS)
#define HOLD_TICKS 20
#define MAX_TICKS 1200
#define MAX_STUDENTS 6

static struct mon_observation observation_at(double time_s)
{
    return (struct mon_observation){.pts_ns = (int64_t)llround(time_s * 1e9)};
}

static void put(struct mon_observation *observation, int student, int expression, float confidence)
{
    observation->faces[observation->n_faces++] = (struct mon_face){
        .student = student, .expression = expression, .confidence = confidence, .is_seen = true};
}

static struct mon_timeline *create(void)
{
    struct mon_timeline *timeline = NULL;
    CHECK_INT(mon_timeline_create(&timeline), FB_OK);
    return timeline;
}

static void observation_carries_boxes(void)
{
    struct mon_observation o = {.pts_ns = FB_NS_PER_S, .n_faces = 1};
    o.faces[0] = (struct mon_face){.box = {10, 20, 30, 30}, .velocity_x = 100, .velocity_y = -10};
    struct mon_observation ahead = o, far = o, behind = o;
    mon_observation_carry(&ahead, FB_NS_PER_S + 100 * FB_NS_PER_MS);
    CHECK_NEAR(ahead.faces[0].box.x, 20, 1e-4);
    CHECK_NEAR(ahead.faces[0].box.y, 19, 1e-4);
    mon_observation_carry(&far, INT64_MAX);
    CHECK_NEAR(far.faces[0].box.x, 60, 1e-4);
    mon_observation_carry(&behind, INT64_MIN);
    CHECK_NEAR(behind.faces[0].box.x, -40, 1e-4);
}

static void box_iou_of_known_pairs(void)
{
    struct mon_box a = {0, 0, 10, 10}, half = {5, 0, 10, 10}, apart = {10, 0, 5, 5}, none = {0};
    CHECK_NEAR(mon_box_iou(&a, &a), 1, 1e-6);
    CHECK_NEAR(mon_box_iou(&a, &half), 1 / 3.0, 1e-6);
    CHECK_NEAR(mon_box_iou(&a, &apart), 0, 0);
    CHECK_NEAR(mon_box_iou(&none, &none), 0, 0);
}

static void reasons_have_names(void)
{
    CHECK_STR(mon_reason_name(MON_SURE), "");
    for (int i = 1; i < MON_REASON_COUNT; i++)
        CHECK(*mon_reason_name((enum mon_reason)i));
    CHECK_STR(mon_reason_name((enum mon_reason)77), "");
}

static void empty_timeline_answers(void)
{
    struct mon_timeline *timeline = create();
    int64_t first, last;
    CHECK(!mon_timeline_span(timeline, &first, &last));
    CHECK_INT(mon_timeline_n_students(timeline), 0);
    struct mon_class_cell cell;
    mon_timeline_class_cells(timeline, 0, FB_NS_PER_S, &cell, 1);
    CHECK_NEAR(cell.n_faces, 0, 0);
    mon_timeline_destroy(&timeline);
    CHECK(!timeline);
    mon_timeline_destroy(&timeline);
}

static void strip_shows_the_longest_state(void)
{
    struct mon_timeline *timeline = create();
    for (int i = 0; i < 10; i++) {
        struct mon_observation o = observation_at(i * 0.1);
        put(&o, 7, i < 6 ? FB_HAPPINESS : MON_NOT_SURE, i < 6 ? 1.0F : 0.0F);
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    }
    CHECK_INT(mon_timeline_student(timeline, 0), 7);
    struct mon_cell cells[4];
    mon_timeline_cells(timeline, 0, 0, FB_NS_PER_S, cells, 1);
    CHECK_INT(cells[0].state, FB_HAPPINESS);
    CHECK_INT(cells[0].confidence, 153); /* 0.6 of 255 */
    mon_timeline_cells(timeline, 0, 0, 2 * FB_NS_PER_S, cells, 4);
    CHECK_INT(cells[0].state, FB_HAPPINESS);
    CHECK_INT(cells[0].confidence, 255);
    CHECK_INT(cells[1].state, MON_NOT_SURE);
    CHECK_INT(cells[2].state, MON_CELL_UNSEEN);
    CHECK_INT(cells[3].state, MON_CELL_UNSEEN);
    struct mon_student_summary summary = mon_timeline_summary(timeline, 0);
    CHECK_NEAR(summary.seen_s, 1.0, 1e-9);
    CHECK_NEAR(summary.not_sure_s, 0.4, 1e-9);
    CHECK_NEAR(summary.expression_s[FB_HAPPINESS], 0.6, 1e-9);
    CHECK_NEAR(summary.last_seen_s, 1.0, 1e-9);
    mon_timeline_destroy(&timeline);
}

/* A camera that is gone for longer than the hold leaves a gap; a slow analysis does not. */
static void gaps_are_gaps(void)
{
    struct mon_timeline *timeline = create();
    static const double times_s[] = {0, 1.5, 3.0, 9.0};
    for (int i = 0; i < 4; i++) {
        struct mon_observation o = observation_at(times_s[i]);
        put(&o, 1, FB_NEUTRAL, 0.9F);
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    }
    CHECK_NEAR(mon_timeline_summary(timeline, 0).seen_s, 3.2, 1e-9);
    struct mon_cell cells[10];
    mon_timeline_cells(timeline, 0, 0, 10 * FB_NS_PER_S, cells, 10);
    for (int i = 0; i < 10; i++)
        CHECK_INT(cells[i].state, i < 3 ? FB_NEUTRAL : MON_CELL_UNSEEN);
    mon_timeline_destroy(&timeline);
}

static void class_shares_sum_to_one(void)
{
    struct mon_timeline *timeline = create();
    struct mon_observation o = observation_at(0);
    put(&o, 1, FB_HAPPINESS, 0.9F);
    put(&o, 2, FB_HAPPINESS, 0.9F);
    put(&o, 3, FB_NEUTRAL, 0.9F);
    put(&o, 4, MON_NOT_SURE, 0.3F);
    CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    struct mon_class_cell cell;
    mon_timeline_class_cells(timeline, 0, TICK_NS, &cell, 1);
    CHECK_NEAR(cell.share[FB_HAPPINESS], 0.5, 1e-6);
    CHECK_NEAR(cell.share[FB_NEUTRAL], 0.25, 1e-6);
    CHECK_NEAR(cell.not_sure, 0.25, 1e-6);
    CHECK_NEAR(cell.n_faces, 4, 1e-5);
    mon_timeline_destroy(&timeline);
}

/* The oracle: what each tick's newest observation said, dense. */
struct oracle {
    bool is_observed[MAX_TICKS];
    int8_t said[MAX_STUDENTS + 1][MAX_TICKS]; /* by student, in the tick's last observation */
    uint8_t level[MAX_STUDENTS + 1][MAX_TICKS];
    int8_t shown[MAX_STUDENTS + 1][MAX_TICKS]; /* with holds, by oracle_settle */
    uint8_t shown_level[MAX_STUDENTS + 1][MAX_TICKS];
};

static void oracle_add(struct oracle *oracle, const struct mon_observation *o)
{
    int tick = (int)(o->pts_ns / TICK_NS);
    oracle->is_observed[tick] = true;
    for (int s = 1; s <= MAX_STUDENTS; s++)
        oracle->said[s][tick] = MON_CELL_UNSEEN;
    for (int i = 0; i < o->n_faces; i++) {
        int s = o->faces[i].student;
        oracle->said[s][tick] = (int8_t)o->faces[i].expression;
        int level = (int)(o->faces[i].confidence * 16);
        oracle->level[s][tick] = (uint8_t)((level > 15 ? 15 : level) * 255 / 15);
    }
}

static void oracle_settle(struct oracle *oracle)
{
    for (int s = 1; s <= MAX_STUDENTS; s++)
        for (int tick = 0; tick < MAX_TICKS; tick++) {
            int from = tick, next = tick + 1;
            while (from >= 0 && !oracle->is_observed[from])
                from--;
            while (next < MAX_TICKS && !oracle->is_observed[next])
                next++;
            bool is_held = from == tick || (next < MAX_TICKS && next - from <= HOLD_TICKS);
            bool is_said = from >= 0 && is_held;
            oracle->shown[s][tick] = is_said ? oracle->said[s][from] : MON_CELL_UNSEEN;
            oracle->shown_level[s][tick] = is_said ? oracle->level[s][from] : 0;
        }
}

/* Ticks of each state in a column whose edges lie on ticks. */
static struct mon_cell oracle_cell(const struct oracle *oracle, int s, int from, int to)
{
    int n[FB_EXPRESSION_COUNT + 2] = {0}, n_seen = 0, sum = 0;
    for (int tick = from; tick < to; tick++) {
        bool is_inside = tick >= 0 && tick < MAX_TICKS;
        int8_t state = is_inside ? oracle->shown[s][tick] : MON_CELL_UNSEEN;
        n[state >= 0 ? state : FB_EXPRESSION_COUNT - 1 - state]++;
        if (state == MON_CELL_UNSEEN)
            continue;
        n_seen++;
        sum += oracle->shown_level[s][tick];
    }
    int longest = 0;
    for (int i = 1; i < FB_EXPRESSION_COUNT + 2; i++)
        if (n[i] > n[longest])
            longest = i;
    if (longest == FB_EXPRESSION_COUNT + 1)
        return (struct mon_cell){.state = MON_CELL_UNSEEN};
    return (struct mon_cell){.state =
                                 (int8_t)(longest == FB_EXPRESSION_COUNT ? MON_NOT_SURE : longest),
                             .confidence = (uint8_t)((double)sum / n_seen + 0.5)};
}

static struct mon_observation random_observation(struct fb_rng *rng)
{
    struct mon_observation o = {.pts_ns = fb_rng_below(rng, MAX_TICKS) * TICK_NS};
    o.pts_ns += fb_rng_below(rng, 100) * FB_NS_PER_MS;
    for (int s = 1; s <= MAX_STUDENTS; s++)
        if (fb_rng_below(rng, 3))
            put(&o, s, (int)fb_rng_below(rng, 4) - 1, fb_rng_float(rng));
    return o;
}

static void check_against(const struct mon_timeline *timeline, const struct oracle *oracle,
                          struct fb_rng *rng)
{
    int width = 1 + (int)fb_rng_below(rng, 40), from = (int)fb_rng_below(rng, MAX_TICKS) - 20;
    struct mon_cell cells[32];
    struct mon_class_cell class_cells[32];
    int64_t from_ns = from * TICK_NS, to_ns = from_ns + 32 * width * TICK_NS;
    mon_timeline_class_cells(timeline, from_ns, to_ns, class_cells, 32);
    double n_faces[32] = {0}, n_happy[32] = {0};
    for (int row = 0; row < mon_timeline_n_students(timeline); row++) {
        int s = mon_timeline_student(timeline, row);
        mon_timeline_cells(timeline, row, from_ns, to_ns, cells, 32);
        for (int i = 0; i < 32; i++) {
            int start = from + i * width;
            struct mon_cell expected = oracle_cell(oracle, s, start, start + width);
            CHECK_INT(cells[i].state, expected.state);
            CHECK_NEAR(cells[i].confidence, expected.confidence, 1);
            for (int tick = start; tick < start + width; tick++) {
                if (tick < 0 || tick >= MAX_TICKS)
                    continue;
                n_faces[i] += oracle->shown[s][tick] != MON_CELL_UNSEEN;
                n_happy[i] += oracle->shown[s][tick] == FB_HAPPINESS;
            }
        }
    }
    for (int i = 0; i < 32; i++) {
        CHECK_NEAR(class_cells[i].n_faces, n_faces[i] / width, 1e-4);
        double share = n_faces[i] > 0 ? n_happy[i] / n_faces[i] : 0;
        CHECK_NEAR(class_cells[i].share[FB_HAPPINESS], share, 1e-4);
    }
}

static void random_order_agrees_with_the_oracle(void)
{
    static struct oracle oracle;
    struct fb_rng rng;
    for (uint64_t seed = 0; seed < 6; seed++) {
        fb_rng_seed(&rng, seed);
        memset(&oracle, 0, sizeof oracle);
        struct mon_timeline *timeline = create();
        int n_observations = 20 << seed;
        for (int i = 0; i < n_observations; i++) {
            struct mon_observation o = random_observation(&rng);
            CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
            oracle_add(&oracle, &o);
        }
        oracle_settle(&oracle);
        for (int i = 0; i < 10; i++)
            check_against(timeline, &oracle, &rng);
        mon_timeline_destroy(&timeline);
    }
}

static void summaries_agree_with_the_oracle(void)
{
    static struct oracle oracle;
    struct fb_rng rng;
    fb_rng_seed(&rng, 99);
    memset(&oracle, 0, sizeof oracle);
    struct mon_timeline *timeline = create();
    for (int i = 0; i < 400; i++) {
        struct mon_observation o = random_observation(&rng);
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
        oracle_add(&oracle, &o);
    }
    oracle_settle(&oracle);
    for (int row = 0; row < mon_timeline_n_students(timeline); row++) {
        struct mon_student_summary summary = mon_timeline_summary(timeline, row);
        int n[FB_EXPRESSION_COUNT + 2] = {0};
        for (int tick = 0; tick < MAX_TICKS; tick++)
            n[oracle.shown[summary.student][tick] + 2]++;
        CHECK_NEAR(summary.seen_s, (MAX_TICKS - n[0]) * 0.1, 1e-6);
        CHECK_NEAR(summary.not_sure_s, n[1] * 0.1, 1e-6);
        for (int k = 0; k < FB_EXPRESSION_COUNT; k++)
            CHECK_NEAR(summary.expression_s[k], n[k + 2] * 0.1, 1e-6);
    }
    mon_timeline_destroy(&timeline);
}

static void add_lesson(struct mon_timeline *timeline, int n_students, double hours)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 5);
    int state[MON_MAX_FACES] = {0};
    float confidence[MON_MAX_FACES] = {0};
    for (int64_t i = 0; i < (int64_t)(hours * 36000); i++) {
        struct mon_observation o = observation_at((double)i * 0.1);
        for (int s = 0; s < n_students; s++) {
            if (!fb_rng_below(&rng, 30))
                state[s] = (int)fb_rng_below(&rng, 9) - 1;
            confidence[s] += 0.1F * (fb_rng_float(&rng) - confidence[s]);
            put(&o, s + 1, state[s], confidence[s]);
        }
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    }
}

/* A bound with room for a slow, loaded machine; the time itself is printed. */
static void three_hours_draw_quickly(void)
{
    struct mon_timeline *timeline = create();
    int64_t start_ns = fb_clock_now_ns();
    add_lesson(timeline, 40, 3);
    double add_us = (double)(fb_clock_now_ns() - start_ns) / 1e3 / 108000;
    static struct mon_cell cells[1500];
    static struct mon_class_cell class_cells[1500];
    double best_ms = 1e9, best_class_ms = 1e9;
    for (int i = 0; i < 5; i++) {
        start_ns = fb_clock_now_ns();
        for (int row = 0; row < 40; row++)
            mon_timeline_cells(timeline, row, 0, 10800 * FB_NS_PER_S, cells, 1500);
        best_ms = fmin(best_ms, (double)(fb_clock_now_ns() - start_ns) / 1e6 / 40);
        start_ns = fb_clock_now_ns();
        mon_timeline_class_cells(timeline, 0, 10800 * FB_NS_PER_S, class_cells, 1500);
        best_class_ms = fmin(best_class_ms, (double)(fb_clock_now_ns() - start_ns) / 1e6);
    }
    printf("# add %.2f us, one strip of 3 h %.3f ms, class strip of 40 students %.2f ms\n", add_us,
           best_ms, best_class_ms);
    CHECK(best_ms < TEST_PATIENCE * 10);
    CHECK(best_class_ms < TEST_PATIENCE * 200);
    mon_timeline_destroy(&timeline);
}

static void absurd_times_are_survived(void)
{
    struct mon_timeline *timeline = create();
    static const int64_t times_ns[] = {INT64_MIN, -1, 0, INT64_MAX, INT64_MAX - 5};
    for (int i = 0; i < 5; i++) {
        struct mon_observation o = {.pts_ns = times_ns[i]};
        put(&o, 1, i == 1 ? 99 : FB_FEAR, i == 2 ? NAN : 7.0F);
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    }
    struct mon_cell cells[8];
    mon_timeline_cells(timeline, 0, INT64_MIN, INT64_MAX, cells, 8);
    mon_timeline_cells(timeline, 0, 5, 5, cells, 8);
    CHECK_INT(cells[7].state, MON_CELL_UNSEEN);
    mon_timeline_cells(timeline, 0, -TICK_NS, TICK_NS, cells, 2);
    CHECK_INT(cells[0].state, MON_NOT_SURE);
    CHECK_INT(cells[1].state, FB_FEAR);
    CHECK_INT(cells[1].confidence, 0);
    mon_timeline_destroy(&timeline);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"observation_carries_boxes", observation_carries_boxes},
        {"box_iou_of_known_pairs", box_iou_of_known_pairs},
        {"reasons_have_names", reasons_have_names},
        {"empty_timeline_answers", empty_timeline_answers},
        {"strip_shows_the_longest_state", strip_shows_the_longest_state},
        {"gaps_are_gaps", gaps_are_gaps},
        {"class_shares_sum_to_one", class_shares_sum_to_one},
        {"random_order_agrees_with_the_oracle", random_order_agrees_with_the_oracle},
        {"summaries_agree_with_the_oracle", summaries_agree_with_the_oracle},
        {"three_hours_draw_quickly", three_hours_draw_quickly},
        {"absurd_times_are_survived", absurd_times_are_survived},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
