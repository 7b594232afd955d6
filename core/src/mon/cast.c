/* See mon/cast.h. */
#include "mon/cast.h"

#include "base/clock.h"
#include "cast_state.h"
#include "seats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEAT_STAY_NS (FB_NS_PER_S * 3 / 2)
#define SEAT_FACES 0.6F /* a face is on a seat when nearer than this many face sizes */

struct edits {
    struct mon_edit *items;
    int n, capacity;
};

/* Who has been on a pinned seat since when, without being the one it belongs to. */
struct visit {
    int student, track;
    int64_t since_ns, seen_ns;
};

enum { MAX_VISITS = MON_MAX_FACES };

struct mon_cast {
    struct edits done, undone;
    struct mon_cast_state state;
    unsigned generation;
    struct visit visits[MAX_VISITS];
    int n_visits;
};

int mon_cast_create(struct mon_cast **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? FB_OK : fb_fail_nomem("who is who", sizeof **out);
}

void mon_cast_destroy(struct mon_cast **cast)
{
    if (*cast) {
        free((*cast)->done.items);
        free((*cast)->undone.items);
    }
    free(*cast);
    *cast = NULL;
}

static int reserve(struct edits *edits)
{
    if (edits->n < edits->capacity)
        return FB_OK;
    int capacity = edits->capacity ? 2 * edits->capacity : 32;
    struct mon_edit *items = realloc(edits->items, (size_t)capacity * sizeof *items);
    if (!items)
        return fb_fail_nomem("an edit", (size_t)capacity * sizeof *items);
    edits->items = items;
    edits->capacity = capacity;
    return FB_OK;
}

static void remove_edit(struct edits *edits, int at)
{
    memmove(edits->items + at, edits->items + at + 1,
            (size_t)(edits->n - at - 1) * sizeof *edits->items);
    edits->n--;
}

/* An edit that no longer fits (what it built on was undone) stays in the list without effect. */
static void fold(struct mon_cast *cast)
{
    memset(&cast->state, 0, sizeof cast->state);
    for (int i = 0; i < cast->done.n; i++)
        if (mon_cast_state_add(&cast->state, &cast->done.items[i]))
            continue;
    cast->generation++;
}

static int add(struct mon_cast *cast, const struct mon_edit *edit)
{
    int status = reserve(&cast->done);
    if (status)
        return status;
    struct mon_edit *kept = &cast->done.items[cast->done.n];
    *kept = *edit;
    kept->text[sizeof kept->text - 1] = 0;
    status = mon_cast_state_add(&cast->state, kept);
    if (status)
        return status;
    cast->done.n++;
    cast->generation++;
    return FB_OK;
}

int mon_cast_do(struct mon_cast *cast, const struct mon_edit *edit)
{
    int status = add(cast, edit);
    if (!status && edit->kind != MON_EDIT_ASSIGN)
        cast->undone.n = 0;
    return status;
}

static int last_by_hand(const struct mon_cast *cast)
{
    int i = cast->done.n - 1;
    while (i >= 0 && cast->done.items[i].kind == MON_EDIT_ASSIGN)
        i--;
    return i;
}

const struct mon_edit *mon_cast_next_undo(const struct mon_cast *cast)
{
    int at = last_by_hand(cast);
    return at >= 0 ? &cast->done.items[at] : NULL;
}

const struct mon_edit *mon_cast_next_redo(const struct mon_cast *cast)
{
    return cast->undone.n ? &cast->undone.items[cast->undone.n - 1] : NULL;
}

bool mon_cast_undo(struct mon_cast *cast, struct mon_edit *undone)
{
    int at = last_by_hand(cast);
    if (at < 0 || reserve(&cast->undone))
        return false;
    struct mon_edit edit = cast->done.items[at];
    remove_edit(&cast->done, at);
    for (int i = cast->done.n - 1; edit.kind == MON_EDIT_PIN && i >= at; i--)
        remove_edit(&cast->done, i); /* assignments only, and all came of the pins */
    cast->undone.items[cast->undone.n++] = edit;
    fold(cast);
    if (undone)
        *undone = edit;
    return true;
}

bool mon_cast_redo(struct mon_cast *cast, struct mon_edit *redone)
{
    if (!cast->undone.n)
        return false;
    struct mon_edit edit = cast->undone.items[--cast->undone.n];
    if (redone)
        *redone = edit;
    return !add(cast, &edit);
}

static void erase_names(const struct mon_cast *cast, struct edits *edits)
{
    for (int i = 0; i < edits->n; i++) {
        struct mon_edit *edit = &edits->items[i];
        if (edit->kind == MON_EDIT_NAME &&
            mon_cast_is_forgotten(cast, mon_cast_root(cast, edit->student)))
            memset(edit->text, 0, sizeof edit->text);
    }
}

void mon_cast_erase_names(struct mon_cast *cast)
{
    erase_names(cast, &cast->done);
    erase_names(cast, &cast->undone);
    fold(cast);
}

int mon_cast_n_edits(const struct mon_cast *cast)
{
    return cast->done.n;
}

const struct mon_edit *mon_cast_edit(const struct mon_cast *cast, int i)
{
    return &cast->done.items[i];
}

unsigned mon_cast_generation(const struct mon_cast *cast)
{
    return cast->generation;
}

int mon_cast_who(const struct mon_cast *cast, int track, int64_t pts_ns, int64_t *until_ns)
{
    int student = mon_cast_state_student(&cast->state, track, pts_ns, until_ns);
    const struct mon_cast_student *found = mon_cast_state_find(&cast->state, student);
    return found && (found->is_poster || found->is_forgotten) ? 0 : student;
}

static bool is_surer(const struct mon_face *a, const struct mon_face *b)
{
    if (a->is_seen != b->is_seen)
        return a->is_seen;
    return a->quality > b->quality;
}

/* Keeps the faces sorted by student, one each. */
static void insert_face(struct mon_observation *observation, const struct mon_face *face)
{
    int at = observation->n_faces;
    for (int i = 0; i < at && face->student; i++)
        if (observation->faces[i].student == face->student) {
            if (is_surer(face, &observation->faces[i]))
                observation->faces[i] = *face;
            return;
        }
    for (; at > 0 && observation->faces[at - 1].student > face->student; at--)
        observation->faces[at] = observation->faces[at - 1];
    observation->faces[at] = *face;
    observation->n_faces++;
}

void mon_cast_apply(const struct mon_cast *cast, struct mon_observation *observation)
{
    if (!cast->done.n)
        return;
    int n = observation->n_faces;
    observation->n_faces = 0;
    for (int i = 0; i < n; i++) {
        struct mon_face face = observation->faces[i]; /* inserting never overtakes reading */
        int track = face.student;
        if (track)
            face.student = mon_cast_who(cast, track, observation->pts_ns, NULL);
        if (face.student || !track)
            insert_face(observation, &face);
    }
}

const char *mon_cast_name(const struct mon_cast *cast, int student)
{
    const struct mon_cast_student *found = mon_cast_state_find(&cast->state, student);
    return found ? found->name : "";
}

int mon_cast_find(const struct mon_cast *cast, const char *name)
{
    for (int i = 0; i < cast->state.n_students && name[0]; i++) {
        const struct mon_cast_student *student = &cast->state.students[i];
        if (!strcmp(student->name, name) && !student->merged_with)
            return student->number;
    }
    return 0;
}

int mon_cast_root(const struct mon_cast *cast, int student)
{
    return mon_cast_state_root(&cast->state, student);
}

bool mon_cast_seat(const struct mon_cast *cast, int student, struct mon_box *seat)
{
    const struct mon_cast_student *found = mon_cast_state_find(&cast->state, student);
    if (!found || !found->has_seat)
        return false;
    if (seat)
        *seat = found->seat;
    return true;
}

bool mon_cast_is_forgotten(const struct mon_cast *cast, int student)
{
    const struct mon_cast_student *found = mon_cast_state_find(&cast->state, student);
    return found && found->is_forgotten;
}

bool mon_cast_is_forgotten_at(const struct mon_cast *cast, int track, int64_t pts_ns)
{
    return mon_cast_is_forgotten(cast, mon_cast_state_student(&cast->state, track, pts_ns, NULL));
}

int mon_cast_origin(const struct mon_cast *cast, int student)
{
    const struct mon_cast_student *found = mon_cast_state_find(&cast->state, student);
    return found ? found->origin : student;
}

static const struct mon_face *face_on(const struct mon_observation *observation,
                                      const struct mon_box *seat)
{
    const struct mon_face *nearest = NULL;
    float least = SEAT_FACES;
    for (int i = 0; i < observation->n_faces; i++) {
        const struct mon_face *face = &observation->faces[i];
        float distance = mon_box_distance(&face->box, seat);
        if (face->student && face->is_seen && distance < least) {
            nearest = face;
            least = distance;
        }
    }
    return nearest;
}

/* Since when the track has been on the student's seat; FB clock of the media. */
static int64_t note_visit(struct mon_cast *cast, int student, int track, int64_t now_ns)
{
    struct visit *visit = NULL;
    for (int i = 0; i < cast->n_visits; i++)
        if (cast->visits[i].student == student)
            visit = &cast->visits[i];
    if (!visit && cast->n_visits == MAX_VISITS)
        return now_ns;
    if (!visit) {
        visit = &cast->visits[cast->n_visits++];
        *visit = (struct visit){.student = student};
    }
    bool is_going_on =
        visit->track == track && now_ns >= visit->seen_ns && now_ns - visit->seen_ns < FB_NS_PER_S;
    if (!is_going_on)
        visit->since_ns = now_ns;
    visit->track = track;
    visit->seen_ns = now_ns;
    return visit->since_ns;
}

static int assign(struct mon_cast *cast, int student, int track, int64_t from_ns)
{
    struct mon_edit edit = {
        .kind = MON_EDIT_ASSIGN, .student = student, .other = track, .from_ns = from_ns};
    return add(cast, &edit) ? 0 : 1;
}

/* The track now on the seat becomes the student; another one seen that was, becomes the first. */
static int take_seat(struct mon_cast *cast, const struct mon_observation *observation, int student,
                     int track, int64_t since_ns)
{
    int before = mon_cast_state_student(&cast->state, track, since_ns, NULL), n = 0;
    for (int i = 0; i < observation->n_faces; i++) {
        int other = observation->faces[i].student;
        if (other && other != track && observation->faces[i].is_seen &&
            mon_cast_state_student(&cast->state, other, since_ns, NULL) == student)
            n += assign(cast, before, other, since_ns);
    }
    return n + assign(cast, student, track, since_ns);
}

int mon_cast_watch_seats(struct mon_cast *cast, const struct mon_observation *observation)
{
    int n_made = 0;
    for (int i = 0; i < cast->state.n_students; i++) {
        const struct mon_cast_student *student = &cast->state.students[i];
        if (!student->has_seat || student->merged_with || student->is_forgotten)
            continue;
        const struct mon_face *face = face_on(observation, &student->seat);
        if (!face || mon_cast_state_student(&cast->state, face->student, observation->pts_ns,
                                            NULL) == student->number)
            continue;
        int64_t since_ns = note_visit(cast, student->number, face->student, observation->pts_ns);
        if (observation->pts_ns - since_ns >= SEAT_STAY_NS)
            n_made += take_seat(cast, observation, student->number, face->student, since_ns);
    }
    return n_made;
}
