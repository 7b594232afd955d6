/* Crops against a plain oracle, at and beyond the frame's edges; their quality; blur. */
#include "test.h"

#include "base/clock.h"
#include "base/rng.h"
#include "vis/image.h"

static struct fb_frame_pool *pool;

static struct fb_frame *noise_frame(int width, int height, uint64_t seed)
{
    struct fb_rng rng;
    struct fb_frame *frame;
    fb_rng_seed(&rng, seed);
    if (fb_frame_pool_create(1, width, height, &pool) != FB_OK)
        abort();
    frame = fb_frame_acquire(pool);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) /* smooth ground with noise on it */
            frame->y[y * frame->y_stride + x] =
                (uint8_t)(100 + 40 * sin(x * 0.11) + 40 * cos(y * 0.07) + fb_rng_below(&rng, 60));
    for (int i = 0; i < (height + 1) / 2 * frame->uv_stride; i++) {
        frame->u[i] = (uint8_t)fb_rng_below(&rng, 256);
        frame->v[i] = (uint8_t)fb_rng_below(&rng, 256);
    }
    return frame;
}

static void drop(struct fb_frame *frame)
{
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
}

/* ---- oracle
 * ----------------------------------------------------------------------------------------- */

static double pixel_at(const struct fb_frame *frame, double x, double y)
{
    int col = (int)floor(x), row = (int)floor(y);
    col = col < 0 ? 0 : col >= frame->width ? frame->width - 1 : col;
    row = row < 0 ? 0 : row >= frame->height ? frame->height - 1 : row;
    return frame->y[row * frame->y_stride + col];
}

/* The mean over a square of side `reach` about (x, y), from many points: reach is a crop px's side
 * when shrinking; one frame px gives linear interpolation when growing. */
static double mean_about(const struct fb_frame *frame, double x, double y, double reach)
{
    enum { N = 48 };
    double sum = 0;
    for (int i = 0; i < N * N; i++)
        sum += pixel_at(frame, x + reach * ((i % N + 0.5) / N - 0.5),
                        y + reach * ((i / N + 0.5) / N - 0.5));
    return sum / (N * N);
}

static void compare(const struct fb_frame *frame, struct mon_box box, float factor, int side)
{
    static uint8_t crop[128 * 128];
    double length = fmax((double)box.w, (double)box.h) * (double)factor, step = length / side;
    double left = (double)box.x + 0.5 * ((double)box.w - length);
    double top = (double)box.y + 0.5 * ((double)box.h - length), worst = 0;
    vis_crop_face(frame, &box, factor, side, crop);
    for (int i = 0; i < side * side; i++) {
        double expected = mean_about(frame, left + step * (i % side + 0.5),
                                     top + step * (i / side + 0.5), fmax(step, 1.0));
        worst = fmax(worst, fabs(expected - crop[i]));
    }
    CHECK_MSG(worst < 3.0, "box %g,%g %gx%g factor %g side %d: off by %.2f grey levels",
              (double)box.x, (double)box.y, (double)box.w, (double)box.h, (double)factor, side,
              worst);
}

static void agrees_with_the_oracle(void)
{
    static const struct mon_box boxes[] = {
        {40, 30, 96, 96}, {40.5f, 30.25f, 97, 90}, {10, 20, 48, 48},         {100, 60, 20, 25},
        {60, 50, 7, 7},   {30, 10, 150, 120},      {70.3f, 40.9f, 49, 48.5f}};
    struct fb_frame *frame = noise_frame(213, 157, 1);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        compare(frame, boxes[i], 1.0f, 48);
        compare(frame, boxes[i], 1.3f, 24);
        compare(frame, boxes[i], 0.8f, 64);
    }
    drop(frame);
}

static void repeats_the_edges(void)
{
    static const struct mon_box boxes[] = {{-30, -20, 90, 90}, {180, 120, 90, 90},
                                           {-200, 40, 60, 60}, {90, 400, 60, 60},
                                           {-5, 150, 11, 11},  {150, -30, 100, 60}};
    struct fb_frame *frame = noise_frame(213, 157, 2);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        compare(frame, boxes[i], 1.0f, 48);
    drop(frame);
}

static void copies_at_the_same_size(void)
{
    struct fb_frame *frame = noise_frame(100, 80, 3);
    uint8_t crop[48 * 48];
    vis_crop_face(frame, &(struct mon_box){11, 17, 48, 48}, 1.0f, 48, crop);
    for (int y = 0; y < 48; y++)
        CHECK(!memcmp(crop + 48 * y, frame->y + (17 + y) * frame->y_stride + 11, 48));
    drop(frame);
}

static void survives_any_box(void)
{
    static const float values[] = {0.0f, -1.0f, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 20000.0f};
    enum { N = sizeof values / sizeof *values };
    struct fb_frame *frame = noise_frame(64, 48, 4);
    uint8_t crop[12 * 12];
    int64_t begin_ns = fb_clock_now_ns();
    for (int i = 0; i < N * N * N; i++) {
        struct mon_box box = {values[i % N], values[i / N % N], values[i / N / N], values[i % N]};
        memset(crop, 0, sizeof crop);
        vis_crop_face(frame, &box, 1.0f, 12, crop);
        CHECK(crop[0] >= 20 && crop[143] >= 20); /* the frame has no darker px: all were written */
        vis_frame_blur(frame, &box);
    }
    CHECK(fb_clock_now_ns() - begin_ns < 20 * FB_NS_PER_S);
    drop(frame);
}

/* ---- quality
 * -------------------------------------------------------------------------------------------- */

static void measures_light_and_contrast(void)
{
    uint8_t crop[24 * 24];
    for (int i = 0; i < 24 * 24; i++)
        crop[i] = i % 2 ? 120 : 80;
    struct vis_crop_quality q = vis_crop_measure(crop, 24, 90.0f);
    CHECK_NEAR(q.mean, 100, 1e-3);
    CHECK_NEAR(q.contrast, 20, 1e-3);
    CHECK_NEAR(q.size_px, 90, 0);
    memset(crop, 77, sizeof crop);
    q = vis_crop_measure(crop, 24, 90.0f);
    CHECK_NEAR(q.sharpness, 0, 0);
    CHECK_NEAR(q.contrast, 0, 0);
    CHECK_NEAR(q.mean, 77, 0);
    CHECK_NEAR(vis_crop_measure(crop, 1, 1.0f).sharpness, 0, 0);
    CHECK_NEAR(vis_crop_measure(crop, 2, 1.0f).sharpness, 0, 0);
}

/* Sharpness falls with size of the source (a small face is blown up), not with light or contrast.
 */
static void sharpness_is_about_focus(void)
{
    struct fb_frame *frame = noise_frame(213, 157, 5);
    uint8_t sharp[48 * 48], soft[48 * 48], dim[48 * 48];
    vis_crop_face(frame, &(struct mon_box){50, 50, 48, 48}, 1.0f, 48, sharp);
    vis_crop_face(frame, &(struct mon_box){50, 50, 12, 12}, 1.0f, 48, soft);
    for (int i = 0; i < 48 * 48; i++)
        dim[i] = (uint8_t)(40 + sharp[i] / 2);
    float a = vis_crop_measure(sharp, 48, 48).sharpness,
          b = vis_crop_measure(soft, 48, 12).sharpness;
    float c = vis_crop_measure(dim, 48, 48).sharpness;
    CHECK_MSG(a > 3 * b, "sharp %g, soft %g", (double)a, (double)b);
    CHECK_NEAR(c / a, 1.0, 0.05);
    drop(frame);
}

/* ---- blur
 * -----------------------------------------------------------------------------------------------
 */

static bool is_flat(const uint8_t *px, int stride, int x0, int y0, int x1, int y1)
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            if (px[y * stride + x] != px[y0 * stride + x0])
                return false;
    return true;
}

static void blur_leaves_blocks(void)
{
    struct fb_frame *frame = noise_frame(213, 157, 6);
    static uint8_t before[157][213];
    for (int y = 0; y < 157; y++)
        memcpy(before[y], frame->y + y * frame->y_stride, 213);
    vis_frame_blur(frame,
                   &(struct mon_box){50, 40, 100, 90}); /* blocks of 16 px: 48..160, 32..144 */
    for (int y = 32; y < 144; y += 16)
        for (int x = 48; x < 160; x += 16) {
            CHECK(is_flat(frame->y, frame->y_stride, x, y, x + 16, y + 16));
            CHECK(is_flat(frame->u, frame->uv_stride, x / 2, y / 2, x / 2 + 8, y / 2 + 8));
            CHECK(is_flat(frame->v, frame->uv_stride, x / 2, y / 2, x / 2 + 8, y / 2 + 8));
        }
    int n_changed_outside = 0, n_inside_same = 0;
    for (int y = 0; y < 157; y++)
        for (int x = 0; x < 213; x++) {
            bool is_same = frame->y[y * frame->y_stride + x] == before[y][x];
            bool is_inside = x >= 48 && x < 160 && y >= 32 && y < 144;
            n_changed_outside += !is_inside && !is_same;
            n_inside_same += is_inside && is_same;
        }
    CHECK_INT(n_changed_outside, 0);
    CHECK(n_inside_same < 112 * 112 / 10);
    drop(frame);
}

static void blur_reaches_the_edges(void)
{
    struct fb_frame *frame = noise_frame(61, 47, 7);
    vis_frame_blur(frame, &(struct mon_box){-20, -20, 200, 200}); /* blocks of 32 px */
    CHECK(is_flat(frame->y, frame->y_stride, 32, 32, 61, 47));
    CHECK(is_flat(frame->u, frame->uv_stride, 16, 16, 31, 24));
    CHECK(is_flat(frame->y, frame->y_stride, 0, 0, 32, 32));
    drop(frame);
    frame = noise_frame(61, 47, 7);
    uint8_t corner = frame->y[46 * frame->y_stride + 60];
    vis_frame_blur(frame, &(struct mon_box){100, 100, 20, 20}); /* outside: nothing happens */
    CHECK_INT(frame->y[46 * frame->y_stride + 60], corner);
    CHECK(!is_flat(frame->y, frame->y_stride, 48, 40, 61, 47));
    drop(frame);
}

/* The grid stands still while a face moves by a few px. */
static void blur_grid_stands_still(void)
{
    struct fb_frame *frame = noise_frame(213, 157, 8);
    vis_frame_blur(frame, &(struct mon_box){53.7f, 44.1f, 99, 91});
    CHECK(is_flat(frame->y, frame->y_stride, 64, 64, 80, 80));
    CHECK(is_flat(frame->y, frame->y_stride, 48, 32, 64, 48));
    drop(frame);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"agrees_with_the_oracle", agrees_with_the_oracle},
        {"repeats_the_edges", repeats_the_edges},
        {"copies_at_the_same_size", copies_at_the_same_size},
        {"survives_any_box", survives_any_box},
        {"measures_light_and_contrast", measures_light_and_contrast},
        {"sharpness_is_about_focus", sharpness_is_about_focus},
        {"blur_leaves_blocks", blur_leaves_blocks},
        {"blur_reaches_the_edges", blur_reaches_the_edges},
        {"blur_grid_stands_still", blur_grid_stands_still},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
