/* See renumber.h. */
#include "renumber.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define GATE_FACES 0.9f /* as the tracker's */

void app_renumber_learn(struct app_renumber *renumber, const struct mon_observation *stored)
{
    for (int i = 0; i < stored->n_faces; i++) {
        int student = stored->faces[i].student, at = 0;
        while (at < renumber->n_seats && renumber->seats[at].student != student)
            at++;
        if (at == APP_RENUMBER_MAX)
            continue;
        renumber->seats[at] = (struct app_renumber_seat){student, stored->faces[i].box, 0};
        renumber->n_seats += at == renumber->n_seats;
        renumber->last_student = student > renumber->last_student ? student : renumber->last_student;
    }
}

static float distance_faces(const struct mon_box *a, const struct mon_box *b)
{
    float dx = a->x + a->w / 2 - b->x - b->w / 2, dy = a->y + a->h / 2 - b->y - b->h / 2;
    return hypotf(dx, dy) / fmaxf(1, (a->w + b->w) / 2);
}

static int find_number(struct app_renumber *renumber, const struct mon_box *box)
{
    struct app_renumber_seat *nearest = NULL;
    float least = GATE_FACES;
    for (int i = 0; i < renumber->n_seats; i++) {
        float distance = distance_faces(box, &renumber->seats[i].box);
        if (!renumber->seats[i].is_taken && distance < least) {
            least = distance;
            nearest = &renumber->seats[i];
        }
    }
    if (!nearest)
        return ++renumber->last_student;
    nearest->is_taken = 1;
    return nearest->student;
}

static int by_student(const void *a, const void *b)
{
    const struct mon_face *x = a, *y = b;
    return (x->student > y->student) - (x->student < y->student);
}

void app_renumber_apply(struct app_renumber *renumber, struct mon_observation *observation)
{
    if (!renumber->n_seats)
        return;
    for (int i = 0; i < observation->n_faces; i++) {
        struct mon_face *face = &observation->faces[i];
        if (face->student < 1 || face->student > APP_RENUMBER_MAX)
            continue;
        int *known = &renumber->known[face->student - 1];
        if (!*known)
            *known = find_number(renumber, &face->box);
        face->student = *known;
    }
    if (observation->n_faces)
        qsort(observation->faces, (size_t)observation->n_faces, sizeof observation->faces[0],
              by_student);
}
