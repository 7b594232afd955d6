/* Everything shown so far, per student and for the class, at a fixed resolution of 0.1 s.
 * Runs of equal state are stored, so an hour of 40 students stays under some MB. An observation
 * holds until the next one if that follows within 2 s; longer gaps are drawn as gaps.
 * Threads: one at a time (main owns the live one). */
#ifndef MON_TIMELINE_H
#define MON_TIMELINE_H

#include "base/status.h"
#include "mon/observation.h"

struct mon_timeline;

/* One column of a drawn strip. */
struct mon_cell {
    int8_t state;        /* enum fb_expression, MON_NOT_SURE, or MON_CELL_UNSEEN */
    uint8_t confidence;  /* 0..255, mean over the time seen in the column */
};
#define MON_CELL_UNSEEN (-2)

struct mon_class_cell {
    float share[FB_EXPRESSION_COUNT]; /* of the faces seen in the column; with not_sure sums to 1 */
    float not_sure;
    float n_faces;                    /* mean number of faces seen over the column */
};

struct mon_student_summary {
    int student;
    double first_seen_s, last_seen_s, seen_s, not_sure_s;
    double expression_s[FB_EXPRESSION_COUNT];
};

FB_MUST_USE int mon_timeline_create(struct mon_timeline **out);
void mon_timeline_destroy(struct mon_timeline **timeline);

/* Observations in any order of time; one at a time already held is replaced (replay re-analyses).
 * Faces without a student are left out; one that coasts counts with the label it shows.
 * FB_ERR_NOMEM: nothing was added. */
FB_MUST_USE int mon_timeline_add(struct mon_timeline *timeline,
                                 const struct mon_observation *observation);

/* Who a row is at a time: the student, or 0 for nobody; *until_ns gets the time to which it holds. */
typedef int mon_timeline_who(void *user, int student, int64_t at_ns, int64_t *until_ns);
/* Makes `to` hold what `from` holds, each row given to whom `who` says. Where two rows become one
 * student's, a label is kept rather than "not sure". FB_ERR_NOMEM: `to` is empty. */
FB_MUST_USE int mon_timeline_remap(const struct mon_timeline *from, mon_timeline_who *who,
                                   void *user, struct mon_timeline *to);
/* Takes a student's row away between two times, for good. FB_ERR_NOMEM. */
FB_MUST_USE int mon_timeline_erase(struct mon_timeline *timeline, int student, int64_t from_ns,
                                   int64_t to_ns);

/* First and last time held; false when empty. */
bool mon_timeline_span(const struct mon_timeline *timeline, int64_t *first_ns, int64_t *last_ns);

int mon_timeline_n_students(const struct mon_timeline *timeline);
/* Student number of row i, in order of first appearance. */
int mon_timeline_student(const struct mon_timeline *timeline, int row);

/* The strip of one row between two times as n_cells columns (state: the one that lasted longest). */
void mon_timeline_cells(const struct mon_timeline *timeline, int row, int64_t from_ns,
                        int64_t to_ns, struct mon_cell *cells, int n_cells);
void mon_timeline_class_cells(const struct mon_timeline *timeline, int64_t from_ns, int64_t to_ns,
                              struct mon_class_cell *cells, int n_cells);

/* Totals of one row over the whole span. */
struct mon_student_summary mon_timeline_summary(const struct mon_timeline *timeline, int row);

#endif
