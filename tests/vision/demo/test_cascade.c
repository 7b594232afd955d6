/* The Haar cascade: what it finds in the demo class, how windows are grouped, and bad input. */
#include "test.h"

#include "cv_shim.h"
#include "demo_class.h"
#include "vis/detector.h"
#include "window_group.h"

#include <fcntl.h>
#include <unistd.h>

static struct vis_haar *haar_with(struct vis_haar_settings settings)
{
    struct vis_haar *haar = NULL;
    CHECK_MSG(vis_haar_create(&settings, NULL, &haar) == FB_OK, "%s", fb_error_text());
    return haar;
}

/* ---- faces of the demo class -------------------------------------------------------------------
 */

struct tally {
    int n_wanted, n_found, n_bent, n_bent_found, n_boxes, n_false;
    double overlap;
};

static int best_box(const struct vis_demo_student *student, const struct mon_detection *boxes,
                    int n, float *overlap)
{
    int best = -1;
    *overlap = 0.3f;
    for (int i = 0; i < n; i++) {
        const struct mon_box *a = &student->box, *b = &boxes[i].box;
        float w = fminf(a->x + a->w, b->x + b->w) - fmaxf(a->x, b->x);
        float h = fminf(a->y + a->h, b->y + b->h) - fmaxf(a->y, b->y);
        float common = w > 0 && h > 0 ? w * h : 0;
        float share = common / (a->w * a->h + b->w * b->h - common);
        if (share >= *overlap) {
            *overlap = share;
            best = i;
        }
    }
    return best;
}

static void count(struct tally *tally, const struct vis_demo_student *students, int n,
                  const struct mon_detection *boxes, int n_boxes)
{
    bool is_a_face[MON_MAX_FACES] = {false};
    for (int i = 0; i < n; i++) {
        float overlap;
        int box = best_box(&students[i], boxes, n_boxes, &overlap);
        if (box >= 0)
            is_a_face[box] = true;
        if (!students[i].is_visible)
            continue;
        if (students[i].is_looking_down) {
            tally->n_bent++;
            tally->n_bent_found += box >= 0;
            continue;
        }
        tally->n_wanted++;
        tally->n_found += box >= 0;
        tally->overlap += box >= 0 ? (double)overlap : 0;
    }
    tally->n_boxes += n_boxes;
    for (int i = 0; i < n_boxes; i++)
        tally->n_false += !is_a_face[i];
}

static void look(struct vis_haar *haar, int n_faces, uint64_t seed, int n_frames,
                 struct tally *tally)
{
    struct vis_source_settings settings = demo_class_settings(seed);
    struct vis_demo_student students[VIS_DEMO_MAX_STUDENTS];
    struct mon_detection boxes[MON_MAX_FACES];
    struct vis_source *source;
    struct fb_frame_pool *pool;
    settings.n_faces = n_faces;
    if (!CHECK_INT(vis_source_open("demo", &settings, &source), FB_OK) ||
        !CHECK_INT(fb_frame_pool_create(1, settings.width, settings.height, &pool), FB_OK))
        return;
    for (int i = 0; i < n_frames; i++) {
        struct fb_frame *frame = demo_class_frame(source, pool, 2.3 * i);
        if (!CHECK(frame))
            break;
        int n = vis_demo_truth(source, frame->pts_ns, students, VIS_DEMO_MAX_STUDENTS);
        int n_boxes = vis_haar_detect(haar, frame, boxes, MON_MAX_FACES);
        CHECK(n_boxes >= 0);
        for (int k = 1; k < n_boxes; k++)
            CHECK(boxes[k].score <= boxes[k - 1].score);
        count(tally, students, n, boxes, n_boxes);
        fb_frame_unref(&frame);
    }
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
}

static void show(const char *what, const struct tally *t)
{
    printf("# %s: found %d of %d, bent over %d of %d, false boxes %d of %d, mean overlap %.2f\n",
           what, t->n_found, t->n_wanted, t->n_bent_found, t->n_bent, t->n_false, t->n_boxes,
           t->n_found ? t->overlap / t->n_found : 0.0);
}

static void finds_the_demo_class(void)
{
    struct vis_haar *haar = haar_with(vis_default_haar_settings());
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 3 && haar; seed++)
        look(haar, 8, seed, 8, &tally);
    show("8 students, 3 seeds", &tally);
    CHECK(tally.n_wanted > 100);
    CHECK(tally.n_found >= 0.95 * tally.n_wanted);
    CHECK(tally.n_false <= 0.06 * tally.n_boxes);
    CHECK(tally.n_bent > 10 && tally.n_bent_found <= 0.75 * tally.n_bent);
    CHECK(tally.overlap >= 0.80 * tally.n_found);
    vis_haar_destroy(&haar);
}

static void finds_thirty(void)
{
    struct vis_haar *haar = haar_with(vis_default_haar_settings());
    struct tally tally = {0};
    if (haar)
        look(haar, 30, 1, 3, &tally);
    show("30 students", &tally);
    CHECK(tally.n_wanted > 50);
    CHECK(tally.n_found >= 0.93 * tally.n_wanted);
    CHECK(tally.n_false <= 0.06 * tally.n_boxes);
    vis_haar_destroy(&haar);
}

/* The same boxes from as many windows from our evaluator, on one thread and two, and from OpenCV's. */
static void engines_agree(void)
{
    struct vis_haar_settings settings = vis_default_haar_settings();
    struct vis_source_settings demo = demo_class_settings(3);
    struct fb_pool *workers = NULL;
    struct fb_frame_pool *pool = NULL;
    struct vis_source *source = NULL;
    struct vis_haar *haars[3] = {NULL};
    CHECK_INT(fb_pool_create(2, &workers), FB_OK);
    CHECK_INT(vis_haar_create(&settings, NULL, &haars[1]), FB_OK);
    CHECK_INT(vis_haar_create(&settings, workers, &haars[2]), FB_OK);
    settings.engine = VIS_HAAR_OPENCV;
    CHECK_INT(vis_haar_create(&settings, NULL, &haars[0]), FB_OK);
    CHECK_INT(vis_source_open("demo", &demo, &source), FB_OK);
    CHECK_INT(fb_frame_pool_create(1, demo.width, demo.height, &pool), FB_OK);
    for (int i = 0; i < 4 && haars[0] && haars[1] && haars[2] && source && pool; i++) {
        struct fb_frame *frame = demo_class_frame(source, pool, 1.7 * i);
        struct mon_detection found[3][MON_MAX_FACES];
        int n[3];
        for (int k = 0; k < 3 && frame; k++)
            n[k] = vis_haar_detect(haars[k], frame, found[k], MON_MAX_FACES);
        fb_frame_unref(&frame);
        for (int k = 1; k < 3; k++) {
            CHECK(n[0] > 3);
            CHECK_INT(n[k], n[0]);
            for (int j = 0; j < n[0] && j < n[k]; j++) {
                CHECK_NEAR(found[k][j].box.x, found[0][j].box.x, 1e-4);
                CHECK_NEAR(found[k][j].box.w, found[0][j].box.w, 1e-4);
                /* windows that agree; the fraction counts from another zero in OpenCV */
                CHECK_INT(found[k][j].score, found[0][j].score);
            }
        }
    }
    for (int k = 0; k < 3; k++)
        vis_haar_destroy(&haars[k]);
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    fb_pool_destroy(&workers);
}

static void obeys_its_limits(void)
{
    struct vis_source_settings demo = demo_class_settings(2);
    struct vis_haar_settings settings = vis_default_haar_settings();
    struct mon_detection boxes[MON_MAX_FACES];
    struct vis_source *source;
    struct fb_frame_pool *pool;
    if (!CHECK_INT(vis_source_open("demo", &demo, &source), FB_OK) ||
        !CHECK_INT(fb_frame_pool_create(1, demo.width, demo.height, &pool), FB_OK))
        return;
    struct fb_frame *frame = demo_class_frame(source, pool, 0.0);
    settings.min_face_px = 112; /* the back row's are some 100 px */
    struct vis_haar *haar = haar_with(settings);
    int n = vis_haar_detect(haar, frame, boxes, MON_MAX_FACES);
    CHECK(n >= 2);
    for (int i = 0; i < n; i++)
        CHECK(boxes[i].box.w >= 110);
    CHECK_INT(vis_haar_detect(haar, frame, boxes, 1), 1);
    vis_haar_destroy(&haar);
    settings = vis_default_haar_settings();
    settings.max_face_share = 0.155f; /* 112 px */
    haar = haar_with(settings);
    n = vis_haar_detect(haar, frame, boxes, MON_MAX_FACES);
    CHECK(n >= 2);
    for (int i = 0; i < n; i++)
        CHECK(boxes[i].box.w <= 114);
    vis_haar_destroy(&haar);
    settings.min_neighbours = 0;
    haar = haar_with(settings);
    CHECK(vis_haar_detect(haar, frame, boxes, MON_MAX_FACES) == MON_MAX_FACES); /* raw windows */
    vis_haar_destroy(&haar);
    fb_frame_unref(&frame);
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
}

static void tiny_frames_have_no_faces(void)
{
    static const int sizes[][2] = {{1, 1}, {23, 300}, {300, 23}, {24, 24}, {25, 31}};
    struct vis_haar *haar = haar_with(vis_default_haar_settings());
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes) && haar; i++) {
        struct fb_frame_pool *pool;
        struct mon_detection box;
        if (!CHECK_INT(fb_frame_pool_create(1, sizes[i][0], sizes[i][1], &pool), FB_OK))
            continue;
        struct fb_frame *frame = fb_frame_acquire(pool);
        CHECK_INT(vis_haar_detect(haar, frame, &box, 1), 0);
        fb_frame_unref(&frame);
        fb_frame_pool_destroy(&pool);
    }
    vis_haar_destroy(&haar);
    vis_haar_destroy(&haar); /* NULL is accepted */
}

/* ---- grouping -----------------------------------------------------------------------------------
 */

static int group(const struct cv_shim_window *windows, int n, int min_windows,
                 struct mon_detection *found)
{
    struct vis_window_groups *groups = NULL;
    if (!CHECK_INT(vis_window_groups_create(&groups), FB_OK))
        return -1;
    int n_found = vis_window_groups_find(groups, windows, n, min_windows, found, 16);
    vis_window_groups_destroy(&groups);
    return n_found;
}

static void like_windows_become_one_box(void)
{
    static const struct cv_shim_window windows[] = {{100, 100, 50, 50, 1}, {300, 80, 40, 40, 3},
                                                    {104, 98, 50, 50, 2},  {102, 102, 52, 52, 1},
                                                    {302, 80, 40, 40, 9},  {500, 10, 40, 40, 9}};
    struct mon_detection found[16];
    CHECK_INT(group(windows, 6, 1, found), 3);
    CHECK_INT(group(windows, 6, 2, found), 2);
    CHECK_NEAR(found[0].box.x, 102, 1e-4);
    CHECK_NEAR(found[0].box.y, 100, 1e-4);
    CHECK_NEAR(found[0].box.w, (50 + 50 + 52) / 3.0, 1e-4);
    CHECK_NEAR(found[0].score, 3, 0.5); /* three agree; the weight is only a fraction */
    CHECK_NEAR(found[1].box.x, 301, 1e-4);
    CHECK_INT(group(windows, 6, 3, found), 1);
    CHECK_INT(group(windows, 6, 4, found), 0);
    CHECK_INT(group(windows, 0, 1, found), 0);
}

/* Windows that are alike only through others between them are one group (connected components). */
static void chains_hold_together(void)
{
    struct cv_shim_window windows[8];
    struct mon_detection found[16];
    for (int i = 0; i < 8; i++)
        windows[7 - i] = (struct cv_shim_window){100 + 9 * i, 100, 50, 50, 1};
    CHECK_INT(group(windows, 8, 8, found), 1);
    CHECK_NEAR(found[0].box.x, 100 + 9 * 3.5, 1e-3);
}

static void the_lesser_of_two_in_one_place_goes(void)
{
    static const struct cv_shim_window windows[] = {
        {100, 100, 100, 100, 1}, {101, 100, 100, 100, 1}, {100, 101, 100, 100, 1}, /* the face */
        {130, 150, 40, 40, 1},   {131, 150, 40, 40, 1},                            /* its mouth */
        {40, 60, 220, 220, 1},   {42, 60, 220, 220, 1},  /* with shoulders */
        {400, 100, 60, 60, 1},   {401, 100, 60, 60, 1}}; /* another */
    struct mon_detection found[16];
    CHECK_INT(group(windows, 9, 2, found), 2);
    CHECK_NEAR(found[0].box.w, 100, 0.5);
    CHECK_NEAR(found[1].box.x, 400.5, 0.1);
}

static void raw_windows_come_by_weight(void)
{
    static const struct cv_shim_window windows[] = {
        {1, 1, 30, 30, 0.5}, {2, 1, 30, 30, 2.5}, {3, 1, 30, 30, 1.5}};
    struct mon_detection found[16];
    CHECK_INT(group(windows, 3, 0, found), 3);
    CHECK_NEAR(found[0].score, 2.5, 1e-6);
    CHECK_NEAR(found[0].box.x, 2, 1e-6);
    CHECK_NEAR(found[2].score, 0.5, 1e-6);
}

static void too_many_windows_are_cut(void)
{
    enum { N = VIS_GROUP_MAX_WINDOWS + 100 };
    static struct cv_shim_window windows[N];
    struct mon_detection found[16];
    for (int i = 0; i < N; i++)
        windows[i] = (struct cv_shim_window){i, i % 7, 30, 30, 1};
    CHECK(group(windows, N, 1, found) >= 1);
}

/* ---- bad input
 * ------------------------------------------------------------------------------------ */

static char scratch_path[4096];

static const char *scratch_file(const char *content)
{
    const char *dir = getenv("TMPDIR");
    snprintf(scratch_path, sizeof scratch_path, "%s/fb_cascade_XXXXXX", dir ? dir : "/tmp");
    int fd = mkstemp(scratch_path);
    if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content))
        abort();
    close(fd);
    return scratch_path;
}

/* OpenCV may print before it throws; a library of ours never prints. meson.build sets the
 * variable that makes OpenCV do so in every build. */
static int saved_stderr, caught_stderr;
static char stderr_path[] = "/tmp/fb_stderr_XXXXXX";

static void catch_stderr(void)
{
    fflush(stderr);
    memcpy(stderr_path, "/tmp/fb_stderr_XXXXXX", sizeof stderr_path);
    saved_stderr = dup(2);
    caught_stderr = mkstemp(stderr_path);
    dup2(caught_stderr, 2);
}

static void expect_silence(void)
{
    char text[256] = "";
    fflush(stderr);
    dup2(saved_stderr, 2);
    ssize_t n = pread(caught_stderr, text, sizeof text - 1, 0);
    CHECK_MSG(n == 0, "printed: %s", text);
    close(saved_stderr);
    close(caught_stderr);
    unlink(stderr_path);
}

static int create_silently(const struct vis_haar_settings *settings, struct vis_haar **haar)
{
    catch_stderr();
    int status = vis_haar_create(settings, NULL, haar);
    expect_silence();
    return status;
}

static void refuses_what_is_no_cascade(void)
{
    static const char *const contents[] = {
        "",
        "this is not a cascade\n",
        "<?xml version=\"1.0\"?>\n<opencv_storage>\n</opencv_storage>\n",
        "<?xml version=\"1.0\"?>\n<opencv_storage>\n<cascade>\n<stageType>BOOST</stageType>\n",
        "<?xml version=\"1.0\"?>\n<opencv_storage>\n<cascade type_id=\"opencv-cascade-classifier\">"
        "<stageType>BOOST</stageType><featureType>HAAR</featureType><height>24</height>"
        "<width>24</width><stages></stages></cascade></opencv_storage>\n",
    };
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        struct vis_haar_settings settings = vis_default_haar_settings();
        struct vis_haar *haar;
        settings.cascade = scratch_file(contents[i]);
        CHECK_INT(create_silently(&settings, &haar), FB_ERR_INPUT);
        CHECK(!haar);
        CHECK_MSG(strstr(fb_error_text(), scratch_path), "no path in: %s", fb_error_text());
        CHECK(!strchr(fb_error_text(), '\n'));
        unlink(scratch_path);
    }
}

static void names_what_is_missing(void)
{
    struct vis_haar_settings settings = vis_default_haar_settings();
    struct vis_haar *haar;
    settings.cascade = "/nowhere/cascade.xml";
    CHECK_INT(create_silently(&settings, &haar), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "/nowhere/cascade.xml"));
    CHECK(strstr(fb_error_text(), "opencv-data"));
    settings.cascade = "/tmp";
    CHECK_INT(create_silently(&settings, &haar), FB_ERR_INPUT);
}

static void refuses_settings_out_of_range(void)
{
    struct vis_haar_settings good = vis_default_haar_settings(), bad[10];
    struct vis_haar *haar;
    for (int i = 0; i < 10; i++)
        bad[i] = good;
    bad[0].scale_factor = 1.0f;
    bad[1].scale_factor = NAN;
    bad[2].scale_factor = 3.0f;
    bad[3].min_neighbours = -1;
    bad[4].min_face_px = 0;
    bad[5].max_face_share = 0.0f;
    bad[6].max_face_share = 1.5f;
    bad[7].max_side_px = 10;
    bad[8].max_side_px = 1 << 20;
    bad[9].max_face_share = NAN;
    for (int i = 0; i < 10; i++)
        CHECK_MSG(vis_haar_create(&bad[i], NULL, &haar) == FB_ERR_USAGE, "settings %d were taken", i);
}

/* What OpenCV throws comes back as a status, and the cascade works on. */
static void exceptions_become_statuses(void)
{
    static uint8_t grey[64 * 64];
    const struct cv_shim_window *windows;
    struct cv_shim_cascade *cascade = NULL;
    if (!CHECK_INT(
            cv_shim_cascade_load(
                "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml", &cascade),
            FB_OK))
        return;
    CHECK_INT(cv_shim_cascade_window_px(cascade), 24);
    catch_stderr();
    CHECK_INT(cv_shim_cascade_scan(cascade, grey, 64, 64, 64, 1.0, 24, 64, &windows), FB_ERR_USAGE);
    expect_silence();
    CHECK(strstr(fb_error_text(), "scaleFactor"));
    CHECK(!windows);
    CHECK_INT(cv_shim_cascade_scan(cascade, grey, 64, 64, 64, 1.1, 24, 64, &windows), 0);
    cv_shim_cascade_free(&cascade);
    CHECK(!cascade);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"finds_the_demo_class", finds_the_demo_class},
        {"finds_thirty", finds_thirty},
        {"engines_agree", engines_agree},
        {"obeys_its_limits", obeys_its_limits},
        {"tiny_frames_have_no_faces", tiny_frames_have_no_faces},
        {"like_windows_become_one_box", like_windows_become_one_box},
        {"chains_hold_together", chains_hold_together},
        {"the_lesser_of_two_in_one_place_goes", the_lesser_of_two_in_one_place_goes},
        {"raw_windows_come_by_weight", raw_windows_come_by_weight},
        {"too_many_windows_are_cut", too_many_windows_are_cut},
        {"refuses_what_is_no_cascade", refuses_what_is_no_cascade},
        {"names_what_is_missing", names_what_is_missing},
        {"refuses_settings_out_of_range", refuses_settings_out_of_range},
        {"exceptions_become_statuses", exceptions_become_statuses},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
