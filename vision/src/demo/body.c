/* See body.h. */
#include "body.h"

#include <math.h>

#define N_POINTS(list) ((int)(sizeof(list) / sizeof *(list) / 2))

static void soft_line(struct demo_canvas *canvas, const struct demo_map *map, const float xy[8],
                      float width, float sigma, struct demo_colour colour)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_stroke(&path, xy, width, width * 0.5f);
    demo_fill_soft(canvas, &path, sigma * map->yy, colour);
}

static void paint_neck(struct demo_canvas *canvas, const struct demo_map *map,
                       struct demo_colour skin)
{
    static const float neck[] = {-0.20f, 0.20f, -0.195f, 0.52f, -0.21f, 0.68f, -0.34f, 0.80f,
                                 -0.26f, 1.06f, 0.0f,    1.14f, 0.26f,  1.06f, 0.34f,  0.80f,
                                 0.21f,  0.68f, 0.195f,  0.52f, 0.20f,  0.20f};
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, -0.2f, 0.5f, demo_shade(skin, -0.10f), 0.25f, 0.7f,
                                          demo_shade(skin, -0.26f));
    demo_path_begin(&path, map);
    demo_blob(&path, neck, N_POINTS(neck));
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
    demo_path_begin(&path, map); /* the chin's shadow */
    demo_ellipse(&path, 0.02f, 0.48f, 0.25f, 0.16f);
    demo_fill_atop(canvas, &path, 0.035f * map->yy, demo_rgba(0x5a2a1c, 0.32f));
}

static bool has_point(enum demo_clothes kind)
{
    return kind == DEMO_CLOTHES_VNECK || kind == DEMO_CLOTHES_SHIRT;
}

static void outline_torso(struct demo_path *path, enum demo_clothes kind)
{
    demo_move(path, -0.225f, 0.69f);
    demo_curve(path, -0.30f, 0.77f, -0.45f, 0.81f, -0.66f, 0.88f);
    demo_curve(path, -0.82f, 0.94f, -0.88f, 1.10f, -0.93f, 1.32f);
    demo_curve(path, -0.97f, 1.50f, -0.98f, 1.70f, -0.98f, 1.90f);
    demo_line(path, -0.98f, 2.95f);
    demo_line(path, 0.98f, 2.95f);
    demo_line(path, 0.98f, 1.90f);
    demo_curve(path, 0.98f, 1.70f, 0.97f, 1.50f, 0.93f, 1.32f);
    demo_curve(path, 0.88f, 1.10f, 0.82f, 0.94f, 0.66f, 0.88f);
    demo_curve(path, 0.45f, 0.81f, 0.30f, 0.77f, 0.225f, 0.69f);
    if (has_point(kind))
        demo_line(path, 0.0f, 1.06f);
    else
        demo_curve(path, 0.17f, 0.87f, -0.17f, 0.87f, -0.225f, 0.69f);
    demo_close(path);
}

static void paint_folds(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look)
{
    static const float arms[][8] = {{-0.60f, 1.22f, -0.63f, 1.45f, -0.66f, 1.8f, -0.64f, 2.6f},
                                    {0.60f, 1.22f, 0.63f, 1.45f, 0.66f, 1.8f, 0.64f, 2.6f}};
    static const float folds[][8] = {{-0.36f, 0.80f, -0.34f, 1.0f, -0.25f, 1.2f, -0.1f, 1.4f},
                                     {0.36f, 0.80f, 0.34f, 1.0f, 0.25f, 1.2f, 0.1f, 1.4f},
                                     {-0.56f, 1.30f, -0.45f, 1.4f, -0.35f, 1.42f, -0.2f, 1.40f},
                                     {0.56f, 1.34f, 0.45f, 1.45f, 0.35f, 1.50f, 0.22f, 1.48f}};
    struct demo_colour dark = demo_shade(look->cloth, -0.55f);
    for (int i = 0; i < 2; i++) {
        dark.a = 0.50f;
        soft_line(canvas, map, arms[i], 0.05f, 0.03f, dark);
    }
    for (int i = 0; i < 4; i++) {
        dark.a = 0.22f;
        soft_line(canvas, map, folds[i], 0.05f, 0.03f, dark);
    }
}

static void paint_stripes(struct demo_canvas *canvas, const struct demo_map *map,
                          struct demo_colour colour)
{
    struct demo_path path;
    colour.a = 0.75f;
    for (float y = 1.0f; y < 2.8f; y += 0.17f) {
        demo_path_begin(&path, map);
        demo_stroke(&path,
                    (float[]){-1.0f, y + 0.10f, -0.4f, y - 0.01f, 0.4f, y - 0.01f, 1.0f, y + 0.10f},
                    0.055f, 0.055f);
        demo_fill(canvas, &path, colour);
    }
}

static void paint_torso(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look)
{
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, -0.7f, 0.6f, demo_shade(look->cloth, 0.12f), 0.6f,
                                          2.0f, demo_shade(look->cloth, -0.30f));
    demo_path_begin(&path, map);
    outline_torso(&path, look->clothes_kind);
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
    demo_clip(canvas, &path);
    if (look->clothes_kind == DEMO_CLOTHES_STRIPES)
        paint_stripes(canvas, map, look->trim);
    paint_folds(canvas, map, look);
    struct demo_path light;
    demo_path_begin(&light, map);
    demo_ellipse(&light, -0.55f, 0.98f, 0.30f, 0.12f);
    demo_fill_soft(canvas, &light, 0.07f * map->yy, demo_rgba(0xfff4e0, 0.20f));
    demo_unclip(canvas);
}

static void paint_collar(struct demo_canvas *canvas, const struct demo_map *map,
                         struct demo_colour colour)
{
    struct demo_path path;
    for (float side = -1.0f; side < 2.0f; side += 2.0f) {
        const float leaf[] = {side * 0.20f, 0.63f, side * 0.28f, 0.70f, side * 0.24f, 0.92f,
                              side * 0.04f, 1.09f, side * 0.02f, 1.04f, side * 0.16f, 0.80f};
        demo_path_begin(&path, map);
        demo_blob(&path, leaf, N_POINTS(leaf));
        demo_fill_soft(canvas, &path, 0.02f * map->yy, demo_rgba(0x201418, 0.25f));
        demo_path_begin(&path, map);
        demo_blob(&path, leaf, N_POINTS(leaf));
        demo_fill(canvas, &path, demo_shade(colour, side > 0.0f ? -0.12f : 0.05f));
    }
}

/* A hood lies round the neck. */
static void paint_hood(struct demo_canvas *canvas, const struct demo_map *map,
                       const struct demo_look *look)
{
    struct demo_path path;
    for (float side = -1.0f; side < 2.0f; side += 2.0f) {
        const float roll[] = {side * 0.20f, 0.64f,        side * 0.36f, 0.70f, side * 0.34f,
                              0.84f,        side * 0.12f, 0.98f,        0.0f,  0.97f,
                              side * 0.10f, 0.88f,        side * 0.21f, 0.76f};
        demo_path_begin(&path, map);
        demo_blob(&path, roll, N_POINTS(roll));
        demo_fill_soft(canvas, &path, 0.03f * map->yy, demo_rgba(0x201418, 0.30f));
        demo_path_begin(&path, map);
        demo_blob(&path, roll, N_POINTS(roll));
        demo_fill(canvas, &path, demo_shade(look->cloth, side > 0.0f ? -0.14f : 0.10f));
        soft_line(canvas, map,
                  (float[]){side * 0.10f, 0.95f, side * 0.12f, 1.05f, side * 0.10f, 1.15f,
                            side * 0.115f, 1.27f},
                  0.022f, 0.002f, look->trim);
    }
}

static void paint_trim(struct demo_canvas *canvas, const struct demo_map *map,
                       const struct demo_look *look)
{
    if (look->clothes_kind == DEMO_CLOTHES_SHIRT)
        paint_collar(canvas, map, demo_shade(look->cloth, 0.15f));
    else if (look->clothes_kind == DEMO_CLOTHES_VNECK)
        paint_collar(canvas, map, look->trim);
    else if (look->clothes_kind == DEMO_CLOTHES_HOODIE)
        paint_hood(canvas, map, look);
    else
        soft_line(canvas, map,
                  (float[]){-0.235f, 0.70f, -0.18f, 0.89f, 0.18f, 0.89f, 0.235f, 0.70f}, 0.04f,
                  0.003f, demo_shade(look->cloth, -0.10f));
}

void demo_body_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look)
{
    paint_neck(canvas, map, look->skin);
    paint_torso(canvas, map, look);
    paint_trim(canvas, map, look);
}

static void fill_graded(struct demo_canvas *canvas, const struct demo_map *map, const float *xy,
                        int n, struct demo_colour top, struct demo_colour bottom)
{
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, 0.0f, -0.14f, top, 0.0f, 0.12f, bottom);
    demo_path_begin(&path, map);
    demo_blob(&path, xy, n);
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
}

static void paint_arm(struct demo_canvas *canvas, const struct demo_map *map,
                      const struct demo_look *look, float side, bool is_upper)
{
    const float sleeve[] = {side * 0.97f, -0.20f, side * 1.015f, -0.04f, side * 0.96f, 0.075f,
                            side * 0.70f, 0.10f,  side * 0.30f,  0.085f, side * 0.27f, -0.02f,
                            side * 0.32f, -0.10f, side * 0.60f,  -0.11f, side * 0.72f, -0.20f};
    const float hand[] = {side * 0.34f, -0.085f,       side * 0.12f, -0.075f,       side * -0.02f,
                          -0.04f,       side * -0.09f, 0.02f,        side * -0.05f, 0.065f,
                          side * 0.12f, 0.075f,        side * 0.34f, 0.07f};
    const float finger[8] = {side * 0.06f,  -0.005f, side * 0.0f,   0.0f,
                             side * -0.04f, 0.02f,   side * -0.06f, 0.03f};
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_ellipse(&path, side * 0.50f, 0.085f, 0.52f, 0.035f);
    demo_fill_soft(canvas, &path, 0.03f * map->yy, demo_rgba(0x3a2a20, 0.35f));
    float tone = is_upper ? 0.0f : -0.10f;
    fill_graded(canvas, map, hand, N_POINTS(hand), demo_shade(look->skin, tone),
                demo_shade(look->skin, -0.26f + tone));
    soft_line(canvas, map, finger, 0.012f, 0.005f, demo_rgba(0x5a2418, 0.35f));
    fill_graded(canvas, map, sleeve, N_POINTS(sleeve), demo_shade(look->cloth, 0.02f),
                demo_shade(look->cloth, -0.36f));
    const float cuff[8] = {side * 0.315f, -0.095f, side * 0.285f, -0.04f,
                           side * 0.285f, 0.03f,   side * 0.315f, 0.08f};
    soft_line(canvas, map, cuff, 0.035f, 0.004f, demo_shade(look->cloth, -0.30f));
}

void demo_arms_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look)
{
    paint_arm(canvas, map, look, look->is_mirrored, false);
    paint_arm(canvas, map, look, -look->is_mirrored, true);
}
