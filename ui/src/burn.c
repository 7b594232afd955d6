/* See burn.h. Blending is linear, so that it can be done in YUV: each luma px by its own coverage,
 * each chroma px by the mean coverage of its (up to) four luma px. */
#include "burn.h"

#include "raster.h"

struct burn {
    struct fb_frame *frame;
    struct ui_irect clip;
};

struct yuv {
    int y, u, v;
};

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

static struct yuv to_yuv(struct ui_colour c) /* JFIF, in 1/65536 */
{
    return (struct yuv){
        (19595 * c.r + 38470 * c.g + 7471 * c.b + 32768) >> 16,
        (-11059 * c.r - 21709 * c.g + 32768 * c.b + (128 << 16) + 32767) >> 16,
        (32768 * c.r - 27439 * c.g - 5329 * c.b + (128 << 16) + 32767) >> 16,
    };
}

/* alpha 0..65025 (coverage x colour's alpha) */
static uint8_t blend(uint8_t under, int over, int alpha)
{
    return (uint8_t)((under * (65025 - alpha) + over * alpha + 32512) / 65025);
}

static struct ui_irect intersect(struct ui_irect a, struct ui_irect b)
{
    int x = max_int(a.x, b.x), y = max_int(a.y, b.y);
    return (struct ui_irect){x, y, min_int(a.x + a.w, b.x + b.w) - x,
                             min_int(a.y + a.h, b.y + b.h) - y};
}

/* Coverage of the px (x, y) of the shape: 255 without a mask, 0 outside the touched rectangle. */
struct shape {
    struct ui_irect touched;
    const struct ui_mask *mask;
    int mask_x, mask_y; /* the picture's px (0, 0) in the mask */
};

static int coverage(const struct shape *s, int x, int y)
{
    if (!s->mask)
        return 255;
    return s->mask->alpha[(y + s->mask_y) * s->mask->stride + x + s->mask_x];
}

static void blend_luma(struct fb_frame *frame, const struct shape *s, int over, int alpha)
{
    for (int y = s->touched.y; y < s->touched.y + s->touched.h; y++) {
        uint8_t *row = frame->y + (ptrdiff_t)y * frame->y_stride;
        for (int x = s->touched.x; x < s->touched.x + s->touched.w; x++) {
            int c = coverage(s, x, y);
            if (c)
                row[x] = blend(row[x], over, c * alpha);
        }
    }
}

static int chroma_coverage(const struct fb_frame *frame, const struct shape *s, int cx, int cy)
{
    int sum = 0;
    int x_end = min_int(2 * cx + 2, s->touched.x + s->touched.w);
    int y_end = min_int(2 * cy + 2, s->touched.y + s->touched.h);
    for (int y = max_int(2 * cy, s->touched.y); y < y_end; y++)
        for (int x = max_int(2 * cx, s->touched.x); x < x_end; x++)
            sum += coverage(s, x, y);
    int n = min_int(2, frame->width - 2 * cx) * min_int(2, frame->height - 2 * cy);
    return (sum + n / 2) / n;
}

static void blend_chroma(struct fb_frame *frame, const struct shape *s, struct yuv over, int alpha)
{
    int x_end = (s->touched.x + s->touched.w + 1) / 2,
        y_end = (s->touched.y + s->touched.h + 1) / 2;
    for (int y = s->touched.y / 2; y < y_end; y++) {
        ptrdiff_t row = (ptrdiff_t)y * frame->uv_stride;
        for (int x = s->touched.x / 2; x < x_end; x++) {
            int c = chroma_coverage(frame, s, x, y);
            if (!c)
                continue;
            frame->u[row + x] = blend(frame->u[row + x], over.u, c * alpha);
            frame->v[row + x] = blend(frame->v[row + x], over.v, c * alpha);
        }
    }
}

static void blend_shape(struct burn *burn, struct shape s, struct ui_colour colour)
{
    s.touched = intersect(s.touched, burn->clip);
    if (s.touched.w <= 0 || s.touched.h <= 0)
        return;
    struct yuv over = to_yuv(colour);
    blend_luma(burn->frame, &s, over.y, colour.a);
    blend_chroma(burn->frame, &s, over, colour.a);
}

static void fill(void *user, struct ui_irect rect, struct ui_colour colour)
{
    blend_shape(user, (struct shape){.touched = rect}, colour);
}

static void draw_mask(void *user, struct ui_mask *mask, struct ui_irect part, int x, int y,
                      struct ui_colour colour)
{
    struct shape s = {{x, y, part.w, part.h}, mask, part.x - x, part.y - y};
    blend_shape(user, s, colour);
}

static void pass_over_frame(void *user, struct ui_irect rect, int slot)
{
    (void)slot;
    (void)user;
    (void)rect;
}

static void clip(void *user, struct ui_irect rect)
{
    struct burn *burn = user;
    struct ui_irect all = {0, 0, burn->frame->width, burn->frame->height};
    burn->clip = rect.w > 0 && rect.h > 0 ? intersect(rect, all) : all;
}

void ui_burn(struct fb_frame *frame, const struct ui_draw_list *list, struct ui_masks *masks)
{
    static const struct ui_raster_target target = {fill, draw_mask, pass_over_frame, clip};
    struct burn burn = {frame, {0, 0, frame->width, frame->height}};
    ui_raster(list, masks, &target, &burn);
}
