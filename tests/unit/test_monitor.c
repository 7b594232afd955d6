/* core/mon: identity, steadiness and labels, on scripted detections and on a simulated class. */
#include "base/clock.h"
#include "mon/monitor.h"
#include "sim_class.h"
#include "test.h"

static struct mon_monitor *create(const struct mon_settings *settings)
{
    struct mon_settings defaults = mon_default_settings();
    struct mon_monitor *monitor = NULL;
    CHECK_INT(mon_monitor_create(settings ? settings : &defaults, &monitor), FB_OK);
    return monitor;
}

static struct mon_detection face_at(float x, float y, float size)
{
    return (struct mon_detection){.box = {x - size / 2, y - size / 2, size, size}, .score = 1};
}

static struct mon_observation track(struct mon_monitor *monitor, double time_s,
                                    const struct mon_detection *detections, int n)
{
    struct mon_observation o = {.pts_ns = llround(time_s * 1e9), .width = 1280, .height = 720};
    mon_monitor_track(monitor, &o, detections, n);
    return o;
}

/* The student shown nearest to a place, or 0. */
static int student_at(const struct mon_observation *o, float x, float y)
{
    for (int i = 0; i < o->n_faces; i++) {
        const struct mon_box *b = &o->faces[i].box;
        if (hypotf(b->x + b->w / 2 - x, b->y + b->h / 2 - y) < b->w / 2)
            return o->faces[i].student;
    }
    return 0;
}

static void settings_are_checked(void)
{
    struct mon_monitor *monitor;
    struct mon_settings bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = mon_default_settings();
    bad[0].memory_s = 0;
    bad[1].coast_s = -1;
    bad[2].confirm_hits = 0;
    bad[3].gate_faces = NAN;
    bad[4].smoothing_s = 6;
    bad[5].hold_s = -0.1;
    bad[6].min_confidence = 1.5F;
    bad[7].min_quality = -1;
    for (int i = 0; i < 8; i++) {
        CHECK_INT(mon_monitor_create(&bad[i], &monitor), FB_ERR_USAGE);
        CHECK(!monitor);
    }
    CHECK(strstr(fb_error_text(), "min_quality"));
    mon_monitor_destroy(&monitor);
}

static void numbers_come_after_confirmation(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_detection d[2] = {face_at(100, 100, 60), face_at(400, 100, 60)};
    CHECK_INT(track(monitor, 0.0, d, 2).n_faces, 0);
    CHECK_INT(track(monitor, 0.1, d, 2).n_faces, 0);
    struct mon_observation o = track(monitor, 0.2, d, 2);
    CHECK_INT(o.n_faces, 2);
    CHECK_INT(o.faces[0].student, 1);
    CHECK_INT(o.faces[1].student, 2);
    CHECK(o.faces[0].is_seen);
    mon_monitor_destroy(&monitor);
    CHECK(!monitor);
}

static void one_hit_confirms_when_asked(void)
{
    struct mon_settings settings = mon_default_settings();
    settings.confirm_hits = 1;
    struct mon_monitor *monitor = create(&settings);
    struct mon_detection d = face_at(100, 100, 60);
    CHECK_INT(track(monitor, 0, &d, 1).n_faces, 1);
    mon_monitor_destroy(&monitor);
}

static void faint_faces_carry_on_but_do_not_start(void)
{
    struct mon_settings settings = mon_default_settings();
    settings.confirm_score = 6;
    struct mon_monitor *monitor = create(&settings);
    struct mon_detection d[2] = {face_at(100, 100, 60), face_at(400, 100, 60)};
    struct mon_observation o = {0};
    for (int i = 0; i < 40; i++) {
        d[0].score = i < 10 ? 9 : 3; /* strong at first */
        d[1].score = 4;              /* a collar, for ever */
        o = track(monitor, i * 0.1, d, 2);
    }
    CHECK_INT(o.n_faces, 1);
    CHECK_INT(o.faces[0].student, 1);
    CHECK(o.faces[0].is_seen);
    CHECK_NEAR(o.faces[0].box.x + o.faces[0].box.w / 2, 100, 1);
    mon_monitor_destroy(&monitor);
}

static void drifting_faces_keep_their_numbers(void)
{
    struct mon_monitor *monitor = create(NULL);
    for (int i = 0; i < 300; i++) {
        float t = (float)i * 0.1F;
        struct mon_detection d[2] = {face_at(200 + 80 * sinf(t), 200, 60),
                                     face_at(600 + 300 * sinf(t / 3), 300 + 40 * cosf(t), 80)};
        struct mon_observation o = track(monitor, i * 0.1, d, 2);
        CHECK_INT(o.n_faces, i < 2 ? 0 : 2);
        if (i >= 2)
            CHECK_INT(o.faces[1].student, 2);
    }
    mon_monitor_destroy(&monitor);
}

static void short_gaps_coast_and_long_ones_end(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_detection d = face_at(100, 100, 60);
    for (int i = 0; i < 10; i++)
        track(monitor, i * 0.1, &d, 1);
    struct mon_observation o = track(monitor, 1.2, NULL, 0);
    CHECK_INT(o.n_faces, 1);
    CHECK(!o.faces[0].is_seen);
    CHECK_INT(track(monitor, 1.5, NULL, 0).n_faces, 0);
    o = track(monitor, 20, &d, 1); /* remembered: at once, without confirmation */
    CHECK_INT(o.n_faces, 1);
    CHECK_INT(o.faces[0].student, 1);
    CHECK(o.faces[0].is_seen);
    track(monitor, 51, NULL, 0);
    for (int i = 0; i < 3; i++)
        o = track(monitor, 52 + i * 0.1, &d, 1);
    CHECK_INT(o.faces[0].student, 2); /* memory is over; the number is not used again */
    mon_monitor_destroy(&monitor);
}

/* Two walk through each other on parallel lines a little apart. */
static void crossing_faces_keep_their_numbers(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i <= 60; i++) {
        float t = (float)i * 0.1F;
        struct mon_detection d[2] = {face_at(100 + 100 * t, 200, 70),
                                     face_at(700 - 100 * t, 225, 70)};
        bool is_hidden = fabsf(t - 3) < 0.25F; /* the one behind is not detected */
        o = track(monitor, i * 0.1, d, is_hidden ? 1 : 2);
    }
    CHECK_INT(student_at(&o, 700, 200), 1);
    CHECK_INT(student_at(&o, 100, 225), 2);
    CHECK_INT(o.n_faces, 2);
    mon_monitor_destroy(&monitor);
}

static void walker_does_not_take_a_seat(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i <= 80; i++) {
        float t = (float)i * 0.1F, walker_x = 1100 - 150 * t;
        struct mon_detection d[2] = {face_at(walker_x, 260, 90), face_at(600, 300, 80)};
        bool is_seated_visible = fabsf(walker_x - 600) > 60;
        o = track(monitor, i * 0.1, d, is_seated_visible ? 2 : 1);
    }
    CHECK_INT(student_at(&o, 600, 300), 2);
    mon_monitor_destroy(&monitor);
}

/* Back from elsewhere under a new number, then on the old place: one person, the old number. */
static void older_number_is_handed_over(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 20; i++) {
        struct mon_detection d = face_at(300, 300, 80);
        o = track(monitor, i * 0.1, &d, 1);
    }
    CHECK_INT(o.faces[0].student, 1);
    for (int i = 0; i < 40; i++) {
        float x = fmaxf(300, 900 - 20 * (float)i);
        struct mon_detection d = face_at(x, 300, 80);
        o = track(monitor, 10 + i * 0.1, &d, 1);
        if (i == 10)
            CHECK_INT(student_at(&o, x, 300), 2);
    }
    CHECK_INT(o.n_faces, 1);
    CHECK_INT(o.faces[0].student, 1);
    mon_monitor_destroy(&monitor);
}

/* Two lean together, pass each other unseen, which a tracker cannot know, and go back past each
 * other in full view: the numbers sit the wrong way round for a moment, then the seats put them
 * right. */
static void swapped_numbers_go_back_to_their_seats(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    int n_wrong = 0;
    for (int i = 0; i < 300; i++) {
        float t = (float)i * 0.1F - 20, lean = 170 * fminf(1, fmaxf(0, t));
        float back = fminf(1, fmaxf(0, (t - 2.3F) / 1.5F));
        struct mon_detection d[2] = {face_at(300 + lean, 300, 80), face_at(700 - lean, 300, 80)};
        if (t > 2) {
            d[0] = face_at(530 - 230 * back, 300 - 100 * sinf(3.1416F * back), 80);
            d[1] = face_at(470 + 230 * back, 300, 80);
        }
        o = track(monitor, i * 0.1, d, t > 2.05F && t < 2.25F ? 0 : 2);
        n_wrong += t > 4 && student_at(&o, 300, 300) == 2;
    }
    CHECK_INT(student_at(&o, 300, 300), 1);
    CHECK_INT(student_at(&o, 700, 300), 2);
    CHECK_MSG(n_wrong > 5 && n_wrong < 30, "wrong in %d frames", n_wrong);
    mon_monitor_destroy(&monitor);
}

/* By exactly one seat's width, so that everybody comes to sit where the neighbour sat. */
static void a_moved_camera_moves_the_seats(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 500; i++) {
        float pan = fminf(150, fmaxf(0, ((float)i * 0.1F - 20) * 75));
        struct mon_detection d[6];
        for (int k = 0; k < 6; k++)
            d[k] = face_at(200 + 150 * (float)k + pan, 300, 80);
        o = track(monitor, i * 0.1, d, 6);
    }
    CHECK_INT(o.n_faces, 6);
    for (int k = 0; k < 6; k++)
        CHECK_INT(student_at(&o, 350 + 150 * (float)k, 300), k + 1);
    mon_monitor_destroy(&monitor);
}

/* A poster seen in one frame of ten, at random, is hardly ever a student, and never for long. */
static void sparse_false_alarms_do_not_last(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct fb_rng rng;
    fb_rng_seed(&rng, 3);
    struct mon_detection d = face_at(100, 100, 60);
    int n_shown = 0;
    for (int i = 0; i < 3000; i++)
        n_shown += track(monitor, i * 0.1, &d, !fb_rng_below(&rng, 10)).n_faces;
    CHECK(n_shown < 90);
    mon_monitor_destroy(&monitor);
}

static void second_box_on_a_face_is_ignored(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 10; i++) {
        struct mon_detection d[2] = {face_at(100, 100, 60), face_at(110, 105, 70)};
        o = track(monitor, i * 0.1, d, 2);
    }
    CHECK_INT(o.n_faces, 1);
    mon_monitor_destroy(&monitor);
}

static void seek_back_keeps_numbers(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 30; i++) {
        struct mon_detection d[2] = {face_at(100 + 10 * (float)i, 100, 60), face_at(800, 300, 60)};
        o = track(monitor, 100 + i * 0.1, d, 2);
    }
    CHECK(o.faces[0].velocity_x > 50);
    struct mon_detection d[2] = {face_at(390, 100, 60), face_at(800, 300, 60)};
    o = track(monitor, 5, d, 2);
    CHECK_INT(o.n_faces, 2);
    CHECK_INT(student_at(&o, 390, 100), 1);
    CHECK_INT(student_at(&o, 800, 300), 2);
    CHECK_NEAR(o.faces[0].velocity_x, 0, 0);
    mon_monitor_destroy(&monitor);
}

static void cut_ends_tracks_but_not_numbers(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_detection d = face_at(100, 100, 60);
    for (int i = 0; i < 5; i++)
        track(monitor, i * 0.1, &d, 1);
    mon_monitor_cut(monitor);
    struct mon_observation o = {0};
    for (int i = 0; i < 3; i++)
        o = track(monitor, 1 + i * 0.1, &d, 1);
    CHECK_INT(o.n_faces, 1);
    CHECK_INT(o.faces[0].student, 2);
    mon_monitor_destroy(&monitor);
}

static void bad_boxes_and_times_are_survived(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_detection d[200];
    for (int i = 0; i < 200; i++)
        d[i] = face_at((float)(i % 20) * 200, (float)(i / 20) * 200, 50);
    d[0].box.w = NAN;
    d[1].box.w = -5;
    d[2].box.x = INFINITY;
    d[3].box.h = 0;
    static const int64_t times_ns[] = {0, 0, 0, INT64_MAX, INT64_MIN, INT64_MAX, 5, 5, 4};
    struct mon_observation o = {0};
    for (int i = 0; i < 9; i++) {
        o.pts_ns = times_ns[i];
        mon_monitor_track(monitor, &o, d, 200);
        mon_monitor_label(monitor, &o);
        CHECK(o.n_faces <= MON_MAX_FACES);
    }
    CHECK_INT(o.n_faces, MON_MAX_FACES);
    mon_monitor_destroy(&monitor);
}

/* More people come and go at once than there are slots; one stays. */
static void many_visitors_do_not_fill_it_up(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 1000; i++) {
        struct mon_detection d[60] = {face_at(-500, 100, 60)};
        for (int k = 1; k < 60; k++)
            d[k] = face_at((float)k * 150, 400 + 150 * (float)(i / 10), 60);
        o = track(monitor, i * 0.03, d, 60);
    }
    CHECK_INT(student_at(&o, -500, 100), 1);
    CHECK_MSG(o.faces[o.n_faces - 1].student > 59 * 90, "%d of %d", o.faces[o.n_faces - 1].student,
              o.n_faces);
    mon_monitor_destroy(&monitor);
}

/* ---- looks ---- */

/* A face whose look is `hue` in every number, with some noise. */
static struct mon_detection looking(float x, float y, float hue, struct fb_rng *rng)
{
    struct mon_detection d = face_at(x, y, 80);
    d.has_look = true;
    for (int i = 0; i < MON_LOOK_SIZE; i++)
        d.look.values[i] = hue + 0.3F * fb_rng_normal(rng);
    return d;
}

/* Two who sit close change places while hidden for a moment. Returns the student on the left in the
 * first frame after it: 2, which places alone cannot know. */
static int left_after_changing_places(bool has_looks)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    struct fb_rng rng;
    fb_rng_seed(&rng, 5);
    for (int i = 0; i <= 54; i++) {
        float side = i < 50 ? -1 : 1;
        struct mon_detection d[2] = {looking(600 + 35 * side, 300, 0, &rng),
                                     looking(600 - 35 * side, 300, 4, &rng)};
        d[0].has_look = d[1].has_look = has_looks;
        float apart = 8 * fmaxf(0, 30 - (float)i); /* at first, so that looks can be learned */
        d[0].box.x -= apart;
        d[1].box.x += apart;
        o = track(monitor, i * 0.1, d, i >= 50 && i < 54 ? 0 : 2);
    }
    int student = student_at(&o, 565, 300);
    mon_monitor_destroy(&monitor);
    return student;
}

static void looks_tell_apart_who_changed_places(void)
{
    CHECK_INT(left_after_changing_places(true), 2);
    CHECK_INT(left_after_changing_places(false), 1);
}

/* Gone for two minutes and back on another place: the old number by the look, a new one without. */
static int number_after_absence(bool has_looks, float hue)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    struct fb_rng rng;
    fb_rng_seed(&rng, 6);
    for (int i = 0; i < 1600; i++) {
        struct mon_detection d[2] = {looking(900, 300, 4, &rng),
                                     i < 200 ? looking(200, 300, 0, &rng)
                                             : looking(400, 500, hue, &rng)};
        d[0].has_look = d[1].has_look = has_looks;
        o = track(monitor, i * 0.1, d, i < 200 || i > 1400 ? 2 : 1);
    }
    int student = student_at(&o, 400, 500);
    mon_monitor_destroy(&monitor);
    return student;
}

static void who_was_away_is_known_by_the_look(void)
{
    CHECK_INT(number_after_absence(true, 0), 2);
    CHECK_INT(number_after_absence(true, -4), 3); /* somebody else */
    CHECK_INT(number_after_absence(false, 0), 3);
}

/* Numbers that sit on the wrong people, each on the other one's seat, go by the looks. */
static void swapped_numbers_follow_the_looks(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    struct fb_rng rng;
    fb_rng_seed(&rng, 7);
    for (int i = 0; i < 300; i++) { /* they change seats out of sight */
        float one = i < 200 ? 0 : 4, other = i < 200 ? 4 : 0;
        struct mon_detection d[2] = {looking(300, 300, one, &rng), looking(700, 300, other, &rng)};
        o = track(monitor, i * 0.1, d, i >= 190 && i < 205 ? 0 : 2);
    }
    CHECK_INT(student_at(&o, 300, 300), 2);
    CHECK_INT(student_at(&o, 700, 300), 1);
    CHECK_INT(o.n_faces, 2);
    mon_monitor_destroy(&monitor);
}

static void a_cut_keeps_only_sure_looks(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    struct fb_rng rng;
    fb_rng_seed(&rng, 8);
    for (int i = 0; i < 100; i++) {
        struct mon_detection d[2] = {looking(300, 300, 0, &rng), looking(700, 300, 4, &rng)};
        if (i >= 60) { /* the first one on the second one's place, and a stranger on his */
            d[0] = looking(700, 300, 0, &rng);
            d[1] = looking(300, 300, -4, &rng);
        }
        if (i == 60)
            mon_monitor_cut(monitor);
        o = track(monitor, i * 0.1, d, 2);
        CHECK(i < 60 || i > 61 || o.n_faces == 0); /* nothing of the old scene is drawn */
    }
    CHECK_INT(student_at(&o, 700, 300), 1);
    CHECK_INT(student_at(&o, 300, 300), 3);
    mon_monitor_destroy(&monitor);
}

/* ---- the simulated class ---- */

struct identity_score {
    int n_switches, n_ids;
    double idf1;
};

#define SCORE_MAX_IDS 2000

/* Over the frames in which a pupil was detected and has a number. IDF1 with each number given to
 * the pupil it was on most, best first: at most the optimal assignment's. */
static struct identity_score score_class(uint64_t seed, float fps, double length_s)
{
    static int counts[SIM_PUPILS][SCORE_MAX_IDS];
    memset(counts, 0, sizeof counts);
    int last[SIM_PUPILS] = {0}, n_truth = 0, n_given = 0;
    struct identity_score score = {0};
    struct sim_class sim;
    sim_create(&sim, seed, fps);
    struct mon_monitor *monitor = create(NULL);
    while (sim.time_s < length_s) {
        sim_step(&sim);
        struct mon_observation o = track(monitor, sim.time_s, sim.detections, sim.n_detections);
        for (int i = 0; i < o.n_faces; i++) {
            n_given += o.faces[i].is_seen;
            if (o.faces[i].student > score.n_ids)
                score.n_ids = o.faces[i].student;
        }
        for (int i = 0; i < sim.n_detections; i++) {
            int pupil = sim.truth[i];
            if (pupil < 0)
                continue;
            const struct mon_box *b = &sim.detections[i].box;
            n_truth++;
            int student = student_at(&o, b->x + b->w / 2, b->y + b->h / 2);
            if (!student || student >= SCORE_MAX_IDS)
                continue;
            counts[pupil][student]++;
            score.n_switches += last[pupil] && last[pupil] != student;
            last[pupil] = student;
        }
    }
    int n_right = 0;
    for (;;) {
        int best = 0, best_pupil = 0, best_id = 0;
        for (int p = 0; p < SIM_PUPILS; p++)
            for (int k = 1; k < SCORE_MAX_IDS; k++)
                if (counts[p][k] > best) {
                    best = counts[p][k];
                    best_pupil = p;
                    best_id = k;
                }
        if (!best)
            break;
        n_right += best;
        memset(counts[best_pupil], 0, sizeof counts[best_pupil]);
        for (int p = 0; p < SIM_PUPILS; p++)
            counts[p][best_id] = 0;
    }
    score.idf1 = 2.0 * n_right / (n_truth + n_given);
    mon_monitor_destroy(&monitor);
    return score;
}

static void simulated_class_keeps_its_numbers(void)
{
    static const float rates[] = {5, 10, 30};
    for (int r = 0; r < 3; r++) {
        double idf1 = 0, n_switches = 0, n_ids = 0;
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct identity_score score = score_class(seed, rates[r], 600);
            idf1 += score.idf1 / 3;
            n_switches += score.n_switches / 3.0;
            n_ids += score.n_ids / 3.0;
        }
        printf("# %2.0f fps: IDF1 %.3f, %.1f switches in 10 min, %.1f numbers for %d pupils\n",
               (double)rates[r], idf1, n_switches, n_ids, SIM_PUPILS);
        CHECK(idf1 > 0.82);
        CHECK(n_switches < 120);
        CHECK(n_ids < 60);
    }
}

/* Frame-to-frame movement of a still face's box, in widths, worst of ten seconds after a settling
 * second; and the box's lag behind one that moves at a width a second. */
static void still_boxes_are_steady(void)
{
    static const float jitters[] = {0.02F, 0.03F};
    for (int j = 0; j < 2; j++) {
        struct fb_rng rng;
        fb_rng_seed(&rng, 8);
        struct mon_monitor *monitor = create(NULL);
        double worst = 0, sum = 0;
        struct mon_box last = {0};
        for (int i = 0; i < 330; i++) {
            float w = 80 * (1 + jitters[j] * fb_rng_normal(&rng));
            struct mon_detection d = face_at(300 + 80 * jitters[j] * fb_rng_normal(&rng),
                                             300 + 80 * jitters[j] * fb_rng_normal(&rng), w);
            struct mon_observation o = track(monitor, i / 30.0, &d, 1);
            if (i >= 30) {
                const struct mon_box *b = &o.faces[0].box;
                double moved = hypot((double)(b->x + b->w / 2 - last.x - last.w / 2),
                                     (double)(b->y + b->h / 2 - last.y - last.h / 2));
                moved = fmax(moved, fabs((double)(b->w - last.w))) / 80;
                worst = fmax(worst, moved);
                sum += moved;
            }
            last = o.faces[0].box;
        }
        printf(
            "# jitter %.0f %%: a still box moves %.2f %% of its width a frame, at most %.2f %%\n",
            (double)jitters[j] * 100, sum / 3, worst * 100);
        CHECK(worst < 0.01);
        mon_monitor_destroy(&monitor);
    }
}

static void moving_boxes_follow(void)
{
    struct mon_monitor *monitor = create(NULL);
    double worst = 0;
    for (int i = 0; i < 60; i++) {
        float x = 300 + fmaxf(0, (float)i - 15) / 30 * 80;
        struct mon_detection d = face_at(x, 300, 80);
        struct mon_observation o = track(monitor, i / 30.0, &d, 1);
        if (i >= 15) {
            const struct mon_box *b = &o.faces[0].box;
            worst = fmax(worst, (double)(x - b->x - b->w / 2) / 80);
        }
    }
    printf("# a box lags at most %.1f %% of its width behind a face that starts at 1 width/s\n",
           worst * 100);
    CHECK(worst < 0.2);
    mon_monitor_destroy(&monitor);
}

/* ---- labels ---- */

struct clip {
    struct mon_monitor *monitor;
    struct fb_rng rng;
    double time_s, fps;
    int shown, n_flips;
    struct mon_face face;
};

static void clip_start(struct clip *clip, uint64_t seed, double fps)
{
    *clip = (struct clip){.monitor = create(NULL), .fps = fps, .shown = -9};
    fb_rng_seed(&clip->rng, seed);
}

/* A frame: the network says mean with noise (softmax of log mean + noise), quality as given. */
static void clip_frame(struct clip *clip, const float *mean, float noise, float quality)
{
    struct mon_detection d = face_at(300, 300, 80);
    struct mon_observation o = track(clip->monitor, clip->time_s, &d, 1);
    clip->time_s += 1 / clip->fps;
    if (!o.n_faces)
        return;
    struct mon_face *face = &o.faces[0];
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += face->p_raw[i] = mean[i] * expf(noise * fb_rng_normal(&clip->rng));
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        face->p_raw[i] /= sum;
    face->is_labelled = true;
    face->quality = quality;
    mon_monitor_label(clip->monitor, &o);
    clip->n_flips += clip->shown != -9 && clip->shown != face->expression;
    clip->shown = face->expression;
    clip->face = *face;
}

static const float neutral[] = {0.9F, 0.03F, 0.02F, 0.02F, 0.01F, 0.01F, 0.005F, 0.005F};
static const float happy[] = {0.05F, 0.9F, 0.02F, 0.01F, 0.005F, 0.005F, 0.005F, 0.005F};
static const float mild_happy[] = {0.25F, 0.6F, 0.05F, 0.04F, 0.02F, 0.02F, 0.01F, 0.01F};
static const float tie[] = {0.44F, 0.05F, 0.02F, 0.40F, 0.03F, 0.02F, 0.02F, 0.02F};
static const float likely_neutral[] = {0.6F, 0.1F, 0.05F, 0.15F, 0.04F, 0.02F, 0.02F, 0.02F};
static const float flat[] = {0.2F, 0.15F, 0.15F, 0.15F, 0.1F, 0.1F, 0.1F, 0.05F};

static void real_changes_show_within_half_a_second(void)
{
    static const double rates[] = {5, 10, 15, 30};
    for (int r = 0; r < 4; r++) {
        double worst_s = 0, sum_s = 0;
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct clip clip;
            clip_start(&clip, seed, rates[r]);
            while (clip.time_s < 3)
                clip_frame(&clip, neutral, 0.5F, 0.9F);
            CHECK_INT(clip.shown, FB_NEUTRAL);
            double start_s = clip.time_s, shown_s = 0;
            while (clip.shown != FB_HAPPINESS && clip.time_s < start_s + 5) {
                shown_s = clip.time_s;
                clip_frame(&clip, happy, 0.5F, 0.9F);
            }
            worst_s = fmax(worst_s, shown_s - start_s);
            sum_s += shown_s - start_s;
            CHECK_INT(clip.n_flips, 2); /* not sure, neutral, happiness: nothing in between */
            mon_monitor_destroy(&clip.monitor);
        }
        printf("# %2.0f fps: a change shows after %.2f s, at most %.2f s\n", rates[r], sum_s / 50,
               worst_s);
        CHECK(worst_s <= 0.5);
    }
}

static void mild_changes_show_too(void)
{
    struct clip clip;
    clip_start(&clip, 1, 10);
    while (clip.time_s < 3)
        clip_frame(&clip, neutral, 0.5F, 0.9F);
    while (clip.time_s < 5)
        clip_frame(&clip, mild_happy, 0.5F, 0.9F);
    CHECK_INT(clip.shown, FB_HAPPINESS);
    CHECK_INT(clip.face.reason, MON_SURE);
    mon_monitor_destroy(&clip.monitor);
}

static double flips_in_ten_seconds(const float *mean, float noise, double fps)
{
    double n_flips = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct clip clip;
        clip_start(&clip, seed, fps);
        while (clip.time_s < 5)
            clip_frame(&clip, mean, noise, 0.9F);
        clip.n_flips = 0;
        while (clip.time_s < 65)
            clip_frame(&clip, mean, noise, 0.9F);
        n_flips += clip.n_flips / 6.0 / 20;
        mon_monitor_destroy(&clip.monitor);
    }
    return n_flips;
}

static void still_faces_do_not_flip(void)
{
    const struct {
        const char *name;
        const float *mean;
        double limit;
    } rows[] = {{"clear", neutral, 0.01},
                {"likely", likely_neutral, 0.2},
                {"a tie", tie, 1},
                {"flat", flat, 1}};
    for (int i = 0; i < 4; i++)
        for (int fps = 10; fps <= 30; fps += 20) {
            double n_flips = flips_in_ten_seconds(rows[i].mean, 0.7F, fps);
            printf("# %s at %d fps: %.2f flips in 10 s\n", rows[i].name, fps, n_flips);
            CHECK(n_flips <= rows[i].limit);
        }
}

static void new_faces_are_not_sure_yet(void)
{
    struct clip clip;
    clip_start(&clip, 0, 10);
    for (int i = 0; i < 3; i++)
        clip_frame(&clip, happy, 0, 0.9F);
    CHECK_INT(clip.face.expression, MON_NOT_SURE);
    CHECK_INT(clip.face.reason, MON_REASON_NEW);
    CHECK_NEAR(clip.face.confidence, 0.9, 0.01);
    for (int i = 0; i < 3; i++)
        clip_frame(&clip, happy, 0, 0.9F);
    CHECK_INT(clip.face.expression, FB_HAPPINESS);
    CHECK_INT(clip.face.reason, MON_SURE);
    mon_monitor_destroy(&clip.monitor);
}

static void flat_answers_are_not_sure(void)
{
    struct clip clip;
    clip_start(&clip, 0, 10);
    while (clip.time_s < 3)
        clip_frame(&clip, neutral, 0, 0.9F);
    while (clip.time_s < 5)
        clip_frame(&clip, flat, 0, 0.9F);
    CHECK_INT(clip.face.expression, MON_NOT_SURE);
    CHECK_INT(clip.face.reason, MON_REASON_UNDECIDED);
    CHECK_NEAR(clip.face.confidence, 0.2, 0.02);
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += clip.face.p[i];
    CHECK_NEAR(sum, 1, 1e-4);
    mon_monitor_destroy(&clip.monitor);
}

static void bad_quality_abstains_with_hysteresis(void)
{
    struct clip clip;
    clip_start(&clip, 0, 10);
    while (clip.time_s < 3)
        clip_frame(&clip, neutral, 0, 0.9F);
    clip.n_flips = 0;
    for (int i = 0; i < 40; i++)
        clip_frame(&clip, happy, 0, i % 2 ? 0.1F : 0.4F); /* about the limit: still labelled */
    CHECK(clip.n_flips <= 1);
    CHECK_INT(clip.shown, FB_HAPPINESS);
    for (int i = 0; i < 10; i++)
        clip_frame(&clip, neutral, 0, 0.1F);
    CHECK_INT(clip.shown, MON_NOT_SURE);
    CHECK(clip.face.reason != MON_SURE);
    for (int i = 0; i < 10; i++)
        clip_frame(&clip, neutral, 0, 0.9F);
    CHECK_INT(clip.shown, FB_NEUTRAL);
    mon_monitor_destroy(&clip.monitor);
}

/* The gate's own reason is the one that is shown. */
static void gate_reasons_are_kept(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_detection d = face_at(300, 300, 80);
    struct mon_observation o = {0};
    for (int i = 0; i < 20; i++) {
        o = track(monitor, i * 0.1, &d, 1);
        if (!o.n_faces)
            continue;
        memcpy(o.faces[0].p_raw, happy, sizeof happy);
        o.faces[0].is_labelled = true;
        o.faces[0].quality = 0.9F;
        o.faces[0].reason = MON_REASON_TURNED;
        mon_monitor_label(monitor, &o);
    }
    CHECK_INT(o.faces[0].reason, MON_REASON_TURNED);
    CHECK_INT(o.faces[0].expression, MON_NOT_SURE);
    o = track(monitor, 2.1, NULL, 0);
    mon_monitor_label(monitor, &o);
    CHECK_INT(o.faces[0].reason, MON_REASON_UNSEEN);
    mon_monitor_destroy(&monitor);
}

static void a_missed_frame_keeps_the_label(void)
{
    struct clip clip;
    clip_start(&clip, 0, 10);
    while (clip.time_s < 3)
        clip_frame(&clip, happy, 0, 0.9F);
    struct mon_observation o = track(clip.monitor, clip.time_s, NULL, 0);
    mon_monitor_label(clip.monitor, &o);
    CHECK_INT(o.faces[0].expression, FB_HAPPINESS);
    CHECK_INT(o.faces[0].reason, MON_REASON_UNSEEN);
    mon_monitor_destroy(&clip.monitor);
}

static void broken_probabilities_are_left_out(void)
{
    struct clip clip;
    clip_start(&clip, 0, 10);
    while (clip.time_s < 3)
        clip_frame(&clip, happy, 0, 0.9F);
    float broken[FB_EXPRESSION_COUNT] = {NAN, 1};
    clip_frame(&clip, broken, 0, 0.9F);
    CHECK_INT(clip.face.expression, FB_HAPPINESS);
    CHECK(clip.face.confidence > 0.8F);
    mon_monitor_destroy(&clip.monitor);
}

/* Each face has its own smoothing: two who differ stay different. */
static void faces_do_not_smooth_into_each_other(void)
{
    struct mon_monitor *monitor = create(NULL);
    struct mon_observation o = {0};
    for (int i = 0; i < 20; i++) {
        struct mon_detection d[2] = {face_at(100, 100, 60), face_at(400, 100, 60)};
        o = track(monitor, i * 0.1, d, 2);
        for (int k = 0; k < o.n_faces; k++) {
            memcpy(o.faces[k].p_raw, k ? happy : neutral, sizeof happy);
            o.faces[k].is_labelled = true;
            o.faces[k].quality = 1;
        }
        mon_monitor_label(monitor, &o);
    }
    CHECK_INT(o.faces[0].expression, FB_NEUTRAL);
    CHECK_INT(o.faces[1].expression, FB_HAPPINESS);
    mon_monitor_destroy(&monitor);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"settings_are_checked", settings_are_checked},
        {"numbers_come_after_confirmation", numbers_come_after_confirmation},
        {"one_hit_confirms_when_asked", one_hit_confirms_when_asked},
        {"faint_faces_carry_on_but_do_not_start", faint_faces_carry_on_but_do_not_start},
        {"drifting_faces_keep_their_numbers", drifting_faces_keep_their_numbers},
        {"short_gaps_coast_and_long_ones_end", short_gaps_coast_and_long_ones_end},
        {"crossing_faces_keep_their_numbers", crossing_faces_keep_their_numbers},
        {"walker_does_not_take_a_seat", walker_does_not_take_a_seat},
        {"older_number_is_handed_over", older_number_is_handed_over},
        {"swapped_numbers_go_back_to_their_seats", swapped_numbers_go_back_to_their_seats},
        {"a_moved_camera_moves_the_seats", a_moved_camera_moves_the_seats},
        {"sparse_false_alarms_do_not_last", sparse_false_alarms_do_not_last},
        {"second_box_on_a_face_is_ignored", second_box_on_a_face_is_ignored},
        {"seek_back_keeps_numbers", seek_back_keeps_numbers},
        {"cut_ends_tracks_but_not_numbers", cut_ends_tracks_but_not_numbers},
        {"bad_boxes_and_times_are_survived", bad_boxes_and_times_are_survived},
        {"many_visitors_do_not_fill_it_up", many_visitors_do_not_fill_it_up},
        {"looks_tell_apart_who_changed_places", looks_tell_apart_who_changed_places},
        {"who_was_away_is_known_by_the_look", who_was_away_is_known_by_the_look},
        {"swapped_numbers_follow_the_looks", swapped_numbers_follow_the_looks},
        {"a_cut_keeps_only_sure_looks", a_cut_keeps_only_sure_looks},
        {"simulated_class_keeps_its_numbers", simulated_class_keeps_its_numbers},
        {"still_boxes_are_steady", still_boxes_are_steady},
        {"moving_boxes_follow", moving_boxes_follow},
        {"real_changes_show_within_half_a_second", real_changes_show_within_half_a_second},
        {"mild_changes_show_too", mild_changes_show_too},
        {"still_faces_do_not_flip", still_faces_do_not_flip},
        {"new_faces_are_not_sure_yet", new_faces_are_not_sure_yet},
        {"flat_answers_are_not_sure", flat_answers_are_not_sure},
        {"bad_quality_abstains_with_hysteresis", bad_quality_abstains_with_hysteresis},
        {"gate_reasons_are_kept", gate_reasons_are_kept},
        {"a_missed_frame_keeps_the_label", a_missed_frame_keeps_the_label},
        {"broken_probabilities_are_left_out", broken_probabilities_are_left_out},
        {"faces_do_not_smooth_into_each_other", faces_do_not_smooth_into_each_other},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
