/* Everything at once, at random, for FELTBOARD_RANDOM_S seconds (5): a camera that is unplugged, hangs and sends rubbish while
 * it is recorded again and again, beside a saved video that is sought in, paused, stepped and looped. Made for the thread
 * sanitizer; without it it still checks that every session is whole and nothing is stuck. */
#include "rig.h"

#include "base/rng.h"
#include "vis/recorder.h"

enum { MAX_SESSIONS = 2000 };

struct show {
    struct app_pipeline *live, *saved;
    struct app_analyzer *live_analyzer, *saved_analyzer;
    struct fb_rng rng;
    char video[64];
    int n_sessions;
    int64_t n_pictures, n_observations;
};

static bool write_video(const char *path)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    settings.width = 320;
    settings.height = 240;
    int status = vis_recorder_open(path, &settings, &recorder);
    if (!status)
        status = fb_frame_pool_create(1, 320, 240, &pool);
    for (int k = 0; k < 200 && !status; k++) {
        struct fb_frame *frame = fb_frame_acquire(pool);
        fb_frame_clear(frame);
        memset(frame->y, k, (size_t)frame->y_stride * 240);
        status = vis_recorder_write(recorder, frame, k * 40 * FB_NS_PER_MS);
        fb_frame_unref(&frame);
    }
    int close_status = vis_recorder_close(&recorder);
    fb_frame_pool_destroy(&pool);
    return CHECK_MSG(!status && !close_status, "%s", fb_error_text());
}

static void drain(struct show *show, struct app_pipeline *pipeline)
{
    struct fb_frame *frame = app_pipeline_take_frame(pipeline);
    show->n_pictures += frame != NULL;
    fb_frame_unref(&frame);
    for (struct mon_observation *o; (o = app_pipeline_take_observation(pipeline)); free(o))
        show->n_observations++;
}

static void disturb_camera(struct show *show)
{
    static const char *const states[] = {"ok", "ok", "ok", "unplug", "corrupt", "eio", "slow:60", "busy", "short", "hang"};
    rig_set_camera(states[fb_rng_below(&show->rng, sizeof states / sizeof *states)]);
}

static void toggle_recording(struct show *show)
{
    char folder[512];
    struct app_pipeline_status status;
    app_pipeline_get_status(show->live, &status);
    if (status.is_recording)
        app_pipeline_stop_recording(show->live);
    else if (show->n_sessions < MAX_SESSIONS && rig_record(show->live, show->live_analyzer, folder, sizeof folder))
        show->n_sessions++;
}

static void move_about(struct show *show)
{
    int64_t at_ns = (int64_t)fb_rng_below(&show->rng, 9000) * FB_NS_PER_MS;
    switch (fb_rng_below(&show->rng, 7)) {
    case 0:
        app_pipeline_pause(show->saved, true);
        break;
    case 1:
        app_pipeline_step(show->saved, fb_rng_below(&show->rng, 2) ? 1 : -1);
        break;
    case 2:
        app_pipeline_set_speed(show->saved, 0.25 * (1 + fb_rng_below(&show->rng, 16)));
        break;
    case 3:
        app_pipeline_set_loop(show->saved, at_ns, at_ns + FB_NS_PER_S);
        break;
    case 4:
        app_pipeline_pause(show->saved, false);
        break;
    default:
        app_pipeline_seek(show->saved, at_ns);
    }
}

static void act(struct show *show)
{
    switch (fb_rng_below(&show->rng, 6)) {
    case 0:
        disturb_camera(show);
        break;
    case 1:
        toggle_recording(show);
        break;
    case 2:
        app_pipeline_mark(show->live, FB_NS_PER_S, "a marker");
        break;
    default:
        move_about(show);
    }
}

static int check_session(void *user, const char *folder)
{
    struct app_session *session = NULL;
    ++*(int *)user;
    if (CHECK_MSG(!app_session_open(folder, APP_SESSION_READ, &session), "%s", fb_error_text()))
        CHECK_MSG(!app_session_verify(session), "%s", fb_error_text());
    app_session_close(&session);
    return 0;
}

static void all_at_random(void)
{
    const char *wish = getenv("FELTBOARD_RANDOM_S");
    double seconds = wish ? atof(wish) : 5;
    struct show show = {.live_analyzer = rig_analyzer(), .saved_analyzer = rig_analyzer()};
    uint64_t seed = wish ? (uint64_t)fb_clock_now_ns() : 1;
    fb_rng_seed(&show.rng, seed);
    printf("# seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    snprintf(show.video, sizeof show.video, "%s/saved.mkv", rig_dir);
    if (!write_video(show.video))
        return;
    show.live = rig_pipeline("/dev/video0", APP_PACE_LIVE, show.live_analyzer);
    show.saved = rig_pipeline(show.video, APP_PACE_PLAYBACK, show.saved_analyzer);
    if (show.live && show.saved) {
        CHECK(!app_pipeline_start(show.live) && !app_pipeline_start(show.saved));
        int64_t end_ns = fb_clock_now_ns() + (int64_t)(seconds * 1e9), next_ns = 0, n_acts = 0;
        while (fb_clock_now_ns() < end_ns) {
            fb_clock_sleep_until_ns(fb_clock_now_ns() + 5 * FB_NS_PER_MS);
            drain(&show, show.live);
            drain(&show, show.saved);
            if (fb_clock_now_ns() < next_ns)
                continue;
            act(&show);
            n_acts++;
            next_ns = fb_clock_now_ns() + (int64_t)fb_rng_below(&show.rng, 80) * FB_NS_PER_MS;
        }
        CHECK_MSG(show.n_pictures > 10 && show.n_observations > 10, "%lld pictures, %lld observations",
                  (long long)show.n_pictures, (long long)show.n_observations);
        printf("# %lld acts, %d recordings, %lld pictures, %lld observations\n", (long long)n_acts, show.n_sessions,
               (long long)show.n_pictures, (long long)show.n_observations);
    }
    int64_t ending_ns = fb_clock_now_ns();
    CHECK_INT(app_pipeline_destroy(&show.live), 0);
    CHECK_INT(app_pipeline_destroy(&show.saved), 0);
    CHECK_MSG(fb_clock_now_ns() - ending_ns < 20 * FB_NS_PER_S, "it took %.1f s to end", (double)(fb_clock_now_ns() - ending_ns) * 1e-9);
    app_analyzer_destroy(&show.live_analyzer);
    app_analyzer_destroy(&show.saved_analyzer);
    int n = 0;
    CHECK_INT(app_session_each_folder(rig_dir, check_session, &n), 0);
    CHECK_INT(n, show.n_sessions);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"all at random", all_at_random}};
    return rig_main(tests, TEST_COUNT(tests), argc, argv);
}
