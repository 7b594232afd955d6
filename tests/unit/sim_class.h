/* A simulated class for the tracker's tests: seated pupils whose heads drift, lean and look down,
 * now and then walk away and come back, and a poster that a detector sometimes takes for a face.
 * Seeded; the detections carry who they are. A simulation: it orders rules, it does not grade them.
 */
#ifndef SIM_CLASS_H
#define SIM_CLASS_H

#include "base/rng.h"
#include "mon/monitor.h"

#include <math.h>
#include <string.h>

#define SIM_PUPILS 14
#define SIM_POSTERS 2

struct sim_pupil {
    float seat_x, seat_y, size; /* px */
    float x, y, lean_x, lean_y; /* centre; where the head would rather be, about the seat */
    bool is_looking_up;
    float walk_s; /* > 0: has been walking for so long, away and back along a line */
    float walk_total_s, walk_x, walk_y;
};

struct sim_class {
    struct fb_rng rng;
    float fps, jitter; /* of box centre and size, as a share of the size */
    double time_s;
    struct sim_pupil pupils[SIM_PUPILS];
    /* of the present frame */
    struct mon_detection detections[SIM_PUPILS + SIM_POSTERS];
    int truth[SIM_PUPILS + SIM_POSTERS]; /* pupil of each detection, or -1 for a poster */
    int n_detections;
};

static inline void sim_create(struct sim_class *sim, uint64_t seed, float fps)
{
    memset(sim, 0, sizeof *sim);
    fb_rng_seed(&sim->rng, seed);
    sim->fps = fps;
    sim->jitter = 0.03F;
    for (int i = 0; i < SIM_PUPILS; i++) {
        struct sim_pupil *pupil = &sim->pupils[i];
        bool is_back = i < SIM_PUPILS / 2;
        pupil->size = (is_back ? 60.0F : 85.0F) * fb_rng_range(&sim->rng, 0.9F, 1.1F);
        pupil->x = pupil->seat_x = 100 + 180 * (float)(i % (SIM_PUPILS / 2)) + (is_back ? 0 : 60);
        pupil->y = pupil->seat_y = is_back ? 240 : 430;
        pupil->is_looking_up = true;
    }
}

/* Whether an event of the given mean interval happens in this frame. */
static inline bool sim_happens(struct sim_class *sim, float mean_s)
{
    return fb_rng_float(&sim->rng) < 1 / (sim->fps * mean_s);
}

static inline void sim_start_walk(struct sim_class *sim, struct sim_pupil *pupil)
{
    pupil->walk_s = 1 / sim->fps;
    pupil->walk_total_s = fb_rng_range(&sim->rng, 8, 25);
    pupil->walk_x = fb_rng_range(&sim->rng, -500, 500);
    pupil->walk_y = fb_rng_range(&sim->rng, -60, 60);
}

static inline void sim_move(struct sim_class *sim, struct sim_pupil *pupil)
{
    float dt_s = 1 / sim->fps;
    if (sim_happens(sim, pupil->is_looking_up ? 8 : 3))
        pupil->is_looking_up = !pupil->is_looking_up;
    if (sim_happens(sim, 12)) {
        pupil->lean_x = 0.5F * pupil->size * fb_rng_normal(&sim->rng);
        pupil->lean_y = 0.2F * pupil->size * fb_rng_normal(&sim->rng);
    }
    if (!(pupil->walk_s > 0) && sim_happens(sim, 600))
        sim_start_walk(sim, pupil);
    float away = 0;
    if (pupil->walk_s > 0) {
        pupil->walk_s += dt_s;
        float part = pupil->walk_s / pupil->walk_total_s;
        away = part < 0.5F ? fminf(1, 4 * part) : fminf(1, 4 * (1 - part));
        if (part >= 1)
            away = pupil->walk_s = 0;
    }
    float target_x = pupil->seat_x + pupil->lean_x + away * pupil->walk_x;
    float target_y = pupil->seat_y + pupil->lean_y + away * pupil->walk_y;
    float rate = fminf(1, 3 * dt_s);
    pupil->x +=
        rate * (target_x - pupil->x) + 0.05F * pupil->size * sqrtf(dt_s) * fb_rng_normal(&sim->rng);
    pupil->y +=
        rate * (target_y - pupil->y) + 0.05F * pupil->size * sqrtf(dt_s) * fb_rng_normal(&sim->rng);
}

static inline void sim_detect(struct sim_class *sim, float x, float y, float size, int truth)
{
    float w = size * (1 + sim->jitter * fb_rng_normal(&sim->rng));
    x += sim->jitter * size * fb_rng_normal(&sim->rng);
    y += sim->jitter * size * fb_rng_normal(&sim->rng);
    sim->truth[sim->n_detections] = truth;
    sim->detections[sim->n_detections++] =
        (struct mon_detection){.box = {x - w / 2, y - w / 2, w, w}, .score = 1};
}

/* A face behind a nearer one is not detected. */
static inline bool sim_is_hidden(const struct sim_class *sim, int pupil)
{
    const struct sim_pupil *p = &sim->pupils[pupil];
    for (int i = 0; i < SIM_PUPILS; i++) {
        const struct sim_pupil *q = &sim->pupils[i];
        float apart = hypotf(p->x - q->x, p->y - q->y);
        if (i != pupil && apart < 0.6F * q->size &&
            (q->size > p->size || (q->walk_s > 0 && !(p->walk_s > 0))))
            return true;
    }
    return false;
}

static inline void sim_step(struct sim_class *sim)
{
    sim->time_s += 1 / (double)sim->fps;
    sim->n_detections = 0;
    for (int i = 0; i < SIM_PUPILS; i++)
        sim_move(sim, &sim->pupils[i]);
    for (int i = 0; i < SIM_PUPILS; i++) {
        const struct sim_pupil *pupil = &sim->pupils[i];
        float chance = pupil->is_looking_up ? 0.92F : 0.08F;
        bool is_inside = pupil->x > 0 && pupil->x < 1280;
        if (fb_rng_float(&sim->rng) < chance && is_inside && !sim_is_hidden(sim, i))
            sim_detect(sim, pupil->x, pupil->y, pupil->size, i);
    }
    for (int i = 0; i < SIM_POSTERS; i++)
        if (fb_rng_float(&sim->rng) < 0.1F)
            sim_detect(sim, 300 + 500 * (float)i, 100, 70, -1);
}

#endif
