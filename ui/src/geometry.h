/* Rectangles in px of the output, origin top left. */
#ifndef UI_GEOMETRY_H
#define UI_GEOMETRY_H

#include <math.h>
#include <stdbool.h>

struct ui_rect {
    float x, y, w, h;
};

static inline struct ui_rect ui_rect(float x, float y, float w, float h)
{
    return (struct ui_rect){x, y, w, h};
}

static inline float ui_right(struct ui_rect r)
{
    return r.x + r.w;
}

static inline float ui_bottom(struct ui_rect r)
{
    return r.y + r.h;
}

static inline bool ui_rect_is_empty(struct ui_rect r)
{
    return !(r.w > 0 && r.h > 0);
}

static inline bool ui_rect_has(struct ui_rect r, float x, float y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

/* Shared area in px^2, 0 when they only touch. */
static inline float ui_rect_overlap(struct ui_rect a, struct ui_rect b)
{
    float w = fminf(ui_right(a), ui_right(b)) - fmaxf(a.x, b.x);
    float h = fminf(ui_bottom(a), ui_bottom(b)) - fmaxf(a.y, b.y);
    return w > 0 && h > 0 ? w * h : 0;
}

static inline bool ui_rect_is_inside(struct ui_rect inner, struct ui_rect outer)
{
    return inner.x >= outer.x && inner.y >= outer.y && ui_right(inner) <= ui_right(outer) &&
           ui_bottom(inner) <= ui_bottom(outer);
}

static inline struct ui_rect ui_rect_intersect(struct ui_rect a, struct ui_rect b)
{
    float x = fmaxf(a.x, b.x), y = fmaxf(a.y, b.y);
    return ui_rect(x, y, fmaxf(0, fminf(ui_right(a), ui_right(b)) - x),
                   fmaxf(0, fminf(ui_bottom(a), ui_bottom(b)) - y));
}

/* Smaller by d on all sides, never inside out. */
static inline struct ui_rect ui_rect_inset(struct ui_rect r, float d)
{
    return ui_rect(r.x + fminf(d, r.w / 2), r.y + fminf(d, r.h / 2), fmaxf(0, r.w - 2 * d),
                   fmaxf(0, r.h - 2 * d));
}

/* Cut a piece of the given size off one side; the rest stays in *r. */
static inline struct ui_rect ui_cut_top(struct ui_rect *r, float h)
{
    h = fminf(fmaxf(h, 0), r->h);
    struct ui_rect cut = ui_rect(r->x, r->y, r->w, h);
    r->y += h;
    r->h -= h;
    return cut;
}

static inline struct ui_rect ui_cut_bottom(struct ui_rect *r, float h)
{
    h = fminf(fmaxf(h, 0), r->h);
    r->h -= h;
    return ui_rect(r->x, ui_bottom(*r), r->w, h);
}

static inline struct ui_rect ui_cut_left(struct ui_rect *r, float w)
{
    w = fminf(fmaxf(w, 0), r->w);
    struct ui_rect cut = ui_rect(r->x, r->y, w, r->h);
    r->x += w;
    r->w -= w;
    return cut;
}

static inline struct ui_rect ui_cut_right(struct ui_rect *r, float w)
{
    w = fminf(fmaxf(w, 0), r->w);
    r->w -= w;
    return ui_rect(ui_right(*r), r->y, w, r->h);
}

#endif
