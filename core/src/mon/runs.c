/* See runs.h. */
#include "runs.h"

#include "mon/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TICK_LIMIT (INT32_C(1) << 30)

void mon_runs_finish(struct mon_runs *runs)
{
    free(runs->items);
    *runs = (struct mon_runs){0};
}

int32_t mon_tick_of(int64_t time_ns)
{
    int64_t tick = time_ns / MON_TICK_NS - (time_ns % MON_TICK_NS < 0);
    return tick > TICK_LIMIT ? TICK_LIMIT : tick < -TICK_LIMIT ? -TICK_LIMIT : (int32_t)tick;
}

int mon_runs_find(const struct mon_runs *runs, int32_t tick)
{
    if (!runs->n || runs->items[runs->n - 1].end <= tick)
        return runs->n;
    int low = 0, high = runs->n - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (runs->items[middle].end > tick)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int mon_runs_reserve(struct mon_runs *runs, int n_paints)
{
    int n_needed = runs->n + 2 * n_paints; /* a paint splits one run in two and adds one */
    if (n_needed <= runs->capacity)
        return FB_OK;
    int capacity = 2 * n_needed > 16 ? 2 * n_needed : 16;
    size_t n_bytes = (size_t)capacity * sizeof *runs->items;
    struct mon_run *items = realloc(runs->items, n_bytes);
    if (!items)
        return fb_fail_nomem("the timeline", n_bytes);
    runs->items = items;
    runs->capacity = capacity;
    return FB_OK;
}

/* Appends run to pieces, joined to the last one if they are equal and touch. */
static void add_piece(struct mon_run *pieces, int *n_pieces, struct mon_run run)
{
    struct mon_run *last = *n_pieces ? &pieces[*n_pieces - 1] : NULL;
    if (last && last->end == run.start && last->state == run.state && last->level == run.level)
        last->end = run.end;
    else
        pieces[(*n_pieces)++] = run;
}

static bool runs_hold_already(const struct mon_runs *runs, int at, const struct mon_run *run)
{
    if (run->state == MON_CELL_UNSEEN)
        return at == runs->n || runs->items[at].start >= run->end;
    return at < runs->n && runs->items[at].start <= run->start && runs->items[at].end >= run->end &&
           runs->items[at].state == run->state && runs->items[at].level == run->level;
}

void mon_runs_paint(struct mon_runs *runs, struct mon_run run)
{
    int first = mon_runs_find(runs, run.start);
    if (runs_hold_already(runs, first, &run))
        return;
    int past = first;
    while (past < runs->n && runs->items[past].start < run.end)
        past++;
    struct mon_run pieces[5];
    int n_pieces = 0, from = first, to = past;
    if (first > 0)
        add_piece(pieces, &n_pieces, runs->items[from = first - 1]);
    if (first < past && runs->items[first].start < run.start) {
        struct mon_run left = runs->items[first];
        left.end = run.start;
        add_piece(pieces, &n_pieces, left);
    }
    if (run.state != MON_CELL_UNSEEN)
        add_piece(pieces, &n_pieces, run);
    if (first < past && runs->items[past - 1].end > run.end) {
        struct mon_run right = runs->items[past - 1];
        right.start = run.end;
        add_piece(pieces, &n_pieces, right);
    }
    if (past < runs->n)
        add_piece(pieces, &n_pieces, runs->items[to++]);
    memmove(runs->items + from + n_pieces, runs->items + to,
            (size_t)(runs->n - to) * sizeof *runs->items);
    memcpy(runs->items + from, pieces, (size_t)n_pieces * sizeof *pieces);
    runs->n += n_pieces - (to - from);
}

struct mon_run mon_runs_at(const struct mon_runs *runs, int32_t tick)
{
    int i = mon_runs_find(runs, tick);
    if (i < runs->n && runs->items[i].start <= tick)
        return runs->items[i];
    return (struct mon_run){.state = MON_CELL_UNSEEN};
}

struct mon_columns mon_columns_make(int64_t from_ns, int64_t to_ns, int n_columns)
{
    double width_ns = ((double)to_ns - (double)from_ns) / n_columns;
    return (struct mon_columns){.from_ns = from_ns, .width_ns = width_ns, .n = n_columns};
}

/* The run at *i, stretched over those that follow it at once in the same state; *i to the last one.
 */
static struct mon_run joined_run(const struct mon_runs *runs, int *i)
{
    struct mon_run run = runs->items[*i];
    while (*i + 1 < runs->n && runs->items[*i + 1].start == run.end &&
           runs->items[*i + 1].state == run.state)
        run.end = runs->items[++*i].end;
    return run;
}

void mon_columns_cover(const struct mon_columns *columns, const struct mon_runs *runs,
                       bool has_levels, mon_columns_visit *visit, void *user)
{
    double from_ns = (double)columns->from_ns, width_ns = columns->width_ns;
    double to_ns = from_ns + width_ns * columns->n, edge = from_ns;
    int column = -1; /* that ends at edge */
    for (int i = mon_runs_find(runs, mon_tick_of(columns->from_ns)); i < runs->n; i++) {
        struct mon_run run = has_levels ? runs->items[i] : joined_run(runs, &i);
        double start = fmax((double)run.start * MON_TICK_NS, from_ns);
        double end = fmin((double)run.end * MON_TICK_NS, to_ns);
        if (start >= edge) {
            column = (int)((start - from_ns) / width_ns);
            edge = from_ns + width_ns * (column + 1);
        }
        while (start < end && column < columns->n) {
            double stop = end < edge ? end : edge;
            if (stop > start)
                visit(user, column, stop - start, &run);
            start = stop > start ? stop : start;
            if (end >= edge)
                edge = from_ns + width_ns * (++column + 1);
        }
        if (end >= to_ns)
            break;
    }
}
