/* See ui/chart.h. */
#include "ui/chart.h"

#include "base/expression.h"
#include "pen.h"
#include "render.h"
#include "svg.h"
#include "ui/palette.h"

#include <SDL.h>
#include <stdlib.h>

enum { MAX_DRAWS = 4096, MAX_TEXT_BYTES = 65536 };

/* Lengths at scale 1. */
#define SCALE 1.5f
#define WIDTH 460.0f
#define MARGIN 20.0f
#define TITLE_HEIGHT 34.0f
#define HEADING_HEIGHT 28.0f
#define BAR_HEIGHT 20.0f
#define NAME_WIDTH 86.0f
#define VALUE_WIDTH 52.0f
#define FACE_GAP 14.0f

struct chart_maker {
    struct ui_fonts *fonts;
    struct ui_draw_list list;
    struct ui_pen pen;
    float width, height; /* px */
};

uint32_t ui_expression_rgb(int expression)
{
    struct ui_colour colour = ui_expression_colour(expression);
    return (uint32_t)colour.r << 16 | (uint32_t)colour.g << 8 | colour.b;
}

static float face_height(void)
{
    return HEADING_HEIGHT + FB_EXPRESSION_COUNT * BAR_HEIGHT + FACE_GAP;
}

static void draw_bar(const struct ui_pen *pen, struct ui_rect row, const struct mon_face *face,
                     int expression)
{
    char value[16];
    float p = face->p[expression];
    bool is_shown = face->expression == expression;
    struct ui_rect name = ui_cut_left(&row, ui_pen_px(pen, NAME_WIDTH));
    struct ui_rect number = ui_cut_right(&row, ui_pen_px(pen, VALUE_WIDTH));
    struct ui_rect well = ui_rect_inset(row, ui_pen_px(pen, 3)), bar = well;
    snprintf(value, sizeof value, "%.1f %%", (double)p * 100);
    ui_pen_text(pen, name, is_shown ? UI_FONT_STRONG : UI_FONT_BODY,
                is_shown ? pen->theme->text : pen->theme->text_soft, UI_ALIGN_LEFT,
                fb_expression_name(expression));
    ui_draw_fill(pen->list, well, ui_pen_px(pen, 3), pen->theme->well);
    bar.w *= p < 0 ? 0 : p > 1 ? 1 : p;
    if (bar.w >= 1)
        ui_draw_fill(pen->list, bar, fminf(ui_pen_px(pen, 3), bar.w / 2),
                     ui_expression_colour(expression));
    ui_pen_text(pen, number, is_shown ? UI_FONT_STRONG : UI_FONT_BODY,
                is_shown ? pen->theme->text : pen->theme->text_soft, UI_ALIGN_RIGHT, value);
}

static void draw_face(const struct ui_pen *pen, struct ui_rect area, const struct mon_face *face)
{
    char heading[160];
    if (face->expression >= 0)
        snprintf(heading, sizeof heading, "Face %d: expression shown %s", face->student,
                 fb_expression_name(face->expression));
    else
        snprintf(heading, sizeof heading, "Face %d: not sure (%s)", face->student,
                 mon_reason_name(face->reason));
    ui_pen_text(pen, ui_cut_top(&area, ui_pen_px(pen, HEADING_HEIGHT)), UI_FONT_STRONG,
                pen->theme->text, UI_ALIGN_LEFT, heading);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        draw_bar(pen, ui_cut_top(&area, ui_pen_px(pen, BAR_HEIGHT)), face, i);
}

static int make_chart(const struct ui_chart *chart, struct chart_maker *maker)
{
    const struct mon_observation *observation = chart->observation;
    int status = ui_fonts_create(chart->assets_dir, SCALE, &maker->fonts);
    if (!status)
        status = ui_draw_list_init(&maker->list, MAX_DRAWS, MAX_TEXT_BYTES);
    if (status)
        return status;
    maker->pen = (struct ui_pen){
        .list = &maker->list, .fonts = maker->fonts, .theme = ui_theme_light(), .scale = SCALE};
    const struct ui_pen *pen = &maker->pen;
    int n_blocks = observation->n_faces ? observation->n_faces : 1;
    maker->width = ui_pen_px(pen, WIDTH);
    maker->height = ui_pen_px(pen, 2 * MARGIN + TITLE_HEIGHT + (float)n_blocks * face_height());
    struct ui_rect area = ui_rect(0, 0, maker->width, maker->height);
    ui_draw_fill(pen->list, area, 0, pen->theme->panel);
    area = ui_rect_inset(area, ui_pen_px(pen, MARGIN));
    ui_pen_text(pen, ui_cut_top(&area, ui_pen_px(pen, TITLE_HEIGHT)), UI_FONT_TITLE,
                pen->theme->text, UI_ALIGN_LEFT, chart->title);
    for (int i = 0; i < observation->n_faces; i++)
        draw_face(pen, ui_cut_top(&area, ui_pen_px(pen, face_height())), &observation->faces[i]);
    if (!observation->n_faces)
        ui_pen_text(pen, ui_cut_top(&area, ui_pen_px(pen, HEADING_HEIGHT)), UI_FONT_BODY,
                    pen->theme->text_soft, UI_ALIGN_LEFT, "no face found in this picture");
    return FB_OK;
}

static void finish_chart(struct chart_maker *maker)
{
    ui_draw_list_finish(&maker->list);
    ui_fonts_destroy(&maker->fonts);
}

int ui_chart_svg(const struct ui_chart *chart, char **svg)
{
    struct chart_maker maker = {0};
    size_t n_bytes = 0;
    *svg = NULL;
    int status = make_chart(chart, &maker);
    FILE *file = status ? NULL : open_memstream(svg, &n_bytes);
    if (!status && !file)
        status = fb_fail_nomem("a chart", 0);
    if (file) {
        status = ui_svg_write(&maker.list, maker.width, maker.height, SCALE, file);
        if (fclose(file) && !status)
            status = fb_fail_nomem("a chart", n_bytes);
    }
    finish_chart(&maker);
    if (status) {
        free(*svg);
        *svg = NULL;
    }
    return status;
}

static int render_chart(const struct chart_maker *maker, uint8_t *rgb)
{
    int width = (int)maker->width, height = (int)maker->height, status;
    SDL_Surface *surface =
        SDL_CreateRGBSurfaceWithFormat(0, width, height, 32, SDL_PIXELFORMAT_ARGB8888);
    SDL_Renderer *renderer = surface ? SDL_CreateSoftwareRenderer(surface) : NULL;
    struct ui_render *render = NULL;
    if (!renderer)
        status = fb_fail(FB_ERR_NOMEM, "no picture of %dx%d: %s", width, height, SDL_GetError());
    else
        status = ui_render_create(renderer, maker->fonts, &render);
    if (!status) {
        ui_render_draw(render, &maker->list);
        if (SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_RGB24, rgb, 3 * width))
            status = fb_fail(FB_ERR_FAILED, "the chart cannot be read back: %s", SDL_GetError());
    }
    ui_render_destroy(&render);
    if (renderer)
        SDL_DestroyRenderer(renderer);
    SDL_FreeSurface(surface);
    return status;
}

int ui_chart_rgb(const struct ui_chart *chart, uint8_t **rgb, int *width, int *height)
{
    struct chart_maker maker = {0};
    *rgb = NULL;
    int status = make_chart(chart, &maker);
    if (!status) {
        *width = (int)maker.width;
        *height = (int)maker.height;
        *rgb = malloc((size_t)*width * (size_t)*height * 3);
        status = *rgb ? render_chart(&maker, *rgb) : fb_fail_nomem("a chart", 0);
    }
    finish_chart(&maker);
    if (status) {
        free(*rgb);
        *rgb = NULL;
    }
    return status;
}
