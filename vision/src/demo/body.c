/* See body.h. */
#include "body.h"

#include <math.h>

#define N_POINTS(list) ((int)(sizeof(list) / sizeof *(list) / 2))

static const float torso[] = {-0.21f, 0.66f, -0.42f, 0.76f, -0.70f, 0.86f, -0.86f, 1.02f,
                              -0.93f, 1.30f, -0.97f, 1.80f, -0.95f, 2.85f, 0.95f,  2.85f,
                              0.97f,  1.80f, 0.93f,  1.30f, 0.86f,  1.02f, 0.70f,  0.86f,
                              0.42f,  0.76f, 0.21f,  0.66f, 0.0f,   0.63f};

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
    static const float neck[] = {-0.195f, 0.20f, -0.19f, 0.50f, -0.205f, 0.64f, -0.32f, 0.74f,
                                 -0.26f,  0.98f, 0.0f,   1.06f, 0.26f,   0.98f, 0.32f,  0.74f,
                                 0.205f,  0.64f, 0.19f,  0.50f, 0.195f,  0.20f};
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, -0.2f, 0.5f, demo_shade(skin, -0.10f), 0.25f, 0.7f,
                                          demo_shade(skin, -0.26f));
    demo_path_begin(&path, map);
    demo_blob(&path, neck, N_POINTS(neck));
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
    demo_path_begin(&path, map); /* the chin's shadow */
    demo_ellipse(&path, 0.02f, 0.47f, 0.26f, 0.17f);
    demo_fill_atop(canvas, &path, 0.035f * map->yy, demo_rgba(0x3a1a12, 0.42f));
}

static void cut_neckline(struct demo_path *path, enum demo_clothes kind)
{
    if (kind == DEMO_CLOTHES_VNECK || kind == DEMO_CLOTHES_SHIRT) {
        demo_move(path, -0.215f, 0.60f); /* against the torso's sense: a hole */
        demo_line(path, -0.20f, 0.68f);
        demo_line(path, 0.0f, 0.98f);
        demo_line(path, 0.20f, 0.68f);
        demo_line(path, 0.215f, 0.60f);
        demo_close(path);
    } else {
        demo_ellipse_hole(path, 0.0f, 0.645f, 0.225f, kind == DEMO_CLOTHES_HOODIE ? 0.15f : 0.115f);
    }
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
    demo_blob(&path, torso, N_POINTS(torso));
    cut_neckline(&path, look->clothes_kind);
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
        const float leaf[] = {side * 0.20f, 0.58f, side * 0.27f, 0.66f, side * 0.22f, 0.86f,
                              side * 0.03f, 1.00f, side * 0.02f, 0.96f, side * 0.15f, 0.76f};
        demo_path_begin(&path, map);
        demo_blob(&path, leaf, N_POINTS(leaf));
        demo_fill_soft(canvas, &path, 0.02f * map->yy, demo_rgba(0x201418, 0.25f));
        demo_path_begin(&path, map);
        demo_blob(&path, leaf, N_POINTS(leaf));
        demo_fill(canvas, &path, demo_shade(colour, side > 0.0f ? -0.12f : 0.05f));
    }
}

static void paint_trim(struct demo_canvas *canvas, const struct demo_map *map,
                       const struct demo_look *look)
{
    struct demo_colour band = demo_shade(look->cloth, -0.22f);
    if (look->clothes_kind == DEMO_CLOTHES_SHIRT) {
        paint_collar(canvas, map, demo_shade(look->cloth, 0.15f));
    } else if (look->clothes_kind == DEMO_CLOTHES_VNECK) {
        paint_collar(canvas, map, look->trim);
    } else if (look->clothes_kind == DEMO_CLOTHES_HOODIE) {
        soft_line(canvas, map, (float[]){-0.26f, 0.62f, -0.30f, 0.80f, -0.14f, 0.90f, 0.0f, 0.91f},
                  0.10f, 0.008f, band);
        soft_line(canvas, map, (float[]){0.26f, 0.62f, 0.30f, 0.80f, 0.14f, 0.90f, 0.0f, 0.91f},
                  0.10f, 0.008f, band);
        soft_line(canvas, map, (float[]){-0.1f, 0.90f, -0.11f, 1.0f, -0.1f, 1.1f, -0.12f, 1.22f},
                  0.02f, 0.002f, look->trim);
        soft_line(canvas, map, (float[]){0.1f, 0.90f, 0.11f, 1.0f, 0.1f, 1.1f, 0.12f, 1.20f}, 0.02f,
                  0.002f, look->trim);
    } else {
        soft_line(canvas, map,
                  (float[]){-0.23f, 0.635f, -0.17f, 0.80f, 0.17f, 0.80f, 0.23f, 0.635f}, 0.035f,
                  0.003f, band);
        soft_line(canvas, map,
                  (float[]){0.23f, 0.635f, 0.17f, 0.80f, -0.17f, 0.80f, -0.23f, 0.635f}, 0.035f,
                  0.003f, band);
    }
}

void demo_body_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look)
{
    paint_neck(canvas, map, look->skin);
    paint_torso(canvas, map, look);
    paint_trim(canvas, map, look);
}

static void paint_arm(struct demo_canvas *canvas, const struct demo_map *map,
                      const struct demo_look *look, float side)
{
    const float sleeve[] = {side * 0.93f, -0.42f, side * 1.00f, -0.05f, side * 0.88f, 0.10f,
                            side * 0.45f, 0.12f,  side * 0.22f, 0.09f,  side * 0.22f, -0.06f,
                            side * 0.50f, -0.10f, side * 0.62f, -0.30f};
    const float hand[] = {side * 0.26f,  -0.05f, side * 0.05f, -0.07f, side * -0.07f, -0.02f,
                          side * -0.09f, 0.06f,  side * 0.05f, 0.10f,  side * 0.26f,  0.08f};
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_ellipse(&path, side * 0.45f, 0.10f, 0.55f, 0.06f);
    demo_fill_soft(canvas, &path, 0.04f * map->yy, demo_rgba(0x3a2a20, 0.30f));
    demo_path_begin(&path, map);
    demo_blob(&path, hand, N_POINTS(hand));
    struct demo_paint skin =
        demo_linear(map, 0.0f, -0.08f, look->skin, 0.0f, 0.11f, demo_shade(look->skin, -0.28f));
    demo_mark(canvas, &path);
    demo_paint(canvas, &skin);
    demo_path_begin(&path, map);
    demo_blob(&path, sleeve, N_POINTS(sleeve));
    struct demo_paint cloth =
        demo_linear(map, 0.0f, -0.30f, demo_shade(look->cloth, side < 0 ? 0.06f : -0.06f), 0.0f,
                    0.13f, demo_shade(look->cloth, -0.34f));
    demo_mark(canvas, &path);
    demo_paint(canvas, &cloth);
}

void demo_arms_paint(struct demo_canvas *canvas, const struct demo_map *map,
                     const struct demo_look *look)
{
    paint_arm(canvas, map, look, look->is_mirrored);
    paint_arm(canvas, map, look, -look->is_mirrored);
}
