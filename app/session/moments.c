/* See moments.h. */
#include "moments.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S 6     /* compared before and after */
#define APART_S 20     /* moments are at least so far from each other */
#define LEAST .2F      /* smaller changes are noise: one face of five */
#define FEWEST_FACES 2 /* mean over each window */

enum { MAX_CELLS = 8 * 3600 };

static void add(struct mon_class_cell *sum, const struct mon_class_cell *cell, float weight)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum->share[i] += weight * cell->share[i];
    sum->not_sure += weight * cell->not_sure;
}

/* Mean of n cells, each with the weight of the faces in it. */
static struct mon_class_cell mean_of(const struct mon_class_cell *cells, int n)
{
    struct mon_class_cell mean = {0};
    float faces = 0;
    for (int i = 0; i < n; i++) {
        add(&mean, &cells[i], cells[i].n_faces);
        faces += cells[i].n_faces;
    }
    struct mon_class_cell scaled = {0};
    if (faces > 0)
        add(&scaled, &mean, 1 / faces);
    scaled.n_faces = faces / (float)n;
    return scaled;
}

static float change_of(const struct app_moment *moment)
{
    float sum = fabsf(moment->before.not_sure - moment->after.not_sure);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += fabsf(moment->before.share[i] - moment->after.share[i]);
    bool is_class = moment->before.n_faces >= FEWEST_FACES && moment->after.n_faces >= FEWEST_FACES;
    return is_class ? sum / 2 : 0;
}

/* Puts it among the best unless a stronger one is near; takes out weaker ones that are near. */
static int keep(struct app_moment *moments, int n, const struct app_moment *moment)
{
    for (int i = 0; i < n;) {
        bool is_near = llabs(moments[i].time_ns - moment->time_ns) < APART_S * FB_NS_PER_S;
        if (is_near && moments[i].change >= moment->change)
            return n;
        if (is_near)
            memmove(&moments[i], &moments[i + 1], (size_t)(--n - i) * sizeof *moments);
        else
            i++;
    }
    if (n == APP_MOMENTS_MAX) {
        int weakest = 0;
        for (int i = 1; i < n; i++)
            weakest = moments[i].change < moments[weakest].change ? i : weakest;
        if (moments[weakest].change >= moment->change)
            return n;
        moments[weakest] = moments[--n];
    }
    moments[n++] = *moment;
    return n;
}

static int by_time(const void *a, const void *b)
{
    const struct app_moment *x = a, *y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

int app_moments_find(const struct mon_timeline *timeline, struct app_moment *moments)
{
    int64_t from_ns, to_ns;
    if (!mon_timeline_span(timeline, &from_ns, &to_ns))
        return 0;
    int64_t n_cells = (to_ns - from_ns) / FB_NS_PER_S;
    n_cells = n_cells < MAX_CELLS ? n_cells : MAX_CELLS;
    if (n_cells < 2 * WINDOW_S)
        return 0;
    struct mon_class_cell *cells = calloc((size_t)n_cells, sizeof *cells);
    if (!cells)
        return fb_fail_nomem("the class over time", (size_t)n_cells * sizeof *cells);
    mon_timeline_class_cells(timeline, from_ns, from_ns + n_cells * FB_NS_PER_S, cells,
                             (int)n_cells);
    int n = 0;
    for (int at = WINDOW_S; at + WINDOW_S <= n_cells; at++) {
        struct app_moment moment = {.time_ns = from_ns + at * FB_NS_PER_S,
                                    .before = mean_of(cells + at - WINDOW_S, WINDOW_S),
                                    .after = mean_of(cells + at, WINDOW_S)};
        moment.change = change_of(&moment);
        if (moment.change >= LEAST)
            n = keep(moments, n, &moment);
    }
    free(cells);
    qsort(moments, (size_t)n, sizeof *moments, by_time);
    return n;
}
