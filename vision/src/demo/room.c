/* See room.h. The wall is out of focus, so that it stays behind the people and no detail of it
 * looks like a face. */
#include "room.h"

#include "base/rng.h"

#include <math.h>

static const uint32_t pastels[] = {0xf3e3c3, 0xd8e4dc, 0xe9cfc4, 0xcfdde6, 0xf0ead8, 0xe3d3df};
static const uint32_t spines[] = {0x6d8f94, 0xc58a66, 0x54688c, 0xd3b06e,
                                  0x8aa083, 0xa8707a, 0xe2d6c0, 0x6f6587};

static struct demo_map picture_map(const struct demo_canvas *canvas)
{
    return (struct demo_map){(float)canvas->width / 1280.0f, 0.0f, 0.0f,
                             (float)canvas->height / 720.0f, 0.0f, 0.0f};
}

static void quad(struct demo_canvas *canvas, const struct demo_map *map, const float xy[8],
                 struct demo_colour colour)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_quad(&path, xy);
    demo_fill(canvas, &path, colour);
}

static void box(struct demo_canvas *canvas, const struct demo_map *map, float x, float y, float w,
                float h, float radius, struct demo_colour colour)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_box(&path, x, y, w, h, radius);
    demo_fill(canvas, &path, colour);
}

static void box_graded(struct demo_canvas *canvas, const struct demo_map *map, float x, float y,
                       float w, float h, struct demo_colour top, struct demo_colour bottom)
{
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, x, y, top, x, y + h, bottom);
    demo_path_begin(&path, map);
    demo_box(&path, x, y, w, h, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
}

static void shadow(struct demo_canvas *canvas, const struct demo_map *map, float x, float y,
                   float w, float h, float sigma, float alpha)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_box(&path, x, y, w, h, 0.0f);
    demo_fill_soft(canvas, &path, sigma * map->yy, demo_rgba(0x4a3428, alpha));
}

/* ---- the far wall
 * -------------------------------------------------------------------------------------- */

static void paint_walls(struct demo_canvas *canvas, const struct demo_map *map)
{
    struct demo_path path;
    struct demo_paint wall =
        demo_linear(map, 150.0f, 60.0f, demo_rgb(0xf6eddd), 1280.0f, 420.0f, demo_rgb(0xdccdb8));
    demo_path_begin(&path, map);
    demo_box(&path, 0.0f, 0.0f, 1280.0f, 720.0f, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &wall);
    struct demo_paint panel =
        demo_linear(map, 150.0f, 300.0f, demo_rgb(0xa9bdb0), 1280.0f, 500.0f, demo_rgb(0x8ba396));
    demo_path_begin(&path, map);
    demo_box(&path, 150.0f, 292.0f, 1130.0f, 428.0f, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &panel);
    box(canvas, map, 150.0f, 284.0f, 1130.0f, 9.0f, 0.0f, demo_rgb(0xf3ead9));
    struct demo_paint side =
        demo_linear(map, 0.0f, 0.0f, demo_rgb(0xe9dfcd), 150.0f, 0.0f, demo_rgb(0xd9ccb6));
    demo_path_begin(&path, map);
    demo_quad(&path, (float[]){0.0f, 0.0f, 150.0f, 0.0f, 150.0f, 720.0f, 0.0f, 720.0f});
    demo_mark(canvas, &path);
    demo_paint(canvas, &side);
    quad(canvas, map, (float[]){0.0f, 330.0f, 150.0f, 292.0f, 150.0f, 720.0f, 0.0f, 720.0f},
         demo_rgb(0x93aa9d));
}

static void paint_window(struct demo_canvas *canvas, const struct demo_map *map, float x0, float x1,
                         float top0, float top1, float bottom0, float bottom1)
{
    struct demo_path path;
    const float pane[8] = {x0, top0, x1, top1, x1, bottom1, x0, bottom0};
    quad(canvas, map,
         (float[]){x0 - 7, top0 - 8, x1 + 5, top1 - 6, x1 + 5, bottom1 + 8, x0 - 7, bottom0 + 10},
         demo_rgb(0xfbf6ea));
    struct demo_paint sky =
        demo_linear(map, x0, top0, demo_rgb(0xbfe0f0), x0, bottom0, demo_rgb(0xfdf6e2));
    demo_path_begin(&path, map);
    demo_quad(&path, pane);
    demo_mark(canvas, &path);
    demo_paint(canvas, &sky);
    demo_clip(canvas, &path);
    float w = x1 - x0;
    demo_path_begin(&path, map);
    demo_ellipse(&path, x0 + 0.2f * w, bottom0 - 6.0f, 0.55f * w, 46.0f);
    demo_ellipse(&path, x0 + 0.95f * w, bottom1 + 2.0f, 0.45f * w, 62.0f);
    demo_fill_soft(canvas, &path, 7.0f * map->yy, demo_rgba(0x9fc19a, 0.85f));
    demo_unclip(canvas);
    float mid = 0.5f * (x0 + x1), top = 0.5f * (top0 + top1), bottom = 0.5f * (bottom0 + bottom1);
    quad(canvas, map, (float[]){mid - 3, top, mid + 2, top, mid + 2, bottom, mid - 3, bottom},
         demo_rgb(0xfbf6ea));
    float y0 = top0 + 0.36f * (bottom0 - top0), y1 = top1 + 0.36f * (bottom1 - top1);
    quad(canvas, map, (float[]){x0, y0 - 3, x1, y1 - 3, x1, y1 + 2, x0, y0 + 3},
         demo_rgb(0xfbf6ea));
}

static void chalk(struct demo_canvas *canvas, const struct demo_map *map, const float xy[8])
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_stroke(&path, xy, 2.4f, 2.4f);
    demo_fill(canvas, &path, demo_rgba(0xf2f5ee, 0.75f));
}

static void paint_chalk(struct demo_canvas *canvas, const struct demo_map *map)
{
    static const float lines[][8] = {
        {470, 180, 470, 150, 470, 100, 470, 62},  {462, 172, 520, 172, 600, 172, 655, 172},
        {470, 172, 510, 172, 530, 75, 560, 75},   {560, 75, 590, 75, 605, 172, 655, 168},
        {720, 84, 760, 84, 800, 84, 846, 84},     {720, 108, 770, 108, 800, 108, 866, 108},
        {720, 132, 750, 132, 780, 132, 812, 132}, {888, 178, 900, 150, 912, 120, 926, 90},
        {926, 90, 940, 120, 952, 150, 964, 178},  {888, 178, 910, 178, 940, 178, 964, 178},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        chalk(canvas, map, lines[i]);
}

static void paint_board(struct demo_canvas *canvas, const struct demo_map *map)
{
    shadow(canvas, map, 432.0f, 44.0f, 572.0f, 178.0f, 8.0f, 0.35f);
    box(canvas, map, 424.0f, 30.0f, 576.0f, 182.0f, 4.0f, demo_rgb(0xc9a273));
    box_graded(canvas, map, 434.0f, 40.0f, 556.0f, 162.0f, demo_rgb(0x4d7a68), demo_rgb(0x3c6455));
    paint_chalk(canvas, map);
    box(canvas, map, 420.0f, 208.0f, 584.0f, 9.0f, 2.0f, demo_rgb(0xb98f60));
    box(canvas, map, 640.0f, 203.0f, 34.0f, 6.0f, 2.0f, demo_rgb(0xf2ead8));
    box(canvas, map, 690.0f, 201.0f, 46.0f, 8.0f, 2.0f, demo_rgb(0x7b6a5c));
}

static void paint_pinboard(struct demo_canvas *canvas, const struct demo_map *map)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 7);
    shadow(canvas, map, 232.0f, 66.0f, 150.0f, 122.0f, 6.0f, 0.25f);
    box(canvas, map, 226.0f, 56.0f, 150.0f, 124.0f, 3.0f, demo_rgb(0xf3ead9));
    box(canvas, map, 232.0f, 62.0f, 138.0f, 112.0f, 0.0f, demo_rgb(0xd8b98e));
    for (int i = 0; i < 6; i++) {
        float x = 240.0f + 43.0f * (float)(i % 3), y = 68.0f + 54.0f * (float)(i / 3);
        struct demo_map leaf = demo_map_turn(1.0f, fb_rng_range(&rng, -0.06f, 0.06f), 0.0f, 0.0f);
        leaf.xx *= map->xx;
        leaf.xy *= map->xx;
        leaf.yx *= map->yy;
        leaf.yy *= map->yy;
        leaf.x0 = map->xx * x;
        leaf.y0 = map->yy * y;
        box(canvas, &leaf, 0.0f, 0.0f, 36.0f, 46.0f, 0.0f, demo_rgb(pastels[i]));
        box(canvas, &leaf, 5.0f, 26.0f, 26.0f, 3.0f, 0.0f, demo_rgba(0x6b5a50, 0.35f));
        box(canvas, &leaf, 5.0f, 34.0f, 20.0f, 3.0f, 0.0f, demo_rgba(0x6b5a50, 0.35f));
        box(canvas, &leaf, 5.0f, 6.0f, 26.0f, 14.0f, 2.0f,
            demo_shade(demo_rgb(pastels[i]), -0.22f));
    }
}

static void paint_books(struct demo_canvas *canvas, const struct demo_map *map, float x, float end,
                        float shelf_y, uint64_t seed)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, seed);
    while (x < end) {
        float w = fb_rng_range(&rng, 9.0f, 17.0f), h = fb_rng_range(&rng, 38.0f, 58.0f);
        struct demo_colour colour = demo_rgb(spines[fb_rng_below(&rng, 8)]);
        box(canvas, map, x, shelf_y - h, w - 1.0f, h, 1.5f, colour);
        box(canvas, map, x, shelf_y - h + 8.0f, w - 1.0f, 4.0f, 0.0f, demo_shade(colour, 0.35f));
        x += w;
    }
}

static void paint_plant(struct demo_canvas *canvas, const struct demo_map *map, float x, float y)
{
    struct fb_rng rng;
    struct demo_path path;
    fb_rng_seed(&rng, 11);
    for (int i = 0; i < 15; i++) {
        float t = -1.0f + 2.0f * (float)i / 14.0f, reach = fb_rng_range(&rng, 48.0f, 78.0f);
        demo_path_begin(&path, map);
        demo_stroke(&path,
                    (float[]){x, y, x + 10.0f * t, y - 0.5f * reach, x + 34.0f * t, y - reach,
                              x + 58.0f * t, y - reach + 42.0f * fabsf(t)},
                    4.0f, 12.0f);
        demo_fill(canvas, &path, demo_rgb(i % 2 ? 0x6f9a6d : 0x55835a));
    }
    demo_path_begin(&path, map);
    demo_quad(&path, (float[]){x - 24, y - 6, x + 24, y - 6, x + 17, y + 38, x - 17, y + 38});
    demo_fill(canvas, &path, demo_rgb(0xc77f5c));
}

static void paint_shelf(struct demo_canvas *canvas, const struct demo_map *map)
{
    shadow(canvas, map, 1076.0f, 124.0f, 190.0f, 260.0f, 8.0f, 0.30f);
    box(canvas, map, 1066.0f, 112.0f, 190.0f, 290.0f, 3.0f, demo_rgb(0xcda877));
    for (int i = 0; i < 4; i++) {
        float y = 120.0f + 70.0f * (float)i;
        box_graded(canvas, map, 1074.0f, y, 174.0f, 62.0f, demo_rgb(0x8f7050), demo_rgb(0xa3815c));
        paint_books(canvas, map, 1078.0f, i == 1 ? 1170.0f : 1232.0f, y + 62.0f, 40 + (uint64_t)i);
    }
    struct demo_path globe;
    demo_path_begin(&globe, map);
    demo_ellipse(&globe, 1214.0f, 222.0f, 22.0f, 22.0f);
    demo_fill(canvas, &globe, demo_rgb(0x7fa9bd));
    box(canvas, map, 1200.0f, 244.0f, 28.0f, 7.0f, 2.0f, demo_rgb(0x6d5340));
    paint_plant(canvas, map, 1112.0f, 76.0f);
}

static void paint_clock(struct demo_canvas *canvas, const struct demo_map *map)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_ellipse(&path, 1032.0f, 62.0f, 24.0f, 24.0f);
    demo_fill(canvas, &path, demo_rgb(0x6d5b50));
    demo_path_begin(&path, map);
    demo_ellipse(&path, 1032.0f, 62.0f, 20.0f, 20.0f);
    demo_fill(canvas, &path, demo_rgb(0xfbf6ea));
    demo_path_begin(&path, map);
    demo_stroke(&path, (float[]){1032, 62, 1035, 58, 1038, 54, 1041, 50}, 3.0f, 3.0f);
    demo_fill(canvas, &path, demo_rgb(0x5a4a42));
    demo_path_begin(&path, map);
    demo_stroke(&path, (float[]){1032, 62, 1029, 58, 1026, 55, 1022, 52}, 3.0f, 3.0f);
    demo_fill(canvas, &path, demo_rgb(0x5a4a42));
}

static void paint_daylight(struct demo_canvas *canvas, const struct demo_map *map)
{
    struct demo_path path;
    static const float beams[][8] = {{200, 150, 330, 190, 400, 420, 250, 400},
                                     {360, 200, 470, 236, 560, 470, 430, 440}};
    for (int i = 0; i < 2; i++) {
        demo_path_begin(&path, map);
        demo_quad(&path, beams[i]);
        demo_fill_soft(canvas, &path, 22.0f * map->yy, demo_rgba(0xfff3d0, 0.30f));
    }
    struct demo_paint glow = demo_radial(map, 40.0f, 180.0f, 620.0f, 560.0f,
                                         demo_rgba(0xfffaea, 0.50f), demo_rgba(0xfffaea, 0.0f));
    demo_path_begin(&path, map);
    demo_box(&path, 0.0f, 0.0f, 1280.0f, 720.0f, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &glow);
    struct demo_paint dusk = demo_radial(map, 560.0f, 300.0f, 1000.0f, 760.0f,
                                         demo_rgba(0x6a5548, 0.0f), demo_rgba(0x6a5548, 0.30f));
    demo_mark(canvas, &path);
    demo_paint(canvas, &dusk);
}

/* Below a grey level: hides the steps of 8 bits in wide gradients. */
static void add_grain(struct demo_canvas *canvas)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 3);
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        float grain = (fb_rng_float(&rng) + fb_rng_float(&rng) - 1.0f) * 1.4f / 255.0f;
        for (int channel = 0; channel < 3; channel++)
            canvas->rgba[4 * i + channel] += grain;
    }
}

/* ---- chairs and desks
 * ---------------------------------------------------------------------------------- */

static void paint_chairs(struct demo_canvas *canvas, const struct demo_layout *l, int row,
                         float top)
{
    const struct demo_row *r = &l->rows[row];
    for (int i = r->first; i < r->first + r->n; i++) {
        struct demo_map map = demo_map_scale(r->face_px, l->seats[i].x, r->desk_y - top);
        shadow(canvas, &map, -0.44f, -0.60f, 0.92f, 0.66f, 0.05f, 0.30f);
        struct demo_path path;
        struct demo_paint shell =
            demo_linear(&map, -0.4f, -0.7f, demo_rgb(0x7fa0a8), 0.3f, 0.1f, demo_rgb(0x5d7f88));
        demo_path_begin(&path, &map);
        demo_box(&path, -0.46f, -0.72f, 0.92f, 0.95f, 0.13f);
        demo_mark(canvas, &path);
        demo_paint(canvas, &shell);
        box(canvas, &map, -0.16f, -0.62f, 0.32f, 0.10f, 0.05f, demo_rgba(0x3e5a62, 0.75f));
    }
}

void demo_room_paint(struct demo_canvas *canvas, const struct demo_layout *layout)
{
    struct demo_map map = picture_map(canvas);
    paint_walls(canvas, &map);
    paint_window(canvas, &map, 10.0f, 62.0f, 18.0f, 38.0f, 282.0f, 268.0f);
    paint_window(canvas, &map, 82.0f, 126.0f, 44.0f, 58.0f, 262.0f, 250.0f);
    paint_board(canvas, &map);
    paint_pinboard(canvas, &map);
    paint_shelf(canvas, &map);
    paint_clock(canvas, &map);
    paint_daylight(canvas, &map);
    demo_canvas_blur(canvas, 2.2f * layout->unit);
    paint_chairs(canvas, layout, layout->n_rows - 1, 0.0f);
    add_grain(canvas);
}

struct demo_rect demo_desk_part(const struct demo_layout *l, int row)
{
    const struct demo_row *r = &l->rows[row];
    float top = r->desk_y - 0.55f * r->face_px;
    float bottom = (float)l->height;
    if (row > 0) {
        const struct demo_row *next = &l->rows[row - 1];
        top = fminf(top, next->desk_y - 0.85f * next->face_px);
        bottom = fminf(bottom, next->desk_y + 2.0f);
    }
    int y0 = top < 0.0f ? 0 : (int)top & ~1;
    return (struct demo_rect){0, y0, l->width, (int)bottom};
}

static void paint_desk_top(struct demo_canvas *canvas, const struct demo_map *map, float half_width)
{
    struct demo_path path;
    struct demo_paint top =
        demo_linear(map, 0.0f, -0.16f, demo_rgb(0xe3c79d), 0.0f, 0.05f, demo_rgb(0xeed7b2));
    demo_path_begin(&path, map);
    demo_box(&path, -half_width, -0.15f, 2.0f * half_width, 0.20f, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &top);
    box(canvas, map, -half_width, 0.05f, 2.0f * half_width, 0.055f, 0.0f, demo_rgb(0xc9a678));
    box(canvas, map, -half_width, 0.05f, 2.0f * half_width, 0.010f, 0.0f,
        demo_rgba(0xfff4dc, 0.7f));
}

static void paint_front(struct demo_canvas *canvas, const struct demo_map *map, float half_width,
                        float segment)
{
    struct demo_path path;
    struct demo_paint panel =
        demo_linear(map, 0.0f, 0.10f, demo_rgb(0xcfae84), 0.0f, 1.5f, demo_rgb(0xb08d66));
    demo_path_begin(&path, map);
    demo_box(&path, -half_width, 0.10f, 2.0f * half_width, 4.0f, 0.0f);
    demo_mark(canvas, &path);
    demo_paint(canvas, &panel);
    for (float x = -0.5f * segment; x < half_width; x += segment) {
        box(canvas, map, x - 0.012f, 0.10f, 0.024f, 4.0f, 0.0f, demo_rgba(0x7d5f42, 0.55f));
        box(canvas, map, -x - segment - 0.012f, 0.10f, 0.024f, 4.0f, 0.0f,
            demo_rgba(0x7d5f42, 0.55f));
    }
    box_graded(canvas, map, -half_width, 0.10f, 2.0f * half_width, 0.16f,
               demo_rgba(0x4a3428, 0.50f), demo_rgba(0x4a3428, 0.0f));
}

static void paint_cup(struct demo_canvas *canvas, const struct demo_map *map, float x, uint32_t hex)
{
    static const uint32_t pencils[] = {0xd9ad5b, 0xa9616b, 0x54688c};
    struct demo_path path;
    for (int i = 0; i < 3; i++) {
        float t = (float)i - 1.0f;
        demo_path_begin(&path, map);
        demo_stroke(&path,
                    (float[]){x, -0.1f, x + 0.02f * t, -0.2f, x + 0.04f * t, -0.3f, x + 0.07f * t,
                              -0.40f + 0.02f * t},
                    0.025f, 0.022f);
        demo_fill(canvas, &path, demo_rgb(pencils[i]));
    }
    shadow(canvas, map, x - 0.06f, -0.05f, 0.18f, 0.05f, 0.02f, 0.35f);
    box(canvas, map, x - 0.075f, -0.24f, 0.15f, 0.22f, 0.02f, demo_rgb(hex));
    box(canvas, map, x - 0.06f, -0.23f, 0.03f, 0.20f, 0.01f, demo_rgba(0xffffff, 0.25f));
}

static void paint_book_stack(struct demo_canvas *canvas, const struct demo_map *map, float x,
                             struct fb_rng *rng)
{
    shadow(canvas, map, x - 0.2f, -0.04f, 0.5f, 0.05f, 0.025f, 0.4f);
    for (int i = 0; i < 3; i++) {
        float shift = fb_rng_range(rng, -0.03f, 0.03f), y = -0.07f - 0.055f * (float)i;
        struct demo_colour colour = demo_rgb(spines[fb_rng_below(rng, 8)]);
        box(canvas, map, x - 0.22f + shift, y, 0.44f, 0.055f, 0.012f, colour);
        box(canvas, map, x - 0.22f + shift, y + 0.012f, 0.42f, 0.012f, 0.0f,
            demo_rgba(0xfff6e4, 0.55f));
    }
}

static void paint_bottle(struct demo_canvas *canvas, const struct demo_map *map, float x,
                         uint32_t hex)
{
    shadow(canvas, map, x - 0.04f, -0.05f, 0.16f, 0.05f, 0.02f, 0.35f);
    box(canvas, map, x - 0.055f, -0.36f, 0.11f, 0.34f, 0.035f, demo_rgba(hex, 0.92f));
    box(canvas, map, x - 0.035f, -0.42f, 0.07f, 0.08f, 0.015f, demo_rgb(0xf2ead8));
    box(canvas, map, x - 0.04f, -0.33f, 0.022f, 0.28f, 0.01f, demo_rgba(0xffffff, 0.35f));
}

static void paint_notebook(struct demo_canvas *canvas, const struct demo_map *map, float x)
{
    quad(canvas, map,
         (float[]){x - 0.19f, -0.12f, x + 0.19f, -0.12f, x + 0.24f, 0.03f, x - 0.24f, 0.03f},
         demo_rgb(0xfaf6ec));
    quad(canvas, map,
         (float[]){x - 0.01f, -0.12f, x + 0.01f, -0.12f, x + 0.01f, 0.03f, x - 0.01f, 0.03f},
         demo_rgba(0x8a7a68, 0.5f));
    for (float y = -0.09f; y < 0.02f; y += 0.03f)
        quad(canvas, map,
             (float[]){x - 0.17f, y, x - 0.04f, y, x - 0.04f, y + 0.006f, x - 0.17f, y + 0.006f},
             demo_rgba(0x54688c, 0.5f));
}

/* On the desk beside each student, never in front of a face. */
static void paint_things(struct demo_canvas *canvas, const struct demo_layout *l, int row,
                         float top, uint64_t seed)
{
    const struct demo_row *r = &l->rows[row];
    for (int i = r->first; i < r->first + r->n; i++) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, seed, 7000 + (uint64_t)i);
        struct demo_map map = demo_map_scale(r->face_px, l->seats[i].x, r->desk_y - top);
        float x = fb_rng_below(&rng, 2) ? 1.10f : -1.10f;
        uint32_t colour = spines[fb_rng_below(&rng, 8)];
        switch (fb_rng_below(&rng, 4)) {
        case 0:
            paint_cup(canvas, &map, x, colour);
            break;
        case 1:
            paint_bottle(canvas, &map, x, colour);
            break;
        case 2:
            paint_book_stack(canvas, &map, x, &rng);
            break;
        default:
            paint_notebook(canvas, &map, x);
            break;
        }
    }
}

void demo_desk_paint(struct demo_canvas *canvas, const struct demo_layout *l, int row,
                     uint64_t seed)
{
    const struct demo_row *r = &l->rows[row];
    float top = (float)demo_desk_part(l, row).y0;
    struct demo_map map = demo_map_scale(r->face_px, 0.5f * (float)l->width, r->desk_y - top);
    float half_width = 0.5f * (float)l->width / r->face_px + 0.1f;
    paint_front(canvas, &map, half_width, 2.9f);
    paint_desk_top(canvas, &map, half_width);
    paint_things(canvas, l, row, top, seed);
    if (row > 0)
        paint_chairs(canvas, l, row - 1, top);
}
