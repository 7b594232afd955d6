/* The parts next to OpenCV's: grouping, resizing, grouped detections; settings, sizes, threads. */
#include "base/rng.h"
#include "compare.h"
#include "group.h"
#include "levels.h"
#include "test.h"

#include <unistd.h>

#define CASCADE "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"
#define MAX_BOXES 4000

static int compare_rects(const void *a_ptr, const void *b_ptr)
{
    return memcmp(a_ptr, b_ptr, sizeof(struct oracle_rect));
}

/* Clusters of similar boxes, with strays: groups that touch, nest and chain. */
static int draw_boxes(struct fb_rng *rng, struct oracle_rect *rects)
{
    int n = 0, n_clusters = 1 + (int)fb_rng_below(rng, 12);
    for (int c = 0; c < n_clusters; c++) {
        int size = 24 + (int)fb_rng_below(rng, 200),
            spread = 1 + size * (int)fb_rng_below(rng, 40) / 100;
        int x = (int)fb_rng_below(rng, 600), y = (int)fb_rng_below(rng, 400);
        for (int i = (int)fb_rng_below(rng, 30); i >= 0; i--) {
            int side = size + (int)fb_rng_below(rng, (uint32_t)spread);
            rects[n++] = (struct oracle_rect){x + (int)fb_rng_below(rng, (uint32_t)spread),
                                              y + (int)fb_rng_below(rng, (uint32_t)spread), side,
                                              side + (int)fb_rng_below(rng, 3), 1};
        }
    }
    return n;
}

static void groups(void)
{
    static struct oracle_rect rects[MAX_BOXES], ours[MAX_BOXES];
    static struct vis_cascade_box boxes[MAX_BOXES];
    void *scratch = malloc(cas_group_bytes(MAX_BOXES));
    struct fb_rng rng;
    fb_rng_seed(&rng, 7);
    int n_kept = 0;
    for (int round = 0; round < 400; round++) {
        int n = draw_boxes(&rng, rects), min_neighbours = (int)fb_rng_below(&rng, 6);
        double distance = round % 4 ? 0.2 : (double)fb_rng_range(&rng, 0, 0.6f);
        for (int i = 0; i < n; i++)
            boxes[i] =
                (struct vis_cascade_box){rects[i].x, rects[i].y, rects[i].w, rects[i].h, 1, 0};
        int n_ours = cas_group(boxes, n, min_neighbours, distance, scratch);
        int n_theirs = oracle_group(rects, n, min_neighbours, distance);
        if (!CHECK_INT(n_ours, n_theirs))
            continue;
        for (int i = 0; i < n_ours; i++)
            ours[i] = (struct oracle_rect){boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h,
                                           boxes[i].n_neighbours};
        qsort(ours, (size_t)n_ours, sizeof *ours, compare_rects);
        qsort(rects, (size_t)n_ours, sizeof *rects, compare_rects);
        CHECK_MSG(!memcmp(ours, rects, (size_t)n_ours * sizeof *ours), "round %d: boxes differ",
                  round);
        n_kept += n_ours;
    }
    CHECK_MSG(n_kept > 500, "only %d groups in all", n_kept);
    CHECK_INT(cas_group(boxes, 0, 3, 0.2, scratch), 0);
    free(scratch);
}

static void sorted_boxes(void)
{
    struct vis_cascade_box boxes[] = {
        {0, 0, 5, 5, 1, 2}, {1, 0, 5, 5, 3, 1}, {9, 0, 5, 5, 3, 4}, {2, 0, 5, 5, 3, 4}};
    cas_sort_boxes(boxes, 4);
    CHECK_INT(boxes[0].x, 2);
    CHECK_INT(boxes[1].x, 9);
    CHECK_INT(boxes[2].x, 1);
    CHECK_INT(boxes[3].x, 0);
}

typedef void resize(const struct cas_level *level, const uint8_t *picture, int stride,
                    int first_row, int end_row);

/* Pixels of all levels of a picture that differ from cv::resize's. */
static int count_resize_differences(resize *function, int width, int height, double factor)
{
    struct cas_model model = {.window_w = 8, .window_h = 8};
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    struct cas_level *levels = calloc(CAS_MAX_LEVELS, sizeof *levels);
    struct picture picture =
        picture_draw(SYNTHETIC_NOISE, width, height, (uint64_t)(width * 31 + height));
    settings.scale_factor = factor;
    settings.min_px = 0;
    int n = cas_levels_plan(&model, &settings, width, height, levels), n_different = 0;
    void *memory = calloc(1, cas_levels_bytes(levels, n) + 64);
    uint8_t *packed = malloc((size_t)width * (size_t)height),
            *theirs = malloc((size_t)width * (size_t)height);
    for (int y = 0; y < height; y++)
        memcpy(packed + y * width, picture.grey + y * picture.stride, (size_t)width);
    cas_levels_bind(levels, n, width, height, memory);
    for (int i = 0; i < n; i++) {
        function(&levels[i], packed, width, 0, levels[i].height);
        oracle_resize(packed, width, height, theirs, levels[i].width, levels[i].height);
        for (int y = 0; y < levels[i].height; y++)
            n_different += memcmp(levels[i].pixels + y * levels[i].stride,
                                  theirs + y * levels[i].width, (size_t)levels[i].width) != 0;
    }
    free(packed);
    free(theirs);
    free(memory);
    free(levels);
    picture_free(&picture);
    return n_different;
}

static void resized_pictures(void)
{
    static const int sizes[][2] = {{9, 9},   {15, 40},  {16, 17},   {17, 16},
                                   {63, 65}, {100, 37}, {257, 131}, {320, 240}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int k = 0; k < 3; k++) {
            double factor = k == 0 ? 1.1 : k == 1 ? 1.37 : 2;
            CHECK_INT(count_resize_differences(cas_resize_plain, sizes[i][0], sizes[i][1], factor),
                      0);
            if (__builtin_cpu_supports("avx2"))
                CHECK_INT(
                    count_resize_differences(cas_resize_avx2, sizes[i][0], sizes[i][1], factor), 0);
        }
}

static struct vis_cascade *open_cascade(enum vis_cascade_kernel kernel, struct fb_pool *pool)
{
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    struct vis_cascade *cascade = NULL;
    settings.kernel = kernel;
    settings.min_neighbours = 1;
    CHECK_MSG(vis_cascade_create(CASCADE, &settings, pool, &cascade) == 0, "%s", fb_error_text());
    return cascade;
}

/* Boxes, neighbours, scores and their order: the same for every kernel, thread count and run. */
static void kernels_and_threads_agree(void)
{
    static struct vis_cascade_box expected[MAX_BOXES], found[MAX_BOXES];
    struct fb_pool *pool = NULL;
    if (access(CASCADE, R_OK))
        SKIP("no " CASCADE);
    CHECK_INT(fb_pool_create(3, &pool), 0);
    struct vis_cascade *plain = open_cascade(VIS_CASCADE_KERNEL_PLAIN, NULL);
    struct vis_cascade *alone = open_cascade(VIS_CASCADE_KERNEL_NONE, NULL);
    struct vis_cascade *many = open_cascade(VIS_CASCADE_KERNEL_NONE, pool);
    struct vis_cascade *others[] = {alone, many, many, alone};
    int n_boxes = 0;
    memset(expected, 0, sizeof expected);
    memset(found, 0, sizeof found);
    for (int i = 0; plain && alone && many && i < 8; i++) {
        struct picture picture =
            picture_draw(SYNTHETIC_FACES, 150 + 57 * i, 301 - 23 * i, (uint64_t)i);
        int n = vis_cascade_detect(plain, picture.grey, picture.width, picture.height,
                                   picture.stride, expected, MAX_BOXES);
        n_boxes += n;
        for (int k = 0; k < 4; k++) {
            int m = vis_cascade_detect(others[k], picture.grey, picture.width, picture.height,
                                       picture.stride, found, MAX_BOXES);
            CHECK_INT(m, n);
            CHECK_INT(vis_cascade_n_windows(others[k]), vis_cascade_n_windows(plain));
            CHECK_INT(vis_cascade_n_lost(others[k]), 0);
            for (int j = 0; j < n && j < m; j++)
                CHECK_MSG(!memcmp(&found[j], &expected[j], sizeof *found),
                          "picture %d, box %d differs", i, j);
        }
        picture_free(&picture);
    }
    CHECK_MSG(n_boxes > 0, "no box in any picture");
    vis_cascade_destroy(&plain);
    vis_cascade_destroy(&alone);
    vis_cascade_destroy(&many);
    fb_pool_destroy(&pool);
}

static void settings_are_checked(void)
{
    static const struct vis_cascade_settings bad[] = {
        {.scale_factor = 1},
        {.scale_factor = 11},
        {.scale_factor = 1.1, .min_px = -1},
        {.scale_factor = 1.1, .min_px = 50, .max_px = 40},
        {.scale_factor = 1.1, .min_neighbours = -1},
        {.scale_factor = 1.1, .group_distance = 2},
        {.scale_factor = 1.1, .kernel = VIS_CASCADE_KERNEL_COUNT}};
    struct vis_cascade *cascade;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(vis_cascade_create(CASCADE, &bad[i], NULL, &cascade), FB_ERR_USAGE);
        CHECK(cascade == NULL);
    }
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    CHECK_INT(vis_cascade_create("/nonexistent.xml", &settings, NULL, &cascade), FB_ERR_INPUT);
    vis_cascade_destroy(&cascade);
}

static void sizes_change(void)
{
    static const int sizes[][2] = {{24, 24},   {1, 1},     {23, 300}, {640, 24},
                                   {300, 200}, {299, 201}, {300, 200}};
    struct vis_cascade_box boxes[4];
    struct vis_cascade *cascade =
        access(CASCADE, R_OK) ? NULL : open_cascade(VIS_CASCADE_KERNEL_NONE, NULL);
    if (!cascade)
        SKIP("no " CASCADE);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct picture picture = picture_draw(SYNTHETIC_NOISE, sizes[i][0], sizes[i][1], 0);
        int n = vis_cascade_detect(cascade, picture.grey, picture.width, picture.height,
                                   picture.stride, boxes, 4);
        CHECK_MSG(n >= 0 && n <= 4, "%d x %d: %d", sizes[i][0], sizes[i][1], n);
        picture_free(&picture);
    }
    CHECK_INT(vis_cascade_prepare(cascade, 0, 10), FB_ERR_USAGE);
    CHECK_INT(vis_cascade_prepare(cascade, 100000, 10), FB_ERR_USAGE);
    CHECK_INT(vis_cascade_prepare(cascade, 100, 100), FB_OK);
    vis_cascade_destroy(&cascade);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"groups", groups},
        {"sorted_boxes", sorted_boxes},
        {"resized_pictures", resized_pictures},
        {"kernels_and_threads_agree", kernels_and_threads_agree},
        {"settings_are_checked", settings_are_checked},
        {"sizes_change", sizes_change},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
