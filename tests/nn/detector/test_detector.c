/* The detector handle: what it finds is what the net says, for any size of picture; errors; no memory per frame. */
#include "base/rng.h"
#include "nn/detector.h"
#include "nn/model.h"
#include "nn/preprocess.h"
#include "nn/run.h"
#include "shrink.h"
#include "test.h"

#include <unistd.h>

static int n_allocations; /* counted while >= 0 is wanted; main thread only */

void *__real_malloc(size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_malloc(size_t n_bytes)
{
    n_allocations++;
    return __real_malloc(n_bytes);
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations++;
    return __real_calloc(n, size);
}

static const char NET[] = "input 1 64 64\nconv out=8 kernel=3 stride=2 bias=0\nbn\nrelu\nconv out=8 kernel=3 stride=2\nrelu\n"
                          "depthwise kernel=3 stride=2 bias=0\nbn\nrelu name=a\nmaxpool size=2 name=b\nmaxpool size=2\n"
                          "conv out=5 kernel=1 name=c\nconv out=5 kernel=1 from=b\njoin from=c name=d\n"
                          "conv out=5 kernel=1 from=a\njoin from=d\n";

static struct nn_net *make_net(void)
{
    struct nn_net *net;
    struct fb_rng rng;
    if (!CHECK_MSG(!nn_net_parse(NET, "test", &net), "%s", fb_error_text()))
        return NULL;
    fb_rng_seed(&rng, 4);
    nn_net_init_weights(net, &rng);
    return net;
}

static void fill_picture(uint8_t *grey, int n, uint64_t seed)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, seed);
    for (int i = 0; i < n; i++)
        grey[i] = (uint8_t)fb_rng_below(&rng, 256);
}

static struct nn_detector_settings settings_of(int max_side)
{
    struct nn_detector_settings settings = nn_default_detector_settings();
    settings.max_side = max_side;
    settings.min_score = 0.2f;
    return settings;
}

/* A picture of the net's own size needs no scaling: the boxes are the net's output, decoded. */
static void finds_what_the_net_says(void)
{
    enum { SIDE = 64, STRIDE = 70, MAX = 200 };
    static uint8_t grey[SIDE * STRIDE];
    struct nn_cell cells[64 + 16 + 4];
    struct nn_detection expected[MAX], found[MAX];
    struct nn_detector *detector = NULL;
    struct nn_net *net = make_net();
    struct nn_run *run;
    struct nn_run_settings run_settings = {.max_batch = 1, .kernel = NN_KERNEL_PLAIN};
    struct nn_detector_settings settings = settings_of(640);
    fill_picture(grey, SIDE * STRIDE, 3);
    if (!CHECK_INT(nn_run_create(net, &run_settings, &run), FB_OK))
        return;
    for (int y = 0; y < SIDE; y++)
        nn_preprocess_bytes(NN_PREPROCESS_FIXED, grey + y * STRIDE, SIDE, nn_run_input(run) + y * SIDE);
    nn_run_forward(run, 1, 0);
    nn_detector_cells(SIDE, SIDE, cells);
    int n = nn_boxes_decode(nn_run_output(run), cells, 84, settings.min_score, expected, MAX);
    n = nn_boxes_suppress(expected, n, settings.overlap);
    CHECK_MSG(n > 3, "%d boxes", n);
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_OK);
    CHECK_INT(nn_detector_run(detector, grey, SIDE, SIDE, STRIDE, found, MAX), n);
    for (int i = 0; i < n; i++) {
        CHECK_NEAR(found[i].score, expected[i].score, 1e-4);
        CHECK_NEAR(found[i].box.x, expected[i].box.x, 1e-2);
        CHECK_NEAR(found[i].box.h, expected[i].box.h, 1e-2);
    }
    CHECK_INT(nn_detector_run(detector, grey, SIDE, SIDE, STRIDE, found, 2), 2);
    nn_detector_destroy(&detector);
    nn_run_destroy(&run);
    nn_net_destroy(&net);
}

/* Twice as large a picture, the same one pixel by pixel, gives the same boxes twice as large; and nothing is allocated but
 * for a new size. */
static void scales_down(void)
{
    enum { W = 96, H = 64, MAX = 100 };
    static uint8_t small[W * H], large[4 * W * H];
    struct nn_detection a[MAX], b[MAX];
    struct nn_net *net = make_net();
    struct nn_detector_settings settings = settings_of(W);
    struct nn_detector *detector;
    fill_picture(small, W * H, 6);
    for (int i = 0; i < 4 * W * H; i++)
        large[i] = small[i / (2 * W) / 2 * W + i % (2 * W) / 2];
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_OK);
    int n = nn_detector_run(detector, small, W, H, W, a, MAX);
    CHECK_INT(nn_detector_run(detector, large, 2 * W, 2 * H, 2 * W, b, MAX), n);
    for (int i = 0; i < n; i++) {
        CHECK_NEAR(b[i].score, a[i].score, 1e-5);
        CHECK_NEAR(b[i].box.x, 2 * a[i].box.x, 1e-3);
        CHECK_NEAR(b[i].box.h, 2 * a[i].box.h, 1e-3);
    }
    int before = n_allocations;
    for (int i = 0; i < 3; i++)
        CHECK_INT(nn_detector_run(detector, large, 2 * W, 2 * H, 2 * W, b, MAX), n);
    CHECK_INT(n_allocations, before);
    CHECK(nn_detector_run(detector, large, 2 * W - 31, H, 2 * W, b, MAX) >= 0);
    CHECK(n_allocations > before); /* the counter counts */
    nn_detector_destroy(&detector);
    nn_net_destroy(&net);
}

/* Adds the boxes of width low..high that the net says of a picture, times scale; best first. */
static int add_said(const struct nn_net *net, const uint8_t *grey, int w, int h, float scale, float low, float high,
                    struct nn_detection *said, int n)
{
    enum { MAX = 600 };
    static struct nn_detection all[MAX];
    static struct nn_cell cells[2048];
    struct nn_net *sized;
    struct nn_run *run;
    struct nn_run_settings settings = {.max_batch = 1, .kernel = NN_KERNEL_PLAIN};
    if (!CHECK_INT(nn_net_resize(net, h, w, &sized), FB_OK) || !CHECK_INT(nn_run_create(sized, &settings, &run), FB_OK))
        return n;
    nn_preprocess_bytes(NN_PREPROCESS_FIXED, grey, w * h, nn_run_input(run));
    nn_run_forward(run, 1, 0);
    nn_detector_cells(h, w, cells);
    int n_all = nn_boxes_decode(nn_run_output(run), cells, nn_detector_n_cells(h, w), 0.2f, all, MAX);
    for (int i = 0; i < n_all; i++) {
        struct nn_box box = {all[i].box.x * scale, all[i].box.y * scale, all[i].box.w * scale, all[i].box.h * scale};
        int at = n;
        if (box.w < low || box.w >= high)
            continue;
        for (n++; at > 0 && said[at - 1].score < all[i].score; at--)
            said[at] = said[at - 1];
        said[at] = (struct nn_detection){box, all[i].score};
    }
    nn_run_destroy(&run);
    nn_net_destroy(&sized);
    return n;
}

/* Small faces by the first look, large ones by a second at half the size. */
static void looks_twice(void)
{
    enum { W = 160, H = 128, MAX = 600 };
    static uint8_t small[W * H], large[4 * W * H];
    static struct nn_detection found[MAX], said[2 * MAX];
    struct nn_net *net = make_net();
    struct nn_detector_settings settings = settings_of(640);
    struct nn_detector *detector;
    fill_picture(small, W * H, 8);
    for (int i = 0; i < 4 * W * H; i++)
        large[i] = small[i / (2 * W) / 2 * W + i % (2 * W) / 2];
    int n_first = add_said(net, large, 2 * W, 2 * H, 1, 0, 96, said, 0);
    int n = add_said(net, small, W, H, 2, 64, 1e9f, said, n_first);
    CHECK_MSG(n_first > 3 && n > n_first + 3, "%d and %d boxes", n_first, n - n_first);
    n = nn_boxes_suppress(said, n, settings.overlap);
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_OK);
    CHECK_INT(nn_detector_run(detector, large, 2 * W, 2 * H, 2 * W, found, MAX), n);
    int n_alike = 0;
    for (int i = 0; i < n; i++)
        n_alike += fabsf(found[i].score - said[i].score) < 1e-4f && fabsf(found[i].box.x - said[i].box.x) < 0.05f &&
                   fabsf(found[i].box.h - said[i].box.h) < 0.05f;
    CHECK_INT(n_alike, n);
    nn_detector_destroy(&detector);
    nn_net_destroy(&net);
}

static void threads_do_not_matter(void)
{
    enum { W = 128, H = 96, MAX = 100 };
    static uint8_t grey[W * H];
    struct nn_detection a[MAX], b[MAX];
    struct nn_net *net = make_net();
    struct nn_detector_settings settings = settings_of(640);
    struct nn_detector *alone, *together;
    struct fb_pool *pool;
    fill_picture(grey, W * H, 9);
    CHECK_INT(fb_pool_create(3, &pool), FB_OK);
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &alone), FB_OK);
    CHECK_INT(nn_detector_create_from_net(net, &settings, pool, &together), FB_OK);
    int n = nn_detector_run(alone, grey, W, H, W, a, MAX);
    CHECK_INT(nn_detector_run(together, grey, W, H, W, b, MAX), n);
    CHECK(n > 0 && !memcmp(a, b, (size_t)n * sizeof *a));
    nn_detector_destroy(&alone);
    nn_detector_destroy(&together);
    nn_net_destroy(&net);
    fb_pool_destroy(&pool);
}

static void model_files(void)
{
    char path[] = "/tmp/detector_XXXXXX";
    int fd = mkstemp(path);
    struct nn_net *net = make_net();
    struct nn_model_info info = nn_model_default_info();
    struct nn_detector_settings settings = nn_default_detector_settings();
    struct nn_detector *detector;
    struct nn_model *model;
    CHECK(fd >= 0 && !close(fd));
    info.kind = NN_MODEL_DETECTOR;
    info.threshold = 0.37;
    snprintf(info.name, sizeof info.name, "finder");
    CHECK_INT(nn_model_save(path, net, &info), FB_OK);
    if (CHECK_MSG(!nn_detector_create(path, &settings, NULL, &detector), "%s", fb_error_text())) {
        CHECK_STR(nn_detector_info(detector)->name, "finder");
        CHECK_NEAR(nn_detector_info(detector)->min_score, 0.37, 1e-6);
    }
    nn_detector_destroy(&detector);
    CHECK_INT(nn_model_load(path, &model), FB_ERR_INPUT); /* no classifier */
    CHECK(strstr(fb_error_text(), "is a face detector"));
    info.kind = NN_MODEL_CLASSIFIER;
    CHECK_INT(nn_model_save(path, net, &info), FB_OK);
    CHECK_INT(nn_detector_create(path, &settings, NULL, &detector), FB_ERR_INPUT);
    CHECK(detector == NULL);
    unlink(path);
    nn_net_destroy(&net);
}

static void refuses(void)
{
    static const char *const nets[] = {"input 1 64 64\nconv out=5 kernel=8 stride=8\n", "input 3 64 64\nconv out=5 kernel=1\n",
                                       "input 1 60 64\nconv out=5 kernel=1\n"};
    struct nn_detector_settings settings = settings_of(640);
    struct nn_detector *detector;
    for (int i = 0; i < TEST_COUNT(nets); i++) {
        struct nn_net *net;
        CHECK_INT(nn_net_parse(nets[i], "test", &net), FB_OK);
        CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_ERR_INPUT);
        nn_net_destroy(&net);
    }
    struct nn_net *net = make_net();
    settings.max_side = 9;
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_ERR_USAGE);
    settings = settings_of(640);
    settings.n_looks = 3;
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_ERR_USAGE);
    settings = settings_of(640);
    settings.min_score = 0;
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_ERR_USAGE);
    settings.min_score = 0.5f;
    CHECK_INT(nn_detector_create_from_net(net, &settings, NULL, &detector), FB_OK);
    uint8_t grey[4] = {0};
    CHECK_INT(nn_detector_run(detector, grey, 2, 2, 1, NULL, 0), FB_ERR_USAGE);
    CHECK_INT(nn_detector_run(detector, grey, 2, 2, 2, NULL, 0), 0);
    nn_detector_destroy(&detector);
    nn_net_destroy(&net);
    /* a net with a dense layer is of one size */
    struct nn_net *dense, *other;
    CHECK_INT(nn_net_parse("input 1 8 8\ndense out=3\n", "test", &dense), FB_OK);
    CHECK_INT(nn_net_resize(dense, 16, 8, &other), FB_ERR_INPUT);
    CHECK(other == NULL);
    nn_net_destroy(&dense);
}

/* Each pixel against the integral of what it covers. */
static void shrinking(void)
{
    static const int sizes[][4] = {{10, 6, 10, 6}, {10, 6, 5, 3}, {13, 9, 7, 4}, {100, 3, 7, 1}, {5, 5, 4, 5}, {1, 1, 1, 1}};
    static uint8_t grey[100 * 9];
    static float to[100 * 9];
    fill_picture(grey, (int)sizeof grey, 2);
    for (int i = 0; i < TEST_COUNT(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1], to_w = sizes[i][2], to_h = sizes[i][3];
        struct nn_shrink shrink;
        if (!CHECK_INT(nn_shrink_init(&shrink, w, h, to_w, to_h), FB_OK))
            return;
        nn_shrink_run(&shrink, grey, w, 100, 0.5f, to, to_w);
        for (int j = 0; j < to_w * to_h; j++) {
            double sum = 0, area = 0, x0 = (double)(j % to_w) * w / to_w, x1 = x0 + (double)w / to_w;
            double y0 = (double)(j / to_w) * h / to_h, y1 = y0 + (double)h / to_h; /* NOLINT */
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    double covered = fmax(fmin(x1, x + 1) - fmax(x0, x), 0) * fmax(fmin(y1, y + 1) - fmax(y0, y), 0);
                    sum += covered * grey[y * w + x];
                    area += covered;
                }
            CHECK_NEAR(to[j], (sum / area - 100) * 0.5, 1e-3);
        }
        nn_shrink_finish(&shrink);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"finds_what_the_net_says", finds_what_the_net_says}, {"scales_down", scales_down},
        {"looks_twice", looks_twice},
        {"threads_do_not_matter", threads_do_not_matter}, {"model_files", model_files}, {"refuses", refuses},
        {"shrinking", shrinking},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
