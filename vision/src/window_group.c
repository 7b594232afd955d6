/* See window_group.h. Groups are the connected components of "similar", found by union-find. */
#include "window_group.h"

#include <math.h>
#include <stdlib.h>

struct group {
    double x, y, w, h; /* sums over the group's windows */
    double best_weight;
    int n;
};

struct vis_window_groups {
    int parent[VIS_GROUP_MAX_WINDOWS];
    struct group groups[VIS_GROUP_MAX_WINDOWS];
    struct mon_detection found[VIS_GROUP_MAX_WINDOWS];
};

int vis_window_groups_create(struct vis_window_groups **out)
{
    *out = malloc(sizeof **out);
    return *out ? FB_OK : fb_fail_nomem("the window groups", sizeof **out);
}

void vis_window_groups_destroy(struct vis_window_groups **groups)
{
    free(*groups);
    *groups = NULL;
}

static int root_of(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Each side differs by at most a fifth of the smaller window's mean side. */
static bool are_similar(const struct cv_shim_window *a, const struct cv_shim_window *b)
{
    int w = a->w < b->w ? a->w : b->w, h = a->h < b->h ? a->h : b->h;
    float reach = 0.1f * (float)(w + h);
    return (float)abs(a->x - b->x) <= reach && (float)abs(a->y - b->y) <= reach &&
           (float)abs(a->x + a->w - b->x - b->w) <= reach &&
           (float)abs(a->y + a->h - b->y - b->h) <= reach;
}

static void unite_similar(int *parent, const struct cv_shim_window *windows, int n)
{
    for (int i = 0; i < n; i++)
        parent[i] = i;
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++)
            if (are_similar(&windows[i], &windows[j]))
                parent[root_of(parent, i)] = root_of(parent, j);
}

static void add_up(struct vis_window_groups *g, const struct cv_shim_window *windows, int n)
{
    for (int i = 0; i < n; i++)
        g->groups[i] = (struct group){.best_weight = -INFINITY};
    for (int i = 0; i < n; i++) {
        struct group *group = &g->groups[root_of(g->parent, i)];
        const struct cv_shim_window *window = &windows[i];
        group->x += window->x;
        group->y += window->y;
        group->w += window->w;
        group->h += window->h;
        group->best_weight = fmax(group->best_weight, window->weight);
        group->n++;
    }
}

static struct mon_detection detection_of(const struct group *group)
{
    double n = group->n;
    return (struct mon_detection){
        .box = {(float)(group->x / n), (float)(group->y / n), (float)(group->w / n),
                (float)(group->h / n)},
        .score = (float)n + (float)(0.01 * fmin(fmax(group->best_weight, 0.0), 50.0)),
    };
}

static bool holds_centre(const struct mon_box *box, const struct mon_box *of)
{
    float x = of->x + 0.5f * of->w, y = of->y + 0.5f * of->h;
    return x > box->x && x < box->x + box->w && y > box->y && y < box->y + box->h;
}

/* One face hardly shows through another: where one box holds the other's centre, the lesser is a
 * mouth, a chin with a collar, or a frame round head and shoulders. */
static int drop_lesser(struct mon_detection *found, int n)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) { /* best first */
        bool is_kept = true;
        for (int j = 0; j < n_kept && is_kept; j++)
            is_kept = !holds_centre(&found[j].box, &found[i].box) &&
                      !holds_centre(&found[i].box, &found[j].box);
        if (is_kept)
            found[n_kept++] = found[i];
    }
    return n_kept;
}

static int by_score(const void *a, const void *b)
{
    const struct mon_detection *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    if (x->box.x != y->box.x)
        return x->box.x < y->box.x ? -1 : 1;
    return (x->box.y > y->box.y) - (x->box.y < y->box.y);
}

static int collect(struct vis_window_groups *g, const struct cv_shim_window *windows, int n,
                   int min_windows)
{
    unite_similar(g->parent, windows, n);
    add_up(g, windows, n);
    int n_found = 0;
    for (int i = 0; i < n; i++)
        if (g->groups[i].n && g->groups[i].n >= min_windows)
            g->found[n_found++] = detection_of(&g->groups[i]);
    return n_found;
}

int vis_window_groups_find(struct vis_window_groups *g, const struct cv_shim_window *windows, int n,
                           int min_windows, struct mon_detection *detections, int max)
{
    if (n > VIS_GROUP_MAX_WINDOWS)
        n = VIS_GROUP_MAX_WINDOWS;
    int n_found = 0;
    if (min_windows > 0) {
        n_found = collect(g, windows, n, min_windows);
    } else {
        for (; n_found < n; n_found++) {
            const struct cv_shim_window *w = &windows[n_found];
            g->found[n_found] = (struct mon_detection){
                .box = {(float)w->x, (float)w->y, (float)w->w, (float)w->h},
                .score = (float)w->weight};
        }
    }
    qsort(g->found, (size_t)n_found, sizeof *g->found, by_score);
    if (min_windows > 0)
        n_found = drop_lesser(g->found, n_found);
    if (n_found > max)
        n_found = max;
    for (int i = 0; i < n_found; i++)
        detections[i] = g->found[i];
    return n_found;
}
