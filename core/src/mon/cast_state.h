/* What the edits of a cast add up to. Private to cast*.c. Threads: one at a time. */
#ifndef MON_CAST_STATE_H
#define MON_CAST_STATE_H

#include "mon/cast.h"

enum { MON_CAST_MAX_STUDENTS = 1024, MON_CAST_MAX_SEGMENTS = 4096 };

struct mon_cast_student {
    int number, origin;
    int merged_with; /* 0: nobody */
    bool is_poster, is_forgotten, has_seat;
    struct mon_box seat;
    char name[MON_NAME_BYTES];
};

/* From from_ns on, until the track's next one, the track is that student. */
struct mon_cast_segment {
    int track, student;
    int64_t from_ns;
};

struct mon_cast_state {
    struct mon_cast_student students[MON_CAST_MAX_STUDENTS]; /* those that edits speak of */
    int n_students;
    struct mon_cast_segment segments[MON_CAST_MAX_SEGMENTS]; /* by track, then time */
    int n_segments;
    int last_split;
};

const struct mon_cast_student *mon_cast_state_find(const struct mon_cast_state *state, int student);
/* Follows merges to their end. */
int mon_cast_state_root(const struct mon_cast_state *state, int student);
/* As mon_cast_who, but also for those who are not shown. */
int mon_cast_state_student(const struct mon_cast_state *state, int track, int64_t pts_ns,
                           int64_t *until_ns);
/* Adds one edit; a split without a number gets one. FB_ERR_USAGE: nothing changed but the order of
 * tables. */
FB_MUST_USE int mon_cast_state_add(struct mon_cast_state *state, struct mon_edit *edit);

#endif
