/* See labels.h. Greedy, most important first: every side of the box is tried at the present level
 * of detail and the cheapest free one taken. The level to start from is one for the whole picture
 * (the first at which nearly all labels find room), so that a full class looks even. */
#include "labels.h"

enum side {
    ABOVE_LEFT,
    ABOVE_CENTRE,
    ABOVE_RIGHT,
    BELOW_LEFT,
    BELOW_CENTRE,
    BELOW_RIGHT,
    INSIDE_BOTTOM,
    INSIDE_TOP,
    BESIDE_RIGHT,
    BESIDE_LEFT,
    SIDE_COUNT,
};

/* Cost of a side in itself; one unit is about a thirtieth of another face hidden. */
static const float side_cost[SIDE_COUNT] = {0, .6f, .8f, 1, 1.6f, 1.8f, 3.2f, 3.6f, 3, 3.4f};

static const float staying_bonus = 1.5f, covering_cost = 30;
static const float most_of_other = .12f, most_of_own = .25f; /* of a face's box, under one label */

struct placing {
    const struct ui_label_request *requests;
    int n;
    struct ui_rect bounds;
    float gap;
    struct ui_label_place *places;
    int order[UI_MAX_LABELS];
};

static float clamp(float value, float low, float high)
{
    return fmaxf(low, fminf(value, high));
}

static struct ui_rect rect_at(const struct ui_label_request *request, int level, int side,
                              float gap)
{
    struct ui_rect box = request->box;
    float w = request->widths[level], h = request->height;
    float centre = box.x + (box.w - w) / 2, right = ui_right(box) - w;
    switch (side) {
    case ABOVE_LEFT:
        return ui_rect(box.x, box.y - gap - h, w, h);
    case ABOVE_CENTRE:
        return ui_rect(centre, box.y - gap - h, w, h);
    case ABOVE_RIGHT:
        return ui_rect(right, box.y - gap - h, w, h);
    case BELOW_LEFT:
        return ui_rect(box.x, ui_bottom(box) + gap, w, h);
    case BELOW_CENTRE:
        return ui_rect(centre, ui_bottom(box) + gap, w, h);
    case BELOW_RIGHT:
        return ui_rect(right, ui_bottom(box) + gap, w, h);
    case INSIDE_BOTTOM:
        return ui_rect(centre, ui_bottom(box) - h - gap, w, h);
    case INSIDE_TOP:
        return ui_rect(centre, box.y + gap, w, h);
    case BESIDE_RIGHT:
        return ui_rect(ui_right(box) + gap, box.y, w, h);
    default:
        return ui_rect(box.x - gap - w, box.y, w, h);
    }
}

/* Sideways into the bounds; up and down a label does not slide, or it would cover its own face. */
static bool slide_inside(struct ui_rect *rect, struct ui_rect bounds)
{
    if (rect->w > bounds.w)
        return false;
    rect->x = floorf(clamp(rect->x, bounds.x, ui_right(bounds) - rect->w));
    rect->y = floorf(rect->y);
    return ui_rect_is_inside(*rect, bounds);
}

static bool is_free(const struct placing *p, int self, struct ui_rect rect)
{
    struct ui_rect with_gap =
        ui_rect(rect.x - p->gap / 2, rect.y - p->gap / 2, rect.w + p->gap, rect.h + p->gap);
    for (int i = 0; i < p->n; i++)
        if (i != self && p->places[i].level >= 0 &&
            ui_rect_overlap(with_gap, p->places[i].rect) > 0)
            return false;
    return true;
}

/* The largest share of another face's box that the label hides; 1 when it hides too much of its
 * own. */
static float covering(const struct placing *p, int self, struct ui_rect rect)
{
    float most = 0;
    for (int i = 0; i < p->n; i++) {
        struct ui_rect box = p->requests[i].box;
        float share = ui_rect_overlap(rect, box) / (box.w * box.h);
        if (i != self)
            most = fmaxf(most, share);
        else if (share > most_of_own)
            return 1;
    }
    return most;
}

static bool place_at_level(struct placing *p, int i, int level)
{
    const struct ui_label_request *request = &p->requests[i];
    float best = 1e9f;
    for (int side = 0; side < SIDE_COUNT; side++) {
        struct ui_rect rect = rect_at(request, level, side, p->gap);
        if (!slide_inside(&rect, p->bounds) || !is_free(p, i, rect))
            continue;
        float covered = covering(p, i, rect);
        if (covered > most_of_other)
            continue;
        float cost = side_cost[side] + covering_cost * covered -
                     (side == request->last_side ? staying_bonus : 0);
        if (cost < best) {
            best = cost;
            p->places[i] = (struct ui_label_place){rect, level, side};
        }
    }
    return best < 1e9f;
}

static int place_all(struct placing *p, int start_level)
{
    int n_lowered = 0;
    for (int i = 0; i < p->n; i++)
        p->places[i].level = -1;
    for (int k = 0; k < p->n; k++) {
        int i = p->order[k], first = p->requests[i].says_all ? 0 : start_level, level = first;
        while (level < UI_LABEL_LEVELS && !place_at_level(p, i, level))
            level++;
        n_lowered += level > first;
    }
    return n_lowered;
}

static void sort_by_rank(struct placing *p)
{
    for (int i = 0; i < p->n; i++) {
        int at = i;
        for (; at > 0 && p->requests[p->order[at - 1]].rank < p->requests[i].rank; at--)
            p->order[at] = p->order[at - 1];
        p->order[at] = i;
    }
}

void ui_labels_place(const struct ui_label_request *requests, int n, struct ui_rect bounds,
                     float gap, struct ui_label_place *places)
{
    struct placing p = {requests, n, bounds, gap, places, {0}};
    sort_by_rank(&p);
    int level = 0;
    while (place_all(&p, level) > n / 6 && level < UI_LABEL_LEVELS - 1)
        level++;
}
