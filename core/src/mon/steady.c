/* See steady.h. The constants were chosen on the simulated class of tests/unit/test_monitor.c with
 * the jitter of a Haar cascade, 3 % of the box: lower cut-offs lag, higher ones tremble. */
#include "steady.h"

#include <math.h>

#define REST_CUTOFF_HZ 0.35F  /* of a face at rest */
#define CUTOFF_PER_SPEED 4.0F /* Hz per width/s above NOISE_SPEED */
#define SPEED_CUTOFF_HZ 0.5F  /* of the speed itself */
#define NOISE_SPEED 0.35F     /* widths/s that jitter alone reaches */
#define NOISE_GROWTH 0.35F
#define COAST_S 0.4F /* a coasting box's speed falls to 1/e in this */
#define PI 3.14159265F

static float smoothing_factor(float cutoff_hz, float dt_s)
{
    float r = 2 * PI * cutoff_hz * dt_s;
    return r / (r + 1);
}

void mon_steady_reset(struct mon_steady *steady, const struct mon_box *box)
{
    *steady = (struct mon_steady){
        .box = *box, .raw_x = box->x + box->w / 2, .raw_y = box->y + box->h / 2};
}

static float excess(float speed, float noise)
{
    return speed > noise ? speed - noise : 0;
}

static void move_centre(struct mon_steady *steady, float x, float y, float dt_s)
{
    struct mon_box *box = &steady->box;
    float speed_factor = smoothing_factor(SPEED_CUTOFF_HZ, dt_s), width_s = box->w * dt_s;
    steady->speed_x += speed_factor * ((x - steady->raw_x) / width_s - steady->speed_x);
    steady->speed_y += speed_factor * ((y - steady->raw_y) / width_s - steady->speed_y);
    float speed = hypotf(steady->speed_x, steady->speed_y);
    float cutoff_hz = REST_CUTOFF_HZ + CUTOFF_PER_SPEED * excess(speed, NOISE_SPEED);
    float factor = smoothing_factor(cutoff_hz, dt_s);
    box->x += factor * (x - (box->x + box->w / 2));
    box->y += factor * (y - (box->y + box->h / 2));
    steady->raw_x = x;
    steady->raw_y = y;
}

/* About its centre. */
static void resize(struct mon_steady *steady, const struct mon_box *to, float dt_s)
{
    struct mon_box *box = &steady->box;
    float log_w = logf(to->w / box->w), log_h = logf(to->h / box->h);
    float rate = log_w / dt_s;
    steady->growth += smoothing_factor(SPEED_CUTOFF_HZ, dt_s) * (rate - steady->growth);
    float cutoff_hz =
        REST_CUTOFF_HZ + CUTOFF_PER_SPEED * excess(fabsf(steady->growth), NOISE_GROWTH);
    float factor = smoothing_factor(cutoff_hz, dt_s);
    float w = box->w * expf(factor * log_w), h = box->h * expf(factor * log_h);
    box->x += (box->w - w) / 2;
    box->y += (box->h - h) / 2;
    box->w = w;
    box->h = h;
}

void mon_steady_update(struct mon_steady *steady, const struct mon_box *box, float dt_s)
{
    move_centre(steady, box->x + box->w / 2, box->y + box->h / 2, dt_s);
    resize(steady, box, dt_s);
}

void mon_steady_coast(struct mon_steady *steady, float dt_s)
{
    float velocity_x, velocity_y, kept = expf(-dt_s / COAST_S), way_s = COAST_S * (1 - kept);
    mon_steady_velocity(steady, &velocity_x, &velocity_y);
    steady->box.x += velocity_x * way_s;
    steady->box.y += velocity_y * way_s;
    steady->raw_x += velocity_x * way_s;
    steady->raw_y += velocity_y * way_s;
    steady->speed_x *= kept;
    steady->speed_y *= kept;
    steady->growth = 0;
}

void mon_steady_velocity(const struct mon_steady *steady, float *x, float *y)
{
    float speed = hypotf(steady->speed_x, steady->speed_y);
    float share = speed > 0 ? excess(speed, NOISE_SPEED) / speed : 0;
    *x = share * steady->speed_x * steady->box.w;
    *y = share * steady->speed_y * steady->box.w;
}
