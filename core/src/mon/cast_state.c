/* See cast_state.h. */
#include "cast_state.h"

#include <stdio.h>
#include <string.h>

const struct mon_cast_student *mon_cast_state_find(const struct mon_cast_state *state, int student)
{
    for (int i = 0; i < state->n_students; i++)
        if (state->students[i].number == student)
            return &state->students[i];
    return NULL;
}

int mon_cast_state_root(const struct mon_cast_state *state, int student)
{
    for (int i = 0; i < state->n_students; i++) { /* a chain is no longer than that */
        const struct mon_cast_student *found = mon_cast_state_find(state, student);
        if (!found || !found->merged_with)
            break;
        student = found->merged_with;
    }
    return student;
}

static int out_of_room(const char *what)
{
    return fb_fail(FB_ERR_USAGE, "too many %s in one session", what);
}

/* NULL when the table is full. */
static struct mon_cast_student *get_student(struct mon_cast_state *state, int number)
{
    for (int i = 0; i < state->n_students; i++)
        if (state->students[i].number == number)
            return &state->students[i];
    if (state->n_students == MON_CAST_MAX_STUDENTS)
        return NULL;
    struct mon_cast_student *student = &state->students[state->n_students++];
    *student = (struct mon_cast_student){.number = number, .origin = number};
    return student;
}

/* Index of the first segment of track after from_ns. */
static int segment_after(const struct mon_cast_state *state, int track, int64_t from_ns)
{
    int i = 0;
    while (i < state->n_segments &&
           (state->segments[i].track < track ||
            (state->segments[i].track == track && state->segments[i].from_ns <= from_ns)))
        i++;
    return i;
}

int mon_cast_state_student(const struct mon_cast_state *state, int track, int64_t pts_ns,
                           int64_t *until_ns)
{
    int next = segment_after(state, track, pts_ns), student = track;
    if (next > 0 && state->segments[next - 1].track == track)
        student = state->segments[next - 1].student;
    if (until_ns)
        *until_ns = next < state->n_segments && state->segments[next].track == track
                        ? state->segments[next].from_ns
                        : INT64_MAX;
    return mon_cast_state_root(state, student);
}

static int put_segment(struct mon_cast_state *state, int track, int64_t from_ns, int student)
{
    int at = segment_after(state, track, from_ns);
    if (at > 0 && state->segments[at - 1].track == track &&
        state->segments[at - 1].from_ns == from_ns) {
        state->segments[at - 1].student = student;
        return FB_OK;
    }
    if (state->n_segments == MON_CAST_MAX_SEGMENTS)
        return out_of_room("changes of who is who");
    memmove(state->segments + at + 1, state->segments + at,
            (size_t)(state->n_segments - at) * sizeof *state->segments);
    state->segments[at] = (struct mon_cast_segment){track, student, from_ns};
    state->n_segments++;
    return FB_OK;
}

/* From from_ns on, what the track says of `was` it says of `is`, and the other way round if
 * both_ways. */
static int change_track(struct mon_cast_state *state, int track, int64_t from_ns, int was, int is,
                        bool both_ways)
{
    int now = mon_cast_state_student(state, track, from_ns, NULL), status = FB_OK;
    int after = segment_after(state, track, from_ns);
    for (int i = after; i < state->n_segments && state->segments[i].track == track; i++) {
        int student = mon_cast_state_root(state, state->segments[i].student);
        if (student == was)
            state->segments[i].student = is;
        else if (both_ways && student == is)
            state->segments[i].student = was;
    }
    if (now == was)
        status = put_segment(state, track, from_ns, is);
    else if (both_ways && now == is)
        status = put_segment(state, track, from_ns, was);
    return status;
}

/* Every track that can be `was` or `is`: those with segments, and those that are so by default. */
static int change_tracks(struct mon_cast_state *state, int64_t from_ns, int was, int is,
                         bool both_ways)
{
    static _Thread_local int tracks[MON_CAST_MAX_STUDENTS + MON_CAST_MAX_SEGMENTS];
    int n = 0, last = 0, status = FB_OK;
    for (int i = 0; i < state->n_students; i++)
        tracks[n++] = state->students[i].number;
    for (int i = 0; i < state->n_segments; last = state->segments[i++].track)
        if (state->segments[i].track != last)
            tracks[n++] = state->segments[i].track;
    for (int i = 0; i < n && !status; i++) {
        bool is_again = false; /* a second time would swap back */
        for (int k = 0; k < i; k++)
            is_again |= tracks[k] == tracks[i];
        if (!is_again)
            status = change_track(state, tracks[i], from_ns, was, is, both_ways);
    }
    return status;
}

static int add_merge(struct mon_cast_student *student, struct mon_cast_student *other)
{
    if (student->number == other->number)
        return fb_fail(FB_ERR_USAGE, "these are the same student already");
    if (!student->name[0])
        memcpy(student->name, other->name, sizeof student->name);
    if (!student->has_seat && other->has_seat) {
        student->has_seat = true;
        student->seat = other->seat;
    }
    other->merged_with = student->number;
    return FB_OK;
}

static int add_split(struct mon_cast_state *state, struct mon_cast_student *student,
                     struct mon_edit *edit)
{
    if (edit->other && edit->other < MON_CAST_FIRST_SPLIT)
        return fb_fail(FB_ERR_USAGE, "student %d exists already", edit->other);
    if (!edit->other)
        edit->other = (state->last_split < MON_CAST_FIRST_SPLIT ? MON_CAST_FIRST_SPLIT - 1
                                                                : state->last_split) +
                      1;
    struct mon_cast_student *part = get_student(state, edit->other);
    if (!part)
        return out_of_room("students");
    part->origin = student->origin;
    if (edit->other > state->last_split)
        state->last_split = edit->other;
    return change_tracks(state, edit->from_ns, student->number, edit->other, false);
}

static int add_pin(struct mon_cast_student *student, const struct mon_edit *edit)
{
    if (!(edit->box.w > 0 && edit->box.h > 0))
        return fb_fail(FB_ERR_USAGE, "a seat needs a place");
    student->has_seat = true;
    student->seat = edit->box;
    return FB_OK;
}

static int add_to(struct mon_cast_state *state, struct mon_cast_student *student,
                  struct mon_edit *edit)
{
    bool has_other = edit->kind == MON_EDIT_MERGE || edit->kind == MON_EDIT_SWAP;
    if (has_other && edit->other < 1)
        return fb_fail(FB_ERR_USAGE, "there is no student %d", edit->other);
    struct mon_cast_student *other =
        has_other ? get_student(state, mon_cast_state_root(state, edit->other)) : NULL;
    if (has_other && !other)
        return out_of_room("students");
    switch (edit->kind) {
    case MON_EDIT_NAME:
        memcpy(student->name, edit->text, sizeof student->name);
        return FB_OK;
    case MON_EDIT_MERGE:
        return add_merge(student, other);
    case MON_EDIT_SPLIT:
        return add_split(state, student, edit);
    case MON_EDIT_SWAP:
        if (student == other)
            return fb_fail(FB_ERR_USAGE, "somebody cannot change places with himself");
        return change_tracks(state, edit->from_ns, student->number, other->number, true);
    case MON_EDIT_PIN:
        return add_pin(student, edit);
    case MON_EDIT_UNPIN:
        student->has_seat = false;
        return FB_OK;
    case MON_EDIT_POSTER:
        student->is_poster = true;
        return FB_OK;
    case MON_EDIT_FORGET:
        student->is_forgotten = true;
        student->name[0] = 0;
        return FB_OK;
    case MON_EDIT_ASSIGN:
        if (edit->other < 1)
            return fb_fail(FB_ERR_USAGE, "there is no track %d", edit->other);
        return put_segment(state, edit->other, edit->from_ns, student->number);
    default:
        return fb_fail(FB_ERR_USAGE, "edit %d is none", (int)edit->kind);
    }
}

int mon_cast_state_add(struct mon_cast_state *state, struct mon_edit *edit)
{
    if (edit->student < 1)
        return fb_fail(FB_ERR_USAGE, "there is no student %d", edit->student);
    struct mon_cast_student *student =
        get_student(state, mon_cast_state_root(state, edit->student));
    return student ? add_to(state, student, edit) : out_of_room("students");
}
