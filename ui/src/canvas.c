/* See ui/canvas.h. Recorded frames are burnt plane by plane (burn.c); whole windows go through
 * SDL's software renderer, made when first asked for, so that recording needs none. */
#include "ui/canvas.h"

#include "base/clock.h"
#include "burn.h"
#include "format.h"
#include "render.h"
#include "scene.h"

#include <SDL.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DRAWS = 24576, MAX_TEXT_BYTES = 65536 };

struct ui_canvas {
    struct ui_canvas_settings settings;
    const struct ui_theme *theme;
    struct ui_fonts *fonts;
    struct ui_masks *masks; /* for burning */
    struct ui_draw_list list;
    struct ui_overlay_memory overlay;
    SDL_Surface *surface; /* for whole windows */
    SDL_Renderer *renderer;
    struct ui_render *render;
    struct ui_scene scene;
};

int ui_canvas_create(int width, int height, const char *assets_dir, struct ui_canvas **out)
{
    struct ui_canvas_settings settings = {
        .width = width, .height = height, .assets_dir = assets_dir};
    return ui_canvas_create_with(&settings, out);
}

int ui_canvas_create_with(const struct ui_canvas_settings *settings, struct ui_canvas **out)
{
    *out = NULL;
    if (settings->width < 1 || settings->height < 1)
        return fb_fail(FB_ERR_USAGE, "a canvas of %dx%d; both must be at least 1", settings->width,
                       settings->height);
    struct ui_canvas *canvas = *out = calloc(1, sizeof *canvas);
    if (!canvas)
        return fb_fail_nomem("a canvas", sizeof *canvas);
    canvas->settings = *settings;
    if (!(settings->scale > 0)) /* labels keep their share of the picture: 13 px at 640 lines */
        canvas->settings.scale = fmaxf(.8f, (float)settings->height / 640);
    canvas->theme = settings->is_light_theme ? ui_theme_light() : ui_theme_dark();
    int status = ui_fonts_create(settings->assets_dir, canvas->settings.scale, &canvas->fonts);
    if (!status)
        status = ui_masks_create(canvas->fonts, NULL, &canvas->masks);
    if (!status)
        status = ui_draw_list_init(&canvas->list, MAX_DRAWS, MAX_TEXT_BYTES);
    if (status)
        ui_canvas_destroy(out);
    return status;
}

void ui_canvas_destroy(struct ui_canvas **canvas)
{
    struct ui_canvas *c = *canvas;
    if (!c)
        return;
    ui_render_destroy(&c->render);
    if (c->renderer)
        SDL_DestroyRenderer(c->renderer);
    SDL_FreeSurface(c->surface);
    ui_masks_destroy(&c->masks);
    ui_fonts_destroy(&c->fonts);
    ui_draw_list_finish(&c->list);
    free(c);
    *canvas = NULL;
}

static struct ui_pen make_pen(struct ui_canvas *canvas)
{
    return (struct ui_pen){
        .list = &canvas->list,
        .fonts = canvas->fonts,
        .theme = canvas->theme,
        .scale = canvas->settings.scale,
        .has_pointer = canvas->settings.has_pointer,
        .pointer_x = canvas->settings.pointer_x,
        .pointer_y = canvas->settings.pointer_y,
    };
}

static void draw_time(const struct ui_pen *pen, struct ui_rect picture, int64_t time_ns)
{
    char text[32];
    ui_format_clock((double)time_ns / (double)FB_NS_PER_S, text, sizeof text);
    float pad = ui_pen_px(pen, 6), margin = ui_pen_px(pen, 8);
    float width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, text) + 2 * pad;
    float height = (float)ui_text_height(pen->fonts, UI_FONT_BODY) + pad;
    struct ui_rect pill = {ui_right(picture) - width - margin, ui_bottom(picture) - height - margin,
                           width, height};
    ui_draw_fill(pen->list, pill, ui_pen_px(pen, 5), pen->theme->label);
    ui_pen_text(pen, pill, UI_FONT_BODY, pen->theme->label_text, UI_ALIGN_CENTRE, text);
}

int ui_canvas_annotate(struct ui_canvas *canvas, const struct ui_view *view, struct fb_frame *frame)
{
    if (frame->width != canvas->settings.width || frame->height != canvas->settings.height)
        return fb_fail(FB_ERR_USAGE, "a frame of %dx%d on a canvas of %dx%d", frame->width,
                       frame->height, canvas->settings.width, canvas->settings.height);
    struct ui_pen pen = make_pen(canvas);
    struct ui_rect picture = {0, 0, (float)frame->width, (float)frame->height};
    ui_draw_list_clear(pen.list);
    ui_overlay_draw(&pen, view, picture, &canvas->overlay);
    draw_time(&pen, picture, frame->pts_ns);
    ui_burn(frame, pen.list, canvas->masks);
    return FB_OK;
}

static int open_renderer(struct ui_canvas *canvas)
{
    canvas->surface = SDL_CreateRGBSurfaceWithFormat(
        0, canvas->settings.width, canvas->settings.height, 32, SDL_PIXELFORMAT_ARGB8888);
    if (canvas->surface)
        canvas->renderer = SDL_CreateSoftwareRenderer(canvas->surface);
    if (!canvas->renderer)
        return fb_fail(FB_ERR_NOMEM, "no picture of %dx%d can be drawn: %s", canvas->settings.width,
                       canvas->settings.height, SDL_GetError());
    return ui_render_create(canvas->renderer, canvas->fonts, &canvas->render);
}

int ui_canvas_draw(struct ui_canvas *canvas, const struct ui_view *view, uint8_t *rgb)
{
    int status = canvas->render ? FB_OK : open_renderer(canvas);
    if (status)
        return status;
    if ((status = ui_render_upload(canvas->render, view)))
        return status;
    struct ui_pen pen = make_pen(canvas);
    ui_scene_draw(&canvas->scene, &pen, view, (float)canvas->settings.width,
                  (float)canvas->settings.height);
    ui_render_draw(canvas->render, &canvas->list);
    if (SDL_RenderReadPixels(canvas->renderer, NULL, SDL_PIXELFORMAT_RGB24, rgb,
                             3 * canvas->settings.width))
        return fb_fail(FB_ERR_FAILED, "the picture cannot be read back: %s", SDL_GetError());
    return FB_OK;
}
