/* See stretches.h. */
#include "stretches.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP_NS (2 * FB_NS_PER_S)

/* Room for one more item of item_bytes in *items. */
static int grow(void **items, int n, int *capacity, size_t item_bytes)
{
    if (n < *capacity)
        return FB_OK;
    int more = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*items, (size_t)more * item_bytes);
    if (!grown)
        return fb_fail_nomem("a session's stretches", (size_t)more * item_bytes);
    *items = grown;
    *capacity = more;
    return FB_OK;
}

/* Line breaks would end a cue, a cell, a tier's name. */
static void one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r' || *text == '\t')
            *text = ' ';
}

static int add_student(void *user, int number, const char *name)
{
    struct app_stretches *all = user;
    if (all->only && all->only != number)
        return FB_OK;
    void *items = all->students;
    int status = grow(&items, all->n_students, &all->student_capacity, sizeof *all->students);
    all->students = items;
    if (status)
        return status;
    struct app_stretch_student *student = &all->students[all->n_students++];
    *student = (struct app_stretch_student){.student = number, .open = -1};
    if (*name)
        snprintf(student->name, sizeof student->name, "%s", name);
    else
        snprintf(student->name, sizeof student->name, "Student %d", number);
    one_line(student->name);
    return FB_OK;
}

static int add_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    struct app_stretches *all = user;
    (void)wall;
    void *items = all->markers;
    int status = grow(&items, all->n_markers, &all->marker_capacity, sizeof *all->markers);
    all->markers = items;
    if (status)
        return status;
    struct app_stretch_marker *marker = &all->markers[all->n_markers++];
    marker->time_ns = pts_ns - all->start_ns;
    snprintf(marker->text, sizeof marker->text, "%s", text);
    one_line(marker->text);
    return FB_OK;
}

static int open_stretch(struct app_stretches *all, struct app_stretch_student *student,
                        const struct mon_observation *observation, int expression)
{
    void *items = all->stretches;
    int status = grow(&items, all->n_stretches, &all->stretch_capacity, sizeof *all->stretches);
    all->stretches = items;
    if (status)
        return status;
    student->open = all->n_stretches;
    student->n_confident = 0;
    all->stretches[all->n_stretches++] = (struct app_stretch){
        .student = student->student,
        .expression = expression,
        .start_ns = observation->pts_ns,
        .end_ns = observation->pts_ns + all->frame_ns,
        .first_frame = observation->frame_index,
        .last_frame = observation->frame_index,
    };
    return FB_OK;
}

static void add_confidence(struct app_stretches *all, struct app_stretch_student *student,
                           const struct mon_face *face)
{
    struct app_stretch *open = &all->stretches[student->open];
    if (!(face->confidence > 0))
        return;
    student->n_confident++;
    open->confidence += ((double)face->confidence - open->confidence) / student->n_confident;
}

static int add_face(struct app_stretches *all, struct app_stretch_student *student,
                    const struct mon_observation *observation, const struct mon_face *face)
{
    struct app_stretch *open = student->open >= 0 ? &all->stretches[student->open] : NULL;
    bool goes_on = open && observation->pts_ns - open->end_ns <= GAP_NS;
    int status = FB_OK;
    if (goes_on) /* up to here it was what it was, or it ends where the next one starts */
        open->end_ns = observation->pts_ns;
    if (!goes_on || open->expression != face->expression) {
        status = open_stretch(all, student, observation, face->expression);
    } else {
        open->end_ns += all->frame_ns;
        open->last_frame = observation->frame_index;
    }
    if (!status)
        add_confidence(all, student, face);
    return status;
}

static int add_frame(void *user, const struct mon_observation *observation)
{
    struct app_stretches *all = user;
    int64_t since_ns = observation->pts_ns - all->last_frame_ns;
    all->frame_ns = since_ns > 0 && since_ns <= GAP_NS ? since_ns : FB_NS_PER_S / 25;
    all->last_frame_ns = observation->pts_ns;
    int status = FB_OK;
    for (int i = 0, s = 0; i < observation->n_faces && !status; i++) {
        int student = observation->faces[i].student;
        while (s < all->n_students && all->students[s].student < student)
            s++; /* both are sorted by student */
        if (s < all->n_students && all->students[s].student == student)
            status = add_face(all, &all->students[s], observation, &observation->faces[i]);
    }
    return status;
}

static int by_start(const void *a, const void *b)
{
    const struct app_stretch *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return (x->student > y->student) - (x->student < y->student);
}

/* Where the video's time 0 lies in the session's time. */
static int find_start(struct app_stretches *all, struct app_session *session)
{
    char start[64];
    int status = app_session_fact(session, "video", all->video, sizeof all->video);
    if (!status)
        status = app_session_fact(session, "video_start_ns", start, sizeof start);
    if (status || !*start)
        *all->video = 0;
    else
        all->start_ns = strtoll(start, NULL, 10);
    return status;
}

/* By the video's time. */
static void shift(struct app_stretches *all)
{
    for (int i = 0; i < all->n_stretches; i++) {
        all->stretches[i].start_ns -= all->start_ns;
        all->stretches[i].end_ns -= all->start_ns;
    }
    all->end_ns = all->last_frame_ns > INT64_MIN / 2 ? all->last_frame_ns - all->start_ns : 0;
}

int app_stretches_init(struct app_stretches *all, struct app_session *session, int student)
{
    *all = (struct app_stretches){.only = student, .last_frame_ns = INT64_MIN / 2};
    int status = app_session_fact(session, "started_at", all->started_at, sizeof all->started_at);
    if (!status)
        status = find_start(all, session);
    if (!status)
        status = app_session_each_student(session, add_student, all);
    if (!status)
        status = app_session_each_marker(session, add_marker, all);
    if (!status)
        status = app_session_each(session, INT64_MIN / 2, INT64_MAX / 2, add_frame, all);
    if (!status && all->n_stretches)
        qsort(all->stretches, (size_t)all->n_stretches, sizeof *all->stretches, by_start);
    if (!status)
        shift(all);
    return status;
}

void app_stretches_finish(struct app_stretches *all)
{
    free(all->stretches);
    free(all->markers);
    free(all->students);
    *all = (struct app_stretches){0};
}

const char *app_stretches_name(const struct app_stretches *all, int student)
{
    for (int i = 0; i < all->n_students; i++)
        if (all->students[i].student == student)
            return all->students[i].name;
    return "";
}
