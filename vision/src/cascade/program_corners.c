/* A feature as its distinct corners: of overlapping rectangles many cancel, and what is left has
 * one of the few forms that vectors sum in 16 bits, or none. */
#include "program_build.h"

#include <stdlib.h>

static void add_corner(struct cas_corners *corners, struct cas_corner corner)
{
    for (int i = 0; i < corners->n; i++) {
        struct cas_corner *item = &corners->items[i];
        if (item->x == corner.x && item->y == corner.y) {
            item->weight += corner.weight;
            if (!item->weight)
                *item = corners->items[--corners->n];
            return;
        }
    }
    corners->items[corners->n++] = corner;
}

/* The four corners of a rectangle: + - - +. */
void cas_rect_corners(const struct cas_rect *rect, bool is_tilted, struct cas_corner out[4])
{
    int weight = (int)rect->weight, x = rect->x, y = rect->y, w = rect->w, h = rect->h;
    if (is_tilted) {
        out[0] = (struct cas_corner){x, y, 1, weight};
        out[1] = (struct cas_corner){x - h, y + h, 1, -weight};
        out[2] = (struct cas_corner){x + w, y + w, 1, -weight};
        out[3] = (struct cas_corner){x + w - h, y + w + h, 1, weight};
        return;
    }
    out[0] = (struct cas_corner){x, y, 0, weight};
    out[1] = (struct cas_corner){x + w, y, 0, -weight};
    out[2] = (struct cas_corner){x, y + h, 0, -weight};
    out[3] = (struct cas_corner){x + w, y + h, 0, weight};
}

struct cas_corners cas_merge_corners(const struct cas_feature *feature)
{
    struct cas_corners corners = {.n = 0};
    for (int i = 0; i < feature->n_rects; i++) {
        struct cas_corner four[4];
        cas_rect_corners(&feature->rects[i], feature->is_tilted, four);
        for (int k = 0; k < 4; k++)
            add_corner(&corners, four[k]);
    }
    return corners;
}

/* Is the pixel part of the integral image's value at the corner? */
static bool covers(const struct cas_corner *corner, int x, int y)
{
    if (corner->plane)
        return y < corner->y && abs(x - corner->x + 1) <= corner->y - y - 1;
    return x < corner->x && y < corner->y;
}

/* Whether the value fits int16 whatever the pixels are. */
bool cas_is_narrow(const struct cas_model *model, const struct cas_corners *corners)
{
    int64_t most = 0, least = 0;
    for (int y = 0; y < model->window_h; y++)
        for (int x = 0; x < model->window_w; x++) {
            int weight = 0;
            for (int i = 0; i < corners->n; i++)
                if (covers(&corners->items[i], x, y))
                    weight += corners->items[i].weight;
            *(weight > 0 ? &most : &least) += 255 * weight;
        }
    return most <= INT16_MAX && least >= INT16_MIN;
}

/* Moves corners of these weights, one each, to the front of out; false if one is missing. */
static bool pick(struct cas_corners corners, const int *weights, int n, struct cas_corner *out)
{
    if (corners.n != n)
        return false;
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < corners.n && corners.items[k].weight != weights[i])
            k++;
        if (k == corners.n)
            return false;
        out[i] = corners.items[k];
        corners.items[k] = corners.items[--corners.n];
    }
    return true;
}

/* The kind of a feature with its corners in order, or CAS_KIND_WIDE. */
enum cas_kind cas_classify_corners(const struct cas_corners *corners, struct cas_corner out[9],
                                   int *factor)
{
    static const int six[] = {2, -2, 1, -1, 1, -1}, nine[] = {1, 1, 1, 1, -2, -2, -2, -2, 4},
                     nine_negative[] = {-1, -1, -1, -1, 2, 2, 2, 2, -4};
    *factor = 0;
    for (int i = 0; i < corners->n; i++)
        *factor = corners->items[i].weight > *factor ? corners->items[i].weight : *factor;
    const int eight[] = {1, -1, 1, -1, *factor, -*factor, *factor, -*factor};
    if (pick(*corners, six, 6, out))
        return CAS_KIND_6;
    if (pick(*corners, eight, 8, out))
        return CAS_KIND_8;
    if (pick(*corners, nine, 9, out))
        return CAS_KIND_9;
    if (pick(*corners, nine_negative, 9, out))
        return CAS_KIND_9_NEG;
    return CAS_KIND_WIDE;
}

void cas_flip_corners(enum cas_kind *kind, struct cas_corner corners[9])
{
    if (*kind == CAS_KIND_9 || *kind == CAS_KIND_9_NEG) {
        *kind = *kind == CAS_KIND_9 ? CAS_KIND_9_NEG : CAS_KIND_9;
        return;
    }
    for (int i = 0; i < 8; i += 2) {
        struct cas_corner kept = corners[i];
        corners[i] = corners[i + 1];
        corners[i + 1] = kept;
    }
}
