/* See recording_people.h. */
#include "recording_people.h"

#include "session/session_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct app_recording_people {
    struct app_session *session;
    struct mon_cast *cast;
    bool has_forgotten;          /* with rows that may not be erased yet */
    struct mon_observation left; /* of an observation, for storing */
    struct ui_student students[MON_MAX_FACES];
};

int app_recording_people_create(struct app_session *session, struct app_recording_people **out)
{
    struct app_recording_people *people = *out = calloc(1, sizeof *people);
    if (!people)
        return fb_fail_nomem("who is who", sizeof *people);
    people->session = session;
    int status = mon_cast_create(&people->cast);
    if (status)
        app_recording_people_close(out);
    return status;
}

static int erase(struct app_recording_people *people)
{
    people->has_forgotten = false;
    return app_people_erase(people->session, people->cast);
}

int app_recording_people_close(struct app_recording_people **people)
{
    if (!*people)
        return FB_OK;
    int status = (*people)->has_forgotten ? erase(*people) : FB_OK;
    mon_cast_destroy(&(*people)->cast);
    free(*people);
    *people = NULL;
    return status;
}

static bool is_anybody_forgotten(const struct mon_cast *cast)
{
    for (int i = 0; i < mon_cast_n_edits(cast); i++)
        if (mon_cast_edit(cast, i)->kind == MON_EDIT_FORGET)
            return true;
    return false;
}

int app_recording_people_edit(struct app_recording_people *people, const char *line)
{
    if (!strcmp(line, "erase"))
        return erase(people);
    int status = app_people_edit(people->session, people->cast, line);
    people->has_forgotten = is_anybody_forgotten(people->cast);
    return status;
}

int app_recording_people_add(struct app_recording_people *people,
                             const struct mon_observation *observation)
{
    people->left = *observation;
    app_people_leave_out(people->cast, &people->left);
    return app_session_add(people->session, &people->left);
}

void app_recording_people_show(struct app_recording_people *people, struct ui_view *view)
{
    mon_cast_apply(people->cast, &view->observation);
    view->students = people->students;
    view->n_students = 0;
    for (int i = 0; i < view->observation.n_faces; i++) {
        int student = view->observation.faces[i].student;
        const char *name = mon_cast_name(people->cast, student);
        if (name[0]) {
            struct ui_student *named = &people->students[view->n_students++];
            named->student = student;
            snprintf(named->name, sizeof named->name, "%s", name);
        }
    }
}
