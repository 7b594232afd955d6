/* The colour step against the definition in floating point, and a camera's JPEGs and raw formats.
 */
#include "av_common.h"
#include "av_convert.h"
#include "camera_modes.h"
#include "camera_pixels.h"
#include "colour.h"
#include "test.h"
#include "testdata.h"

#include <linux/videodev2.h>
#include <stdlib.h>
#include <turbojpeg.h>

static double limit(double x)
{
    return fmin(255, fmax(0, x));
}

/* By the standards' own words: YCbCr of one kind to RGB, RGB to full-range BT.601. */
static void reference(double y, double u, double v, struct vis_matrix m, bool is_full,
                      double out[3])
{
    y = is_full ? y / 255 : (y - 16) / 219;
    u = (u - 128) / (is_full ? 255 : 224);
    v = (v - 128) / (is_full ? 255 : 224);
    double r = y + 2 * (1 - m.kr) * v, b = y + 2 * (1 - m.kb) * u;
    double g = (y - m.kr * r - m.kb * b) / (1 - m.kr - m.kb);
    double luma = 0.299 * r + 0.587 * g + 0.114 * b;
    out[0] = limit(255 * luma);
    out[1] = limit(128 + 255 * (b - luma) / 1.772);
    out[2] = limit(128 + 255 * (r - luma) / 1.402);
}

static void colour_step(void)
{
    const struct vis_matrix matrices[] = {vis_matrix_bt601, vis_matrix_bt709, vis_matrix_bt2020};
    double worst = 0;
    for (int k = 0; k < 6; k++) {
        unsigned seed = 7;
        for (int n = 0; n < 3000; n++) {
            seed = seed * 1664525 + 1013904223;
            uint8_t y[9], u[4], v[4], out_y[9], out_u[4], out_v[4];
            memset(y, (int)(seed >> 24), 9);
            memset(u, (int)(seed >> 16 & 255), 4);
            memset(v, (int)(seed >> 8 & 255), 4);
            struct vis_planes from = {y, u, v, 3, 2, 3, 3}, to = {out_y, out_u, out_v, 3, 2, 3, 3};
            vis_colour_convert(&from, matrices[k / 2], k & 1, &to);
            double expected[3];
            reference(y[0], u[0], v[0], matrices[k / 2], k & 1, expected);
            for (int i = 0; i < 9; i++)
                worst = fmax(worst, fabs(out_y[i] - expected[0]));
            for (int i = 0; i < 4; i++)
                worst =
                    fmax(worst, fmax(fabs(out_u[i] - expected[1]), fabs(out_v[i] - expected[2])));
            vis_colour_convert(&from, matrices[k / 2], k & 1, &from); /* in place: the same */
            CHECK(!memcmp(y, out_y, 9) && !memcmp(u, out_u, 4) && !memcmp(v, out_v, 4));
        }
    }
    CHECK_MSG(worst < 0.6, "worst error %.3f", worst);
}

static AVFrame *make_picture(enum AVPixelFormat format, int width, int height)
{
    AVFrame *picture = av_frame_alloc();
    picture->format = format;
    picture->width = width;
    picture->height = height;
    if (av_frame_get_buffer(picture, 0) < 0)
        abort();
    return picture;
}

/* No format here has more chroma rows than luma rows. */
static void fill_plane(AVFrame *picture, int p, int value, int bits)
{
    bool is_halved =
        p > 0 && (picture->format == AV_PIX_FMT_YUV420P || picture->format == AV_PIX_FMT_YUVJ420P ||
                  picture->format == AV_PIX_FMT_YUV420P10LE);
    int height = is_halved ? (picture->height + 1) / 2 : picture->height;
    int n = picture->linesize[p] / (bits > 8 ? 2 : 1);
    for (int row = 0; row < height; row++) {
        uint8_t *line = picture->data[p] + row * picture->linesize[p];
        for (int i = 0; i < n; i++) {
            uint16_t wide = (uint16_t)value;
            if (bits > 8)
                memcpy(line + 2 * i, &wide, 2);
            else
                line[i] = (uint8_t)value;
        }
    }
}

/* The same colour in several formats must come out the same. */
static void formats_agree(void)
{
    static const struct {
        enum AVPixelFormat format;
        enum AVColorRange range;
        int values[3]; /* of the first three planes, in the format's own bits */
        int bits;
    } cases[] = {
        {AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, {126, 110, 160}, 8},
        {AV_PIX_FMT_YUV420P, AVCOL_RANGE_UNSPECIFIED, {126, 110, 160}, 8},
        {AV_PIX_FMT_YUV444P, AVCOL_RANGE_MPEG, {126, 110, 160}, 8},
        {AV_PIX_FMT_YUV420P10LE, AVCOL_RANGE_MPEG, {504, 440, 640}, 10},
        {AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG, {128, 107, 164}, 8},
        {AV_PIX_FMT_YUVJ422P, AVCOL_RANGE_UNSPECIFIED, {128, 107, 164}, 8},
        {AV_PIX_FMT_YUV422P, AVCOL_RANGE_JPEG, {128, 107, 164}, 8},
    };
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 35, 21, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct vis_convert convert = {0};
        AVFrame *picture = make_picture(cases[k].format, 35, 21);
        picture->color_range = cases[k].range;
        for (int p = 0; p < 3; p++)
            fill_plane(picture, p, cases[k].values[p], cases[k].bits);
        CHECK_INT(vis_convert_picture(&convert, picture, (struct vis_turn){0}, frame), FB_OK);
        CHECK_NEAR(testdata_mean(frame->y, frame->y_stride, 35, 21), 128, 1);
        CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 18, 11), 107, 1);
        CHECK_NEAR(testdata_mean(frame->v, frame->uv_stride, 18, 11), 164, 1);
        vis_convert_finish(&convert);
        av_frame_free(&picture);
    }
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
}

static void display_matrices(void)
{
    static const int32_t one = 1 << 16;
    static const struct {
        int32_t m[9];
        struct vis_turn turn;
    } cases[] = {
        {{1 << 16, 0, 0, 0, 1 << 16}, {false, false, false}},
        {{-(1 << 16), 0, 0, 0, -(1 << 16)}, {false, true, true}},
        {{0, 1 << 16, 0, -(1 << 16), 0}, {true, false, true}}, /* phones held upright */
        {{0, -(1 << 16), 0, 1 << 16, 0}, {true, true, false}},
    };
    CHECK_INT(one, 65536);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct vis_turn turn = vis_turn_from_matrix(cases[k].m);
        CHECK(!memcmp(&turn, &cases[k].turn, sizeof turn));
    }
    CHECK(!vis_turn_from_matrix(NULL).is_transposed);
}

/* A smooth coloured slope, so that averaging chroma moves nothing by much. */
static void paint(uint8_t *rgb, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *px = rgb + 3 * (y * width + x);
            px[0] = (uint8_t)(60 + 120 * x / width);
            px[1] = (uint8_t)(200 - 120 * y / height);
            px[2] = 90;
        }
}

static void check_slope(const struct fb_frame *frame, bool is_grey)
{
    int worst = 0;
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++) {
            double r = 60 + 120 * x / frame->width, g = 200 - 120 * y / frame->height, b = 90;
            double luma = 0.299 * r + 0.587 * g + 0.114 * b;
            double u = is_grey ? 128 : 128 + (b - luma) / 1.772;
            double v = is_grey ? 128 : 128 + (r - luma) / 1.402;
            int at = y / 2 * frame->uv_stride + x / 2;
            worst = (int)fmax(worst, fabs(frame->y[y * frame->y_stride + x] - luma));
            worst = (int)fmax(worst, fmax(fabs(frame->u[at] - u), fabs(frame->v[at] - v)));
        }
    CHECK_MSG(worst <= 5, "%dx%d: off by %d", frame->width, frame->height, worst);
}

static void camera_jpegs(void)
{
    static const int samplings[] = {TJSAMP_444,  TJSAMP_422, TJSAMP_420,
                                    TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
    static const int sizes[][2] = {{64, 48}, {65, 47}, {2, 2}, {130, 33}};
    uint8_t rgb[130 * 64 * 3];
    for (int k = 0; k < 6 * 4; k++) {
        int width = sizes[k / 6][0], height = sizes[k / 6][1], sampling = samplings[k % 6];
        unsigned char *jpeg = NULL;
        unsigned long n_bytes = 0;
        paint(rgb, width, height);
        tjhandle handle = tjInitCompress();
        CHECK_INT(
            tjCompress2(handle, rgb, width, 0, height, TJPF_RGB, &jpeg, &n_bytes, sampling, 98, 0),
            0);
        struct vis_pixels_format format = {
            .fourcc = V4L2_PIX_FMT_MJPEG, .width = width, .height = height};
        struct vis_pixels pixels;
        struct fb_frame_pool *pool;
        CHECK_INT(vis_pixels_init(&pixels, &format), FB_OK);
        CHECK_INT(fb_frame_pool_create(1, width, height, &pool), FB_OK);
        struct fb_frame *frame = fb_frame_acquire(pool);
        CHECK_MSG(vis_pixels_read(&pixels, jpeg, n_bytes, frame), "sampling %d", sampling);
        if (width > 2)
            check_slope(frame, sampling == TJSAMP_GRAY);
        CHECK(!vis_pixels_read(&pixels, jpeg, n_bytes / 2, frame));
        CHECK(!vis_pixels_read(&pixels, jpeg, n_bytes - 2, frame)); /* no end marker */
        CHECK(!vis_pixels_read(&pixels, jpeg, 0, frame));
        unsigned char *padded = calloc(1, n_bytes + 200); /* stray bytes before the end marker */
        memcpy(padded, jpeg, n_bytes - 2);
        memcpy(padded + n_bytes + 198, "\xff\xd9", 2);
        CHECK(!vis_pixels_read(&pixels, padded, n_bytes + 200, frame));
        memcpy(padded + n_bytes + 2, "\xff\xd9", 2);
        CHECK_MSG(vis_pixels_read(&pixels, padded, n_bytes + 4, frame), "stray bytes, sampling %d",
                  sampling);
        if (width > 2)
            check_slope(frame, sampling == TJSAMP_GRAY);
        free(padded);
        fb_frame_unref(&frame);
        fb_frame_pool_destroy(&pool);
        vis_pixels_finish(&pixels);
        tjFree(jpeg);
        tjDestroy(handle);
    }
}

static void camera_raw(void)
{
    static const struct {
        uint32_t fourcc;
        int row_bytes, n_bytes; /* of 8x4 px */
        uint8_t cycle[4];       /* bytes of a luma row: Y=100, U=80, V=200 */
        uint8_t chroma[2];      /* behind the luma plane, planar formats */
    } cases[] = {
        {V4L2_PIX_FMT_YUYV, 16, 64, {100, 80, 100, 200}, {0, 0}},
        {V4L2_PIX_FMT_UYVY, 16, 64, {80, 100, 200, 100}, {0, 0}},
        {V4L2_PIX_FMT_NV12, 8, 48, {100, 100, 100, 100}, {80, 200}},
        {V4L2_PIX_FMT_YUV420, 8, 48, {100, 100, 100, 100}, {80, 200}},
    };
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 8, 4, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    for (size_t k = 0; k < 4; k++) {
        uint8_t bytes[64];
        for (int i = 0; i < cases[k].n_bytes; i++)
            bytes[i] = i < cases[k].row_bytes * 4             ? cases[k].cycle[i % 4]
                       : cases[k].fourcc == V4L2_PIX_FMT_NV12 ? cases[k].chroma[i % 2]
                                                              : cases[k].chroma[i >= 40];
        struct vis_pixels_format format = {.fourcc = cases[k].fourcc,
                                           .width = 8,
                                           .height = 4,
                                           .matrix = vis_matrix_bt601,
                                           .is_full_range = true};
        struct vis_pixels pixels;
        CHECK_INT(vis_pixels_init(&pixels, &format), FB_OK);
        CHECK(vis_pixels_read(&pixels, bytes, (size_t)cases[k].n_bytes, frame));
        CHECK_NEAR(testdata_mean(frame->y, frame->y_stride, 8, 4), 100, 0);
        CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 4, 2), 80, 0);
        CHECK_NEAR(testdata_mean(frame->v, frame->uv_stride, 4, 2), 200, 0);
        CHECK(!vis_pixels_read(&pixels, bytes, (size_t)cases[k].n_bytes - 1, frame));
        vis_pixels_finish(&pixels);
        pixels.format.is_full_range = false;
    }
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
}

static void mode_choice(void)
{
    static const struct vis_camera_mode modes[] = {
        {V4L2_PIX_FMT_YUYV, 640, 480, 30},   {V4L2_PIX_FMT_YUYV, 1280, 720, 10},
        {V4L2_PIX_FMT_MJPEG, 1280, 720, 30}, {V4L2_PIX_FMT_MJPEG, 1280, 720, 60},
        {V4L2_PIX_FMT_MJPEG, 640, 480, 30},  {V4L2_PIX_FMT_MJPEG, 1920, 1080, 30},
    };
    static const struct {
        int n, width, height;
        double fps;
        int chosen;
    } cases[] = {
        {6, 1280, 720, 30, 2}, /* MJPG: YUYV is too slow there */
        {6, 1280, 720, 10, 1}, /* unless ten a second are enough */
        {6, 1280, 720, 60, 3},
        {6, 640, 480, 30, 0}, /* raw where both are fast enough */
        {6, 1920, 1080, 25, 5},
        {2, 1280, 720, 30, 0}, /* an old camera: rather smaller than slow */
        {1, 4000, 3000, 120, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct vis_camera_mode *mode = vis_camera_choose_mode(
            modes, cases[k].n, cases[k].width, cases[k].height, cases[k].fps);
        CHECK_INT(mode - modes, cases[k].chosen);
    }
    CHECK(!vis_camera_choose_mode(modes, 0, 1, 1, 1));
    char text[48];
    vis_camera_describe_modes(modes, 6, text, sizeof text);
    CHECK_STR(text, "YUYV 640x480@30, YUYV 1280x720@10, ...");
    CHECK_STR(vis_fourcc_text(V4L2_PIX_FMT_MJPEG).text, "MJPG");
}

static void credentials_are_cut(void)
{
    static const char *const cases[][2] = {
        {"rtsp://me:pw@cam/1: timed out", "rtsp://cam/1: timed out"},
        {"a http://u:p@x b https://v:q@r@y/z@w", "a http://x b https://y/z@w"},
        {"http://host/a@b", "http://host/a@b"},
        {"no url: me@home", "no url: me@home"},
        {"rtsp://", "rtsp://"},
        {"http://cam/v.cgi?user=me&pwd=pw: timed out", "http://cam/v.cgi: timed out"},
        {"see 'http://a:b@cam/v?x=a@b' and rtsp://c?d", "see 'http://cam/v' and rtsp://c"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[100];
        snprintf(text, sizeof text, "%s", cases[k][0]);
        vis_hide_credentials(text);
        CHECK_STR(text, cases[k][1]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"colour step", colour_step},
        {"formats agree", formats_agree},
        {"display matrices", display_matrices},
        {"camera JPEGs", camera_jpegs},
        {"camera raw formats", camera_raw},
        {"mode choice", mode_choice},
        {"credentials are cut", credentials_are_cut},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
