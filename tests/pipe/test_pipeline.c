/* The threads together: a saved video obeys pause, seek and step; nothing is lost where nothing may
 * be; a live recording is whole when the pipeline ends in the middle of it. */
#include "base/clock.h"
#include "pipeline.h"
#include "preload.h"
#include "session/session.h"
#include "test.h"
#include "vis/recorder.h"

#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH = 320, HEIGHT = 180, N_FRAMES = 40 };
#define FRAME_NS (50 * FB_NS_PER_MS)

static char work_dir[] = "/tmp/feltboard-pipe-XXXXXX";
static char video_path[64];

/* Frame k is a flat grey of 40 + 4 k, at k * 50 ms. */
static bool write_video(void)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    settings.width = WIDTH;
    settings.height = HEIGHT;
    snprintf(video_path, sizeof video_path, "%s/grey.mkv", work_dir);
    int status = vis_recorder_open(video_path, &settings, &recorder);
    if (!status)
        status = fb_frame_pool_create(1, WIDTH, HEIGHT, &pool);
    for (int k = 0; k < N_FRAMES && !status; k++) {
        struct fb_frame *frame = fb_frame_acquire(pool);
        fb_frame_clear(frame);
        memset(frame->y, 40 + 4 * k, (size_t)frame->y_stride * HEIGHT);
        status = vis_recorder_write(recorder, frame, k * FRAME_NS);
        fb_frame_unref(&frame);
    }
    int close_status = vis_recorder_close(&recorder);
    fb_frame_pool_destroy(&pool);
    return CHECK_MSG(!status && !close_status, "%s", fb_error_text());
}

static struct app_pipeline *open_pipeline(const char *spec, enum app_pace pace,
                                          struct app_analyzer *analyzer)
{
    struct app_pipeline *pipeline = NULL;
    struct app_pipeline_settings settings = {.spec = spec,
                                             .source = vis_default_source_settings(),
                                             .pace = pace,
                                             .every = 1,
                                             .analyzer = analyzer};
    char assets[512];
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    settings.source.assets_dir = assets;
    settings.source.width = 640;
    settings.source.height = 360;
    settings.source.n_faces = 3;
    settings.source.duration_s = pace == APP_PACE_LOSSLESS ? 2 : 0;
    settings.source.is_paced = pace != APP_PACE_LOSSLESS;
    CHECK_MSG(!app_pipeline_create(&settings, &pipeline), "%s", fb_error_text());
    return pipeline;
}

static struct app_analyzer *open_analyzer(void)
{
    struct app_analyzer *analyzer = NULL;
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    char model[512], network[512];
    snprintf(model, sizeof model, "%s/models/feltboard-1.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(network, sizeof network, "%s/models/feltboard-face-1.safetensors", getenv("FELTBOARD_SOURCE_ROOT"));
    settings.model = model;
    settings.find.network = network;
    settings.n_threads = 1;
    CHECK_MSG(!app_analyzer_create(&settings, &analyzer), "%s", fb_error_text());
    return analyzer;
}

/* The next frame within five seconds, as its number in the grey video; -1: none came. */
static int next_number(struct app_pipeline *pipeline)
{
    int64_t deadline_ns = fb_clock_now_ns() + 5 * FB_NS_PER_S;
    struct fb_frame *frame;
    while (!(frame = app_pipeline_take_frame(pipeline)) && fb_clock_now_ns() < deadline_ns)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    if (!frame)
        return -1;
    int number = (frame->y[frame->y_stride * HEIGHT / 2 + WIDTH / 2] - 40 + 2) / 4;
    CHECK_INT(frame->pts_ns, number * FRAME_NS); /* picture and time belong together */
    fb_frame_unref(&frame);
    return number;
}

static bool is_quiet(struct app_pipeline *pipeline, int64_t ns)
{
    fb_clock_sleep_until_ns(fb_clock_now_ns() + ns);
    struct fb_frame *frame = app_pipeline_take_frame(pipeline);
    bool is_none = !frame;
    fb_frame_unref(&frame);
    return is_none;
}

static void wait_end(struct app_pipeline *pipeline)
{
    int64_t deadline_ns = fb_clock_now_ns() + 300 * FB_NS_PER_S;
    while (!app_pipeline_has_ended(pipeline) && fb_clock_now_ns() < deadline_ns)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    CHECK(app_pipeline_has_ended(pipeline));
}

static void playback_obeys(void)
{
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_PLAYBACK, NULL);
    if (!pipeline)
        return;
    app_pipeline_pause(pipeline, true);
    CHECK(!app_pipeline_start(pipeline));
    CHECK_INT(next_number(pipeline), 0); /* paused at the first picture */
    CHECK(is_quiet(pipeline, 200 * FB_NS_PER_MS));
    app_pipeline_seek(pipeline, 20 * FRAME_NS + FRAME_NS / 2);
    CHECK_INT(next_number(pipeline), 20); /* the one shown at that time */
    app_pipeline_step(pipeline, 1);
    CHECK_INT(next_number(pipeline), 21);
    app_pipeline_step(pipeline, -1);
    CHECK_INT(next_number(pipeline), 20);
    app_pipeline_step(pipeline, -1);
    CHECK_INT(next_number(pipeline), 19);
    CHECK(is_quiet(pipeline, 100 * FB_NS_PER_MS));
    app_pipeline_seek(pipeline, 1000 * FRAME_NS);
    CHECK_INT(next_number(pipeline), N_FRAMES - 1);
    app_pipeline_seek(pipeline, -FRAME_NS);
    CHECK_INT(next_number(pipeline), 0);
    CHECK_INT(app_pipeline_destroy(&pipeline), 0);
}

static void playback_keeps_time(void)
{
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_PLAYBACK, NULL);
    if (!pipeline)
        return;
    CHECK(!app_pipeline_start(pipeline));
    app_pipeline_set_speed(pipeline, 2);
    int first = next_number(pipeline), last = first, number = first;
    int64_t start_ns = fb_clock_now_ns();
    while (!app_pipeline_has_ended(pipeline) && (number = next_number(pipeline)) >= 0) {
        CHECK(number > last);
        last = number;
        if (last == N_FRAMES - 1)
            break;
    }
    double seconds = (double)(fb_clock_now_ns() - start_ns) * 1e-9;
    double expected_s = (last - first) * (double)FRAME_NS * 1e-9 / 2;
    CHECK_INT(last, N_FRAMES - 1);
    CHECK_MSG(seconds > expected_s * 0.8 && seconds < expected_s + 1.5, "took %.2f s, expected %.2f s",
              seconds, expected_s);
    wait_end(pipeline);
    app_pipeline_pause(pipeline, false); /* playing on from the end starts over */
    CHECK_INT(next_number(pipeline), 0);
    CHECK_INT(app_pipeline_destroy(&pipeline), 0);
}

/* A number that depends on every value of every observation of a lossless run over the demo class. */
static uint64_t hash_lossless(int *n_observations, int *n_faces)
{
    struct app_analyzer *analyzer = open_analyzer();
    struct app_pipeline *pipeline = analyzer ? open_pipeline("demo", APP_PACE_LOSSLESS, analyzer) : NULL;
    uint64_t hash = 14695981039346656037u;
    *n_observations = *n_faces = 0;
    if (pipeline) {
        CHECK(!app_pipeline_start(pipeline));
        wait_end(pipeline);
        for (struct mon_observation *o; (o = app_pipeline_take_observation(pipeline)); free(o)) {
            CHECK_INT(o->frame_index, *n_observations);
            ++*n_observations;
            *n_faces += o->n_faces;
            o->capture_ns = o->done_ns = 0; /* wall times differ */
            const unsigned char *bytes = (const unsigned char *)o->faces;
            for (size_t i = 0; i < (size_t)o->n_faces * sizeof *o->faces; i++)
                hash = (hash ^ bytes[i]) * 1099511628211u;
            hash = (hash ^ (uint64_t)o->pts_ns) * 1099511628211u;
        }
        CHECK_INT(app_pipeline_destroy(&pipeline), 0);
    }
    app_analyzer_destroy(&analyzer);
    return hash;
}

static void lossless_repeats_exactly(void)
{
    int n_first, n_second, faces_first, faces_second;
    uint64_t first = hash_lossless(&n_first, &faces_first);
    uint64_t second = hash_lossless(&n_second, &faces_second);
    CHECK_INT(n_first, 60); /* 2 s at 30 a second: none lost */
    CHECK_INT(n_second, 60);
    CHECK(faces_first > 60); /* three students, some looking down */
    CHECK_INT(faces_first, faces_second);
    CHECK(first == second);
}

static void live_recording_survives_the_end(void)
{
    struct app_analyzer *analyzer = open_analyzer();
    struct app_pipeline *pipeline = analyzer ? open_pipeline("demo", APP_PACE_LIVE, analyzer) : NULL;
    if (!pipeline) {
        app_analyzer_destroy(&analyzer);
        return;
    }
    struct app_recording *recording = NULL;
    const struct vis_source_info *info = app_pipeline_source(pipeline);
    struct app_recording_settings settings = {.parent_dir = work_dir,
                                              .name = "live",
                                              .source = "demo",
                                              .model = app_analyzer_model(analyzer),
                                              .width = info->width,
                                              .height = info->height,
                                              .has_video = true};
    char folder[512], path[600];
    CHECK_MSG(!app_recording_create(&settings, &recording), "%s", fb_error_text());
    snprintf(folder, sizeof folder, "%s", app_recording_folder(recording));
    app_pipeline_record(pipeline, recording);
    int64_t start_ns = fb_clock_now_ns();
    CHECK(!app_pipeline_start(pipeline));
    fb_clock_sleep_until_ns(fb_clock_now_ns() + 2 * FB_NS_PER_S);
    app_pipeline_mark(pipeline, FB_NS_PER_S, "in the middle");
    struct app_pipeline_status status;
    app_pipeline_get_status(pipeline, &status);
    CHECK(status.is_recording);
    CHECK_INT(app_pipeline_destroy(&pipeline), 0); /* as when the window is closed */
    double seconds = (double)(fb_clock_now_ns() - start_ns) * 1e-9, duration_s = 0;
    app_analyzer_destroy(&analyzer);

    struct stat file;
    snprintf(path, sizeof path, "%s/video.mkv", folder);
    CHECK(stat(path, &file) == 0 && (file.st_mode & 0777) == 0600);
    struct vis_source_settings source_settings = vis_default_source_settings();
    struct vis_source *source = NULL;
    if (CHECK_MSG(!vis_source_open(path, &source_settings, &source), "%s", fb_error_text()))
        duration_s = (double)vis_source_info(source)->duration_ns * 1e-9;
    vis_source_close(&source);

    struct app_session *session = NULL;
    struct app_session_totals totals = {0};
    CHECK_MSG(!app_session_open(folder, APP_SESSION_READ, &session), "%s", fb_error_text());
    CHECK(session && !app_session_totals(session, &totals));
    CHECK_INT(totals.n_markers, 1);
    double rows_s = (double)(totals.last_ns - totals.first_ns) * 1e-9;
    CHECK_MSG(duration_s > rows_s - 0.1 && duration_s < seconds + 0.3,
              "%.2f s of video, rows over %.2f s, recorded for %.2f s", duration_s, rows_s, seconds);
    CHECK_MSG(totals.n_frames >= status.n_analysed - 2 && totals.n_frames > 0,
              "%lld frames of %lld analysed", (long long)totals.n_frames,
              (long long)status.n_analysed);
    app_session_close(&session);
}

/* Waits for a frame; false after the given time. Takes what is older out of the way. */
static bool has_frame_within(struct app_pipeline *pipeline, int64_t ns)
{
    struct fb_frame *frame = app_pipeline_take_frame(pipeline);
    fb_frame_unref(&frame);
    int64_t deadline_ns = fb_clock_now_ns() + ns;
    while (!(frame = app_pipeline_take_frame(pipeline)) && fb_clock_now_ns() < deadline_ns)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    bool has_frame = frame != NULL;
    fb_frame_unref(&frame);
    return has_frame;
}

static void set_camera(const char *word)
{
    const char *path = getenv("FAKECAM_CTL");
    char next[128];
    snprintf(next, sizeof next, "%s.next", path);
    FILE *file = fopen(next, "w");
    CHECK(file && fputs(word, file) >= 0 && fclose(file) == 0 && rename(next, path) == 0);
}

static bool waits_for_lost(struct app_pipeline *pipeline, bool is_lost)
{
    struct app_pipeline_status status;
    int64_t deadline_ns = fb_clock_now_ns() + 8 * FB_NS_PER_S;
    do {
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 5 * FB_NS_PER_MS);
        app_pipeline_get_status(pipeline, &status);
    } while (status.is_source_lost != is_lost && fb_clock_now_ns() < deadline_ns);
    return status.is_source_lost == is_lost && (status.problem[0] != 0) == is_lost;
}

static void a_lost_camera_comes_back(void)
{
    if (!getenv("FAKECAM_SO"))
        SKIP("FAKECAM_SO is not set: run through meson test");
    set_camera("ok");
    struct app_pipeline *pipeline = open_pipeline("/dev/video0", APP_PACE_LIVE, NULL);
    if (!pipeline)
        return;
    CHECK(!app_pipeline_start(pipeline));
    CHECK(has_frame_within(pipeline, 5 * FB_NS_PER_S));
    static const char *const faults[] = {"unplug", "hang", "eio"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        set_camera(faults[i]);
        CHECK_MSG(waits_for_lost(pipeline, true), "%s: not noticed", faults[i]);
        set_camera("ok");
        CHECK_MSG(waits_for_lost(pipeline, false), "%s: not back", faults[i]);
        CHECK_MSG(has_frame_within(pipeline, 2 * FB_NS_PER_S), "%s: no picture", faults[i]);
    }
    CHECK_INT(app_pipeline_destroy(&pipeline), 0);
}

int main(int argc, char **argv)
{
    if (!getenv("FAKECAM_CTL")) { /* the camera reads its name once, when the program starts again */
        char control[64];
        snprintf(control, sizeof control, "/tmp/feltboard-camera-%d", (int)getpid());
        setenv("FAKECAM_CTL", control, 1);
    }
    if (getenv("FAKECAM_SO") && !fakecam_preload(argv))
        return 1;
    static const struct test tests[] = {
        {"playback obeys pause, seek and step", playback_obeys},
        {"playback keeps time", playback_keeps_time},
        {"lossless: nothing lost, same rows twice", lossless_repeats_exactly},
        {"live recording survives the end", live_recording_survives_the_end},
        {"a lost camera comes back", a_lost_camera_comes_back},
    };
    if (!mkdtemp(work_dir) || !write_video())
        return 1;
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    unlink(getenv("FAKECAM_CTL"));
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", work_dir);
    return system(command) ? 1 : code;
}
