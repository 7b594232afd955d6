/* A saved video in the window: analysed behind the picture, kept, taken up again; the loop; exact and quick
 * seeking in a long one. */
#include "base/clock.h"
#include "coverage.h"
#include "keep.h"
#include "pipeline.h"
#include "renumber.h"
#include "session/session.h"
#include "test.h"
#include "vis/recorder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 320, HEIGHT = 240, N_FRAMES = 75 };
static char work_dir[] = "/tmp/feltboard-ahead-XXXXXX";
static char video_path[80], assets[512], model_path[512], network_path[512];
static struct app_analyzer *analyzer;

static struct vis_source_settings source_settings(int width, int height, int n_faces, double seconds)
{
    struct vis_source_settings settings = vis_default_source_settings();
    settings.assets_dir = assets;
    settings.width = width;
    settings.height = height;
    settings.n_faces = n_faces;
    settings.duration_s = seconds;
    settings.is_paced = false;
    return settings;
}

/* The demo class as a file. */
static int record_demo(const char *path, int width, int height, int n_frames)
{
    struct vis_source_settings settings = source_settings(width, height, 3, n_frames / 30.0 + 1);
    struct vis_recorder_settings recorder_settings = vis_default_recorder_settings();
    struct vis_source *source = NULL;
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    recorder_settings.width = width;
    recorder_settings.height = height;
    int status = vis_source_open("demo", &settings, &source);
    if (!status)
        status = fb_frame_pool_create(1, width, height, &pool);
    if (!status)
        status = vis_recorder_open(path, &recorder_settings, &recorder);
    for (int i = 0; i < n_frames && !status; i++) {
        status = vis_source_read(source, pool, &frame) == VIS_READ_FRAME ? FB_OK : FB_ERR_FAILED;
        if (!status)
            status = vis_recorder_write(recorder, frame, frame->pts_ns);
        fb_frame_unref(&frame);
    }
    int close_status = vis_recorder_close(&recorder);
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return status ? status : close_status;
}

static bool make_analyzer(void)
{
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    settings.model = model_path;
    settings.find.network = network_path;
    settings.n_threads = 1;
    app_analyzer_destroy(&analyzer); /* a new one: numbers start at 1 */
    return CHECK_MSG(!app_analyzer_create(&settings, &analyzer), "%s", fb_error_text());
}

static struct app_keep keep_of(const char *video)
{
    static struct app_find_settings find;
    find = app_default_find_settings();
    return (struct app_keep){
        .video = video, .width = WIDTH, .height = HEIGHT, .model = app_analyzer_model(analyzer), .find = &find};
}

static struct app_pipeline *open_pipeline(const char *spec, enum app_pace pace,
                                          struct app_analyzer *with)
{
    struct app_pipeline *pipeline = NULL;
    struct app_pipeline_settings settings = {.spec = spec,
                                             .source = source_settings(WIDTH, HEIGHT, 3, 0),
                                             .pace = pace,
                                             .every = 1,
                                             .analyzer = with};
    CHECK_MSG(!app_pipeline_create(&settings, &pipeline), "%s", fb_error_text());
    return pipeline;
}

/* Takes everything until done says so, or half a minute is over. Frames into *shown. */
static void pump(struct app_pipeline *pipeline, double share, int64_t *n_rows)
{
    int64_t deadline_ns = fb_clock_now_ns() + 60 * FB_NS_PER_S;
    struct app_pipeline_status status;
    do {
        struct fb_frame *frame = app_pipeline_take_frame(pipeline);
        struct mon_observation *observation;
        fb_frame_unref(&frame);
        app_pipeline_get_status(pipeline, &status);
        while ((observation = app_pipeline_take_observation(pipeline))) {
            ++*n_rows;
            free(observation);
        }
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    } while (status.analysed_share < share && fb_clock_now_ns() < deadline_ns);
    CHECK_MSG(status.analysed_share >= share, "%.3f of the video analysed", status.analysed_share);
}

/* ---- rows as one number ---- */

struct sum {
    uint64_t hash;
    int64_t n_frames, n_faces;
};

static void mix(struct sum *sum, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum->hash = (sum->hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

static int add_row(void *user, const struct mon_observation *o)
{
    struct sum *sum = user;
    sum->n_frames++;
    mix(sum, &o->pts_ns, sizeof o->pts_ns);
    for (int i = 0; i < o->n_faces; i++) {
        const struct mon_face *face = &o->faces[i];
        sum->n_faces++;
        mix(sum, &face->student, sizeof face->student);
        mix(sum, &face->box, sizeof face->box);
        mix(sum, &face->expression, sizeof face->expression);
        mix(sum, face->p, sizeof face->p);
        mix(sum, face->p_raw, sizeof face->p_raw);
        mix(sum, &face->reason, sizeof face->reason);
    }
    return FB_OK;
}

static struct sum sum_session(struct app_session *session)
{
    struct sum sum = {.hash = 14695981039346656037u};
    CHECK_MSG(!app_session_each(session, INT64_MIN, INT64_MAX, add_row, &sum), "%s",
              fb_error_text());
    return sum;
}

/* As the command analyze does it, into a folder in parent. */
static struct sum analyse_lossless(const char *parent, char folder[600])
{
    struct app_recording *recording = NULL;
    struct app_session *session = NULL;
    struct sum none = {0};
    if (!make_analyzer())
        return none;
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_LOSSLESS, analyzer);
    struct app_recording_settings settings = {.parent_dir = parent,
                                              .name = "lossless",
                                              .source = video_path,
                                              .model = app_analyzer_model(analyzer),
                                              .width = WIDTH,
                                              .height = HEIGHT,
                                              .is_lossless = true};
    if (!pipeline || !CHECK(!app_recording_create(&settings, &recording)))
        return none;
    snprintf(folder, 600, "%s", app_recording_folder(recording));
    app_pipeline_record(pipeline, recording);
    CHECK(!app_pipeline_start(pipeline));
    int64_t deadline_ns = fb_clock_now_ns() + 60 * FB_NS_PER_S;
    while (!app_pipeline_has_ended(pipeline) && fb_clock_now_ns() < deadline_ns)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    CHECK(!app_pipeline_destroy(&pipeline));
    CHECK(!app_session_open(folder, APP_SESSION_READ, &session));
    struct sum sum = sum_session(session);
    app_session_close(&session);
    return sum;
}

/* One sitting at the window: until share of the video is analysed, or at once at `seek_ns`. Returns how
 * many frames were analysed in it. */
static int64_t watch(const char *parent, double share, int64_t seek_ns, bool is_new_expected,
                     struct sum *sum, int64_t *n_skipped)
{
    struct app_session *session = NULL;
    bool is_new = false;
    if (!make_analyzer())
        return -1;
    const struct app_keep keep = keep_of(video_path);
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_PLAYBACK, analyzer);
    if (!pipeline ||
        !CHECK_MSG(!app_keep_open(parent, &keep, &session, &is_new), "%s", fb_error_text()))
        return -1;
    CHECK_INT(is_new, is_new_expected);
    app_pipeline_use_session(pipeline, session, 0);
    app_pipeline_pause(pipeline, true); /* analysis is not held by the picture */
    if (seek_ns)
        app_pipeline_seek(pipeline, seek_ns);
    CHECK(!app_pipeline_start(pipeline));
    int64_t n_rows = 0;
    pump(pipeline, share, &n_rows);
    struct app_pipeline_status status;
    app_pipeline_get_status(pipeline, &status);
    CHECK(!app_pipeline_destroy(&pipeline));
    if (sum)
        *sum = sum_session(session);
    if (n_skipped)
        *n_skipped = status.n_dropped;
    CHECK(!app_session_close(&session));
    return status.n_analysed;
}

static void window_and_analyze_agree(void)
{
    char parent[120], folder[600];
    struct sum lossless = analyse_lossless(work_dir, folder), window = {0};
    snprintf(parent, sizeof parent, "%s/same", work_dir);
    CHECK_INT(watch(parent, 1, 0, true, &window, NULL), N_FRAMES);
    CHECK_INT(lossless.n_frames, N_FRAMES);
    CHECK(lossless.n_faces > N_FRAMES);
    CHECK_INT(window.n_frames, lossless.n_frames);
    CHECK_INT(window.n_faces, lossless.n_faces);
    CHECK(window.hash == lossless.hash);
}

static void done_work_is_kept(void)
{
    char parent[120];
    struct sum all = {0};
    snprintf(parent, sizeof parent, "%s/kept", work_dir);
    int64_t first = watch(parent, .3, 0, true, NULL, NULL);
    CHECK_MSG(first > 10 && first < N_FRAMES, "%lld frames in the first sitting", (long long)first);
    int64_t second = watch(parent, 1, 0, false, &all, NULL);
    CHECK_INT(all.n_frames, N_FRAMES); /* none lacks */
    CHECK_MSG(second <= N_FRAMES - first + 2, "%lld frames, then %lld of %d", (long long)first,
              (long long)second, N_FRAMES);
    CHECK_INT(watch(parent, 1, 0, false, &all, NULL), 0); /* nothing is left to do */
    CHECK_INT(all.n_frames, N_FRAMES);
}

static void analyzed_elsewhere_is_found(void)
{
    char parent[120], folder[600] = "";
    struct sum window = {0};
    struct app_session *session = NULL;
    bool is_new = false;
    snprintf(parent, sizeof parent, "%s/whole", work_dir);
    struct sum lossless = analyse_lossless(parent, folder);
    struct app_keep keep = keep_of(video_path);
    CHECK_MSG(!app_keep_whole(folder, &keep), "%s", fb_error_text());
    CHECK_INT(watch(parent, 1, 0, false, &window, NULL), 0);
    CHECK(window.hash == lossless.hash && window.n_frames == N_FRAMES);
    keep = keep_of(video_path); /* of the analyzer that there is now */
    struct app_find_settings cascade = *keep.find; /* its rows would be others */
    cascade.kind = APP_FIND_HAAR;
    keep.find = &cascade;
    CHECK(!app_keep_open(parent, &keep, &session, &is_new) && is_new);
    CHECK(!app_session_close(&session));
}

static void analysis_follows_the_picture(void)
{
    char parent[120];
    struct sum all = {0};
    int64_t n_skipped = 0;
    snprintf(parent, sizeof parent, "%s/follow", work_dir);
    int64_t n = watch(parent, 1, 2 * FB_NS_PER_S, true, &all, &n_skipped);
    CHECK_INT(all.n_frames, N_FRAMES);
    CHECK(n >= N_FRAMES && n <= N_FRAMES + 2);
    CHECK(n_skipped >= 1);
}

static int count_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    (void)wall;
    *(int *)user += pts_ns == FB_NS_PER_S && !strcmp(text, "here");
    return FB_OK;
}

static void changes_reach_the_session(void)
{
    struct app_session *session = NULL;
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_PLAYBACK, NULL);
    CHECK(!app_session_create(work_dir, "edit", &session));
    struct mon_observation o = {.pts_ns = 7 * FB_NS_PER_S};
    CHECK(!app_session_add(session, &o));
    app_pipeline_use_session(pipeline, session, 6 * FB_NS_PER_S);
    CHECK(!app_pipeline_start(pipeline));
    struct mon_observation *row = NULL;
    int64_t deadline_ns = fb_clock_now_ns() + 10 * FB_NS_PER_S;
    while (!(row = app_pipeline_take_observation(pipeline)) && fb_clock_now_ns() < deadline_ns)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    CHECK(row && row->pts_ns == FB_NS_PER_S); /* by the video's time */
    free(row);
    app_pipeline_mark(pipeline, -5 * FB_NS_PER_S, "here");
    app_pipeline_name(pipeline, 3, "Zo\xc3\xab");
    CHECK(!app_pipeline_destroy(&pipeline)); /* what was asked for is done before the end */
    int n_markers = 0;
    CHECK(!app_session_each_marker(session, count_marker, &n_markers));
    CHECK_INT(n_markers, 1);
    struct app_session_totals totals;
    CHECK(!app_session_totals(session, &totals) && totals.n_markers == 1);
    app_session_close(&session);
}

/* The loop's pictures and no others, several times round. */
static void a_loop_goes_round(void)
{
    struct app_pipeline *pipeline = open_pipeline(video_path, APP_PACE_PLAYBACK, NULL);
    if (!pipeline)
        return;
    app_pipeline_set_speed(pipeline, 4);
    app_pipeline_set_loop(pipeline, FB_NS_PER_S, FB_NS_PER_S * 3 / 2);
    app_pipeline_seek(pipeline, FB_NS_PER_S);
    CHECK(!app_pipeline_start(pipeline));
    int n_rounds = 0, n_outside = 0;
    int64_t last_ns = 0, end_ns = fb_clock_now_ns() + FB_NS_PER_S;
    while (fb_clock_now_ns() < end_ns) {
        struct fb_frame *frame = app_pipeline_take_frame(pipeline);
        if (frame) {
            n_rounds += frame->pts_ns < last_ns;
            n_outside += frame->pts_ns < FB_NS_PER_S - 40 * FB_NS_PER_MS ||
                         frame->pts_ns >= FB_NS_PER_S * 3 / 2;
            last_ns = frame->pts_ns;
        }
        fb_frame_unref(&frame);
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS);
    }
    CHECK_MSG(n_rounds >= 2, "%d rounds", n_rounds);
    CHECK_INT(n_outside, 0);
    CHECK(!app_pipeline_destroy(&pipeline));
}

static void coverage_adds_up(void)
{
    struct app_coverage c = {0}, again;
    const int64_t s = FB_NS_PER_S;
    CHECK_INT(app_coverage_gap(&c, 0), 0);
    app_coverage_add(&c, 10 * s, 20 * s);
    app_coverage_add(&c, 30 * s, 40 * s);
    app_coverage_add(&c, 5 * s, 5 * s);
    CHECK_INT(c.n_parts, 2);
    CHECK(!app_coverage_has(&c, 9 * s) && app_coverage_has(&c, 10 * s) && !app_coverage_has(&c, 20 * s));
    CHECK_INT(app_coverage_gap(&c, 12 * s), 20 * s);
    CHECK_NEAR(app_coverage_share(&c, 0, 40 * s), .5, 1e-9);
    char text[100], small[12];
    app_coverage_print(&c, text, sizeof text);
    CHECK_STR(text, "10000-20000,30000-40000");
    app_coverage_print(&c, small, sizeof small);
    CHECK_STR(small, "10000-20000");
    app_coverage_parse(text, &again);
    CHECK_INT(again.n_parts, 2);
    app_coverage_add(&c, 20 * s, 30 * s);
    CHECK_INT(c.n_parts, 1);
    CHECK_INT(app_coverage_gap(&c, 10 * s), 40 * s);
    for (int i = 0; i < 2 * APP_COVERAGE_PARTS; i++)
        app_coverage_add(&c, (100 + 2 * i) * s, (101 + 2 * i) * s);
    CHECK(c.n_parts == APP_COVERAGE_PARTS && app_coverage_has(&c, 15 * s)); /* the long one stays */
    static const char *const wrong[] = {"", "x", "5-4", "-3-4", "1-999999999999999", "1-2,,3-4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        app_coverage_parse(wrong[i], &again);
        CHECK(again.n_parts <= 1);
    }
}

static void seats_keep_their_numbers(void)
{
    static struct app_renumber renumber;
    struct mon_observation stored = {.n_faces = 2}, fresh = {.n_faces = 3};
    stored.faces[0] = (struct mon_face){.student = 4, .box = {100, 100, 50, 50}};
    stored.faces[1] = (struct mon_face){.student = 7, .box = {300, 100, 50, 50}};
    app_renumber_learn(&renumber, &stored);
    fresh.faces[0] = (struct mon_face){.student = 1, .box = {310, 95, 50, 50}};
    fresh.faces[1] = (struct mon_face){.student = 2, .box = {95, 105, 50, 50}};
    fresh.faces[2] = (struct mon_face){.student = 3, .box = {600, 100, 50, 50}};
    app_renumber_apply(&renumber, &fresh);
    CHECK_INT(fresh.faces[0].student, 4);
    CHECK_INT(fresh.faces[1].student, 7);
    CHECK_INT(fresh.faces[2].student, 8); /* nobody's place */
    CHECK(fresh.faces[0].box.x < 100 && fresh.faces[1].box.x > 300);
}

/* ---- seeking ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Waits 20 s at most; shown_ns -1: none came. */
static void next_frame(struct app_pipeline *pipeline, int64_t *shown_ns)
{
    struct fb_frame *frame;
    int64_t start_ns = fb_clock_now_ns();
    while (!(frame = app_pipeline_take_frame(pipeline)) &&
           fb_clock_now_ns() - start_ns < 20 * FB_NS_PER_S)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + FB_NS_PER_MS / 5);
    *shown_ns = frame ? frame->pts_ns : -1;
    fb_frame_unref(&frame);
}

static double seek_ms(struct app_pipeline *pipeline, int64_t to_ns, int64_t *shown_ns)
{
    struct fb_frame *frame = app_pipeline_take_frame(pipeline);
    fb_frame_unref(&frame);
    int64_t start_ns = fb_clock_now_ns();
    app_pipeline_seek(pipeline, to_ns);
    next_frame(pipeline, shown_ns);
    return (double)(fb_clock_now_ns() - start_ns) * 1e-6;
}

/* A 720p recording put behind itself until it is as long as FELTBOARD_HOURS says (else 20 s as it is);
 * 50 clicks anywhere. FELTBOARD_SEEK_MS: what the slowest may take (2000). */
static void clicks_are_answered(void)
{
    double hours = getenv("FELTBOARD_HOURS") ? atof(getenv("FELTBOARD_HOURS")) : 0;
    double limit_ms = getenv("FELTBOARD_SEEK_MS") ? atof(getenv("FELTBOARD_SEEK_MS")) : 2000;
    int n_frames = hours > 0 ? 600 : 150;
    enum { N = 50 };
    double ms[N];
    char path[100], command[400];
    if (hours > 0 && system("command -v ffmpeg >/dev/null"))
        SKIP("no ffmpeg to make the long video with");
    snprintf(path, sizeof path, "%s/long.mkv", work_dir);
    if (!CHECK_MSG(!record_demo(path, 1280, 720, n_frames), "%s", fb_error_text()))
        return;
    if (hours > 0) {
        snprintf(command, sizeof command,
                 "ffmpeg -v error -stream_loop %d -i %s -c copy -cluster_time_limit 300 %s/hours.mkv",
                 (int)(hours * 3600 / (n_frames / 30.0)) - 1, path, work_dir);
        if (!CHECK(!system(command)))
            return;
        snprintf(path, sizeof path, "%s/hours.mkv", work_dir);
    }
    struct app_pipeline *pipeline = open_pipeline(path, APP_PACE_PLAYBACK, NULL);
    if (!pipeline)
        return;
    app_pipeline_pause(pipeline, true);
    CHECK(!app_pipeline_start(pipeline));
    int64_t shown_ns, duration_ns = app_pipeline_source(pipeline)->duration_ns;
    seek_ms(pipeline, duration_ns / 2, &shown_ns);
    while (shown_ns >= 0 && shown_ns < duration_ns / 4) /* pictures of the start, that were still on their way */
        next_frame(pipeline, &shown_ns);
    uint64_t noise = 7;
    for (int i = 0; i < N; i++) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        int64_t to_ns = (int64_t)((double)(noise >> 11) / 9007199254740992.0 *
                                  (double)(duration_ns - FB_NS_PER_S));
        ms[i] = seek_ms(pipeline, to_ns, &shown_ns);
        CHECK_MSG(shown_ns <= to_ns && to_ns - shown_ns < 70 * FB_NS_PER_MS,
                  "asked for %.3f s, shown %.3f s", (double)to_ns * 1e-9, (double)shown_ns * 1e-9);
    }
    qsort(ms, N, sizeof *ms, compare);
    printf("# %.0f s of 1280x720: %d clicks, median %.1f ms, p95 %.1f ms, worst %.1f ms\n",
           (double)duration_ns * 1e-9, N, ms[N / 2], ms[N * 95 / 100], ms[N - 1]);
    CHECK_MSG(ms[N - 1] <= limit_ms, "the slowest click took %.1f ms", ms[N - 1]);
    CHECK(!app_pipeline_destroy(&pipeline));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"coverage adds up", coverage_adds_up},
        {"seats keep their numbers", seats_keep_their_numbers},
        {"window and analyze agree", window_and_analyze_agree},
        {"done work is kept", done_work_is_kept},
        {"analyzed elsewhere is found", analyzed_elsewhere_is_found},
        {"analysis follows the picture", analysis_follows_the_picture},
        {"changes reach the session", changes_reach_the_session},
        {"a loop goes round", a_loop_goes_round},
        {"clicks are answered", clicks_are_answered},
    };
    if (!mkdtemp(work_dir))
        return 1;
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(model_path, sizeof model_path, "%s/models/feltboard-1.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(network_path, sizeof network_path, "%s/models/feltboard-face-1.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(video_path, sizeof video_path, "%s/class.mkv", work_dir);
    if (record_demo(video_path, WIDTH, HEIGHT, N_FRAMES))
        return 1;
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    app_analyzer_destroy(&analyzer);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", work_dir);
    return system(command) ? 1 : code;
}
