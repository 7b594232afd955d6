/* Layout and the axis of time: pure functions over many sizes. */
#include "axis.h"
#include "format.h"
#include "layout.h"
#include "test.h"

#include "base/rng.h"

static void check_layout(const struct ui_layout_input *input)
{
    struct ui_layout l = ui_layout_make(input);
    struct ui_rect parts[] = {l.picture, l.panel, l.seek_bar, l.status};
    for (int i = 0; i < 4; i++) {
        if (ui_rect_is_empty(parts[i]))
            continue;
        CHECK_MSG(ui_rect_is_inside(parts[i], l.window), "part %d leaves %gx%g", i,
                  (double)input->width, (double)input->height);
        for (int k = 0; k < i; k++)
            CHECK_MSG(!(ui_rect_overlap(parts[i], parts[k]) > 0),
                      "parts %d and %d overlap at %gx%g", i, k, (double)input->width,
                      (double)input->height);
    }
    CHECK(ui_rect_is_inside(l.video, l.picture));
    if (l.video.w > 40 && l.video.h > 40) {
        float aspect = (float)input->frame_width / (float)input->frame_height;
        CHECK_NEAR(l.video.w / l.video.h, aspect, aspect * .04f);
        CHECK_MSG(l.video.w > l.picture.w - 2 || l.video.h > l.picture.h - 2,
                  "room is left unused");
    }
}

static void never_overlaps(void)
{
    static const int frames[][2] = {{1280, 720}, {640, 480}, {720, 1280}, {1920, 1080}, {1, 1}};
    struct fb_rng rng;
    fb_rng_seed(&rng, 7);
    for (int i = 0; i < 500; i++) {
        const int *frame = frames[fb_rng_below(&rng, 5)];
        struct ui_layout_input input = {
            .width = roundf(fb_rng_range(&rng, 320, 3840)),
            .height = roundf(fb_rng_range(&rng, 240, 2160)),
            .scale = fb_rng_range(&rng, 1, 2),
            .frame_width = frame[0],
            .frame_height = frame[1],
            .show_panel = fb_rng_below(&rng, 2),
            .show_seek_bar = fb_rng_below(&rng, 2),
        };
        check_layout(&input);
    }
}

static void panel_goes_where_it_fits(void)
{
    struct ui_layout_input input = {1280, 800, 1, 1280, 720, true, false};
    CHECK(ui_layout_make(&input).is_panel_beside);
    input.width = 720;
    input.height = 1100;
    struct ui_layout tall = ui_layout_make(&input);
    CHECK(!tall.is_panel_beside && tall.panel.h > 300 && tall.panel.w > 719);
    input.width = 500;
    input.height = 400;
    CHECK(ui_rect_is_empty(ui_layout_make(&input).panel));
}

static void axis_columns_stand_still(void)
{
    struct ui_view view = {.now_ns = INT64_C(500000000000), .window_s = 120};
    struct ui_axis before = ui_axis_make(&view, 100, 300, 2);
    view.now_ns += INT64_C(333000000);
    struct ui_axis after = ui_axis_make(&view, 100, 300, 2);
    int64_t cell = (before.cells_to_ns - before.cells_from_ns) / before.n_cells;
    CHECK_INT(before.cells_from_ns % cell, 0);
    CHECK_INT(after.cells_from_ns % cell, 0);
    CHECK_NEAR(ui_axis_x(&before, before.from_ns), 100, .01);
    CHECK_NEAR(ui_axis_x(&before, view.now_ns - INT64_C(333000000)), 400, .01);
    CHECK(before.cells_x <= 100 && before.cells_x > 97.9f);
    CHECK(before.cells_to_ns >= before.to_ns);
    CHECK_INT(ui_axis_time(&before, 250), INT64_C(440000000000));
}

/* Of a saved video the span lies around the picture and within the video. */
static void axis_stays_within_a_video(void)
{
    static const struct {
        double now_s, window_s, duration_s, from_s, to_s;
    } cases[] = {
        {2, 30, 10, 0, 10},    {2, 0, 10, 0, 10},       {0, 30, 300, 0, 30},
        {10, 30, 300, 0, 30},  {100, 30, 300, 85, 115}, {299, 30, 300, 270, 300},
        {100, 0, 300, 0, 300},
    };
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        struct ui_view view = {.now_ns = (int64_t)(cases[i].now_s * 1e9),
                               .window_s = cases[i].window_s,
                               .playback = {.is_replay = true, .duration_s = cases[i].duration_s}};
        struct ui_axis axis = ui_axis_make(&view, 0, 300, 2);
        CHECK_NEAR((double)axis.from_ns * 1e-9, cases[i].from_s, 1e-6);
        CHECK_NEAR((double)axis.to_ns * 1e-9, cases[i].to_s, 1e-6);
        CHECK(!axis.is_relative);
    }
}

static void axis_never_outgrows_its_columns(void)
{
    struct ui_view view = {.now_ns = INT64_C(10800000000000), .window_s = 10800};
    struct ui_axis axis = ui_axis_make(&view, 0, 5000, 2);
    CHECK(axis.n_cells <= UI_AXIS_MAX_CELLS && axis.n_cells > UI_AXIS_MAX_CELLS / 2);
    CHECK(axis.cells_to_ns >= axis.to_ns);
    view.window_s = 0;
    view.now_ns = 0;
    axis = ui_axis_make(&view, 0, 1, 2);
    CHECK(axis.n_cells >= 1 && axis.to_ns > axis.from_ns);
}

static void spans_step(void)
{
    CHECK_NEAR(ui_window_span_step(30, 1), 120, 0);
    CHECK_NEAR(ui_window_span_step(120, 2), 0, 0);
    CHECK_NEAR(ui_window_span_step(0, -1), 600, 0);
    CHECK_NEAR(ui_window_span_step(0, 1), 0, 0);
    CHECK_NEAR(ui_window_span_step(30, -1), 30, 0);
    CHECK_NEAR(ui_window_span_step(45, 0), 30, 0);
    CHECK_NEAR(ui_window_span_step(5000, 0), 600, 0);
}

static void formats(void)
{
    static const struct {
        double seconds;
        const char *text;
    } clocks[] = {{0, "0:00"},         {7.99, "0:07"}, {754, "12:34"}, {3723, "1:02:03"},
                  {-90, "\u22121:30"}, {-.4, "0:00"},  {NAN, "0:00"},  {36000, "10:00:00"}};
    char text[32];
    for (int i = 0; i < TEST_COUNT(clocks); i++) {
        ui_format_clock(clocks[i].seconds, text, sizeof text);
        CHECK_STR(text, clocks[i].text);
    }
    ui_format_bytes(INT64_C(820000000), text, sizeof text);
    CHECK_STR(text, "820 MB");
    ui_format_bytes(INT64_C(12430000000), text, sizeof text);
    CHECK_STR(text, "12.4 GB");
    ui_format_bytes(INT64_C(1800000000000), text, sizeof text);
    CHECK_STR(text, "1.8 TB");
    ui_format_span(600, text, sizeof text);
    CHECK_STR(text, "10 min");
    ui_format_span(0, text, sizeof text);
    CHECK_STR(text, "lesson");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"never_overlaps", never_overlaps},
        {"panel_goes_where_it_fits", panel_goes_where_it_fits},
        {"axis_columns_stand_still", axis_columns_stand_still},
        {"axis_stays_within_a_video", axis_stays_within_a_video},
        {"axis_never_outgrows_its_columns", axis_never_outgrows_its_columns},
        {"spans_step", spans_step},
        {"formats", formats},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
