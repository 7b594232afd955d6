/* See raster.h. Rounded shapes are four quarters of a disc or ring, and plain rectangles between.
 */
#include "raster.h"

struct raster {
    const struct ui_draw_list *list;
    struct ui_masks *masks;
    const struct ui_raster_target *target;
    void *user;
};

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Edges are rounded, not sizes: rectangles that touch go on touching. */
static struct ui_irect snap(struct ui_rect rect)
{
    int x = (int)lroundf(rect.x), y = (int)lroundf(rect.y);
    return (struct ui_irect){x, y, (int)lroundf(ui_right(rect)) - x,
                             (int)lroundf(ui_bottom(rect)) - y};
}

static void fill(const struct raster *r, int x, int y, int w, int h, struct ui_colour colour)
{
    if (w > 0 && h > 0)
        r->target->fill(r->user, (struct ui_irect){x, y, w, h}, colour);
}

static void corners(const struct raster *r, struct ui_irect rect, int radius, float stroke,
                    struct ui_colour colour)
{
    struct ui_mask *disc = ui_masks_disc(r->masks, radius, stroke);
    if (!disc)
        return;
    for (int i = 0; i < 4; i++) {
        int right = i & 1, down = i >> 1;
        struct ui_irect part = {right * radius, down * radius, radius, radius};
        r->target->mask(r->user, disc, part, right ? rect.x + rect.w - radius : rect.x,
                        down ? rect.y + rect.h - radius : rect.y, colour);
    }
}

static int radius_in(struct ui_irect rect, float radius)
{
    return min_int((int)lroundf(radius), min_int(rect.w, rect.h) / 2);
}

static void draw_fill(const struct raster *r, const struct ui_draw *draw)
{
    struct ui_irect rect = snap(draw->rect);
    int radius = radius_in(rect, draw->radius);
    if (radius > 0) {
        corners(r, rect, radius, 0, draw->colour);
        fill(r, rect.x + radius, rect.y, rect.w - 2 * radius, radius, draw->colour);
        fill(r, rect.x + radius, rect.y + rect.h - radius, rect.w - 2 * radius, radius,
             draw->colour);
    }
    fill(r, rect.x, rect.y + radius, rect.w, rect.h - 2 * radius, draw->colour);
}

/* One side from `from` to `to` along its axis, solid or in dashes that start and end with one. */
static void draw_side(const struct raster *r, struct ui_irect side, bool is_across, int dash,
                      struct ui_colour colour)
{
    int length = is_across ? side.w : side.h;
    if (dash <= 0) {
        fill(r, side.x, side.y, side.w, side.h, colour);
        return;
    }
    for (int at = dash / 2; at < length; at += 2 * dash) {
        int n = min_int(dash, length - at);
        if (is_across)
            fill(r, side.x + at, side.y, n, side.h, colour);
        else
            fill(r, side.x, side.y + at, side.w, n, colour);
    }
}

static void draw_stroke(const struct raster *r, const struct ui_draw *draw)
{
    struct ui_irect rect = snap(draw->rect);
    int radius = radius_in(rect, draw->radius), stroke = (int)lroundf(draw->stroke);
    int dash = (int)lroundf(draw->dash), inset = radius > 0 ? radius : stroke;
    stroke = stroke < 1 ? 1 : min_int(stroke, min_int(rect.w, rect.h) / 2);
    if (radius > 0)
        corners(r, rect, radius, (float)stroke, draw->colour);
    struct ui_irect top = {rect.x + radius, rect.y, rect.w - 2 * radius, stroke};
    struct ui_irect left = {rect.x, rect.y + inset, stroke, rect.h - 2 * inset};
    draw_side(r, top, true, dash, draw->colour);
    draw_side(r, left, false, dash, draw->colour);
    top.y = rect.y + rect.h - stroke;
    left.x = rect.x + rect.w - stroke;
    draw_side(r, top, true, dash, draw->colour);
    draw_side(r, left, false, dash, draw->colour);
}

static int floor_multiple(int value, int step)
{
    int rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

static void draw_hatch(const struct raster *r, const struct ui_draw *draw)
{
    struct ui_irect rect = snap(draw->rect);
    struct ui_mask *hatch = ui_masks_hatch(r->masks, (int)lroundf(draw->stroke));
    if (!hatch)
        return;
    int x_end = rect.x + rect.w, y_end = rect.y + rect.h;
    for (int y = rect.y; y < y_end;) {
        int tile_y = floor_multiple(y, hatch->height);
        int h = min_int(tile_y + hatch->height, y_end) - y;
        for (int x = rect.x; x < x_end;) {
            int tile_x = floor_multiple(x, hatch->width);
            int w = min_int(tile_x + hatch->width, x_end) - x;
            struct ui_irect part = {x - tile_x, y - tile_y, w, h};
            r->target->mask(r->user, hatch, part, x, y, draw->colour);
            x += w;
        }
        y += h;
    }
}

static void draw_whole_mask(const struct raster *r, struct ui_mask *mask, int x, int y,
                            struct ui_colour colour)
{
    if (mask)
        r->target->mask(r->user, mask, (struct ui_irect){0, 0, mask->width, mask->height}, x,
                        y + mask->top, colour);
}

static void draw_one(const struct raster *r, const struct ui_draw *draw)
{
    struct ui_irect rect = snap(draw->rect);
    switch (draw->kind) {
    case UI_DRAW_FILL:
        draw_fill(r, draw);
        break;
    case UI_DRAW_STROKE:
        draw_stroke(r, draw);
        break;
    case UI_DRAW_HATCH:
        draw_hatch(r, draw);
        break;
    case UI_DRAW_GLYPH:
        draw_whole_mask(r, ui_masks_glyph(r->masks, draw->glyph, min_int(rect.w, rect.h)), rect.x,
                        rect.y, draw->colour);
        break;
    case UI_DRAW_TEXT:
        draw_whole_mask(r, ui_masks_text(r->masks, draw->font, r->list->text + draw->text), rect.x,
                        rect.y, draw->colour);
        break;
    case UI_DRAW_FRAME:
        r->target->frame(r->user, rect, draw->slot);
        break;
    case UI_DRAW_CLIP:
        r->target->clip(r->user, rect);
        break;
    default:
        break;
    }
}

void ui_raster(const struct ui_draw_list *list, struct ui_masks *masks,
               const struct ui_raster_target *target, void *user)
{
    struct raster r = {list, masks, target, user};
    for (int i = 0; i < list->n_draws; i++)
        draw_one(&r, &list->draws[i]);
}
