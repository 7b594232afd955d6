/* The raw windows of every kernel are those of cv::CascadeClassifier, none more and none less: on
 * drawn pictures for all installed cascades, whole and cut to their first stages (so that the early
 * stages' decisions show too), and on photographs of the research data where present.
 * Arguments: as in test.h. CASCADE_PICTURES=N: that many photographs (default 24), CASCADE_SIDE=px.
 */
#include "compare.h"
#include "test.h"

#include <glob.h>
#include <unistd.h>

#define HAAR "/usr/share/opencv4/haarcascades/haarcascade_"
#define LBP "/usr/share/opencv4/lbpcascades/lbpcascade_"

static const enum vis_cascade_kernel all_kernels[] = {
    VIS_CASCADE_KERNEL_PLAIN, VIS_CASCADE_KERNEL_AVX2, VIS_CASCADE_KERNEL_AVX512};
/* Those this machine has. */
static enum vis_cascade_kernel kernels[3];
static size_t n_kernels;

static void find_kernels(void)
{
    for (int i = 0; i < 3; i++) {
        struct vis_cascade_settings settings = vis_default_cascade_settings();
        struct vis_cascade *cascade = NULL;
        settings.kernel = all_kernels[i];
        if (!vis_cascade_create(HAAR "frontalface_default.xml", &settings, NULL, &cascade))
            kernels[n_kernels++] = all_kernels[i];
        else
            printf("# %s\n", fb_error_text());
        vis_cascade_destroy(&cascade);
    }
}

static int env_int(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

/* NULL with a failed check when either cannot load the file. */
static struct vis_cascade *open_both(const char *path, const struct vis_cascade_settings *settings,
                                     struct fb_pool *pool, struct oracle **theirs)
{
    struct vis_cascade *ours = NULL;
    int status = vis_cascade_create(path, settings, pool, &ours);
    *theirs = oracle_create(path);
    if (CHECK_MSG(status == 0, "%s: %s", path, fb_error_text()) &
        CHECK_MSG(*theirs != NULL, "%s: OpenCV cannot load it", path))
        return ours;
    vis_cascade_destroy(&ours);
    oracle_destroy(*theirs);
    *theirs = NULL;
    return NULL;
}

static void report(const char *what, const struct comparison *sum)
{
    printf("  %s: %d pictures, %d windows (OpenCV %d), %d differ\n", what, sum->n_pictures,
           sum->n_ours, sum->n_theirs, sum->n_different);
    CHECK_MSG(sum->n_different == 0, "%s: %d windows differ", what, sum->n_different);
}

/* All synthetic kinds, n sizes each. */
static void compare_drawn(const char *path, const struct vis_cascade_settings *settings,
                          int n_sizes, uint64_t seed, struct comparison *sum)
{
    struct oracle *theirs;
    struct vis_cascade *ours = open_both(path, settings, NULL, &theirs);
    for (int i = 0; ours && i < n_sizes * SYNTHETIC_COUNT; i++) {
        uint64_t s = seed + (uint64_t)i;
        int width = 60 + (int)(s * 7919 % 191), height = 60 + (int)(s * 104729 % 173);
        struct picture picture =
            picture_draw((enum synthetic)(i % SYNTHETIC_COUNT), width, height, s);
        compare_windows(ours, theirs, settings, &picture, path, sum);
        picture_free(&picture);
    }
    vis_cascade_destroy(&ours);
    oracle_destroy(theirs);
}

static const char *base_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Whole, and the first 1, 2, 4 and 8 stages. */
static void compare_cuts(const char *path, uint64_t seed)
{
    for (size_t k = 0; k < n_kernels; k++) {
        struct vis_cascade_settings settings = vis_default_cascade_settings();
        settings.min_neighbours = 0;
        settings.kernel = kernels[k];
        settings.min_px = 0;
        settings.scale_factor = 1.13;
        struct comparison sum = {0};
        for (int n_stages = 1; n_stages <= 8; n_stages *= 2) {
            char cut[] = "/tmp/cascade-cut-XXXXXX";
            int file = mkstemp(cut);
            if (!CHECK(file >= 0) || !CHECK(write_first_stages(path, n_stages, cut)))
                return;
            close(file);
            compare_drawn(cut, &settings, 1, seed + (uint64_t)n_stages, &sum);
            unlink(cut);
        }
        compare_drawn(path, &settings, 2, seed, &sum);
        char what[256];
        snprintf(what, sizeof what, "%s, %s", base_name(path), vis_cascade_kernel_name(kernels[k]));
        report(what, &sum);
    }
}

static void drawn_pictures(void)
{
    glob_t found = {0};
    if (glob("/usr/share/opencv4/haarcascades/*.xml", 0, NULL, &found) ||
        glob("/usr/share/opencv4/lbpcascades/*.xml", GLOB_APPEND, NULL, &found))
        SKIP("no cascades in /usr/share/opencv4: install opencv-data");
    for (size_t i = 0; i < found.gl_pathc; i += (size_t)env_int("CASCADE_EVERY", 1))
        if (!strstr(found.gl_pathv[i], "licence_plate")) /* the one old-format file */
            compare_cuts(found.gl_pathv[i], 100 * i);
    globfree(&found);
}

static void odd_settings(void)
{
    static const struct {
        double factor;
        int min_px, max_px, width, height;
    } cases[] = {{2, 0, 0, 200, 150},     {1.5, 50, 50, 211, 140}, {1.1, 60, 60, 173, 171},
                 {1.03, 31, 40, 90, 120}, {10, 0, 0, 240, 240},    {1.2, 1000, 0, 100, 90},
                 {1.1, 0, 0, 24, 24},     {1.1, 0, 0, 23, 400},    {1.1, 0, 0, 25, 301},
                 {1.3, 0, 100, 640, 24},  {1.1, 30, 0, 1, 1},      {1.25, 0, 0, 64, 48},
                 {1.01, 0, 0, 70, 70},    {1.21, 20, 60, 1023, 67}};
    for (size_t k = 0; k < n_kernels * sizeof cases / sizeof *cases; k++) {
        size_t i = k / n_kernels;
        struct vis_cascade_settings settings = vis_default_cascade_settings();
        settings.kernel = kernels[k % n_kernels];
        settings.min_neighbours = 0;
        settings.scale_factor = cases[i].factor;
        settings.min_px = cases[i].min_px;
        settings.max_px = cases[i].max_px;
        char cut[] = "/tmp/cascade-cut-XXXXXX";
        int file = mkstemp(cut);
        if (!CHECK(file >= 0) || !CHECK(write_first_stages(HAAR "frontalface_default.xml", 3, cut)))
            return;
        close(file);
        struct oracle *theirs;
        struct vis_cascade *ours = open_both(cut, &settings, NULL, &theirs);
        struct comparison sum = {0};
        for (int kind = 0; ours && kind < SYNTHETIC_COUNT; kind++) {
            struct picture picture =
                picture_draw((enum synthetic)kind, cases[i].width, cases[i].height, i);
            compare_windows(ours, theirs, &settings, &picture, "odd settings", &sum);
            picture_free(&picture);
        }
        CHECK_INT(sum.n_different, 0);
        vis_cascade_destroy(&ours);
        oracle_destroy(theirs);
        unlink(cut);
    }
}

static void compare_photographs(const char *path, enum vis_cascade_kernel kernel,
                                struct fb_pool *pool, char **paths, int n, int min_neighbours)
{
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    settings.min_neighbours = min_neighbours;
    settings.kernel = kernel;
    struct oracle *theirs;
    struct vis_cascade *ours = open_both(path, &settings, pool, &theirs);
    struct comparison sum = {0};
    for (int i = 0; ours && i < n; i++) {
        struct picture picture = picture_load(paths[i], env_int("CASCADE_SIDE", 400) + 13 * (i % 7), 0);
        if (picture.grey)
            compare_windows(ours, theirs, &settings, &picture, base_name(paths[i]), &sum);
        picture_free(&picture);
    }
    vis_cascade_destroy(&ours);
    oracle_destroy(theirs);
    char what[256];
    snprintf(what, sizeof what, "%s, %s, %d neighbours", base_name(path),
             kernel ? vis_cascade_kernel_name(kernel) : "fastest", min_neighbours);
    report(what, &sum);
}

static void photographs(void)
{
    static const char *const cascades[] = {HAAR "frontalface_default.xml",
                                           HAAR "frontalface_alt2.xml", HAAR "profileface.xml",
                                           HAAR "eye_tree_eyeglasses.xml", LBP "frontalface.xml"};
    int n = env_int("CASCADE_PICTURES", 24);
    char **paths = calloc((size_t)n, sizeof *paths);
    n = list_pictures(paths, n);
    struct fb_pool *pool = NULL;
    if (n && CHECK(fb_pool_create(2, &pool) == 0))
        for (size_t i = 0; i < sizeof cascades / sizeof *cascades; i++) {
            compare_photographs(cascades[i], VIS_CASCADE_KERNEL_NONE, pool, paths, n, 0);
            compare_photographs(cascades[i], VIS_CASCADE_KERNEL_NONE, NULL, paths, (n + 3) / 4, 3);
            compare_photographs(cascades[i], VIS_CASCADE_KERNEL_PLAIN, NULL, paths, (n + 7) / 8, 0);
        }
    for (int i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
    fb_pool_destroy(&pool);
    if (!n)
        SKIP("no pictures in FELTBOARD_SHARED/data");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"drawn_pictures", drawn_pictures},
        {"odd_settings", odd_settings},
        {"photographs", photographs},
    };
    find_kernels();
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
