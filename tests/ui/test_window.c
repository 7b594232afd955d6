/* The window on SDL's dummy display: drawing, events through SDL's queue, waking and waiting. */
#include "test.h"
#include "ui/window.h"
#include "views.h"

#include "base/clock.h"

#include <SDL.h>
#include <pthread.h>
#include <stdio.h>

static struct ui_window *open_window(int width, int height, float scale)
{
    static char assets[1024];
    struct ui_window_settings settings = ui_default_window_settings();
    struct ui_window *window;
    struct ui_event event;
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    settings.width = width;
    settings.height = height;
    settings.scale = scale;
    settings.assets_dir = assets;
    if (!CHECK_MSG(ui_window_create(&settings, &window) == FB_OK, "%s", fb_error_text()))
        exit(1);
    while (ui_window_poll(window, &event))
        ;
    return window;
}

static void draws_what_the_canvas_draws(void)
{
    struct test_view v;
    struct ui_canvas *canvas;
    struct ui_window *window = open_window(900, 600, 1);
    char assets[1024];
    uint8_t *shown, *drawn = malloc(900 * 600 * 3);
    int width, height;
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    test_view_init(&v, &(struct test_view_settings){640, 480, 5, 60, true, 1});
    CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
    CHECK_INT(ui_window_pixels(window, &shown, &width, &height), FB_OK);
    CHECK_INT(width, 900);
    CHECK_INT(height, 600);
    struct ui_canvas_settings settings = {
        .width = 900, .height = 600, .scale = 1, .assets_dir = assets};
    CHECK_INT(ui_canvas_create_with(&settings, &canvas), FB_OK);
    CHECK_INT(ui_canvas_draw(canvas, &v.view, drawn), FB_OK);
    CHECK(memcmp(shown, drawn, 900 * 600 * 3) == 0);
    free(shown);
    free(drawn);
    ui_canvas_destroy(&canvas);
    ui_window_destroy(&window);
    CHECK(window == NULL);
    test_view_finish(&v);
}

/* Frames that change their size, vanish and come back (another source). */
static void survives_changing_frames(void)
{
    static const int sizes[][2] = {{1280, 720}, {641, 481}, {1, 1}, {0, 0}, {1280, 720}};
    struct ui_window *window = open_window(1000, 700, 1);
    for (int i = 0; i < TEST_COUNT(sizes); i++) {
        struct test_view v;
        test_view_init(&v, &(struct test_view_settings){sizes[i][0], sizes[i][1], 2, 5, true, 1});
        CHECK_MSG(ui_window_draw(window, &v.view) == FB_OK, "%s", fb_error_text());
        v.view.is_mirrored = true;
        CHECK_MSG(ui_window_draw(window, &v.view) == FB_OK, "%s", fb_error_text());
        test_view_finish(&v);
    }
    ui_window_destroy(&window);
}

static void mirrors_the_picture(void)
{
    struct test_view v;
    struct ui_window *window = open_window(640, 510, 1);
    uint8_t *plain, *mirrored;
    int w, h, n_wrong = 0, n_asymmetric = 0;
    test_view_init(&v, &(struct test_view_settings){640, 480, 3, 0, true, 5});
    v.view.show_panel = false;
    v.view.observation.n_faces = 0;
    CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
    CHECK_INT(ui_window_pixels(window, &plain, &w, &h), FB_OK);
    v.view.is_mirrored = true;
    CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
    CHECK_INT(ui_window_pixels(window, &mirrored, &w, &h), FB_OK);
    for (int y = 0; y < 480; y++)
        for (int x = 0; x < 640; x++) {
            n_wrong += abs(plain[3 * (y * w + x)] - mirrored[3 * (y * w + 639 - x)]) > 2;
            n_asymmetric += abs(plain[3 * (y * w + x)] - mirrored[3 * (y * w + x)]) > 2;
        }
    CHECK_INT(n_wrong, 0);
    CHECK(n_asymmetric > 1000);
    free(plain);
    free(mirrored);
    ui_window_destroy(&window);
    test_view_finish(&v);
}

/* A window of one colour shows that colour: full-range BT.601. */
static void converts_full_range(void)
{
    static const int cases[][6] = {{255, 128, 128, 255, 255, 255}, {0, 128, 128, 0, 0, 0},
                                   {64, 128, 128, 64, 64, 64},     {192, 128, 128, 192, 192, 192},
                                   {128, 100, 160, 173, 115, 78},  {76, 85, 255, 254, 0, 0}};
    struct ui_window *window = open_window(640, 510, 1);
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        struct test_view v;
        uint8_t *rgb;
        int w, h;
        test_view_init(&v, &(struct test_view_settings){64, 48, 0, 0, false, 1});
        v.view.show_panel = false;
        memset(v.frame->y, cases[i][0], (size_t)v.frame->y_stride * 48);
        memset(v.frame->u, cases[i][1], (size_t)v.frame->uv_stride * 24);
        memset(v.frame->v, cases[i][2], (size_t)v.frame->uv_stride * 24);
        CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
        CHECK_INT(ui_window_pixels(window, &rgb, &w, &h), FB_OK);
        for (int c = 0; c < 3; c++)
            CHECK_NEAR(rgb[3 * (200 * w + 300) + c], cases[i][3 + c], 4);
        free(rgb);
        test_view_finish(&v);
    }
    ui_window_destroy(&window);
}

static void push_key(SDL_Keycode sym)
{
    SDL_Event event = {.key = {.type = SDL_KEYDOWN, .keysym = {.sym = sym}}};
    SDL_PushEvent(&event);
}

static void polls_events(void)
{
    struct test_view v;
    struct ui_event event;
    struct ui_window *window = open_window(1280, 800, 1);
    test_view_init(&v, &(struct test_view_settings){1280, 720, 4, 60, true, 1});
    CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
    push_key(SDLK_m);
    push_key(SDLK_F9);
    push_key(SDLK_RIGHT);
    CHECK(ui_window_poll(window, &event) && event.kind == UI_EVENT_MARKER);
    CHECK(ui_window_poll(window, &event) && event.kind == UI_EVENT_SEEK_BY);
    CHECK(!ui_window_poll(window, &event) && event.kind == UI_EVENT_NONE);

    /* The face is where the overlay drew it: the video is 896 px wide, from x = 0. */
    struct mon_box box = v.view.observation.faces[2].box;
    float s = 896.f / 1280, top = (770 - 504) / 2.f;
    SDL_Event press = {.button = {.type = SDL_MOUSEBUTTONDOWN,
                                  .button = SDL_BUTTON_LEFT,
                                  .clicks = 1,
                                  .x = (int)((box.x + box.w / 2) * s),
                                  .y = (int)(top + (box.y + box.h / 2) * s)}};
    SDL_PushEvent(&press);
    CHECK(ui_window_poll(window, &event) && event.kind == UI_EVENT_SELECT);
    CHECK_INT(event.student, v.view.observation.faces[2].student);
    push_key(SDLK_f);
    CHECK(ui_window_poll(window, &event) && event.kind == UI_EVENT_FULLSCREEN);
    ui_window_destroy(&window);
    test_view_finish(&v);
}

static void *wake_later(void *window)
{
    fb_clock_sleep_until_ns(fb_clock_now_ns() + 50 * FB_NS_PER_MS);
    for (int i = 0; i < 1000; i++)
        ui_window_wake(window);
    return NULL;
}

static void waits_and_wakes(void)
{
    struct ui_event event;
    struct ui_window *window = open_window(640, 480, 1);
    int64_t start = fb_clock_now_ns();
    ui_window_wait(window, start + 30 * FB_NS_PER_MS);
    int64_t waited = fb_clock_now_ns() - start;
    SDL_Event why = {0};
    SDL_PeepEvents(&why, 1, SDL_PEEKEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT);
    CHECK_MSG(waited >= 30 * FB_NS_PER_MS, "waited %.3f ms, event 0x%x", (double)waited / 1e6, why.type);
    ui_window_wait(window, start); /* past */

    pthread_t thread;
    start = fb_clock_now_ns();
    CHECK_INT(pthread_create(&thread, NULL, wake_later, window), 0);
    ui_window_wait(window, start + 20 * FB_NS_PER_S);
    waited = fb_clock_now_ns() - start;
    CHECK_MSG(waited < 10 * FB_NS_PER_S, "woke after %.1f s", (double)waited / 1e9);
    pthread_join(thread, NULL);
    CHECK_MSG(SDL_PeepEvents(NULL, 0, SDL_PEEKEVENT, SDL_USEREVENT, SDL_LASTEVENT) == 1,
              "a thousand wakes are one event");
    CHECK(!ui_window_poll(window, &event));
    ui_window_wake(window);
    start = fb_clock_now_ns();
    ui_window_wait(window, start + 20 * FB_NS_PER_S);
    CHECK(fb_clock_now_ns() - start < 10 * FB_NS_PER_S);
    ui_window_destroy(&window);
}

struct recorder {
    struct ui_canvas *canvas;
    struct test_view view;
    int n_failed;
};

static void *record(void *user)
{
    struct recorder *r = user;
    for (int i = 0; i < 40; i++) {
        r->view.view.observation.faces[i % 6].confidence = (float)i / 40; /* new texts each time */
        r->n_failed += ui_canvas_annotate(r->canvas, &r->view.view, r->view.frame) != FB_OK;
    }
    return NULL;
}

/* The recorder's thread burns labels while the window draws its own, in scripts that make both look
 * for further fonts. */
static void records_beside_drawing(void)
{
    struct recorder r = {.n_failed = 0};
    struct test_view v;
    pthread_t thread;
    char assets[1024];
    struct ui_window *window = open_window(900, 600, 1);
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    CHECK_INT(ui_canvas_create(640, 480, assets, &r.canvas), FB_OK);
    struct test_view_settings settings = {640, 480, 6, 20, true, 1};
    test_view_init(&v, &settings);
    test_view_init(&r.view, &settings);
    snprintf(v.students[1].name, UI_NAME_BYTES, "\u05d3\u05d5\u05d3");
    snprintf(r.view.students[1].name, UI_NAME_BYTES, "\u05d3\u05d5\u05d3");
    CHECK_INT(pthread_create(&thread, NULL, record, &r), 0);
    for (int i = 0; i < 20; i++) {
        v.view.now_ns += 100 * FB_NS_PER_MS;
        CHECK_INT(ui_window_draw(window, &v.view), FB_OK);
    }
    pthread_join(thread, NULL);
    CHECK_INT(r.n_failed, 0);
    ui_canvas_destroy(&r.canvas);
    ui_window_destroy(&window);
    test_view_finish(&v);
    test_view_finish(&r.view);
}

static void no_display_is_a_device_error(void)
{
    struct ui_window_settings settings = ui_default_window_settings();
    struct ui_window *window;
    setenv("SDL_VIDEODRIVER", "none-such", 1);
    CHECK_INT(ui_window_create(&settings, &window), FB_ERR_DEVICE);
    CHECK(window == NULL && strstr(fb_error_text(), "display") != NULL);
    setenv("SDL_VIDEODRIVER", "dummy", 1);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"draws_what_the_canvas_draws", draws_what_the_canvas_draws},
        {"survives_changing_frames", survives_changing_frames},
        {"mirrors_the_picture", mirrors_the_picture},
        {"converts_full_range", converts_full_range},
        {"polls_events", polls_events},
        {"waits_and_wakes", waits_and_wakes},
        {"records_beside_drawing", records_beside_drawing},
        {"no_display_is_a_device_error", no_display_is_a_device_error},
    };
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
