/* See sprite.h. */
#include "sprite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int demo_sprite_init(struct demo_sprite *sprite, int width, int height)
{
    width = (width + 1) & ~1;
    height = (height + 1) & ~1;
    size_t n = (size_t)width * (size_t)height;
    uint8_t *bytes = calloc(n, 3); /* two planes and three quarter planes, rounded up */
    *sprite = (struct demo_sprite){0};
    if (!bytes)
        return fb_fail_nomem("a demo picture", 3 * n);
    *sprite = (struct demo_sprite){
        .width = width,
        .height = height,
        .y = bytes,
        .a = bytes + n,
        .u = bytes + 2 * n,
        .v = bytes + 2 * n + n / 4,
        .half_a = bytes + 2 * n + n / 2,
    };
    return FB_OK;
}

void demo_sprite_finish(struct demo_sprite *sprite)
{
    free(sprite->y);
    *sprite = (struct demo_sprite){0};
}

static void rgba_row(const struct demo_canvas *canvas, int y, int width, uint8_t *out)
{
    memset(out, 0, (size_t)width * 4);
    if (y >= canvas->height)
        return;
    const float *row = canvas->rgba + (size_t)y * (size_t)canvas->width * 4;
    for (int i = 0; i < 4 * width && i < 4 * canvas->width; i++)
        out[i] = (uint8_t)lrintf(255.0f * fminf(fmaxf(row[i], 0.0f), 1.0f));
}

/* BT.601 in 1/65536: rows of the full range matrix; chroma is offset by half of alpha because it is
 * premultiplied around 128. */
static int luma_of(int r, int g, int b)
{
    return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
}

static uint8_t chroma_of(int red, int green, int blue, int a, const int weights[3])
{
    int value = (weights[0] * red + weights[1] * green + weights[2] * blue + 128 * 65536 / 255 * a +
                 32768) >>
                16;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void take_quad(struct demo_sprite *s, const uint8_t *rgba, int x, int y)
{
    static const int u_weights[3] = {-11059, -21709, 32768}, v_weights[3] = {32768, -27439, -5329};
    int sum[4] = {0};
    for (int i = 0; i < 4; i++) {
        size_t at = (size_t)(y + i / 2) * (size_t)s->width + (size_t)(x + i % 2);
        const uint8_t *px = rgba + 4 * at;
        s->y[at] = (uint8_t)luma_of(px[0], px[1], px[2]);
        s->a[at] = px[3];
        for (int channel = 0; channel < 4; channel++)
            sum[channel] += px[channel];
    }
    for (int channel = 0; channel < 4; channel++)
        sum[channel] = (sum[channel] + 2) / 4;
    size_t half = (size_t)(y / 2) * (size_t)(s->width / 2) + (size_t)(x / 2);
    s->u[half] = chroma_of(sum[0], sum[1], sum[2], sum[3], u_weights);
    s->v[half] = chroma_of(sum[0], sum[1], sum[2], sum[3], v_weights);
    s->half_a[half] = (uint8_t)sum[3];
}

void demo_sprite_take_rgba(struct demo_sprite *sprite, const uint8_t *rgba, struct demo_rect part)
{
    for (int y = part.y0 & ~1; y < part.y1; y += 2)
        for (int x = part.x0 & ~1; x < part.x1; x += 2)
            take_quad(sprite, rgba, x, y);
}

static struct demo_rect used_part(const struct demo_sprite *s)
{
    struct demo_rect used = {s->width, s->height, 0, 0};
    for (int i = 0; i < s->width * s->height; i++) {
        int x = i % s->width, y = i / s->width;
        if (!s->a[i])
            continue;
        used.x0 = x < used.x0 ? x : used.x0;
        used.x1 = x >= used.x1 ? x + 1 : used.x1;
        used.y0 = y < used.y0 ? y : used.y0;
        used.y1 = y + 1;
    }
    if (used.y1 == 0)
        return (struct demo_rect){0};
    return (struct demo_rect){used.x0 & ~1, used.y0 & ~1, (used.x1 + 1) & ~1, (used.y1 + 1) & ~1};
}

void demo_sprite_take(struct demo_sprite *s, const struct demo_canvas *canvas)
{
    size_t row_bytes = (size_t)s->width * 4;
    uint8_t *strip = (uint8_t *)canvas->scratch; /* two rows of RGBA are two of its rows */
    for (int y = 0; y < s->height; y += 2) {
        rgba_row(canvas, y, s->width, strip);
        rgba_row(canvas, y + 1, s->width, strip + row_bytes);
        struct demo_sprite two = {
            .width = s->width,
            .height = 2,
            .y = s->y + (size_t)y * (size_t)s->width,
            .a = s->a + (size_t)y * (size_t)s->width,
            .u = s->u + (size_t)(y / 2) * (size_t)(s->width / 2),
            .v = s->v + (size_t)(y / 2) * (size_t)(s->width / 2),
            .half_a = s->half_a + (size_t)(y / 2) * (size_t)(s->width / 2),
        };
        demo_sprite_take_rgba(&two, strip, (struct demo_rect){0, 0, s->width, 2});
    }
    s->used = used_part(s);
}

/* ---- putting ----------------------------------------------------------------------------- */

/* In 16 bits throughout, so that plain SSE2 can do eight at a time. */
static uint8_t over(uint8_t below, uint16_t value, uint16_t alpha)
{
    uint16_t t = (uint16_t)(below * (uint16_t)(255 - alpha) + 128);
    t = (uint16_t)((uint16_t)(t + (t >> 8)) >> 8);
    t = (uint16_t)(t + value);
    return (uint8_t)(t > 255 ? 255 : t);
}

struct plane {
    uint8_t *px;
    int width, height, stride;
};

struct cut {
    const uint8_t *px, *alpha;
    int stride;
    struct demo_rect used;
};

struct shift {
    int x, y;      /* whole px */
    int left, top; /* sixteenths of the left and top neighbour */
};

static struct shift shift_of(int x16, int y16)
{
    return (struct shift){x16 >> 4, y16 >> 4, x16 & 15, y16 & 15};
}

static void put_row(uint8_t *restrict to, const uint8_t *restrict px, const uint8_t *restrict alpha,
                    int n)
{
    for (int i = 0; i < n; i++)
        to[i] = over(to[i], px[i], alpha[i]);
}

/* px and alpha point at the right lower one of the four neighbours of the first px. */
static void put_row_between(uint8_t *restrict to, const uint8_t *restrict px,
                            const uint8_t *restrict alpha, int stride, int n, const struct shift *s)
{
    uint16_t left = (uint16_t)s->left, right = (uint16_t)(16 - left);
    uint16_t top = (uint16_t)s->top, bottom = (uint16_t)(16 - top);
    uint16_t w00 = (uint16_t)(left * top), w01 = (uint16_t)(right * top);
    uint16_t w10 = (uint16_t)(left * bottom), w11 = (uint16_t)(right * bottom);
    const uint8_t *px_above = px - stride, *alpha_above = alpha - stride;
    for (int i = 0; i < n; i++) {
        uint16_t value =
            (uint16_t)(px_above[i - 1] * w00 + px_above[i] * w01 + px[i - 1] * w10 + px[i] * w11);
        uint16_t a = (uint16_t)(alpha_above[i - 1] * w00 + alpha_above[i] * w01 +
                                alpha[i - 1] * w10 + alpha[i] * w11);
        to[i] = over(to[i], (uint16_t)(value >> 8), (uint16_t)(a >> 8));
    }
}

/* At fractional places the first row and column of the used part are left out: they are its soft
 * rim. */
static void put_plane(const struct plane *to, const struct cut *cut, const struct shift *s,
                      int end_y)
{
    bool is_between = s->left || s->top;
    int x0 = s->x + cut->used.x0 + is_between, x1 = s->x + cut->used.x1;
    int y0 = s->y + cut->used.y0 + is_between, y1 = s->y + cut->used.y1;
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    x1 = x1 > to->width ? to->width : x1;
    y1 = y1 > end_y ? end_y : y1;
    for (int y = y0; y < y1 && x0 < x1; y++) {
        uint8_t *row = to->px + (ptrdiff_t)y * to->stride + x0;
        ptrdiff_t at = (ptrdiff_t)(y - s->y) * cut->stride + (x0 - s->x);
        if (is_between)
            put_row_between(row, cut->px + at, cut->alpha + at, cut->stride, x1 - x0, s);
        else
            put_row(row, cut->px + at, cut->alpha + at, x1 - x0);
    }
}

static struct demo_rect halved(struct demo_rect r)
{
    return (struct demo_rect){r.x0 / 2, r.y0 / 2, r.x1 / 2, r.y1 / 2};
}

void demo_sprite_put(const struct demo_sprite *s, struct fb_frame *frame, float x, float y,
                     int end_y)
{
    int x16 = (int)lrintf(x * 16.0f), y16 = (int)lrintf(y * 16.0f);
    int half_width = (frame->width + 1) / 2, half_height = (frame->height + 1) / 2;
    end_y = end_y > frame->height ? frame->height : end_y;
    int half_end_y = (end_y + 1) / 2;
    struct shift full = shift_of(x16, y16), half = shift_of(x16 >> 1, y16 >> 1);
    struct plane y_plane = {frame->y, frame->width, frame->height, frame->y_stride};
    struct plane u_plane = {frame->u, half_width, half_height, frame->uv_stride};
    struct plane v_plane = {frame->v, half_width, half_height, frame->uv_stride};
    struct demo_rect half_used = halved(s->used);
    put_plane(&y_plane, &(struct cut){s->y, s->a, s->width, s->used}, &full, end_y);
    put_plane(&u_plane, &(struct cut){s->u, s->half_a, s->width / 2, half_used}, &half, half_end_y);
    put_plane(&v_plane, &(struct cut){s->v, s->half_a, s->width / 2, half_used}, &half, half_end_y);
}

/* ---- turned
 * ------------------------------------------------------------------------------------------ */

enum { FIXED = 65536 };

struct turn {
    int64_t xx, xy, yx, yy, x0, y0; /* frame px to sprite px, 16.16; px centres at whole numbers */
};

static struct turn invert(const struct demo_map *m, double frame_scale)
{
    double det = (double)m->xx * m->yy - (double)m->xy * m->yx;
    double xx = m->yy / det, xy = -m->xy / det, yx = -m->yx / det, yy = m->xx / det;
    double tx = m->x0 * frame_scale - 0.5, ty = m->y0 * frame_scale - 0.5;
    return (struct turn){llrint(xx * FIXED),
                         llrint(xy * FIXED),
                         llrint(yx * FIXED),
                         llrint(yy * FIXED),
                         llrint((-xx * tx - xy * ty - 0.5) * FIXED),
                         llrint((-yx * tx - yy * ty - 0.5) * FIXED)};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q * b > a ? q - 1 : q; /* b > 0 */
}

/* Narrows [*first, *end) to where 0 <= start + step * i < limit. */
static void narrow(int64_t start, int64_t step, int64_t limit, int *first, int *end)
{
    int64_t low = *first, high = *end;
    if (step > 0) {
        int64_t from = -floor_div(start, step), to = -floor_div(start - limit, step);
        low = from > low ? from : low;
        high = to < high ? to : high;
    } else if (step < 0) {
        int64_t from = floor_div(start - limit, -step) + 1, to = floor_div(start, -step) + 1;
        low = from > low ? from : low;
        high = to < high ? to : high;
    } else if (start < 0 || start >= limit) {
        high = low;
    }
    *first = (int)low;
    *end = (int)(high < low ? low : high);
}

static inline int sample(const uint8_t *px, int width, int fx, int fy)
{
    int above = px[0] * (256 - fx) + px[1] * fx,
        below = px[width] * (256 - fx) + px[width + 1] * fx;
    return (above * (256 - fy) + below * fy + 32768) >> 16;
}

static inline uint8_t lay(uint8_t below, int value, int alpha)
{
    return alpha == 255 ? (uint8_t)value : over(below, (uint16_t)value, (uint16_t)alpha);
}

static void turn_row(uint8_t *to, uint8_t *to_2, const struct cut *cut, const uint8_t *px_2, int n,
                     int64_t sx, int64_t sy, const struct turn *turn)
{
    for (int i = 0; i < n; i++, sx += turn->xx, sy += turn->yx) {
        ptrdiff_t at = (ptrdiff_t)(sy >> 16) * cut->stride + (ptrdiff_t)(sx >> 16);
        int fx = (int)(sx >> 8) & 255, fy = (int)(sy >> 8) & 255;
        int alpha = sample(cut->alpha + at, cut->stride, fx, fy);
        if (!alpha)
            continue;
        to[i] = lay(to[i], sample(cut->px + at, cut->stride, fx, fy), alpha);
        if (to_2)
            to_2[i] = lay(to_2[i], sample(px_2 + at, cut->stride, fx, fy), alpha);
    }
}

static void rows_of(const struct demo_map *m, double frame_scale, const struct demo_rect *used,
                    int height, int *first, int *end)
{
    double low = height, high = 0.0;
    for (int corner = 0; corner < 4; corner++) {
        double x = corner & 1 ? used->x1 : used->x0, y = corner & 2 ? used->y1 : used->y0;
        double at = m->y0 * frame_scale + m->yx * x + m->yy * y;
        low = fmin(low, at);
        high = fmax(high, at);
    }
    *first = (int)fmax(low - 1.0, 0.0);
    *end = (int)fmin(high + 2.0, height);
}

static void turn_planes(const struct plane *to, uint8_t *px_2, const struct cut *cut,
                        const uint8_t *cut_2, const struct demo_map *map, double frame_scale)
{
    struct turn turn = invert(map, frame_scale);
    const struct demo_rect *used = &cut->used;
    int64_t left = (int64_t)used->x0 * FIXED, top = (int64_t)used->y0 * FIXED;
    int y0, y1;
    rows_of(map, frame_scale, used, to->height, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        int64_t sx = turn.x0 + turn.xy * y, sy = turn.y0 + turn.yy * y;
        int first = 0, end = to->width;
        narrow(sx - left, turn.xx, (int64_t)(used->x1 - used->x0 - 1) * FIXED, &first, &end);
        narrow(sy - top, turn.yx, (int64_t)(used->y1 - used->y0 - 1) * FIXED, &first, &end);
        ptrdiff_t at = (ptrdiff_t)y * to->stride + first;
        turn_row(to->px + at, px_2 ? px_2 + at : NULL, cut, cut_2, end - first,
                 sx + turn.xx * first, sy + turn.yx * first, &turn);
    }
}

void demo_sprite_put_turned(const struct demo_sprite *s, struct fb_frame *frame,
                            const struct demo_map *map)
{
    struct plane y_plane = {frame->y, frame->width, frame->height, frame->y_stride};
    struct plane u_plane = {frame->u, (frame->width + 1) / 2, (frame->height + 1) / 2,
                            frame->uv_stride};
    struct cut y_cut = {s->y, s->a, s->width, s->used};
    struct cut u_cut = {s->u, s->half_a, s->width / 2, halved(s->used)};
    turn_planes(&y_plane, NULL, &y_cut, NULL, map, 1.0);
    turn_planes(&u_plane, frame->v, &u_cut, s->v, map, 0.5);
}
