/* Pictures as sources, loading and saving them: every kind of bad input, order, turning, shapes. */
#include "base/clock.h"
#include "image_list.h"
#include "test.h"
#include "testdata.h"
#include "vis/image.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

/* A grey ramp with a white block at the top left: turning it shows. */
static void paint_corner(uint8_t *rgb, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memset(rgb + 3 * (y * width + x), x < width / 4 && y < height / 4 ? 255 : 64, 3);
}

static void save_grey(const char *name, int width, int height, int value)
{
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3);
    memset(rgb, value, (size_t)width * (size_t)height * 3);
    CHECK_INT(vis_image_save_rgb(testdata_path(name), rgb, width, height, 3 * width), FB_OK);
    free(rgb);
}

/* A JPEG with an EXIF block that says how it is turned. */
static void save_turned_jpeg(const char *name, int width, int height, int orientation)
{
    uint8_t rgb[64 * 64 * 3];
    unsigned char *jpeg = NULL;
    unsigned long n_bytes = 0;
    paint_corner(rgb, width, height);
    tjhandle handle = tjInitCompress();
    CHECK_INT(
        tjCompress2(handle, rgb, width, 0, height, TJPF_RGB, &jpeg, &n_bytes, TJSAMP_444, 95, 0),
        0);
    static const unsigned char exif[] =
        "\xff\xe1\0\x22"
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0"
        "\0\0\0";
    unsigned char *bytes = malloc(n_bytes + 36);
    memcpy(bytes, jpeg, 2);
    memcpy(bytes + 2, exif, 36);
    bytes[2 + 28] = (unsigned char)orientation;
    memcpy(bytes + 38, jpeg + 2, n_bytes - 2);
    testdata_write(name, bytes, n_bytes + 36);
    free(bytes);
    tjFree(jpeg);
    tjDestroy(handle);
}

/* Most of it is picture data: a cut falls there, not into the tables. */
static void save_noise_jpeg(const char *name)
{
    uint8_t grey[64 * 64];
    unsigned char *jpeg = NULL;
    unsigned long n_bytes = 0;
    unsigned seed = 5;
    for (size_t i = 0; i < sizeof grey; i++) {
        seed = seed * 1664525 + 1013904223;
        grey[i] = (uint8_t)(seed >> 24);
    }
    tjhandle handle = tjInitCompress();
    CHECK_INT(tjCompress2(handle, grey, 64, 0, 64, TJPF_GRAY, &jpeg, &n_bytes, TJSAMP_GRAY, 90, 0),
              0);
    testdata_write(name, jpeg, n_bytes);
    tjFree(jpeg);
    tjDestroy(handle);
}

static void save_and_load(void)
{
    static const uint8_t colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {200, 150, 100}};
    enum { SIDE = 33 };
    uint8_t rgb[SIDE * (3 * SIDE + 5)];
    const char *path = testdata_path("colour.png");
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < SIDE * SIDE; i++)
            memcpy(rgb + i / SIDE * (3 * SIDE + 5) + i % SIDE * 3, colours[k], 3);
        CHECK_INT(vis_image_save_rgb(path, rgb, SIDE, SIDE, 3 * SIDE + 5), FB_OK);
        struct fb_frame_pool *pool;
        struct fb_frame *frame;
        if (!CHECK_MSG(vis_image_load(path, &pool, &frame) == FB_OK, "%s", fb_error_text()))
            continue;
        double r = colours[k][0], g = colours[k][1], b = colours[k][2];
        double y = 0.299 * r + 0.587 * g + 0.114 * b;
        CHECK_INT(frame->width, SIDE);
        CHECK_NEAR(testdata_mean(frame->y, frame->y_stride, SIDE, SIDE), y, 1.5);
        CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 17, 17),
                   fmin(255, 128 + (b - y) / 1.772), 1.5);
        CHECK_NEAR(testdata_mean(frame->v, frame->uv_stride, 17, 17),
                   fmin(255, 128 + (r - y) / 1.402), 1.5);
        fb_frame_unref(&frame);
        fb_frame_pool_destroy(&pool);
    }
    CHECK_INT(vis_image_save_rgb("/nonexistent/x.png", rgb, 4, 4, 12), FB_ERR_IO);
    CHECK_INT(vis_image_save_rgb(path, rgb, 4, 4, 11), FB_ERR_USAGE);
    struct rlimit old, limit = {.rlim_cur = 10}; /* as a full disk */
    getrlimit(RLIMIT_FSIZE, &old);
    limit.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_INT(vis_image_save_rgb(path, rgb, 4, 4, 12), FB_ERR_IO);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &old), 0);
    CHECK(access(path, F_OK) != 0);
}

static void exif_turns(void)
{
    /* where the white corner is then: 0 left or top, 1 right or bottom */
    static const int corners[9][2] = {{0, 0}, {0, 0}, {1, 0}, {1, 1}, {0, 1},
                                      {0, 0}, {1, 0}, {1, 1}, {0, 1}};
    for (int orientation = 1; orientation <= 8; orientation++) {
        save_turned_jpeg("turned.jpg", 64, 32, orientation);
        struct fb_frame_pool *pool;
        struct fb_frame *frame;
        if (!CHECK_MSG(vis_image_load(testdata_path("turned.jpg"), &pool, &frame) == FB_OK, "%s",
                       fb_error_text()))
            continue;
        CHECK_INT(frame->width, orientation >= 5 ? 32 : 64);
        CHECK_INT(frame->height, orientation >= 5 ? 64 : 32);
        for (int k = 0; k < 4; k++) {
            int x = k % 2 ? frame->width - 3 : 2, y = k / 2 ? frame->height - 3 : 2;
            bool is_white = corners[orientation][0] == k % 2 && corners[orientation][1] == k / 2;
            CHECK_MSG(fabs(frame->y[y * frame->y_stride + x] - (is_white ? 255. : 64.)) < 8,
                      "orientation %d, corner %d: %d", orientation, k,
                      frame->y[y * frame->y_stride + x]);
        }
        fb_frame_unref(&frame);
        fb_frame_pool_destroy(&pool);
    }
}

static void single_picture(void)
{
    save_grey("single.png", 31, 17, 90);
    struct vis_source *source;
    rename(testdata_path("single.png"), testdata_path("single.mp4")); /* content counts */
    if (!CHECK_INT(testdata_open(testdata_path("single.mp4"), &source), FB_OK))
        return;
    const struct vis_source_info *info = vis_source_info(source);
    CHECK_INT(info->kind, VIS_SOURCE_IMAGE);
    CHECK_STR(info->detail, "picture 31x17");
    int grey = 0;
    int64_t pts_ns = -1;
    CHECK_INT(testdata_read_all(source, &pts_ns, &grey, 1), 1);
    CHECK_INT(grey, 90);
    CHECK_INT(pts_ns, 0);
    CHECK_INT(vis_source_seek(source, 5), FB_OK);
    CHECK_INT(testdata_read_all(source, NULL, NULL, 0), 1);
    vis_source_close(&source);
}

static void bad_pictures(void)
{
    save_grey("good.png", 200, 100, 7);
    testdata_truncate("good.png", "cut.png", 0.7);
    CHECK_REFUSED(testdata_path("cut.png"), FB_ERR_INPUT, "damaged, cut off or too large");
    save_noise_jpeg("good.jpg");
    testdata_truncate("good.jpg", "cut.jpg", 0.8);
    CHECK_REFUSED(testdata_path("cut.jpg"), FB_ERR_INPUT, "damaged, cut off or too large");
    static const unsigned char bmp[] =
        "BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x40\0\0\0\x40\0\0\0\1\0\x18";
    testdata_write("cut.bmp", bmp, sizeof bmp);
    CHECK_REFUSED(testdata_path("cut.bmp"), FB_ERR_INPUT, "damaged, cut off or too large");
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    CHECK_INT(vis_image_load("/nonexistent.png", &pool, &frame), FB_ERR_INPUT);
    CHECK_INT(vis_image_load("/tmp", &pool, &frame), FB_ERR_INPUT);
    testdata_write("text.png", "hello", 5);
    CHECK_INT(vis_image_load(testdata_path("text.png"), &pool, &frame), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "not a picture"));
    CHECK(!pool && !frame);
}

/* A few bytes that promise gigabytes; the CRCs are right, so that only the size is wrong. */
static void huge_headers(void)
{
    enum { SIZE_AT = 16, CRC_AT = 29 };
    unsigned char png[] =
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\xff\0\0\xff\xff\x08\2\0\0\0"
        "\x39\x67\x4e\x07\0\0\0\x0cIDATx\x9c\x63\x60\x60\x60\0\0\0\x03\0\1\xf3\x58\x2e\xd0"
        "\0\0\0\0IEND\xae\x42\x60\x82";
    testdata_write("huge.png", png, sizeof png - 1); /* beyond what libav counts in */
    CHECK_REFUSED(testdata_path("huge.png"), FB_ERR_INPUT, "too large");
    memcpy(png + SIZE_AT, "\x00\x00\x36\xb0\x00\x00\x36\xb0", 8); /* beyond our own cap */
    memcpy(png + CRC_AT, "\x2b\xb9\x62\x3e", 4);
    testdata_write("large.png", png, sizeof png - 1);
    CHECK_REFUSED(testdata_path("large.png"), FB_ERR_INPUT, "14000x14000 px is too large");
    static const char ppm[] = "P6\n20000 20000\n255\nxxx";
    testdata_write("huge.ppm", ppm, sizeof ppm - 1);
    CHECK_REFUSED(testdata_path("huge.ppm"), FB_ERR_INPUT, "too large");
}

static void folder_in_natural_order(void)
{
    static const char *const names[] = {"img10.png", "img9.png",  "img1.png",
                                        "img2.PNG",  "notes.txt", ".hidden.png"};
    mkdir(testdata_path("folder"), 0700);
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "folder/%s", names[i]);
        save_grey(name, 40, 20, 10 * atoi(names[i] + 3));
    }
    testdata_write("folder/notes.txt", "x", 1);
    testdata_write("folder/.hidden.png", "x", 1);
    testdata_write("folder/img5.png", "not a picture", 13);
    struct vis_source_settings settings = vis_default_source_settings();
    settings.fps = 3;
    struct vis_source *source;
    if (!CHECK_INT(vis_source_open(testdata_path("folder"), &settings, &source), FB_OK))
        return;
    CHECK_STR(vis_source_info(source)->detail, "5 pictures 40x20@3");
    CHECK_INT(vis_source_info(source)->duration_ns, 1666666667);
    int64_t pts_ns[5];
    int grey[5];
    static const int expected[] = {10, 20, 90, 100};
    CHECK_INT(testdata_read_all(source, pts_ns, grey, 5), 4);
    for (int i = 0; i < 4; i++)
        CHECK_INT(grey[i], expected[i]);
    CHECK_INT(pts_ns[1], 333333333);
    CHECK_INT(pts_ns[2], 1000000000); /* the bad one keeps its place in time */
    CHECK_INT(vis_source_n_lost(source), 1);
    for (int i = 0; i < 5;
         i++) { /* a picture's own time finds it, a nanosecond less the one before */
        CHECK_INT(vis_source_seek(source, i * INT64_C(1000000000) / 3 + (i % 3 == 2)), FB_OK);
        testdata_read_all(source, pts_ns, grey, 1);
        CHECK_INT(grey[0], i == 2 ? 90 : expected[i < 2 ? i : i - 1]);
    }
    CHECK_INT(vis_source_seek(source, 333333332), FB_OK);
    testdata_read_all(source, pts_ns, grey, 1);
    CHECK_INT(grey[0], 10);
    vis_source_close(&source);
}

static void other_shapes_are_fitted(void)
{
    mkdir(testdata_path("shapes"), 0700);
    save_grey("shapes/1.png", 100, 60, 200);
    save_grey("shapes/2.png", 50, 100, 200); /* tall: bars left and right */
    save_grey("shapes/3.png", 400, 60, 200); /* wide: bars above and below */
    save_grey("shapes/4.png", 50, 30, 200);  /* the same shape, smaller: no bars */
    struct vis_source *source;
    struct fb_frame_pool *pool;
    if (!CHECK_INT(testdata_open(testdata_path("shapes"), &source), FB_OK))
        return;
    CHECK_INT(fb_frame_pool_create(1, 100, 60, &pool), FB_OK);
    static const double means[] = {200, 200 * 0.3, 200 * 14. / 60, 200};
    for (int i = 0; i < 4; i++) {
        struct fb_frame *frame;
        if (!CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_FRAME))
            break;
        CHECK_NEAR(testdata_mean(frame->y, frame->y_stride, 100, 60), means[i], 4);
        CHECK_NEAR(frame->y[30 * frame->y_stride + 50], 200, 2);
        bool has_bars = i == 1 || i == 2;
        CHECK_INT(frame->y[0] == 0, has_bars);
        CHECK_INT(frame->y[59 * frame->y_stride + 99] == 0, has_bars);
        CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 50, 30), 128, 1);
        fb_frame_unref(&frame);
    }
    fb_frame_pool_destroy(&pool);
    vis_source_close(&source);
}

static void patterns(void)
{
    mkdir(testdata_path("seq"), 0700);
    static const int numbers[] = {7, 8, 10, 9999, 12345};
    for (int i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "seq/f%%%04d.png", numbers[i]);
        save_grey(name, 16, 16, 20 + i);
    }
    save_grey("seq/f%00007.png", 16, 16, 99); /* printf would not write it so */
    save_grey("seq/f%7.png", 16, 16, 99);
    struct vis_source *source;
    int grey[8];
    if (CHECK_INT(testdata_open(testdata_path("seq/f%%%04d.png"), &source), FB_OK)) {
        CHECK_INT(testdata_read_all(source, NULL, grey, 8), 5);
        for (int i = 0; i < 5; i++)
            CHECK_INT(grey[i], 20 + i);
    }
    vis_source_close(&source);
    CHECK_REFUSED(testdata_path("seq/g%d.png"), FB_ERR_INPUT, "no file fits");
    CHECK_REFUSED(testdata_path("seq/%d%d.png"), FB_ERR_INPUT, "no such file");
    CHECK_REFUSED(testdata_path("seq/%s.png"), FB_ERR_INPUT, "no such file");
    CHECK_REFUSED(testdata_path("seq/%n.png"), FB_ERR_INPUT, "no such file");
    CHECK_REFUSED("/nonexistent/%d.png", FB_ERR_INPUT, "No such file");
    mkdir(testdata_path("badones"), 0700);
    testdata_write("badones/a.jpg", "x", 1);
    testdata_write("badones/b.jpg", "x", 1);
    CHECK_REFUSED(testdata_path("badones"), FB_ERR_INPUT, "none of 2 pictures");
}

static void natural_comparison(void)
{
    static const char *const ordered[] = {"",    "1",    "01", "2",   "10", "a",
                                          "a1b", "a01c", "a2", "a10", "b"};
    for (int i = 0; i < 11; i++)
        for (int k = 0; k < 11; k++) {
            int order = vis_compare_natural(ordered[i], ordered[k]);
            if (!strcmp(ordered[i], "01") || !strcmp(ordered[k], "01"))
                CHECK((order == 0) == (i == k)); /* equal numbers: some fixed order */
            else
                CHECK_MSG((order > 0) - (order < 0) == (i > k) - (i < k), "%s, %s: %d", ordered[i],
                          ordered[k], order);
        }
}

static void bad_settings(void)
{
    struct vis_source *source;
    struct vis_source_settings settings = vis_default_source_settings();
    settings.fps = 0;
    CHECK_INT(vis_source_open("/tmp", &settings, &source), FB_ERR_USAGE);
    settings.fps = NAN;
    CHECK_INT(vis_source_open("/tmp", &settings, &source), FB_ERR_USAGE);
    settings = vis_default_source_settings();
    settings.width = FB_FRAME_MAX_SIDE + 1;
    CHECK_INT(vis_source_open("/tmp", &settings, &source), FB_ERR_USAGE);
    CHECK(!source);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"save and load", save_and_load},
        {"EXIF turns", exif_turns},
        {"single picture", single_picture},
        {"bad pictures", bad_pictures},
        {"huge headers", huge_headers},
        {"folder in natural order", folder_in_natural_order},
        {"other shapes are fitted", other_shapes_are_fitted},
        {"patterns", patterns},
        {"natural comparison", natural_comparison},
        {"bad settings", bad_settings},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
