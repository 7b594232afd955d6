/* See hair.h. Each kind is a closed outline: up the outer side, over the skull, back along the
 * hairline. Outlines are filled from a light crown to dark tips, then given strands and a sheen. */
#include "hair.h"

#include <math.h>

#define N_POINTS(list) ((int)(sizeof(list) / sizeof *(list) / 2))

static const float outline_short[] = {
    -0.405f, 0.02f,   -0.435f, -0.16f,  -0.445f, -0.36f, -0.40f,  -0.58f, -0.25f,  -0.76f,
    0.02f,   -0.82f,  0.27f,   -0.75f,  0.41f,   -0.57f, 0.445f,  -0.36f, 0.435f,  -0.16f,
    0.405f,  0.02f,   0.382f,  -0.03f,  0.372f,  -0.20f, 0.325f,  -0.35f, 0.19f,   -0.445f,
    0.0f,    -0.465f, -0.19f,  -0.445f, -0.325f, -0.35f, -0.372f, -0.20f, -0.382f, -0.03f};

static const float outline_swoop[] = {
    -0.405f, 0.0f,   -0.435f, -0.18f,  -0.45f, -0.40f,  -0.40f, -0.62f,  -0.24f, -0.80f, 0.06f,
    -0.89f,  0.33f,  -0.80f,  0.45f,   -0.58f, 0.46f,   -0.34f, 0.43f,   -0.14f, 0.405f, 0.02f,
    0.385f,  -0.06f, 0.375f,  -0.20f,  0.32f,  -0.30f,  0.14f,  -0.37f,  -0.06f, -0.45f, -0.17f,
    -0.54f,  -0.27f, -0.44f,  -0.345f, -0.33f, -0.375f, -0.18f, -0.382f, -0.04f};

static const float outline_buzz[] = {
    -0.398f, -0.02f,  -0.415f, -0.18f, -0.42f, -0.38f, -0.37f,  -0.57f, -0.22f,  -0.71f,
    0.0f,    -0.755f, 0.22f,   -0.71f, 0.37f,  -0.57f, 0.42f,   -0.38f, 0.415f,  -0.18f,
    0.398f,  -0.02f,  0.385f,  -0.10f, 0.365f, -0.24f, 0.32f,   -0.37f, 0.20f,   -0.45f,
    0.0f,    -0.47f,  -0.20f,  -0.45f, -0.32f, -0.37f, -0.365f, -0.24f, -0.385f, -0.10f};

static const float outline_bob[] = {
    -0.36f, 0.50f,  -0.47f, 0.50f,  -0.535f, 0.36f, -0.53f,  0.05f,  -0.50f, -0.32f, -0.41f,
    -0.62f, -0.22f, -0.80f, 0.0f,   -0.845f, 0.22f, -0.80f,  0.41f,  -0.62f, 0.50f,  -0.32f,
    0.53f,  0.05f,  0.535f, 0.36f,  0.47f,   0.50f, 0.36f,   0.50f,  0.375f, 0.25f,  0.385f,
    0.02f,  0.36f,  -0.20f, 0.27f,  -0.38f,  0.12f, -0.49f,  -0.04f, -0.58f, -0.16f, -0.48f,
    -0.28f, -0.37f, -0.36f, -0.20f, -0.385f, 0.02f, -0.375f, 0.25f};

static const float outline_long[] = {
    -0.37f, 1.02f,  -0.55f, 1.00f,  -0.59f,  0.70f,  -0.55f,  0.30f,  -0.52f, -0.05f,
    -0.49f, -0.36f, -0.39f, -0.64f, -0.20f,  -0.81f, 0.0f,    -0.85f, 0.20f,  -0.81f,
    0.39f,  -0.64f, 0.49f,  -0.36f, 0.52f,   -0.05f, 0.55f,   0.30f,  0.59f,  0.70f,
    0.55f,  1.00f,  0.37f,  1.02f,  0.33f,   0.75f,  0.365f,  0.42f,  0.385f, 0.12f,
    0.37f,  -0.15f, 0.28f,  -0.37f, 0.13f,   -0.50f, 0.02f,   -0.60f, -0.10f, -0.50f,
    -0.26f, -0.37f, -0.37f, -0.15f, -0.385f, 0.12f,  -0.365f, 0.42f,  -0.33f, 0.75f};

static const float outline_fringe[] = {
    -0.35f,  0.62f,   -0.50f,  0.60f,  -0.54f,  0.30f, -0.53f,  -0.05f, -0.50f, -0.36f, -0.40f,
    -0.64f,  -0.21f,  -0.81f,  0.0f,   -0.85f,  0.21f, -0.81f,  0.40f,  -0.64f, 0.50f,  -0.36f,
    0.53f,   -0.05f,  0.54f,   0.30f,  0.50f,   0.60f, 0.35f,   0.62f,  0.375f, 0.30f,  0.39f,
    0.0f,    0.375f,  -0.24f,  0.345f, -0.325f, 0.20f, -0.345f, 0.0f,   -0.35f, -0.20f, -0.345f,
    -0.345f, -0.325f, -0.375f, -0.24f, -0.39f,  0.0f,  -0.375f, 0.30f};

static const float outline_tight[] = {
    -0.400f, 0.0f,   -0.425f, -0.16f,  -0.435f, -0.36f, -0.39f,  -0.57f, -0.24f,  -0.74f,
    0.0f,    -0.79f, 0.24f,   -0.74f,  0.39f,   -0.57f, 0.435f,  -0.36f, 0.425f,  -0.16f,
    0.400f,  0.0f,   0.385f,  -0.08f,  0.375f,  -0.22f, 0.31f,   -0.38f, 0.17f,   -0.475f,
    0.0f,    -0.50f, -0.17f,  -0.475f, -0.31f,  -0.38f, -0.375f, -0.22f, -0.385f, -0.08f};

struct style {
    const float *outline;
    int n_points;
    float strand_sway; /* how far strands bend outwards */
};

#define STYLE(list, sway)                                                                          \
    {                                                                                              \
        list, N_POINTS(list), sway                                                                 \
    }
static const struct style styles[] = {
    STYLE(outline_short, 0.10f), STYLE(outline_swoop, 0.25f),  STYLE(outline_buzz, 0.05f),
    STYLE(outline_short, 0.10f), STYLE(outline_short, 0.10f),  STYLE(outline_bob, 0.16f),
    STYLE(outline_long, 0.16f),  STYLE(outline_fringe, 0.16f), STYLE(outline_tight, 0.12f),
    STYLE(outline_tight, 0.12f), STYLE(outline_tight, 0.0f),
};
_Static_assert(sizeof styles / sizeof *styles == DEMO_HAIR_COUNT, "a style for each kind of hair");

bool demo_hair_covers_ears(enum demo_hair kind)
{
    return kind == DEMO_HAIR_BOB || kind == DEMO_HAIR_LONG || kind == DEMO_HAIR_FRINGE ||
           kind == DEMO_HAIR_SCARF;
}

static struct demo_map mirrored(const struct demo_map *map, float side)
{
    struct demo_map m = *map;
    m.xx *= side;
    m.yx *= side;
    return m;
}

/* Strands fan out from the crown to all sides. */
static void paint_strands(struct demo_canvas *canvas, const struct demo_map *map,
                          const struct demo_look *look, float sway)
{
    struct fb_rng rng;
    struct demo_path path;
    fb_rng_seed(&rng, look->seed);
    for (int i = 0; i < 46; i++) {
        float t = fb_rng_range(&rng, -1.0f, 1.0f), jitter = fb_rng_range(&rng, -0.06f, 0.06f);
        float x = 0.50f * t + jitter, length = fb_rng_range(&rng, 0.5f, 1.1f);
        float xy[8] = {0.10f * t,
                       -0.84f + 0.1f * fabsf(t),
                       0.45f * t,
                       -0.80f + 0.15f * fabsf(t),
                       x * 1.15f + sway * t,
                       -0.45f + 0.3f * fabsf(t),
                       x * 1.05f + sway * 0.3f * t,
                       -0.45f + length * (0.3f + fabsf(t))};
        bool is_light = fb_rng_below(&rng, 5) < 2;
        struct demo_colour colour = demo_shade(look->hair, is_light ? 0.16f : -0.5f);
        colour.a = fb_rng_range(&rng, 0.10f, 0.28f);
        demo_path_begin(&path, map);
        demo_stroke(&path, xy, fb_rng_range(&rng, 0.012f, 0.035f), 0.006f);
        demo_fill_soft(canvas, &path, 0.006f * fabsf(map->yy), colour);
    }
}

static void paint_sheen(struct demo_canvas *canvas, const struct demo_map *map,
                        struct demo_colour hair)
{
    struct demo_path path;
    struct demo_colour colour = demo_mix(demo_shade(hair, 0.30f), demo_rgb(0xb88a5c), 0.25f);
    colour.a = 0.28f;
    demo_path_begin(&path, map);
    demo_stroke(&path, (float[]){-0.36f, -0.40f, -0.27f, -0.68f, 0.0f, -0.74f, 0.20f, -0.66f},
                0.05f, 0.10f);
    demo_fill_soft(canvas, &path, 0.035f * fabsf(map->yy), colour);
}

static void paint_mass(struct demo_canvas *canvas, const struct demo_map *map,
                       const struct demo_path *outline, struct demo_colour hair)
{
    struct demo_paint paint = demo_linear(map, -0.25f, -0.85f, demo_shade(hair, 0.10f), 0.15f,
                                          0.55f, demo_shade(hair, -0.30f));
    demo_mark(canvas, outline);
    demo_paint(canvas, &paint);
}

/* The hair's shadow on the skin below it. */
static void paint_shadow(struct demo_canvas *canvas, const struct demo_map *map, const float *xy,
                         int n)
{
    struct demo_path path;
    struct demo_map lower = *map;
    lower.x0 += 0.012f * map->yy;
    lower.y0 += 0.03f * map->yy;
    demo_path_begin(&path, &lower);
    demo_blob(&path, xy, n);
    demo_fill_soft(canvas, &path, 0.022f * map->yy, demo_rgba(0x2a1410, 0.30f));
}

static void paint_style(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look)
{
    const struct style *style = &styles[look->hair_kind];
    struct demo_path path;
    paint_shadow(canvas, map, style->outline, style->n_points);
    demo_path_begin(&path, map);
    demo_blob(&path, style->outline, style->n_points);
    if (look->hair_kind == DEMO_HAIR_BUZZ) {
        struct demo_colour thin = look->hair;
        thin.a = 0.82f;
        demo_fill_soft(canvas, &path, 0.014f * map->yy, thin);
        return;
    }
    paint_mass(canvas, map, &path, look->hair);
    demo_clip(canvas, &path);
    paint_strands(canvas, map, look, style->strand_sway);
    paint_sheen(canvas, map, look->hair);
    demo_unclip(canvas);
}

/* Locks of round curls between two ellipses about the head. */
static void paint_curls(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look, float inner, float outer, float lowest_y,
                        int n)
{
    struct fb_rng rng;
    struct demo_path path;
    fb_rng_seed(&rng, look->seed);
    for (int i = 0; i < n; i++) {
        float angle = fb_rng_range(&rng, -3.14159f, 3.14159f), r = fb_rng_range(&rng, inner, outer);
        float x = r * sinf(angle), y = -0.30f - r * cosf(angle),
              size = fb_rng_range(&rng, 0.05f, 0.10f);
        float light = -0.25f - 0.55f * y + 0.25f * fb_rng_float(&rng) - 0.25f * x;
        if (y > lowest_y)
            continue;
        demo_path_begin(&path, map);
        demo_ellipse(&path, x, y, size, size);
        demo_fill_soft(canvas, &path, 0.006f * map->yy, demo_shade(look->hair, -0.25f));
        demo_path_begin(&path, map);
        demo_ellipse(&path, x - 0.012f, y - 0.016f, size * 0.72f, size * 0.72f);
        struct demo_colour top = demo_shade(look->hair, 0.30f * light);
        top.a = 0.65f;
        demo_fill_soft(canvas, &path, 0.014f * map->yy, top);
    }
}

static void paint_scarf(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look)
{
    static const float outer[] = {0.0f,   1.10f,  -0.42f, 1.04f,  -0.66f, 0.80f,  -0.50f, 0.45f,
                                  -0.50f, 0.0f,   -0.49f, -0.38f, -0.38f, -0.66f, -0.2f,  -0.81f,
                                  0.0f,   -0.85f, 0.2f,   -0.81f, 0.38f,  -0.66f, 0.49f,  -0.38f,
                                  0.50f,  0.0f,   0.50f,  0.45f,  0.66f,  0.80f,  0.42f,  1.04f};
    static const float folds[][8] = {{-0.44f, -0.1f, -0.46f, 0.3f, -0.3f, 0.6f, 0.1f, 0.72f},
                                     {0.44f, -0.1f, 0.47f, 0.3f, 0.35f, 0.62f, -0.1f, 0.86f},
                                     {-0.4f, 0.4f, -0.3f, 0.7f, 0.0f, 0.9f, 0.4f, 0.95f},
                                     {-0.3f, -0.66f, -0.44f, -0.45f, -0.46f, -0.2f, -0.45f, 0.1f},
                                     {0.3f, -0.66f, 0.44f, -0.45f, 0.46f, -0.2f, 0.45f, 0.1f},
                                     {-0.05f, -0.82f, -0.3f, -0.74f, -0.41f, -0.5f, -0.42f, -0.2f}};
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_ellipse_hole(&path, 0.0f, 0.015f, 0.375f, 0.47f);
    demo_ellipse(&path, 0.0f, 0.0f, 0.46f, 0.58f);
    demo_fill_soft(canvas, &path, 0.02f * map->yy, demo_rgba(0x2a1410, 0.35f));
    demo_path_begin(&path, map);
    demo_blob(&path, outer, N_POINTS(outer));
    demo_ellipse_hole(&path, 0.0f, 0.01f, 0.365f, 0.475f);
    paint_mass(canvas, map, &path, look->trim);
    demo_clip(canvas, &path);
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        struct demo_colour dark = demo_shade(look->trim, -0.5f),
                           light = demo_shade(look->trim, 0.4f);
        dark.a = 0.35f;
        light.a = 0.30f;
        struct demo_map aside = *map;
        aside.x0 -= 0.03f * map->yy;
        demo_path_begin(&path, map);
        demo_stroke(&path, folds[i], 0.02f, 0.05f);
        demo_fill_soft(canvas, &path, 0.02f * map->yy, dark);
        demo_path_begin(&path, &aside);
        demo_stroke(&path, folds[i], 0.02f, 0.04f);
        demo_fill_soft(canvas, &path, 0.02f * map->yy, light);
    }
    demo_unclip(canvas);
}

static void paint_back_mass(struct demo_canvas *canvas, const struct demo_map *map,
                            const struct demo_look *look, const float *xy, int n)
{
    struct demo_path path;
    struct demo_paint paint = demo_linear(map, 0.0f, -0.8f, demo_shade(look->hair, -0.15f), 0.0f,
                                          0.8f, demo_shade(look->hair, -0.45f));
    demo_path_begin(&path, map);
    demo_blob(&path, xy, n);
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
}

void demo_hair_paint_back(struct demo_canvas *canvas, const struct demo_map *map,
                          const struct demo_look *look)
{
    static const float bob[] = {-0.42f, -0.5f, 0.0f,  -0.7f, 0.42f, -0.5f,  0.5f,  0.0f,  0.49f,
                                0.44f,  0.2f,  0.54f, -0.2f, 0.54f, -0.49f, 0.44f, -0.5f, 0.0f};
    static const float longer[] = {-0.42f, -0.5f, 0.0f,   -0.7f, 0.42f, -0.5f, 0.5f,
                                   0.0f,   0.54f, 0.6f,   0.5f,  1.0f,  0.0f,  0.9f,
                                   -0.5f,  1.0f,  -0.54f, 0.6f,  -0.5f, 0.0f};
    static const float tail[] = {0.20f, -0.72f, 0.42f, -0.70f, 0.60f, -0.42f, 0.64f, 0.05f, 0.56f,
                                 0.55f, 0.47f,  0.72f, 0.42f,  0.45f, 0.44f,  0.0f,  0.34f, -0.4f};
    static const float bun[] = {-0.19f, -0.93f, -0.15f, -1.04f, 0.0f, -1.09f, 0.15f,  -1.04f,
                                0.19f,  -0.93f, 0.14f,  -0.80f, 0.0f, -0.74f, -0.14f, -0.80f};
    struct demo_map m = mirrored(map, look->is_mirrored);
    if (look->hair_kind == DEMO_HAIR_BOB || look->hair_kind == DEMO_HAIR_FRINGE)
        paint_back_mass(canvas, map, look, bob, N_POINTS(bob));
    else if (look->hair_kind == DEMO_HAIR_LONG)
        paint_back_mass(canvas, map, look, longer, N_POINTS(longer));
    else if (look->hair_kind == DEMO_HAIR_TAIL)
        paint_back_mass(canvas, &m, look, tail, N_POINTS(tail));
    else if (look->hair_kind == DEMO_HAIR_BUN)
        paint_back_mass(canvas, map, look, bun, N_POINTS(bun));
    else if (look->hair_kind == DEMO_HAIR_AFRO)
        paint_curls(canvas, map, look, 0.35f, 0.60f, 0.25f, 420);
    else if (look->hair_kind == DEMO_HAIR_CURLS)
        paint_curls(canvas, map, look, 0.30f, 0.49f, 0.12f, 320);
}

void demo_hair_paint_front(struct demo_canvas *canvas, const struct demo_map *map,
                           const struct demo_look *look)
{
    struct demo_map m = mirrored(map, look->is_mirrored);
    if (look->hair_kind == DEMO_HAIR_SCARF) {
        paint_scarf(canvas, map, look);
        return;
    }
    paint_style(canvas, &m, look);
    if (look->hair_kind == DEMO_HAIR_AFRO)
        paint_curls(canvas, map, look, 0.27f, 0.56f, -0.50f, 420);
    if (look->hair_kind == DEMO_HAIR_CURLS)
        paint_curls(canvas, map, look, 0.22f, 0.46f, -0.47f, 320);
}

void demo_glasses_paint(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look)
{
    struct demo_path path;
    const float y = -0.155f, rx = 0.135f, ry = 0.105f, line = 0.013f;
    if (!look->has_glasses)
        return;
    demo_path_begin(&path, map);
    for (float side = -1.0f; side < 2.0f; side += 2.0f) {
        demo_ellipse(&path, side * 0.195f, y, rx + line, ry + line);
        demo_ellipse_hole(&path, side * 0.195f, y, rx, ry);
    }
    demo_stroke(&path,
                (float[]){-0.05f, y - 0.02f, -0.03f, y - 0.05f, 0.03f, y - 0.05f, 0.05f, y - 0.02f},
                0.02f, 0.02f);
    demo_fill(canvas, &path, demo_rgba(0x2b2430, 0.85f));
    demo_path_begin(&path, map);
    for (float side = -1.0f; side < 2.0f; side += 2.0f)
        demo_stroke(&path,
                    (float[]){side * 0.33f, y - 0.01f, side * 0.36f, y - 0.03f, side * 0.38f,
                              y - 0.03f, side * 0.40f, y - 0.03f},
                    0.02f, 0.018f);
    demo_fill(canvas, &path, demo_rgba(0x2b2430, 0.7f));
}
