/* The demo class: the same frame for the same moment, time as promised, and a truth that holds
 * together. test_cascade.c compares the truth with the picture. */
#include "test.h"

#include "base/clock.h"
#include "demo_class.h"
#include "vis/image.h"

#include <unistd.h>

struct demo_class {
    struct vis_source *source;
    struct fb_frame_pool *pool;
};

static bool open_class(struct vis_source_settings settings, struct demo_class *class)
{
    *class = (struct demo_class){0};
    if (!CHECK_MSG(vis_source_open("demo", &settings, &class->source) == FB_OK, "%s",
                   fb_error_text()))
        return false;
    const struct vis_source_info *info = vis_source_info(class->source);
    return CHECK_INT(fb_frame_pool_create(2, info->width, info->height, &class->pool), FB_OK);
}

static void close_class(struct demo_class *class)
{
    vis_source_close(&class->source);
    fb_frame_pool_destroy(&class->pool);
}

static uint64_t hash_at(struct demo_class *class, double t_s)
{
    struct fb_frame *frame = demo_class_frame(class->source, class->pool, t_s);
    uint64_t hash = CHECK(frame) ? demo_class_hash(frame) : 0;
    fb_frame_unref(&frame);
    return hash;
}

static struct vis_source_settings small_class(uint64_t seed)
{
    struct vis_source_settings settings = demo_class_settings(seed);
    settings.width = 640;
    settings.height = 360;
    return settings;
}

/* ---- frames
 * -------------------------------------------------------------------------------------- */

static void a_moment_is_the_same_however_reached(void)
{
    static const double moments[] = {0.0, 3.0, 7.5, 12.1, 12.2, 20.0};
    enum { N = sizeof moments / sizeof *moments };
    uint64_t forwards[N], backwards[N];
    struct demo_class a, b;
    if (!open_class(small_class(5), &a) || !open_class(small_class(5), &b))
        return;
    for (int i = 0; i < N; i++)
        forwards[i] = hash_at(&a, moments[i]);
    for (int i = N - 1; i >= 0; i--)
        backwards[i] = hash_at(&b, moments[i]);
    for (int i = 0; i < N; i++) {
        CHECK_MSG(forwards[i] == backwards[i], "the frame at %g s differs", moments[i]);
        for (int k = 0; k < i; k++)
            CHECK(forwards[i] != forwards[k]);
    }
    close_class(&a);
    close_class(&b);
}

/* Read one after the other, frames are those a seek finds. */
static void playing_is_seeking(void)
{
    struct demo_class a, b;
    struct fb_frame *frame;
    if (!open_class(small_class(2), &a) || !open_class(small_class(2), &b))
        return;
    for (int i = 0; i < 200; i++) {
        if (!CHECK_INT(vis_source_read(a.source, a.pool, &frame), VIS_READ_FRAME))
            break;
        CHECK_INT(frame->index, i);
        CHECK_NEAR(frame->pts_ns, i * 1e9 / 30, 1);
        if (i % 23 == 0)
            CHECK_MSG(demo_class_hash(frame) == hash_at(&b, i / 30.0 + 0.01), "frame %d differs",
                      i);
        fb_frame_unref(&frame);
    }
    close_class(&a);
    close_class(&b);
}

static void seeds_differ(void)
{
    struct demo_class a, b;
    if (!open_class(small_class(1), &a) || !open_class(small_class(2), &b))
        return;
    CHECK(hash_at(&a, 1.0) != hash_at(&b, 1.0));
    close_class(&a);
    close_class(&b);
}

static void seek_finds_the_frame_shown(void)
{
    struct vis_source_settings settings = small_class(1);
    struct demo_class class;
    struct fb_frame *frame;
    settings.duration_s = 10;
    settings.fps = 29.97;
    if (!open_class(settings, &class))
        return;
    const int64_t frame_ns = 33366700; /* of 29.97 fps: 33.3667 ms */
    static const struct {
        int64_t pts_ns, index;
    } cases[] = {{0, 0},
                 {-5, 0},
                 {33366700, 1},
                 {33366600, 0},
                 {5005005005, 150},
                 {5005005004, 149},
                 {9999999999, 299},
                 {INT64_C(1) << 60, 299}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(vis_source_seek(class.source, cases[i].pts_ns), FB_OK);
        if (!CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_FRAME))
            continue;
        CHECK_MSG(frame->index == cases[i].index, "at %lld ns: frame %lld",
                  (long long)cases[i].pts_ns, (long long)frame->index);
        CHECK(cases[i].pts_ns < 0 || frame->pts_ns <= cases[i].pts_ns);
        CHECK(cases[i].pts_ns >= 9999999999 || frame->pts_ns + frame_ns > cases[i].pts_ns);
        fb_frame_unref(&frame);
    }
    CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_END);
    CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_END);
    CHECK_INT(vis_source_seek(class.source, 0), FB_OK);
    CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_FRAME);
    fb_frame_unref(&frame);
    close_class(&class);
}

static void describes_itself(void)
{
    struct vis_source_settings settings = small_class(1);
    struct demo_class class;
    settings.duration_s = 2;
    if (!open_class(settings, &class))
        return;
    const struct vis_source_info *info = vis_source_info(class.source);
    CHECK_INT(info->kind, VIS_SOURCE_DEMO);
    CHECK(!info->is_live && info->is_seekable);
    CHECK_NEAR(info->duration_ns, 2e9, 1);
    CHECK_STR(info->name, "demo class");
    close_class(&class);
    settings.is_paced = true;
    settings.duration_s = 0;
    if (!open_class(settings, &class))
        return;
    info = vis_source_info(class.source);
    CHECK(info->is_live && !info->is_seekable);
    CHECK_INT(info->duration_ns, 0);
    CHECK_INT(vis_source_seek(class.source, 0), FB_ERR_USAGE);
    close_class(&class);
}

static void keeps_real_time_when_paced(void)
{
    struct vis_source_settings settings = small_class(1);
    struct demo_class class;
    struct fb_frame *frame;
    settings.is_paced = true;
    settings.duration_s = 1.5;
    settings.fps = 20;
    if (!open_class(settings, &class))
        return;
    int64_t begin_ns = fb_clock_now_ns(), last_index = -1, n_read = 0;
    int result;
    while ((result = vis_source_read(class.source, class.pool, &frame)) != VIS_READ_END) {
        if (!CHECK(result == VIS_READ_FRAME))
            break;
        CHECK(frame->index > last_index);
        CHECK(frame->capture_ns >= begin_ns + frame->pts_ns);
        CHECK(frame->capture_ns <= fb_clock_now_ns());
        last_index = frame->index;
        n_read++;
        if (n_read == 5)
            usleep(300000); /* six frames pass by */
        fb_frame_unref(&frame);
    }
    double took_s = (double)(fb_clock_now_ns() - begin_ns) / 1e9;
    CHECK_MSG(took_s > 1.40 && took_s < 3.0, "1.5 s of class took %.2f s", took_s);
    CHECK_INT(n_read + vis_source_n_lost(class.source), 30);
    CHECK(vis_source_n_lost(class.source) >= 4);
    close_class(&class);
}

static void gives_up_waiting_in_time(void)
{
    struct vis_source_settings settings = small_class(1);
    struct demo_class class;
    struct fb_frame *frame;
    settings.is_paced = true;
    settings.fps = 0.5;
    settings.timeout_ms = 30;
    if (!open_class(settings, &class))
        return;
    CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_FRAME);
    fb_frame_unref(&frame);
    int64_t begin_ns = fb_clock_now_ns();
    CHECK_INT(vis_source_read(class.source, class.pool, &frame), VIS_READ_NONE);
    CHECK(!frame);
    double waited_s = (double)(fb_clock_now_ns() - begin_ns) / 1e9;
    CHECK_MSG(waited_s > 0.025 && waited_s < 1.0, "waited %.3f s", waited_s);
    close_class(&class);
}

/* Unpaced, a full pool loses nothing; another size is refused. */
static void full_pools_wait(void)
{
    struct demo_class class;
    struct fb_frame *frames[3];
    if (!open_class(small_class(1), &class))
        return;
    CHECK_INT(vis_source_read(class.source, class.pool, &frames[0]), VIS_READ_FRAME);
    CHECK_INT(vis_source_read(class.source, class.pool, &frames[1]), VIS_READ_FRAME);
    CHECK_INT(vis_source_read(class.source, class.pool, &frames[2]), VIS_READ_NONE);
    CHECK(!frames[2]);
    fb_frame_unref(&frames[0]);
    CHECK_INT(vis_source_read(class.source, class.pool, &frames[2]), VIS_READ_FRAME);
    CHECK_INT(frames[2]->index, 2);
    CHECK_INT(vis_source_n_lost(class.source), 0);
    fb_frame_unref(&frames[1]);
    fb_frame_unref(&frames[2]);
    struct fb_frame_pool *other;
    if (CHECK_INT(fb_frame_pool_create(1, 640, 358, &other), FB_OK)) {
        CHECK_INT(vis_source_read(class.source, other, &frames[0]), FB_ERR_USAGE);
        fb_frame_pool_destroy(&other);
    }
    close_class(&class);
}

static void all_sizes_work(void)
{
    static const int sizes[][3] = {{120, 120, 1},  {641, 361, 3},  {321, 481, 8},
                                   {640, 480, 40}, {200, 900, 12}, {1600, 240, 20}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct vis_source_settings settings = demo_class_settings(i);
        struct demo_class class;
        settings.width = sizes[i][0];
        settings.height = sizes[i][1];
        settings.n_faces = sizes[i][2];
        if (!open_class(settings, &class))
            continue;
        for (double t_s = 0; t_s < 30; t_s += 1.9)
            CHECK(hash_at(&class, t_s) != 0);
        close_class(&class);
    }
}

static void refuses_bad_settings(void)
{
    struct vis_source *source;
    struct vis_source_settings bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = demo_class_settings(1);
    bad[0].n_faces = 0;
    bad[1].n_faces = 41;
    bad[2].width = 100;
    bad[3].height = 5000;
    bad[4].fps = NAN;
    bad[5].duration_s = -1;
    for (int i = 0; i < 6; i++) {
        CHECK_MSG(vis_source_open("demo", &bad[i], &source) == FB_ERR_USAGE,
                  "settings %d were taken", i);
        CHECK(!source);
    }
}

static void names_a_missing_basis(void)
{
    struct vis_source_settings settings = small_class(1);
    struct vis_source *source;
    settings.assets_dir = "/nowhere";
    CHECK_INT(vis_source_open("demo", &settings, &source), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "/nowhere/faces.fbb"), "no path in: %s", fb_error_text());
    CHECK(!source);
}

/* ---- truth
 * ----------------------------------------------------------------------------------------- */

static int truth_at(const struct demo_class *class, double t_s, struct vis_demo_student *students)
{
    int n = vis_demo_truth(class->source, llrint(t_s * 1e9), students, VIS_DEMO_MAX_STUDENTS);
    CHECK(n > 0);
    return n;
}

static void faces_have_the_promised_size(void)
{
    struct vis_demo_student students[VIS_DEMO_MAX_STUDENTS];
    struct vis_source_settings settings = demo_class_settings(3);
    struct demo_class class;
    if (!open_class(settings, &class))
        return;
    int n = truth_at(&class, 0, students);
    CHECK_INT(n, 8);
    for (int i = 0; i < n; i++) {
        CHECK_INT(students[i].id, i + 1);
        CHECK(students[i].box.w >= 90 && students[i].box.w <= 132);
        CHECK(students[i].box.x >= 0 && students[i].box.x + students[i].box.w <= 1280);
    }
    CHECK_INT(vis_demo_truth(class.source, 0, students, 3), 3);
    CHECK_INT(vis_demo_truth(class.source, 0, students, 0), 0);
    close_class(&class);
    settings.n_faces = 30;
    if (!open_class(settings, &class))
        return;
    n = truth_at(&class, 0, students);
    CHECK_INT(n, 30);
    for (int i = 0; i < n; i++)
        CHECK(students[i].box.w >= 45);
    close_class(&class);
}

struct diary { /* of one student over the film below */
    int n_visible, n_bent, n_gone, n_changes;
    double last_change_s, least_gap_s;
};

static void follow(struct diary *diary, const struct vis_demo_student *now,
                   const struct vis_demo_student *before, double t_s)
{
    bool is_outside = now->box.x + now->box.w < 0 || now->box.x > 640;
    float step = hypotf(now->box.x - before->box.x, now->box.y - before->box.y);
    diary->n_visible += now->is_visible;
    diary->n_bent += now->is_looking_down;
    diary->n_gone += is_outside;
    CHECK(!(is_outside && now->is_visible));
    CHECK(now->weight >= 0.5f && now->weight <= 1.0f);
    CHECK_MSG(step < 0.5f * now->box.w, "student %d jumps %.1f px at %.1f s", now->id, (double)step,
              t_s);
    if (now->expression == before->expression)
        return;
    CHECK(now->weight < 1.0f || before->weight < 1.0f || t_s > 0);
    if (diary->n_changes++)
        diary->least_gap_s = fmin(diary->least_gap_s, t_s - diary->last_change_s);
    diary->last_change_s = t_s;
}

/* Ten minutes at 10 frames a second: everything the class is there to show does happen. */
static void a_lesson_has_everything(void)
{
    enum { N_STEPS = 6000 };
    struct vis_demo_student now[VIS_DEMO_MAX_STUDENTS], before[VIS_DEMO_MAX_STUDENTS];
    struct diary diaries[8] = {{0}};
    int shown[FB_EXPRESSION_COUNT] = {0}, n_covered = 0, n_seen = 0;
    struct demo_class class;
    if (!open_class(small_class(1), &class))
        return;
    for (int i = 0; i < 8; i++)
        diaries[i].least_gap_s = 1e9;
    truth_at(&class, 0, before);
    for (int k = 0; k < N_STEPS; k++) {
        double t_s = k * 0.1;
        truth_at(&class, t_s, now);
        for (int i = 0; i < 8; i++) {
            bool is_inside = now[i].box.x >= 0 && now[i].box.x + now[i].box.w <= 640;
            follow(&diaries[i], &now[i], &before[i], t_s);
            shown[now[i].expression]++;
            n_covered += is_inside && !now[i].is_visible;
            n_seen += now[i].is_visible;
        }
        memcpy(before, now, sizeof before);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_MSG(diaries[i].least_gap_s > 4.0, "student %d changes after %.1f s", i + 1,
                  diaries[i].least_gap_s);
        CHECK(diaries[i].n_changes > 20 && diaries[i].n_changes < 100);
        CHECK(diaries[i].n_bent > N_STEPS / 20 && diaries[i].n_bent < N_STEPS / 2);
        CHECK(diaries[i].n_visible > N_STEPS / 2);
    }
    int n_gone = 0;
    for (int i = 0; i < 8; i++)
        n_gone += diaries[i].n_gone > 0;
    CHECK_MSG(n_gone >= 6, "only %d of 8 ever left", n_gone);
    CHECK_MSG(n_covered > 50, "faces were covered in %d looks only", n_covered);
    CHECK(n_covered < n_seen / 10);
    for (int e = 0; e < FB_EXPRESSION_COUNT; e++)
        CHECK_MSG(shown[e] > 8 * N_STEPS / 200, "%s is hardly shown", fb_expression_name(e));
    CHECK(shown[FB_NEUTRAL] + shown[FB_HAPPINESS] + shown[FB_SURPRISE] > 8 * N_STEPS * 6 / 10);
    close_class(&class);
}

/* A change takes 0.4 s: weights in between are seen for that long and no longer. */
static void changes_are_gradual(void)
{
    struct vis_demo_student students[VIS_DEMO_MAX_STUDENTS];
    struct demo_class class;
    int n_between = 0, n_changes = 0, last = -1;
    if (!open_class(small_class(4), &class))
        return;
    for (int k = 0; k < 30000; k++) {
        truth_at(&class, k * 0.01, students);
        n_between += students[2].weight < 1.0f;
        n_changes += last >= 0 && students[2].expression != last;
        last = students[2].expression;
    }
    CHECK(n_changes > 5);
    CHECK_NEAR(n_between * 0.01 / n_changes, 0.36, 0.08); /* 0.4 s less the rounding at its ends */
    close_class(&class);
}

/* The face at the truth's box changes when the truth says so, and only there. */
static void the_picture_follows_the_truth(void)
{
    struct vis_demo_student students[VIS_DEMO_MAX_STUDENTS], later[VIS_DEMO_MAX_STUDENTS];
    static uint8_t a[48 * 48], b[48 * 48];
    struct demo_class class;
    double changed = 0, unchanged = 0;
    int n_changed = 0, n_unchanged = 0;
    if (!open_class(demo_class_settings(6), &class))
        return;
    struct fb_frame *first = demo_class_frame(class.source, class.pool, 0);
    for (int k = 1; k <= 90 && CHECK(first); k++) {
        struct fb_frame *second = demo_class_frame(class.source, class.pool, 0.7 * k);
        if (!CHECK(second))
            break;
        int n = vis_demo_truth(class.source, first->pts_ns, students, VIS_DEMO_MAX_STUDENTS);
        CHECK_INT(vis_demo_truth(class.source, second->pts_ns, later, VIS_DEMO_MAX_STUDENTS), n);
        for (int i = 0; i < n; i++) {
            if (!students[i].is_visible || !later[i].is_visible || students[i].is_looking_down ||
                later[i].is_looking_down || students[i].weight < 1.0f || later[i].weight < 1.0f)
                continue;
            vis_crop_face(first, &students[i].box, 0.8f, 48, a);
            vis_crop_face(second, &later[i].box, 0.8f, 48, b);
            double sum = 0;
            for (int p = 24 * 48; p < 48 * 48; p++) /* the lower half: no blinking there */
                sum += abs(a[p] - b[p]);
            bool is_same = students[i].expression == later[i].expression;
            *(is_same ? &unchanged : &changed) += sum / (24 * 48);
            *(is_same ? &n_unchanged : &n_changed) += 1;
        }
        fb_frame_unref(&first);
        first = second;
    }
    fb_frame_unref(&first);
    CHECK(n_changed >= 5 && n_unchanged > 100);
    changed /= n_changed;
    unchanged /= n_unchanged;
    printf("# mean change of a face: %.1f grey levels with, %.1f without a new expression\n",
           changed, unchanged);
    CHECK(changed > 2 * unchanged);
    close_class(&class);
}

static void only_the_demo_knows(void)
{
    static const uint8_t grey[3 * 8 * 8];
    char path[] = "/tmp/fb_demo_XXXXXX.png";
    struct vis_source_settings settings = vis_default_source_settings();
    struct vis_demo_student student;
    struct vis_source *source;
    int fd = mkstemps(path, 4);
    close(fd);
    if (CHECK_INT(vis_image_save_rgb(path, grey, 8, 8, 24), FB_OK) &&
        CHECK_INT(vis_source_open(path, &settings, &source), FB_OK)) {
        CHECK_INT(vis_demo_truth(source, 0, &student, 1), FB_ERR_USAGE);
        vis_source_close(&source);
    }
    unlink(path);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"a_moment_is_the_same_however_reached", a_moment_is_the_same_however_reached},
        {"playing_is_seeking", playing_is_seeking},
        {"seeds_differ", seeds_differ},
        {"seek_finds_the_frame_shown", seek_finds_the_frame_shown},
        {"describes_itself", describes_itself},
        {"keeps_real_time_when_paced", keeps_real_time_when_paced},
        {"gives_up_waiting_in_time", gives_up_waiting_in_time},
        {"full_pools_wait", full_pools_wait},
        {"all_sizes_work", all_sizes_work},
        {"refuses_bad_settings", refuses_bad_settings},
        {"names_a_missing_basis", names_a_missing_basis},
        {"faces_have_the_promised_size", faces_have_the_promised_size},
        {"a_lesson_has_everything", a_lesson_has_everything},
        {"changes_are_gradual", changes_are_gradual},
        {"the_picture_follows_the_truth", the_picture_follows_the_truth},
        {"only_the_demo_knows", only_the_demo_knows},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
