/* The camera is unplugged and plugged in again and again while it is recorded (FELTBOARD_UNPLUGS times, 10): every
 * observation is a row of the session, every captured frame is in the video or counted, and neither descriptors nor threads nor
 * memory grow. */
#include "rig.h"

#include <malloc.h>

struct run {
    struct app_pipeline *pipeline;
    int64_t n_observations, slowest_ns;
    int n_fds, n_threads;
    size_t n_heap;
};

static void take(struct run *run)
{
    struct mon_observation *observation;
    struct fb_frame *frame = app_pipeline_take_frame(run->pipeline);
    fb_frame_unref(&frame);
    while ((observation = app_pipeline_take_observation(run->pipeline))) {
        run->n_observations++;
        free(observation);
    }
}

/* Until the source's state is this and, when it is back, its pictures come. */
static bool wait_for(struct run *run, bool is_lost)
{
    int64_t begun_ns = fb_clock_now_ns();
    struct app_pipeline_status status;
    do {
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 3 * FB_NS_PER_MS);
        take(run);
        app_pipeline_get_status(run->pipeline, &status);
    } while (status.is_source_lost != is_lost && fb_clock_now_ns() - begun_ns < 20 * FB_NS_PER_S);
    int64_t ns = fb_clock_now_ns() - begun_ns;
    run->slowest_ns = !is_lost && ns > run->slowest_ns ? ns : run->slowest_ns;
    return status.is_source_lost == is_lost && (status.problem[0] != 0) == is_lost;
}

static void measure(struct run *run)
{
    run->n_fds = rig_count_entries("/proc/self/fd");
    run->n_threads = rig_count_entries("/proc/self/task");
    malloc_trim(0);
    run->n_heap = mallinfo2().uordblks;
}

static void cycle(struct run *run, int n)
{
    for (int i = 0; i < n; i++) {
        int64_t enough = run->n_observations + 3, end_ns = fb_clock_now_ns() + 5 * FB_NS_PER_S;
        for (; run->n_observations < enough && fb_clock_now_ns() < end_ns; take(run))
            fb_clock_sleep_until_ns(fb_clock_now_ns() + 3 * FB_NS_PER_MS);
        rig_set_camera("unplug");
        if (!CHECK_MSG(wait_for(run, true), "cycle %d: unplugging was not noticed", i))
            return;
        rig_set_camera("ok");
        if (!CHECK_MSG(wait_for(run, false), "cycle %d: it did not come back", i))
            return;
    }
}

static int count_video_frames(const char *folder)
{
    char path[600];
    struct vis_source *source = NULL;
    struct fb_frame_pool *pool = NULL;
    struct vis_source_settings settings = vis_default_source_settings();
    snprintf(path, sizeof path, "%s/video.mkv", folder);
    int n = 0, status = vis_source_open(path, &settings, &source);
    if (!status)
        status = fb_frame_pool_create(1, 320, 240, &pool);
    CHECK_MSG(!status, "%s", fb_error_text());
    while (source && pool && status >= 0 && status != VIS_READ_END) {
        struct fb_frame *frame = NULL;
        status = vis_source_read(source, pool, &frame);
        n += frame != NULL;
        fb_frame_unref(&frame);
    }
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return n;
}

static void check_session(const char *folder, int64_t n_observations, int64_t n_frames)
{
    struct app_session *session = NULL;
    struct app_session_totals totals = {0};
    char source[200] = "";
    CHECK_MSG(!app_session_open(folder, APP_SESSION_READ, &session), "%s", fb_error_text());
    CHECK(session && !app_session_totals(session, &totals) && !app_session_fact(session, "source", source, sizeof source));
    CHECK_INT(app_session_verify(session), 0);
    CHECK_INT(totals.n_frames, n_observations);
    CHECK_STR(source, "http://cam/"); /* the address's name and password are nowhere */
    app_session_close(&session);
    int n = count_video_frames(folder);
    CHECK_MSG(n >= n_frames - 1 && n <= n_frames, "%d pictures in the video of %lld captured", n, (long long)n_frames);
}

static void unplugged_while_recording(void)
{
    const char *wish = getenv("FELTBOARD_UNPLUGS");
    int n = wish ? atoi(wish) : 10;
    char folder[512];
    struct app_analyzer *analyzer = rig_analyzer();
    struct run run = {.pipeline = rig_pipeline("/dev/video0", APP_PACE_LIVE, analyzer)}, before;
    struct app_pipeline_status status;
    if (run.pipeline && rig_record(run.pipeline, analyzer, folder, sizeof folder)) {
        CHECK(!app_pipeline_start(run.pipeline));
        cycle(&run, 3); /* caches fill */
        measure(&run);
        before = run;
        cycle(&run, n - 3);
        measure(&run);
        CHECK_INT(run.n_fds, before.n_fds);
        CHECK_INT(run.n_threads, before.n_threads);
        CHECK_MSG(run.n_heap < before.n_heap + (1 << 20), "heap of %zu bytes, before %zu", run.n_heap, before.n_heap);
        CHECK_MSG(run.slowest_ns < FB_NS_PER_S || getenv("FELTBOARD_SLOW"), "back after %.2f s", (double)run.slowest_ns * 1e-9);
        rig_set_camera("unplug"); /* so that the counts stand still */
        CHECK(wait_for(&run, true));
        for (int i = 0; i < 100; i++, fb_clock_sleep_until_ns(fb_clock_now_ns() + 5 * FB_NS_PER_MS))
            take(&run);
        app_pipeline_get_status(run.pipeline, &status);
        CHECK_INT(app_pipeline_destroy(&run.pipeline), 0);
        CHECK_INT(status.n_analysed, run.n_observations);
        printf("# %d cycles, slowest return %.0f ms, %lld rows, %lld pictures, %lld lost on the way to the recorder\n", n,
               (double)run.slowest_ns * 1e-6, (long long)run.n_observations, (long long)status.n_captured,
               (long long)status.n_record_dropped);
        check_session(folder, run.n_observations, status.n_captured - status.n_record_dropped);
    }
    app_pipeline_destroy(&run.pipeline);
    app_analyzer_destroy(&analyzer);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"unplugged while recording", unplugged_while_recording}};
    return rig_main(tests, TEST_COUNT(tests), argc, argv);
}
