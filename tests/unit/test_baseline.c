/* A student's own neutral face, through the monitor: who looks sad at rest is neutral once
 * measured, and still sad when sadder; the network's own output stays as it was, and nobody else
 * changes. */
#include "base/clock.h"
#include "mon/monitor.h"
#include "test.h"

static struct mon_monitor *monitor;
static int64_t now_ns;

static void face(struct mon_face *f, float neutral, float sadness)
{
    float rest = (1 - neutral - sadness) / 6;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        f->p_raw[i] = rest;
    f->p_raw[FB_NEUTRAL] = neutral;
    f->p_raw[FB_SADNESS] = sadness;
    f->is_labelled = true;
    f->quality = .9F;
    f->reason = MON_SURE;
}

/* Two students for some seconds; the last observation. */
static struct mon_observation watch(double seconds, float neutral, float sadness)
{
    struct mon_observation seen = {.n_faces = 0};
    for (int64_t end_ns = now_ns + (int64_t)(seconds * 1e9); now_ns < end_ns;) {
        now_ns += FB_NS_PER_S / 15;
        seen = (struct mon_observation){.pts_ns = now_ns, .width = 1280, .height = 720};
        const struct mon_detection detections[] = {{.box = {100, 100, 80, 80}, .score = 20},
                                                   {.box = {600, 100, 80, 80}, .score = 20}};
        mon_monitor_track(monitor, &seen, detections, 2);
        for (int i = 0; i < seen.n_faces; i++)
            face(&seen.faces[i], neutral, sadness);
        mon_monitor_label(monitor, &seen);
    }
    return seen;
}

static void resting_sad(void)
{
    struct mon_settings settings = mon_default_settings();
    bool is_ready;
    float done;
    CHECK_INT(mon_monitor_create(&settings, &monitor), FB_OK);
    struct mon_observation seen = watch(3, .25F, .6F);
    CHECK_INT(seen.n_faces, 2);
    CHECK_INT(seen.faces[0].expression, FB_SADNESS);
    CHECK(!mon_monitor_baseline(monitor, 1, &is_ready, &done));
    mon_monitor_measure_baseline(monitor, 1, 5);
    watch(2.5, .25F, .6F);
    CHECK(mon_monitor_baseline(monitor, 1, &is_ready, &done) && !is_ready);
    CHECK_NEAR(done, .5, .05);
    seen = watch(5, .25F, .6F);
    CHECK(mon_monitor_baseline(monitor, 1, &is_ready, &done) && is_ready);
    CHECK_INT(seen.faces[0].expression, FB_NEUTRAL);
    CHECK_NEAR(seen.faces[0].p_raw[FB_SADNESS], .6, 1e-6); /* raw stays raw */
    CHECK_INT(seen.faces[1].expression, FB_SADNESS);
    seen = watch(3, .01F, .97F);
    CHECK_INT(seen.faces[0].expression, FB_SADNESS);
    mon_monitor_measure_baseline(monitor, 1, 0);
    seen = watch(3, .25F, .6F);
    CHECK_INT(seen.faces[0].expression, FB_SADNESS);
    mon_monitor_destroy(&monitor);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"resting_sad", resting_sad}};
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
