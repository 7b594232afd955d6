/* See ui/window.h. The window owns the picture's scene; a draw is: view -> draw list -> renderer.
 * Presenting never waits for the display, so that the loop's pace is the source's. */
#include "ui/window.h"

#include "base/clock.h"
#include "base/log.h"
#include "input.h"
#include "render.h"

#include <SDL.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_WIDTH = 560, MIN_HEIGHT = 360, MAX_DRAWS = 24576, MAX_TEXT_BYTES = 65536 };

struct ui_window {
    struct ui_window_settings settings;
    const struct ui_theme *theme;
    SDL_Window *window;
    SDL_Renderer *renderer;
    struct ui_fonts *fonts;
    float fonts_scale;
    struct ui_render *render;
    struct ui_draw_list list;
    struct ui_scene scene;
    struct ui_input input;
    bool is_sdl_up;
    Uint32 wake_event;
    atomic_bool is_wake_pending;
};

struct ui_window_settings ui_default_window_settings(void)
{
    return (struct ui_window_settings){
        .title = "Feltboard", .width = 1280, .height = 800, .scale = 1, .x = INT_MIN, .y = INT_MIN};
}

static bool has_screen(const char *driver)
{
    return strcmp(driver, "dummy") != 0 && strcmp(driver, "offscreen") != 0;
}

/* A window larger than the screen, or off it (another screen's place), would hide its own edges. */
static void fit_screen(struct ui_window_settings *s)
{
    bool has_place = s->x != INT_MIN && s->y != INT_MIN, is_on_screen = false;
    SDL_Rect largest = {0, 0, 0, 0}, usable;
    for (int i = 0; i < SDL_GetNumVideoDisplays(); i++) {
        if (SDL_GetDisplayUsableBounds(i, &usable))
            continue;
        is_on_screen |= has_place && s->x + s->width / 2 >= usable.x &&
                        s->x + s->width / 2 < usable.x + usable.w && s->y >= usable.y - 40 &&
                        s->y + s->height / 2 < usable.y + usable.h;
        if (usable.w * usable.h > largest.w * largest.h)
            largest = usable;
    }
    if (!is_on_screen)
        s->x = s->y = INT_MIN;
    if (largest.w >= MIN_WIDTH && s->width > largest.w)
        s->width = largest.w;
    if (largest.h >= MIN_HEIGHT && s->height > largest.h)
        s->height = largest.h;
}

static SDL_Window *open_window(const struct ui_window_settings *s)
{
    Uint32 flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    if (s->is_fullscreen)
        flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    if (s->is_maximized)
        flags |= SDL_WINDOW_MAXIMIZED;
    bool has_place = s->x != INT_MIN && s->y != INT_MIN;
    SDL_Window *window = SDL_CreateWindow(s->title, has_place ? s->x : (int)SDL_WINDOWPOS_UNDEFINED,
                                          has_place ? s->y : (int)SDL_WINDOWPOS_UNDEFINED, s->width,
                                          s->height, flags);
    if (window)
        SDL_SetWindowMinimumSize(window, MIN_WIDTH, MIN_HEIGHT);
    return window;
}

/* OpenGL done by the processor (llvmpipe and its kin) is several times slower than SDL's own
 * software renderer. */
static bool is_gl_in_software(void)
{
    typedef const unsigned char *get_string(unsigned name);
    enum { GL_RENDERER_NAME = 0x1F01 };
    get_string *gl_get_string = NULL;
    void *address = SDL_GL_GetProcAddress("glGetString");
    memcpy(&gl_get_string, &address, sizeof gl_get_string);
    const char *name = gl_get_string ? (const char *)gl_get_string(GL_RENDERER_NAME) : NULL;
    return !name || strstr(name, "llvmpipe") || strstr(name, "softpipe") ||
           strstr(name, "swrast") || strstr(name, "Software");
}

/* A GPU's renderer, or NULL. The user's SDL_RENDER_DRIVER is obeyed without asking further. */
static SDL_Renderer *open_gpu(SDL_Window *window)
{
    const char *wanted = SDL_GetHint(SDL_HINT_RENDER_DRIVER);
    bool is_forced = wanted && wanted[0];
    if (is_forced && !strcmp(wanted, "software"))
        return NULL;
    if (!is_forced && !has_screen(SDL_GetCurrentVideoDriver()))
        return NULL;
    SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_ACCELERATED);
    SDL_RendererInfo info;
    if (renderer && !is_forced && !SDL_GetRendererInfo(renderer, &info) &&
        strstr(info.name, "opengl") && is_gl_in_software()) {
        SDL_DestroyRenderer(renderer);
        renderer = NULL;
    }
    return renderer;
}

static int open_display(struct ui_window *w)
{
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0"); /* no game */
    if (SDL_InitSubSystem(SDL_INIT_VIDEO))
        return fb_fail(FB_ERR_DEVICE, "no display: %s; start it in a graphical session",
                       SDL_GetError());
    w->is_sdl_up = true;
    if (has_screen(SDL_GetCurrentVideoDriver()))
        fit_screen(&w->settings);
    w->window = open_window(&w->settings);
    if (w->window)
        w->renderer = open_gpu(w->window);
    if (w->window && !w->renderer) {
        /* The trial may have left an OpenGL window behind; on X11 SDL would also carry the software
         * picture to the screen through OpenGL unless told not to, at eight times the cost. */
        SDL_DestroyWindow(w->window);
        if (!strcmp(SDL_GetCurrentVideoDriver(), "x11"))
            SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
        w->window = open_window(&w->settings);
        if (w->window)
            w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
    }
    if (!w->renderer)
        return fb_fail(FB_ERR_DEVICE, "no window can be opened on this display: %s",
                       SDL_GetError());
    SDL_RendererInfo info;
    if (!SDL_GetRendererInfo(w->renderer, &info))
        fb_log(FB_LOG_INFO, "ui", "display %s, renderer %s", SDL_GetCurrentVideoDriver(),
               info.name);
    return FB_OK;
}

/* The display's own scale (px per window point), on top of which the user's comes. */
static float measure_scale(struct ui_window *w)
{
    int width, height, px_width, px_height;
    SDL_GetWindowSize(w->window, &width, &height);
    if (SDL_GetRendererOutputSize(w->renderer, &px_width, &px_height) || width < 1 || height < 1)
        return w->settings.scale;
    w->input.px_per_point_x = (float)px_width / (float)width;
    w->input.px_per_point_y = (float)px_height / (float)height;
    return w->settings.scale * w->input.px_per_point_x;
}

/* Fonts for the present scale; a window carried to another display may need new ones. */
static int fit_fonts(struct ui_window *w)
{
    float scale = measure_scale(w);
    w->input.scale = scale;
    if (w->fonts && fabsf(scale - w->fonts_scale) < .01f)
        return FB_OK;
    ui_render_destroy(&w->render);
    ui_fonts_destroy(&w->fonts);
    int status = ui_fonts_create(w->settings.assets_dir, scale, &w->fonts);
    if (!status)
        status = ui_render_create(w->renderer, w->fonts, &w->render);
    w->fonts_scale = scale;
    return status;
}

int ui_window_create(const struct ui_window_settings *settings, struct ui_window **out)
{
    struct ui_window *w = *out = calloc(1, sizeof *w);
    if (!w)
        return fb_fail_nomem("the window", sizeof *w);
    w->settings = *settings;
    w->settings.scale = fmaxf(1, fminf(2, settings->scale));
    w->theme = settings->is_light_theme ? ui_theme_light() : ui_theme_dark();
    w->input.scene = &w->scene;
    w->input.is_fullscreen = settings->is_fullscreen;
    int status = open_display(w);
    if (!status)
        status = ui_draw_list_init(&w->list, MAX_DRAWS, MAX_TEXT_BYTES);
    if (!status)
        status = fit_fonts(w);
    if (status) {
        ui_window_destroy(out);
        return status;
    }
    w->wake_event = SDL_RegisterEvents(1);
    SDL_EventState(SDL_DROPFILE, SDL_ENABLE);
    SDL_StartTextInput();
    return FB_OK;
}

void ui_window_destroy(struct ui_window **window)
{
    struct ui_window *w = *window;
    if (!w)
        return;
    ui_render_destroy(&w->render);
    ui_fonts_destroy(&w->fonts);
    ui_draw_list_finish(&w->list);
    if (w->renderer)
        SDL_DestroyRenderer(w->renderer);
    if (w->window)
        SDL_DestroyWindow(w->window);
    if (w->is_sdl_up)
        SDL_QuitSubSystem(SDL_INIT_VIDEO);
    free(w);
    *window = NULL;
}

static void toggle_fullscreen(struct ui_window *w)
{
    bool wanted = !w->input.is_fullscreen;
    if (!SDL_SetWindowFullscreen(w->window, wanted ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0))
        w->input.is_fullscreen = wanted;
}

/* Not SDL_PollEvent: that says "none" once in between when events keep coming. */
static bool next_event(SDL_Event *event)
{
    if (SDL_PeepEvents(event, 1, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) == 1)
        return true;
    SDL_PumpEvents();
    return SDL_PeepEvents(event, 1, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) == 1;
}

bool ui_window_poll(struct ui_window *w, struct ui_event *event)
{
    SDL_Event sdl_event;
    while (next_event(&sdl_event)) {
        if (sdl_event.type == w->wake_event)
            atomic_store(&w->is_wake_pending, false);
        if (sdl_event.type == SDL_RENDER_DEVICE_RESET || sdl_event.type == SDL_RENDER_TARGETS_RESET)
            ui_render_reset(w->render);
        if (!ui_input_map(&w->input, &sdl_event, event))
            continue;
        if (event->kind == UI_EVENT_FULLSCREEN)
            toggle_fullscreen(w);
        return true;
    }
    *event = (struct ui_event){.kind = UI_EVENT_NONE};
    return false;
}

static void note_view(struct ui_input *input, const struct ui_view *view)
{
    input->is_help_shown = view->show_help;
    input->is_replay = view->playback.is_replay;
    input->screen = view->screen;
    bool has_card = view->card && view->card->student;
    input->is_typing =
        has_card || view->note || (view->screen == UI_SCREEN_START && view->start->is_typing);
    input->is_any_open = view->show_markers || view->asking || view->pinned_student;
    input->selected_student = view->selected_student;
}

int ui_window_draw(struct ui_window *w, const struct ui_view *view)
{
    int width, height;
    int status = fit_fonts(w);
    if (status)
        return status;
    if (SDL_GetRendererOutputSize(w->renderer, &width, &height))
        return fb_fail(FB_ERR_DEVICE, "the display is gone: %s", SDL_GetError());
    if ((status = ui_render_upload(w->render, view)))
        return status;
    struct ui_pen pen = {
        .list = &w->list,
        .fonts = w->fonts,
        .theme = w->theme,
        .scale = w->fonts_scale,
        .has_pointer = w->input.has_pointer,
        .pointer_x = w->input.pointer_x,
        .pointer_y = w->input.pointer_y,
        .focus = w->input.focus,
    };
    note_view(&w->input, view);
    ui_scene_draw(&w->scene, &pen, view, (float)width, (float)height);
    ui_render_draw(w->render, &w->list);
    SDL_RenderPresent(w->renderer);
    return FB_OK;
}

void ui_window_expect_text(struct ui_window *w, bool is_expected)
{
    if (!is_expected || !w->input.is_typing)
        w->input.focus = (struct ui_focus){0};
    w->input.is_typing = is_expected;
}

void ui_window_restyle(struct ui_window *w, float scale, bool is_light_theme)
{
    w->settings.scale = fmaxf(1, fminf(2, scale));
    w->settings.is_light_theme = is_light_theme;
    w->theme = is_light_theme ? ui_theme_light() : ui_theme_dark();
}

void ui_window_geometry(struct ui_window *w, struct ui_window_settings *geometry)
{
    Uint32 flags = SDL_GetWindowFlags(w->window);
    geometry->is_fullscreen = w->input.is_fullscreen;
    geometry->is_maximized = flags & SDL_WINDOW_MAXIMIZED;
    if (geometry->is_fullscreen || geometry->is_maximized)
        return;
    int top = 0, left = 0;
    SDL_GetWindowPosition(w->window, &geometry->x, &geometry->y);
    SDL_GetWindowSize(w->window, &geometry->width, &geometry->height);
    if (!SDL_GetWindowBordersSize(w->window, &top, &left, NULL, NULL)) {
        geometry->x -= left; /* a place given at opening is the frame's */
        geometry->y -= top;
    }
}

/* SDL counts whole milliseconds of another clock: a wait without an event may end too early. */
void ui_window_wait(struct ui_window *window, int64_t deadline_ns)
{
    (void)window;
    for (;;) {
        int64_t left_ns = deadline_ns - fb_clock_now_ns();
        if (left_ns <= 0)
            return;
        int64_t wait_ms = (left_ns + FB_NS_PER_MS - 1) / FB_NS_PER_MS;
        if (SDL_WaitEventTimeout(NULL, wait_ms > 1000000 ? 1000000 : (int)wait_ms))
            return;
    }
}

void ui_window_wake(struct ui_window *w)
{
    if (atomic_exchange(&w->is_wake_pending, true))
        return; /* one is on its way */
    SDL_Event event = {.type = w->wake_event};
    if (SDL_PushEvent(&event) != 1)
        atomic_store(&w->is_wake_pending, false);
}

int ui_window_pixels(struct ui_window *w, uint8_t **rgb, int *width, int *height)
{
    *rgb = NULL;
    if (SDL_GetRendererOutputSize(w->renderer, width, height))
        return fb_fail(FB_ERR_DEVICE, "the display is gone: %s", SDL_GetError());
    size_t n_bytes = (size_t)*width * (size_t)*height * 3;
    uint8_t *pixels = malloc(n_bytes);
    if (!pixels)
        return fb_fail_nomem("a screenshot", n_bytes);
    ui_render_draw(w->render, &w->list); /* what was presented may be gone from the back buffer */
    if (SDL_RenderReadPixels(w->renderer, NULL, SDL_PIXELFORMAT_RGB24, pixels, 3 * *width)) {
        free(pixels);
        return fb_fail(FB_ERR_DEVICE, "the picture cannot be read back: %s", SDL_GetError());
    }
    SDL_RenderPresent(w->renderer);
    *rgb = pixels;
    return FB_OK;
}
