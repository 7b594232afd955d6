/* See head.h. The skin's colour comes from the painted head, the face's detail scales it (darker:
 * towards red-brown; brighter: towards white), hair lies on top. Looking down slides what is on the
 * face, and the hairline with it, towards the chin. */
#include "head.h"

#include "hair.h"
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sprite's reach from the face's centre, in face squares. */
#define REACH_X 0.88f
#define REACH_UP 1.16f
#define REACH_DOWN 1.16f

#define HEAD_WIDTH 1.06f /* heads are drawn somewhat narrow */

#define FACE_TOP (-0.55f)
#define FACE_BOTTOM 0.60f
#define FACE_SIDE 0.46f

#define DETAIL_STEPS 32.0f /* of the table of shades, per unit of detail */
#define CONTRAST 0.20f     /* change of brightness per unit of detail */
#define DOWN_SLIDE 0.28f
#define LID_Y (-0.215f)

enum { SHADE_ZERO = 128, N_FACE_MAPS = 3 + FB_EXPRESSION_COUNT };

/* ---- painting the parts
 * --------------------------------------------------------------------------- */

static void outline_head(struct demo_path *path, const struct demo_look *look)
{
    float j = look->jaw, c = look->chin;
    demo_move(path, 0.0f, 0.535f * c);
    for (float side = 1.0f; side > -2.0f; side -= 2.0f) {
        if (side > 0.0f) {
            demo_curve(path, 0.12f * j, 0.535f * c, 0.22f * j, 0.48f * c, 0.295f * j, 0.35f);
            demo_curve(path, 0.36f * j, 0.23f, 0.395f, 0.08f, 0.40f, -0.12f);
            demo_curve(path, 0.41f, -0.46f, 0.27f, -0.74f, 0.0f, -0.74f);
        } else {
            demo_curve(path, -0.27f, -0.74f, -0.41f, -0.46f, -0.40f, -0.12f);
            demo_curve(path, -0.395f, 0.08f, -0.36f * j, 0.23f, -0.295f * j, 0.35f);
            demo_curve(path, -0.22f * j, 0.48f * c, -0.12f * j, 0.535f * c, 0.0f, 0.535f * c);
        }
    }
    demo_close(path);
}

static void paint_ears(struct demo_canvas *canvas, const struct demo_map *map,
                       struct demo_colour skin)
{
    struct demo_path path;
    for (float side = -1.0f; side < 2.0f; side += 2.0f) {
        const float ear[] = {side * 0.385f, -0.15f, side * 0.440f, -0.17f, side * 0.462f, -0.09f,
                             side * 0.445f, 0.02f,  side * 0.410f, 0.10f,  side * 0.380f, 0.07f};
        const float inner[8] = {side * 0.425f, -0.11f, side * 0.437f, -0.08f,
                                side * 0.430f, -0.01f, side * 0.410f, 0.04f};
        demo_path_begin(&path, map);
        demo_blob(&path, ear, 6);
        demo_fill(canvas, &path, demo_mix(demo_shade(skin, -0.10f), demo_rgb(0xb05a48), 0.12f));
        demo_path_begin(&path, map);
        demo_stroke(&path, inner, 0.03f, 0.02f);
        demo_fill_atop(canvas, &path, 0.012f * map->yy, demo_rgba(0x5a2418, 0.35f));
    }
}

static void shade_spot(struct demo_canvas *canvas, const struct demo_map *map, float x, float y,
                       float rx, float ry, float sigma, struct demo_colour colour)
{
    struct demo_path path;
    demo_path_begin(&path, map);
    demo_ellipse(&path, x, y, rx, ry);
    demo_fill_atop(canvas, &path, sigma * map->yy, colour);
}

/* Light falls from the left, where the windows are. */
static void paint_skin(struct demo_canvas *canvas, const struct demo_map *map,
                       const struct demo_look *look)
{
    struct demo_path path;
    struct demo_colour skin = look->skin;
    struct demo_paint paint = demo_linear(map, -0.40f, -0.2f, demo_shade(skin, 0.05f), 0.46f, 0.25f,
                                          demo_shade(skin, -0.20f));
    demo_path_begin(&path, map);
    outline_head(&path, look);
    demo_mark(canvas, &path);
    demo_paint(canvas, &paint);
    demo_clip(canvas, &path);
    demo_path_begin(&path, map); /* the rim turns away from the light */
    demo_box(&path, -1.0f, -1.0f, 2.0f, 2.0f, 0.01f);
    demo_ellipse_hole(&path, -0.015f, -0.06f, 0.375f, 0.545f);
    demo_fill_atop(canvas, &path, 0.06f * map->yy, demo_rgba(0x5a2a1c, 0.24f));
    struct demo_colour blush = demo_mix(demo_rgba(0xd8604c, 1.0f), skin, 0.35f);
    blush.a = 0.20f;
    shade_spot(canvas, map, -0.21f, 0.11f, 0.11f, 0.08f, 0.05f, blush);
    shade_spot(canvas, map, 0.21f, 0.11f, 0.11f, 0.08f, 0.05f, blush);
    shade_spot(canvas, map, -0.06f, -0.36f, 0.17f, 0.08f, 0.06f, demo_rgba(0xfff2e0, 0.14f));
    demo_unclip(canvas);
}

/* ---- set-up
 * ------------------------------------------------------------------------------------------- */

static void to_bytes(const struct demo_canvas *canvas, uint8_t *out)
{
    int n = canvas->width * canvas->height * 4;
    for (int i = 0; i < n; i++)
        out[i] = (uint8_t)lrintf(255.0f * fminf(fmaxf(canvas->rgba[i], 0.0f), 1.0f));
}

static void paint_parts(struct demo_head *head, struct demo_canvas *canvas,
                        const struct demo_look *look)
{
    struct demo_map map = demo_map_scale(head->face_px, head->centre_x, head->centre_y);
    map.xx *= HEAD_WIDTH;
    demo_hair_paint_back(canvas, &map, look);
    demo_sprite_take(&head->back, canvas);
    demo_canvas_clear(canvas);
    if (!demo_hair_covers_ears(look->hair_kind))
        paint_ears(canvas, &map, look->skin);
    paint_skin(canvas, &map, look);
    to_bytes(canvas, head->under);
    demo_canvas_clear(canvas);
    demo_glasses_paint(canvas, &map, look);
    demo_hair_paint_front(canvas, &map, look);
    to_bytes(canvas, head->over);
}

static float spot(float x, float y, float rx, float ry)
{
    float u = x / rx, v = y / ry;
    return expf(-1.2f * (u * u + v * v));
}

static void map_features(struct demo_head *head)
{
    int width = head->face.x1 - head->face.x0, height = head->face.y1 - head->face.y0;
    for (int row = 0; row < height; row++) {
        for (int col = 0; col < width; col++) {
            float x = ((float)(head->face.x0 + col) + 0.5f - head->centre_x) / head->face_px;
            float y = ((float)(head->face.y0 + row) + 0.5f - head->centre_y) / head->face_px;
            int at = row * width + col;
            head->mask[at] = demo_face_mask(x, y);
            head->eye[at] = spot(fabsf(x) + DEMO_EYE_X, y - DEMO_EYE_Y, 0.075f, 0.034f);
            for (int e = 0; e < FB_EXPRESSION_COUNT; e++)
                head->lines[e][at] = demo_line_detail(x, y, e);
            head->lip[at] = spot(x, y - DEMO_MOUTH_Y, 0.15f, 0.065f);
        }
    }
}

/* For each step of detail: what of red, green, blue stays (darker), or how far to white (brighter).
 */
static void tabulate_shades(struct demo_head *head)
{
    for (int i = 0; i < 256; i++) {
        float d = (float)(i - SHADE_ZERO) / DETAIL_STEPS;
        uint8_t *shade = head->shades[i];
        shade[0] = (uint8_t)lrintf(255.0f * expf(fminf(CONTRAST * 0.78f * d, 0.0f)));
        shade[1] = (uint8_t)lrintf(255.0f * expf(fminf(CONTRAST * 1.05f * d, 0.0f)));
        shade[2] = (uint8_t)lrintf(255.0f * expf(fminf(CONTRAST * 1.20f * d, 0.0f)));
        shade[3] = (uint8_t)lrintf(255.0f * (1.0f - expf(fminf(-0.75f * CONTRAST * d, 0.0f))));
    }
}

static int allocate(struct demo_head *head, int width, int height)
{
    int status = demo_sprite_init(&head->front, width, height);
    if (status == FB_OK)
        status = demo_sprite_init(&head->back, width, height);
    if (status != FB_OK)
        return status;
    size_t n_px = (size_t)width * (size_t)height, side = (size_t)head->model->side;
    size_t face_width = (size_t)(head->face.x1 - head->face.x0);
    size_t n_face = face_width * (size_t)(head->face.y1 - head->face.y0);
    head->under = calloc(n_px, 12);
    head->identity =
        calloc(2 * side * side + side * face_width + N_FACE_MAPS * n_face, sizeof(float));
    if (!head->under || !head->identity)
        return fb_fail_nomem("a head of the demo", 12 * n_px);
    head->over = head->under + 4 * n_px;
    head->rgba = head->over + 4 * n_px;
    head->texture = head->identity + side * side;
    head->across = head->texture + side * side;
    head->mask = head->across + side * face_width;
    head->eye = head->mask + n_face;
    head->lip = head->eye + n_face;
    for (int e = 0; e < FB_EXPRESSION_COUNT; e++)
        head->lines[e] = head->lip + (size_t)(e + 1) * n_face;
    return FB_OK;
}

static int even(float length)
{
    return ((int)ceilf(length) + 1) & ~1;
}

/* Of everything the head's picture may show: hair slides down on the face, never below its rows. */
static struct demo_rect used_part(const struct demo_head *head)
{
    struct demo_rect used = head->face;
    int width = head->front.width, n = width * head->front.height;
    for (int i = 0; i < n; i++) {
        int x = i % width, y = i / width;
        if (!head->under[4 * i + 3] && !head->over[4 * i + 3])
            continue;
        used.x0 = x < used.x0 ? x : used.x0;
        used.x1 = x >= used.x1 ? x + 1 : used.x1;
        used.y0 = y < used.y0 ? y : used.y0;
        used.y1 = y >= used.y1 ? y + 1 : used.y1;
    }
    return (struct demo_rect){used.x0 & ~1, used.y0 & ~1, (used.x1 + 1) & ~1, (used.y1 + 1) & ~1};
}

int demo_head_init(struct demo_head *head, const struct demo_face_model *model,
                   const struct demo_look *look, float face_px)
{
    int width = even(2.0f * REACH_X * face_px), height = even((REACH_UP + REACH_DOWN) * face_px);
    *head = (struct demo_head){.model = model, .face_px = face_px};
    head->centre_x = 0.5f * (float)width;
    head->centre_y = REACH_UP * face_px;
    head->face = (struct demo_rect){(int)(head->centre_x - FACE_SIDE * face_px),
                                    (int)(head->centre_y + FACE_TOP * face_px),
                                    (int)(head->centre_x + FACE_SIDE * face_px) + 1,
                                    (int)(head->centre_y + FACE_BOTTOM * face_px) + 1};
    struct demo_canvas canvas;
    int status = demo_canvas_init(&canvas, width, height);
    if (status != FB_OK)
        return status;
    status = allocate(head, width, height);
    if (status == FB_OK) {
        struct fb_rng rng;
        fb_rng_seed(&rng, look->seed);
        demo_face_identity(model, &rng, head->identity);
        paint_parts(head, &canvas, look);
        map_features(head);
        tabulate_shades(head);
        head->front.used = used_part(head);
        head->has_back = head->back.used.x1 > 0;
    } else {
        demo_head_finish(head);
    }
    demo_canvas_finish(&canvas);
    return status;
}

void demo_head_finish(struct demo_head *head)
{
    demo_sprite_finish(&head->front);
    demo_sprite_finish(&head->back);
    free(head->under);
    free(head->identity);
    *head = (struct demo_head){0};
}

/* ---- showing a state
 * ------------------------------------------------------------------------------------ */

struct taps {
    int at[4];
    float weights[4];
};

/* Cubic interpolation (Catmull-Rom), edges repeated. */
static struct taps taps_at(float position, int n)
{
    float whole = floorf(position), t = position - whole;
    struct taps taps;
    for (int i = 0; i < 4; i++) {
        int at = (int)whole - 1 + i;
        taps.at[i] = at < 0 ? 0 : at >= n ? n - 1 : at;
    }
    taps.weights[0] = 0.5f * t * (-1.0f + t * (2.0f - t));
    taps.weights[1] = 1.0f + 0.5f * t * t * (-5.0f + 3.0f * t);
    taps.weights[2] = 0.5f * t * (1.0f + t * (4.0f - 3.0f * t));
    taps.weights[3] = 0.5f * t * t * (t - 1.0f);
    return taps;
}

static void stretch_rows(struct demo_head *head)
{
    int side = head->model->side, width = head->face.x1 - head->face.x0;
    for (int col = 0; col < width; col++) {
        float x = ((float)(head->face.x0 + col) + 0.5f - head->centre_x) / head->face_px;
        struct taps taps = taps_at((x + 0.5f) * (float)side - 0.5f, side);
        for (int row = 0; row < side; row++) {
            const float *from = head->texture + row * side;
            float sum = 0.0f;
            for (int i = 0; i < 4; i++)
                sum += taps.weights[i] * from[taps.at[i]];
            head->across[row * width + col] = sum;
        }
    }
}

static float from_taps(const float *column, int width, const struct taps *taps)
{
    float sum = 0.0f;
    for (int i = 0; i < 4; i++)
        sum += taps->weights[i] * column[taps->at[i] * width];
    return sum;
}

/* Where on the upright head row y (in face squares) comes from. */
static float upright_y(float y, int down_16)
{
    float t = (y + 0.85f) / 1.43f;
    if (!down_16 || t <= 0.0f || t >= 1.0f)
        return y;
    float bump = 4.0f * t * (1.0f - t);
    return y - DOWN_SLIDE * ((float)down_16 / 16.0f) * bump * bump;
}

struct face_row {
    struct taps taps, lid; /* rows of the texture: here; on the lid */
    const float *mask, *eye, *lip;
    const float *lines, *lines_to; /* of the two expressions */
    float mix, lash, dark, keep;
};

static struct face_row face_row_at(const struct demo_head *head, int row,
                                   const struct demo_face_state *state)
{
    int width = head->face.x1 - head->face.x0, height = head->face.y1 - head->face.y0;
    float side = (float)head->model->side, down = (float)state->down_16 / 16.0f;
    float y = ((float)(head->face.y0 + row) + 0.5f - head->centre_y) / head->face_px;
    float from_y = upright_y(y, state->down_16);
    int from_row = (int)lrintf((from_y - y) * head->face_px) + row;
    from_row = from_row < 0 ? 0 : from_row >= height ? height - 1 : from_row;
    float off = (from_y - DEMO_EYE_Y - 0.028f) / 0.014f;
    return (struct face_row){
        .taps = taps_at((from_y + 0.5f) * side - 0.5f, head->model->side),
        .lid =
            taps_at((LID_Y + 0.3f * (from_y - DEMO_EYE_Y) + 0.5f) * side - 0.5f, head->model->side),
        .mask = head->mask + row * width,
        .eye = head->eye + from_row * width,
        .lip = head->lip + from_row * width,
        .lines = head->lines[state->from] + from_row * width,
        .lines_to = head->lines[state->to] + from_row * width,
        .mix = (float)state->mix_16 / 16.0f,
        .lash = 1.3f * expf(-0.5f * off * off),
        .dark = down * (0.2f + 2.2f * (y - FACE_TOP)),
        .keep = 1.0f - 0.45f * down,
    };
}

static float detail_at(const struct demo_head *head, const struct face_row *row, int col,
                       float shut)
{
    int width = head->face.x1 - head->face.x0;
    const float *column = head->across + col;
    float d = from_taps(column, width, &row->taps);
    d += row->lines[col] + row->mix * (row->lines_to[col] - row->lines[col]);
    if (shut > 0.0f && row->eye[col] > 0.02f) {
        float share = fminf(1.0f, 1.6f * row->eye[col]) * shut;
        d += share * (0.6f * from_taps(column, width, &row->lid) - row->lash - d);
    }
    return (d * row->keep - row->dark) * row->mask[col];
}

static uint8_t blend(int from, int to, float share)
{
    return (uint8_t)lrintf((float)from + (float)(to - from) * share);
}

static void shade_px(const struct demo_head *head, uint8_t *px, float detail, float eye, float lip)
{
    int step = SHADE_ZERO + (int)lrintf(DETAIL_STEPS * detail);
    const uint8_t *shade = head->shades[step < 0 ? 0 : step > 255 ? 255 : step];
    for (int i = 0; i < 3; i++)
        px[i] =
            (uint8_t)((px[i] * shade[i] + (255 - px[i] * shade[i] / 255) * shade[3] + 127) / 255);
    float grey = 0.30f * px[0] + 0.59f * px[1] + 0.11f * px[2];
    for (int i = 0; i < 3 && eye > 0.05f; i++)
        px[i] = blend(px[i], (int)grey, 0.55f * eye);
    float red = lip * fminf(fmaxf(-0.5f * detail, 0.0f), 1.0f);
    if (red > 0.02f) {
        px[1] = (uint8_t)((float)px[1] * (1.0f - 0.22f * red));
        px[2] = (uint8_t)((float)px[2] * (1.0f - 0.14f * red));
    }
}

static void lay_face(struct demo_head *head, const struct demo_face_state *state, int row)
{
    struct face_row here = face_row_at(head, row, state);
    int width = head->face.x1 - head->face.x0, y = head->face.y0 + row;
    uint8_t *px = head->rgba + 4 * ((size_t)y * (size_t)head->front.width + (size_t)head->face.x0);
    float shut = fmaxf((float)state->blink_4 / 4.0f, fminf((float)state->down_16 / 10.0f, 1.0f));
    for (int col = 0; col < width; col++, px += 4) {
        if (here.mask[col] <= 0.0f)
            continue;
        float detail = detail_at(head, &here, col, shut);
        shade_px(head, px, detail, here.eye[col] * here.mask[col], here.lip[col]);
    }
}

static void lay_hair(struct demo_head *head, int down_16, int y, int x0, int x1)
{
    float unit_y = ((float)y + 0.5f - head->centre_y) / head->face_px;
    float from = upright_y(unit_y, down_16) * head->face_px + head->centre_y - 0.5f;
    int whole = (int)floorf(from), part = (int)lrintf(256.0f * (from - floorf(from)));
    int height = head->front.height, width = head->front.width;
    whole = whole < 0 ? 0 : whole > height - 2 ? height - 2 : whole;
    const uint8_t *a = head->over + 4 * ((size_t)whole * (size_t)width + (size_t)x0),
                  *b = a + 4 * width;
    uint8_t *px = head->rgba + 4 * ((size_t)y * (size_t)width + (size_t)x0);
    for (int x = x0; x < x1; x++, a += 4, b += 4, px += 4) {
        int alpha = (a[3] * (256 - part) + b[3] * part + 128) >> 8;
        for (int i = 0; i < 4 && alpha; i++) {
            int value = (a[i] * (256 - part) + b[i] * part + 128) >> 8;
            int t = px[i] * (255 - alpha) / 255 + value;
            px[i] = (uint8_t)(t > 255 ? 255 : t);
        }
    }
}

static bool is_same(const struct demo_face_state *a, const struct demo_face_state *b)
{
    return a->from == b->from && a->to == b->to && a->mix_16 == b->mix_16 &&
           a->down_16 == b->down_16 && a->blink_4 == b->blink_4;
}

void demo_head_show(struct demo_head *head, const struct demo_face_state *state)
{
    if (head->is_drawn && is_same(&head->state, state))
        return;
    bool is_whole = !head->is_drawn || head->state.down_16 != state->down_16;
    struct demo_rect part = head->face;
    if (is_whole)
        part = head->front.used;
    demo_face_texture(head->model, head->identity, state->from, state->to,
                      (float)state->mix_16 / 16.0f, head->texture);
    stretch_rows(head);
    for (int y = part.y0; y < part.y1; y++) {
        size_t at = 4 * ((size_t)y * (size_t)head->front.width + (size_t)part.x0);
        memcpy(head->rgba + at, head->under + at, 4 * (size_t)(part.x1 - part.x0));
        if (y >= head->face.y0 && y < head->face.y1)
            lay_face(head, state, y - head->face.y0);
        lay_hair(head, state->down_16, y, part.x0, part.x1);
    }
    demo_sprite_take_rgba(&head->front, head->rgba, part);
    head->state = *state;
    head->is_drawn = true;
}
