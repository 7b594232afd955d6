/* See hide.h. */
#include "hide.h"

#include "base/clock.h"
#include "vis/image.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define HOLD_NS FB_NS_PER_S         /* a face is hidden for so long after it was seen last */
#define BLIND_NS (FB_NS_PER_S / 2)  /* no observation nearer than that: all is hidden */
#define MARGIN 0.15f                /* of the box, on each side: hair and chin */
#define MARGIN_PER_S 0.8f           /* more for each second since: nobody sits quite still */

static struct app_hide_place *place_of(struct app_hide *hide, int student, int64_t now_ns)
{
    for (int i = 0; i < hide->n_places; i++)
        if (student && hide->places[i].student == student)
            return &hide->places[i];
    if (hide->n_places < APP_HIDE_PLACES)
        return &hide->places[hide->n_places++];
    struct app_hide_place *oldest = &hide->places[0];
    for (int i = 1; i < hide->n_places; i++)
        if (hide->places[i].pts_ns < oldest->pts_ns)
            oldest = &hide->places[i];
    return oldest->pts_ns < now_ns ? oldest : NULL;
}

/* Drops what has been out of sight for longer than HOLD before the older observation. */
static void forget_old(struct app_hide *hide, int64_t now_ns)
{
    int n = 0;
    for (int i = 0; i < hide->n_places; i++)
        if (now_ns - hide->places[i].pts_ns <= 2 * HOLD_NS &&
            hide->places[i].pts_ns - now_ns <= 2 * HOLD_NS)
            hide->places[n++] = hide->places[i];
    hide->n_places = n;
}

void app_hide_observe(struct app_hide *hide, const struct mon_observation *observation)
{
    int64_t now_ns = observation->pts_ns;
    forget_old(hide, now_ns);
    hide->observed_ns[1] = hide->observed_ns[0];
    hide->observed_ns[0] = now_ns;
    hide->n_observed += hide->n_observed < 2;
    for (int i = 0; i < observation->n_faces; i++) {
        const struct mon_face *face = &observation->faces[i];
        struct app_hide_place *place = place_of(hide, face->student, now_ns);
        if (place && (face->is_seen || place->student != face->student))
            *place = (struct app_hide_place){.student = face->student,
                                             .pts_ns = now_ns,
                                             .box = face->box,
                                             .velocity_x = face->velocity_x,
                                             .velocity_y = face->velocity_y};
    }
    for (int i = 0; i < observation->n_others; i++) {
        struct app_hide_place *place = place_of(hide, 0, now_ns);
        if (place)
            *place = (struct app_hide_place){.pts_ns = now_ns, .box = observation->others[i]};
    }
}

/* Where the face may be at pts_ns: carried for a moment, grown for the time since. */
static struct mon_box reach(const struct app_hide_place *place, int64_t pts_ns)
{
    float ahead_s = (float)((double)(pts_ns - place->pts_ns) / (double)FB_NS_PER_S);
    float carried_s = fmaxf(-0.5f, fminf(0.5f, ahead_s));
    float grow = MARGIN + MARGIN_PER_S * fabsf(ahead_s);
    struct mon_box box = place->box;
    box.x += place->velocity_x * carried_s - grow * box.w;
    box.y += place->velocity_y * carried_s - grow * box.h;
    box.w *= 1 + 2 * grow;
    box.h *= 1 + 2 * grow;
    return box;
}

static bool is_known(const struct app_hide *hide, int64_t pts_ns)
{
    for (int i = 0; i < hide->n_observed; i++)
        if (llabs(hide->observed_ns[i] - pts_ns) <= BLIND_NS)
            return true;
    return false;
}

int app_hide_faces(const struct app_hide *hide, struct fb_frame *frame)
{
    if (!is_known(hide, frame->pts_ns)) {
        struct mon_box all = {0, 0, (float)frame->width, (float)frame->height};
        vis_frame_blur(frame, &all);
        return -1;
    }
    int n = 0;
    for (int i = 0; i < hide->n_places; i++) {
        if (llabs(hide->places[i].pts_ns - frame->pts_ns) > HOLD_NS)
            continue;
        struct mon_box box = reach(&hide->places[i], frame->pts_ns);
        vis_frame_blur(frame, &box);
        n++;
    }
    return n;
}
