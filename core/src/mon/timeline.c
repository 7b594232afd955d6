/* See mon/timeline.h.
 *
 * A row holds the runs of ticks (runs.h) in which one student had one state at one level of
 * confidence, and none where the student was not seen. Three hours of a student are some thousand
 * runs; a strip is one binary search and one walk.
 *
 * A tick's state is that of the newest observation at or before it, if the next observation follows
 * within HOLD_TICKS; else an observation fills its own tick only, and what follows is a gap. This
 * depends on what is held, not on the order it came in. Of several observations in one tick, the
 * one added last counts.
 */
#include "mon/timeline.h"

#include "base/clock.h"
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#define TICK_S ((double)MON_TICK_NS / (double)FB_NS_PER_S)
#define HOLD_TICKS 20
#define CONFIDENCE_LEVELS 16
#define N_STATES (FB_EXPRESSION_COUNT + 2) /* the expressions, not sure, unseen: in this order */
#define NOT_SURE_INDEX FB_EXPRESSION_COUNT
#define UNSEEN_INDEX (FB_EXPRESSION_COUNT + 1)

struct row {
    int student;
    struct mon_runs runs;
};

struct mon_timeline {
    struct row *rows; /* by first appearance */
    int n_rows, row_capacity;
    struct mon_runs observed; /* ticks that have an observation; state and level 0 */
};

int mon_timeline_create(struct mon_timeline **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? FB_OK : fb_fail_nomem("a timeline", sizeof **out);
}

void mon_timeline_destroy(struct mon_timeline **timeline)
{
    struct mon_timeline *t = *timeline;
    if (!t)
        return;
    for (int i = 0; i < t->n_rows; i++)
        mon_runs_finish(&t->rows[i].runs);
    free(t->rows);
    mon_runs_finish(&t->observed);
    free(t);
    *timeline = NULL;
}

static struct row *row_find(const struct mon_timeline *timeline, int student)
{
    for (int i = 0; i < timeline->n_rows; i++)
        if (timeline->rows[i].student == student)
            return &timeline->rows[i];
    return NULL;
}

static int row_add(struct mon_timeline *timeline, int student)
{
    if (timeline->n_rows == timeline->row_capacity) {
        int capacity = timeline->row_capacity ? 2 * timeline->row_capacity : 16;
        size_t n_bytes = (size_t)capacity * sizeof *timeline->rows;
        struct row *rows = realloc(timeline->rows, n_bytes);
        if (!rows)
            return fb_fail_nomem("the timeline", n_bytes);
        timeline->rows = rows;
        timeline->row_capacity = capacity;
    }
    timeline->rows[timeline->n_rows++] = (struct row){.student = student};
    return FB_OK;
}

/* All memory that adding the observation may take, so that it is added whole or not at all. */
static int reserve(struct mon_timeline *timeline, const struct mon_observation *observation)
{
    int code = FB_OK;
    for (int i = 0; i < observation->n_faces && code == FB_OK; i++) {
        int student = observation->faces[i].student;
        if (student > 0 && !row_find(timeline, student))
            code = row_add(timeline, student);
    }
    /* Two paints a row: the time up to this tick, and from it. */
    for (int i = 0; i < timeline->n_rows && code == FB_OK; i++)
        code = mon_runs_reserve(&timeline->rows[i].runs, 2);
    return code == FB_OK ? mon_runs_reserve(&timeline->observed, 1) : code;
}

/* The last observed tick before tick, or false. */
static bool observed_before(const struct mon_timeline *timeline, int32_t tick, int32_t *before)
{
    const struct mon_runs *observed = &timeline->observed;
    int i = mon_runs_find(observed, tick - 1);
    if (i < observed->n && observed->items[i].start < tick)
        *before = tick - 1;
    else if (i > 0)
        *before = observed->items[i - 1].end - 1;
    else
        return false;
    return true;
}

static bool observed_after(const struct mon_timeline *timeline, int32_t tick, int32_t *after)
{
    const struct mon_runs *observed = &timeline->observed;
    int i = mon_runs_find(observed, tick + 1);
    if (i == observed->n)
        return false;
    *after = observed->items[i].start > tick ? observed->items[i].start : tick + 1;
    return true;
}

static struct mon_run run_of_face(const struct mon_face *face)
{
    if (!face)
        return (struct mon_run){.state = MON_CELL_UNSEEN};
    int state = face->expression;
    if (state < 0 || state >= FB_EXPRESSION_COUNT)
        state = MON_NOT_SURE;
    float confidence = face->confidence > 0 ? face->confidence : 0; /* also for NaN */
    int level = confidence < 1 ? (int)(confidence * CONFIDENCE_LEVELS) : CONFIDENCE_LEVELS - 1;
    return (struct mon_run){.state = (int8_t)state, .level = (uint8_t)level};
}

static const struct mon_face *face_of(const struct mon_observation *observation, int student)
{
    for (int i = 0; i < observation->n_faces; i++)
        if (observation->faces[i].student == student)
            return &observation->faces[i];
    return NULL;
}

int mon_timeline_add(struct mon_timeline *timeline, const struct mon_observation *observation)
{
    int code = reserve(timeline, observation);
    if (code != FB_OK)
        return code;
    int32_t tick = mon_tick_of(observation->pts_ns), before = tick, after;
    bool is_held_before = observed_before(timeline, tick, &before) && tick - before <= HOLD_TICKS;
    if (!observed_after(timeline, tick, &after) || after - tick > HOLD_TICKS)
        after = tick + 1;
    for (int i = 0; i < timeline->n_rows; i++) {
        struct row *row = &timeline->rows[i];
        if (is_held_before && before + 1 < tick) {
            struct mon_run held = mon_runs_at(&row->runs, before);
            held.start = before + 1;
            held.end = tick;
            mon_runs_paint(&row->runs, held);
        }
        struct mon_run run = run_of_face(face_of(observation, row->student));
        run.start = tick;
        run.end = after;
        mon_runs_paint(&row->runs, run);
    }
    mon_runs_paint(&timeline->observed, (struct mon_run){.start = tick, .end = tick + 1});
    return FB_OK;
}

static void clear(struct mon_timeline *timeline)
{
    for (int i = 0; i < timeline->n_rows; i++)
        mon_runs_finish(&timeline->rows[i].runs);
    timeline->n_rows = 0;
    mon_runs_finish(&timeline->observed);
}

static int paint_for(struct mon_timeline *to, int student, struct mon_run run)
{
    int code = row_find(to, student) ? FB_OK : row_add(to, student);
    struct row *row = row_find(to, student);
    if (code == FB_OK)
        code = mon_runs_reserve(&row->runs, 1);
    if (code == FB_OK)
        mon_runs_paint(&row->runs, run);
    return code;
}

/* One run, cut where it changes hands. */
static int remap_run(const struct row *row, struct mon_run run, mon_timeline_who *who, void *user,
                     struct mon_timeline *to)
{
    int code = FB_OK;
    for (struct mon_run piece = run; piece.start < run.end && code == FB_OK;
         piece.start = piece.end) {
        int64_t until_ns = INT64_MAX;
        int student = who(user, row->student, piece.start * MON_TICK_NS, &until_ns);
        /* A change within a tick takes effect with the next one. */
        int32_t until = until_ns == INT64_MAX ? run.end : mon_tick_of(until_ns - 1) + 1;
        piece.end = until < run.end ? until : run.end;
        if (piece.end <= piece.start)
            piece.end = piece.start + 1;
        if (student > 0)
            code = paint_for(to, student, piece);
    }
    return code;
}

static int remap_rows(const struct mon_timeline *from, bool is_sure, mon_timeline_who *who,
                      void *user, struct mon_timeline *to)
{
    int code = FB_OK;
    for (int i = 0; i < from->n_rows; i++) {
        const struct row *row = &from->rows[i];
        for (int k = 0; k < row->runs.n && code == FB_OK; k++)
            if ((row->runs.items[k].state != MON_NOT_SURE) == is_sure)
                code = remap_run(row, row->runs.items[k], who, user, to);
    }
    return code;
}

int mon_timeline_remap(const struct mon_timeline *from, mon_timeline_who *who, void *user,
                       struct mon_timeline *to)
{
    clear(to);
    int code = mon_runs_reserve(&to->observed, from->observed.n);
    for (int i = 0; i < from->observed.n && code == FB_OK; i++)
        mon_runs_paint(&to->observed, from->observed.items[i]);
    if (code == FB_OK)
        code = remap_rows(from, false, who, user, to);
    if (code == FB_OK)
        code = remap_rows(from, true, who, user, to);
    if (code != FB_OK)
        clear(to);
    return code;
}

int mon_timeline_erase(struct mon_timeline *timeline, int student, int64_t from_ns, int64_t to_ns)
{
    struct row *row = row_find(timeline, student);
    if (!row)
        return FB_OK;
    int code = mon_runs_reserve(&row->runs, 1);
    if (code == FB_OK)
        mon_runs_paint(&row->runs, (struct mon_run){.start = mon_tick_of(from_ns),
                                                    .end = mon_tick_of(to_ns) + 1,
                                                    .state = MON_CELL_UNSEEN});
    return code;
}

bool mon_timeline_span(const struct mon_timeline *timeline, int64_t *first_ns, int64_t *last_ns)
{
    const struct mon_runs *observed = &timeline->observed;
    if (!observed->n)
        return false;
    *first_ns = observed->items[0].start * MON_TICK_NS;
    *last_ns = observed->items[observed->n - 1].end * MON_TICK_NS;
    return true;
}

int mon_timeline_n_students(const struct mon_timeline *timeline)
{
    return timeline->n_rows;
}

int mon_timeline_student(const struct mon_timeline *timeline, int row)
{
    return timeline->rows[row].student;
}

static int state_index(int8_t state)
{
    return state == MON_NOT_SURE ? NOT_SURE_INDEX : state;
}

static uint8_t level_confidence(uint8_t level)
{
    return (uint8_t)(level * 255 / (CONFIDENCE_LEVELS - 1));
}

/* One strip's column being summed; columns come in order. */
struct strip {
    struct mon_cell *cells;
    double width_ns;
    int column;
    double state_ns[N_STATES], confidence_ns, seen_ns;
};

static void strip_finish_column(struct strip *strip)
{
    strip->state_ns[UNSEEN_INDEX] = strip->width_ns - strip->seen_ns;
    int longest = 0;
    for (int i = 1; i < N_STATES; i++)
        if (strip->state_ns[i] > strip->state_ns[longest])
            longest = i;
    struct mon_cell *cell = &strip->cells[strip->column];
    if (longest == UNSEEN_INDEX)
        return;
    cell->state = (int8_t)(longest == NOT_SURE_INDEX ? MON_NOT_SURE : longest);
    cell->confidence = (uint8_t)(strip->confidence_ns / strip->seen_ns + 0.5);
}

static void strip_cover(void *user, int column, double covered_ns, const struct mon_run *run)
{
    struct strip *strip = user;
    if (column != strip->column) {
        if (strip->column >= 0)
            strip_finish_column(strip);
        strip->column = column;
        memset(strip->state_ns, 0, sizeof strip->state_ns);
        strip->confidence_ns = strip->seen_ns = 0;
    }
    strip->state_ns[state_index(run->state)] += covered_ns;
    strip->confidence_ns += covered_ns * level_confidence(run->level);
    strip->seen_ns += covered_ns;
}

void mon_timeline_cells(const struct mon_timeline *timeline, int row, int64_t from_ns,
                        int64_t to_ns, struct mon_cell *cells, int n_cells)
{
    for (int i = 0; i < n_cells; i++)
        cells[i] = (struct mon_cell){.state = MON_CELL_UNSEEN};
    if (n_cells < 1 || to_ns <= from_ns)
        return;
    struct mon_columns columns = mon_columns_make(from_ns, to_ns, n_cells);
    struct strip strip = {.cells = cells, .width_ns = columns.width_ns, .column = -1};
    mon_columns_cover(&columns, &timeline->rows[row].runs, true, strip_cover, &strip);
    if (strip.column >= 0)
        strip_finish_column(&strip);
}

static void class_cover(void *user, int column, double covered_ns, const struct mon_run *run)
{
    struct mon_class_cell *cell = (struct mon_class_cell *)user + column;
    if (run->state == MON_NOT_SURE)
        cell->not_sure += (float)covered_ns;
    else
        cell->share[run->state] += (float)covered_ns;
    cell->n_faces += (float)covered_ns;
}

void mon_timeline_class_cells(const struct mon_timeline *timeline, int64_t from_ns, int64_t to_ns,
                              struct mon_class_cell *cells, int n_cells)
{
    for (int i = 0; i < n_cells; i++)
        cells[i] = (struct mon_class_cell){0};
    if (n_cells < 1 || to_ns <= from_ns)
        return;
    struct mon_columns columns = mon_columns_make(from_ns, to_ns, n_cells);
    for (int i = 0; i < timeline->n_rows; i++)
        mon_columns_cover(&columns, &timeline->rows[i].runs, false, class_cover, cells);
    for (int i = 0; i < n_cells; i++) {
        struct mon_class_cell *cell = &cells[i];
        float faces_ns = cell->n_faces;
        if (!(faces_ns > 0))
            continue;
        for (int k = 0; k < FB_EXPRESSION_COUNT; k++)
            cell->share[k] /= faces_ns;
        cell->not_sure /= faces_ns;
        cell->n_faces /= (float)columns.width_ns;
    }
}

struct mon_student_summary mon_timeline_summary(const struct mon_timeline *timeline, int row)
{
    const struct mon_runs *runs = &timeline->rows[row].runs;
    struct mon_student_summary summary = {.student = timeline->rows[row].student};
    if (!runs->n)
        return summary;
    summary.first_seen_s = runs->items[0].start * TICK_S;
    summary.last_seen_s = runs->items[runs->n - 1].end * TICK_S;
    for (int i = 0; i < runs->n; i++) {
        const struct mon_run *run = &runs->items[i];
        double length_s = (run->end - run->start) * TICK_S;
        summary.seen_s += length_s;
        if (run->state == MON_NOT_SURE)
            summary.not_sure_s += length_s;
        else
            summary.expression_s[run->state] += length_s;
    }
    return summary;
}
