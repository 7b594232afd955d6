/* See group.h. OpenCV compares every window with every other; here they are sorted by their left
 * edge first, and only those near enough are compared. */
#include "group.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct group {
    long x, y, w, h; /* sums; then the mean */
    int n;
    float score;
};

typedef bool is_before(const struct vis_cascade_box *a, const struct vis_cascade_box *b);

static bool is_left_of(const struct vis_cascade_box *a, const struct vis_cascade_box *b)
{
    return a->x < b->x;
}

static bool is_better(const struct vis_cascade_box *a, const struct vis_cascade_box *b)
{
    if (a->n_neighbours != b->n_neighbours)
        return a->n_neighbours > b->n_neighbours;
    if (a->score < b->score || a->score > b->score)
        return a->score > b->score;
    if (a->y != b->y)
        return a->y < b->y;
    return a->x != b->x ? a->x < b->x : a->w < b->w;
}

static void sift_down(struct vis_cascade_box *boxes, int i, int n, is_before *before)
{
    struct vis_cascade_box moved = boxes[i];
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&boxes[child], &boxes[child + 1]))
            child++;
        if (!before(&moved, &boxes[child]))
            break;
        boxes[i] = boxes[child];
    }
    boxes[i] = moved;
}

/* Heap sort: qsort may allocate. */
static void sort(struct vis_cascade_box *boxes, int n, is_before *before)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(boxes, i, n, before);
    for (int end = n - 1; end > 0; end--) {
        struct vis_cascade_box last = boxes[0];
        boxes[0] = boxes[end];
        boxes[end] = last;
        sift_down(boxes, 0, end, before);
    }
}

void cas_sort_boxes(struct vis_cascade_box *boxes, int n)
{
    sort(boxes, n, is_better);
}

static int find_root(int *parents, int i)
{
    while (parents[i] != i) {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    return i;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static bool do_agree(const struct vis_cascade_box *a, const struct vis_cascade_box *b,
                     double distance)
{
    double delta = distance * (smaller(a->w, b->w) + smaller(a->h, b->h)) * 0.5;
    return abs(a->x - b->x) <= delta && abs(a->y - b->y) <= delta &&
           abs(a->x + a->w - b->x - b->w) <= delta && abs(a->y + a->h - b->y - b->h) <= delta;
}

/* parents: the root of each box's group afterwards. boxes sorted by x. */
static void connect(const struct vis_cascade_box *boxes, int n, double distance, int *parents)
{
    for (int i = 0; i < n; i++)
        parents[i] = i;
    for (int i = 0; i < n; i++) {
        double reach = distance * (boxes[i].w + boxes[i].h) * 0.5;
        for (int j = i + 1; j < n && boxes[j].x - boxes[i].x <= reach; j++)
            if (do_agree(&boxes[i], &boxes[j], distance))
                parents[find_root(parents, j)] = find_root(parents, i);
    }
}

static int collect(const struct vis_cascade_box *boxes, int n, int *parents, struct group *groups)
{
    int n_groups = 0;
    for (int i = 0; i < n; i++)
        groups[i] = (struct group){0};
    for (int i = 0; i < n; i++) {
        struct group *group = &groups[find_root(parents, i)];
        group->x += boxes[i].x;
        group->y += boxes[i].y;
        group->w += boxes[i].w;
        group->h += boxes[i].h;
        if (group->n++ == 0 || boxes[i].score > group->score)
            group->score = boxes[i].score;
    }
    for (int i = 0; i < n; i++)
        if (groups[i].n)
            groups[n_groups++] = groups[i];
    return n_groups;
}

static long mean(long sum, int n)
{
    return lrintf((float)sum * (1.0f / (float)n));
}

static int keep_large(struct group *groups, int n, int min_neighbours)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) {
        struct group group = groups[i];
        if (group.n <= min_neighbours)
            continue;
        group.x = mean(group.x, group.n);
        group.y = mean(group.y, group.n);
        group.w = mean(group.w, group.n);
        group.h = mean(group.h, group.n);
        groups[n_kept++] = group;
    }
    return n_kept;
}

/* Is a small group inside a larger one that more windows stand behind? */
static bool is_swallowed(const struct group *a, const struct group *by, double distance)
{
    long dx = lrint((double)by->w * distance), dy = lrint((double)by->h * distance);
    int enough = a->n > 3 ? a->n : 3;
    return a->x >= by->x - dx && a->y >= by->y - dy && a->x + a->w <= by->x + by->w + dx &&
           a->y + a->h <= by->y + by->h + dy && (by->n > enough || a->n < 3);
}

size_t cas_group_bytes(int n)
{
    return (size_t)n * (sizeof(struct group) + sizeof(int));
}

int cas_group(struct vis_cascade_box *boxes, int n, int min_neighbours, double distance,
              void *scratch)
{
    struct group *groups = scratch;
    int *parents = (int *)(void *)(groups + n);
    if (min_neighbours <= 0)
        return n;
    sort(boxes, n, is_left_of);
    connect(boxes, n, distance, parents);
    int n_groups = collect(boxes, n, parents, groups);
    n_groups = keep_large(groups, n_groups, min_neighbours);
    int n_boxes = 0;
    for (int i = 0; i < n_groups; i++) {
        bool is_kept = true;
        for (int j = 0; j < n_groups && is_kept; j++)
            is_kept = i == j || !is_swallowed(&groups[i], &groups[j], distance);
        if (is_kept)
            boxes[n_boxes++] = (struct vis_cascade_box){.x = (int)groups[i].x,
                                                        .y = (int)groups[i].y,
                                                        .w = (int)groups[i].w,
                                                        .h = (int)groups[i].h,
                                                        .n_neighbours = groups[i].n,
                                                        .score = groups[i].score};
    }
    return n_boxes;
}
