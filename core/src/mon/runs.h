/* Runs of equal state over time, and how they fall into columns: the timeline's storage.
 * Time is cut into ticks of 100 ms. Runs are sorted and disjoint; a gap between them is "unseen".
 * Threads: one at a time. */
#ifndef MON_RUNS_H
#define MON_RUNS_H

#include "base/clock.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define MON_TICK_NS (100 * FB_NS_PER_MS)

struct mon_run {
    int32_t start, end; /* ticks; end is past the last one */
    int8_t state;       /* as in mon_cell; MON_CELL_UNSEEN only as an argument, never held */
    uint8_t level;      /* of confidence */
};

struct mon_runs { /* zero-initialised */
    struct mon_run *items;
    int n, capacity;
};

/* The tick a time lies in. Times more than three years from 0 are taken as three years. */
int32_t mon_tick_of(int64_t time_ns);

void mon_runs_finish(struct mon_runs *runs);

/* Room for n_paints more. FB_ERR_NOMEM. */
FB_MUST_USE int mon_runs_reserve(struct mon_runs *runs, int n_paints);

/* Index of the first run that ends after tick; runs->n if none. */
int mon_runs_find(const struct mon_runs *runs, int32_t tick);

/* The run that holds tick; state MON_CELL_UNSEEN if none does. */
struct mon_run mon_runs_at(const struct mon_runs *runs, int32_t tick);

/* Makes the ticks of run be run, whatever was there; MON_CELL_UNSEEN erases. Needs
 * mon_runs_reserve. */
void mon_runs_paint(struct mon_runs *runs, struct mon_run run);

/* A time span cut into n columns of equal width. */
struct mon_columns {
    int64_t from_ns;
    double width_ns;
    int n;
};

struct mon_columns mon_columns_make(int64_t from_ns, int64_t to_ns, int n_columns);

/* covered_ns of the column are run's; in order of time. */
typedef void mon_columns_visit(void *user, int column, double covered_ns,
                               const struct mon_run *run);

/* Calls visit for each column that a run touches. Without levels, runs that touch and have the same
 * state come as one (with the first one's level), which is quicker. */
void mon_columns_cover(const struct mon_columns *columns, const struct mon_runs *runs,
                       bool has_levels, mon_columns_visit *visit, void *user);

#endif
