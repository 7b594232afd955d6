/* Recordings: what is hidden in them, what a kill at any moment leaves, and that it can be made whole. */
#include "base/clock.h"
#include "finish.h"
#include "hide.h"
#include "pipeline.h"
#include "session/session.h"
#include "session/session_repair.h"
#include "test.h"
#include "vis/recorder.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 320, HEIGHT = 240 };
static char work_dir[] = "/tmp/feltboard-record-XXXXXX";
static struct seal_key *sealing; /* of the recordings that are killed; NULL: plain */
static const struct nn_classifier_info no_model = {.name = "none"};

static struct app_recording *open_recording(const char *name, bool has_clear_faces,
                                            char folder[600])
{
    struct app_recording *recording = NULL;
    struct app_recording_settings settings = {.parent_dir = work_dir,
                                              .name = name,
                                              .source = "test",
                                              .model = &no_model,
                                              .width = WIDTH,
                                              .height = HEIGHT,
                                              .has_video = true,
                                              .has_clear_faces = has_clear_faces,
                                              .is_lossless = true};
    CHECK_MSG(!app_recording_create(&settings, &recording), "%s", fb_error_text());
    snprintf(folder, 600, "%s", app_recording_folder(recording));
    return recording;
}

/* Stripes two px wide: gone where they are pixelated. */
static void paint(struct fb_frame *frame, int64_t pts_ns)
{
    fb_frame_clear(frame);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            frame->y[y * frame->y_stride + x] = x / 2 % 2 ? 200 : 50;
    frame->pts_ns = pts_ns;
    frame->capture_ns = fb_clock_now_ns();
}

static struct mon_observation face_at(float x, float y, int64_t pts_ns, bool is_student)
{
    struct mon_observation o = {.pts_ns = pts_ns, .width = WIDTH, .height = HEIGHT};
    struct mon_box box = {x, y, 64, 64};
    if (is_student) {
        o.n_faces = 1;
        o.faces[0] = (struct mon_face){.student = 1, .box = box, .is_seen = true,
                                       .expression = MON_NOT_SURE};
    } else {
        o.others[o.n_others++] = box;
    }
    return o;
}

/* Mean step from px to px in a patch: 75 on stripes, near 0 where they are hidden. */
static double stripes(const struct fb_frame *frame, int x0, int y0, int side)
{
    double sum = 0;
    for (int y = y0; y < y0 + side; y++)
        for (int x = x0; x < x0 + side; x++)
            sum += abs(frame->y[y * frame->y_stride + x] - frame->y[y * frame->y_stride + x + 1]);
    return sum / side / side;
}

static void faces_are_hidden(void)
{
    struct fb_frame_pool *pool = NULL;
    CHECK(!fb_frame_pool_create(1, WIDTH, HEIGHT, &pool));
    struct fb_frame *frame = fb_frame_acquire(pool);
    struct app_hide hide = {0};
    struct mon_observation o = face_at(40, 40, FB_NS_PER_S, true);
    paint(frame, FB_NS_PER_S);
    CHECK_INT(app_hide_faces(&hide, frame), -1); /* nothing is known: all of it */
    CHECK(stripes(frame, 10, 10, 200) < 20);
    app_hide_observe(&hide, &o);
    paint(frame, FB_NS_PER_S);
    CHECK_INT(app_hide_faces(&hide, frame), 1);
    CHECK(stripes(frame, 40, 40, 64) < 20 && stripes(frame, 200, 100, 80) > 60);
    /* Missed in the next frame: still hidden. Somebody new beside: hidden before having a number. */
    o = face_at(220, 60, FB_NS_PER_S + 100 * FB_NS_PER_MS, false);
    app_hide_observe(&hide, &o);
    paint(frame, FB_NS_PER_S + 100 * FB_NS_PER_MS);
    CHECK_INT(app_hide_faces(&hide, frame), 2);
    CHECK(stripes(frame, 40, 40, 64) < 20 && stripes(frame, 220, 60, 64) < 20);
    /* Out of sight for long: the place is a place again; far from any observation: all of it. */
    o = (struct mon_observation){.pts_ns = 4 * FB_NS_PER_S};
    app_hide_observe(&hide, &o);
    paint(frame, 4 * FB_NS_PER_S);
    CHECK_INT(app_hide_faces(&hide, frame), 0);
    CHECK(stripes(frame, 40, 40, 64) > 60);
    paint(frame, 6 * FB_NS_PER_S);
    CHECK_INT(app_hide_faces(&hide, frame), -1);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
}

static struct fb_frame *first_frame(const char *folder, struct fb_frame_pool *pool,
                                    struct vis_source **source)
{
    char path[700];
    struct vis_source_settings settings = vis_default_source_settings();
    struct fb_frame *frame = NULL;
    snprintf(path, sizeof path, "%s/video.mkv", folder);
    CHECK_MSG(!vis_source_open(path, &settings, source), "%s", fb_error_text());
    CHECK(*source && vis_source_read(*source, pool, &frame) == VIS_READ_FRAME);
    return frame;
}

/* What is on the disk: blurred unless asked for otherwise; the captions are there while it runs. */
static void recorded_as_chosen(void)
{
    struct fb_frame_pool *pool = NULL;
    CHECK(!fb_frame_pool_create(3, WIDTH, HEIGHT, &pool));
    for (int is_clear = 0; is_clear < 2; is_clear++) {
        char folder[600], path[700], value[64];
        struct app_recording *recording = open_recording("choice", is_clear, folder);
        for (int i = 0; i < 30; i++) {
            int64_t pts_ns = 7 * FB_NS_PER_S + i * 33 * FB_NS_PER_MS;
            struct fb_frame *frame = fb_frame_acquire(pool);
            struct mon_observation o = face_at(40, 40, pts_ns, true);
            o.faces[0].expression = i < 15 ? FB_HAPPINESS : FB_SURPRISE;
            paint(frame, pts_ns);
            CHECK(!app_recording_add_observation(recording, &o));
            CHECK(!app_recording_add_frame(recording, frame));
            fb_frame_unref(&frame);
        }
        CHECK(!app_recording_mark(recording, 7500 * FB_NS_PER_MS, "here"));
        struct stat info;
        snprintf(path, sizeof path, "%s/video.markers.vtt", folder);
        CHECK(!stat(path, &info) && info.st_size > 120 && (info.st_mode & 0777) == 0600);
        CHECK(!app_recording_close(&recording));
        struct vis_source *source = NULL;
        struct fb_frame *frame = first_frame(folder, pool, &source);
        if (frame) {
            bool is_hidden = stripes(frame, 44, 44, 56) < 20;
            CHECK_MSG(is_hidden == !is_clear, "stripes in the face: %.1f", stripes(frame, 44, 44, 56));
            CHECK(stripes(frame, 200, 100, 80) > 50);
        }
        fb_frame_unref(&frame);
        vis_source_close(&source);
        struct app_session *session = NULL;
        CHECK(!app_session_open(folder, APP_SESSION_READ, &session));
        CHECK(!app_session_fact(session, "faces", value, sizeof value));
        CHECK(!strcmp(value, is_clear ? "clear" : "blurred"));
        app_session_close(&session);
    }
    fb_frame_pool_destroy(&pool);
}

/* Ten minutes of video, sealed: a jump anywhere costs less than 100 ms, and what it costs plain is printed beside. */
static int64_t worst_seek_ns(struct seal_key *key, const char *path)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder = NULL;
    struct vis_source_settings source_settings = vis_default_source_settings();
    struct vis_source *source = NULL;
    struct fb_frame_pool *pool = NULL;
    int64_t worst_ns = 0;
    settings.width = WIDTH;
    settings.height = HEIGHT;
    settings.key = key;
    CHECK(!vis_recorder_open(path, &settings, &recorder) && !fb_frame_pool_create(1, WIDTH, HEIGHT, &pool));
    struct fb_frame *frame = fb_frame_acquire(pool);
    unsigned seed = 1;
    for (int i = 0; i < 1200; i++) {
        paint(frame, i * FB_NS_PER_S / 2);
        for (int k = 0; k < 2000; k++) /* so that the file has some size */
            frame->y[rand_r(&seed) % (frame->y_stride * HEIGHT)] = (uint8_t)rand_r(&seed);
        CHECK(!vis_recorder_write(recorder, frame, frame->pts_ns));
    }
    fb_frame_unref(&frame);
    CHECK(!vis_recorder_close(&recorder));
    CHECK_MSG(!vis_source_open(path, &source_settings, &source), "%s", fb_error_text());
    for (int i = 0; i < 40 && source; i++) {
        int64_t to_ns = rand_r(&seed) % 1199 * FB_NS_PER_S / 2, start_ns = fb_clock_now_ns();
        CHECK(!vis_source_seek(source, to_ns) && vis_source_read(source, pool, &frame) == VIS_READ_FRAME);
        int64_t took_ns = fb_clock_now_ns() - start_ns;
        CHECK(frame && frame->pts_ns == to_ns);
        fb_frame_unref(&frame);
        worst_ns = took_ns > worst_ns ? took_ns : worst_ns;
    }
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return worst_ns;
}

static void sealed_seek(void)
{
    struct seal_key *key = NULL;
    char plain[200], sealed[200];
    struct stat info;
    snprintf(plain, sizeof plain, "%s/plain.mkv", work_dir);
    snprintf(sealed, sizeof sealed, "%s/sealed.mkv", work_dir);
    CHECK(!seal_key_create("correct horse battery", 21, &key));
    int64_t plain_ns = worst_seek_ns(NULL, plain), sealed_ns = worst_seek_ns(key, sealed);
    CHECK(seal_is_sealed_file(sealed) && !seal_is_sealed_file(plain) && !stat(sealed, &info));
    printf("# worst of 40 jumps in %.0f MB: %.1f ms sealed, %.1f ms plain\n", (double)info.st_size * 1e-6,
           (double)sealed_ns * 1e-6, (double)plain_ns * 1e-6);
    CHECK(sealed_ns < 100 * FB_NS_PER_MS || getenv("ASAN_OPTIONS"));
}

/* ---- kill -9 ---- */

struct progress {
    int64_t frame_ns, observation_ns; /* newest that main has been handed */
};

/* The child's whole life: a live class, recorded, until it is killed. */
static void record_live(const char *name, int pipe_fd)
{
    struct app_analyzer *analyzer = NULL;
    struct app_pipeline *pipeline = NULL;
    struct app_recording *recording = NULL;
    char model[512], network[512], assets[512];
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    snprintf(model, sizeof model, "%s/models/feltboard-1.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    snprintf(network, sizeof network, "%s/models/feltboard-face-1.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT"));
    settings.model = model;
    settings.find.network = network;
    settings.n_threads = 1;
    struct app_pipeline_settings pipe_settings = {
        .spec = "demo", .source = vis_default_source_settings(), .pace = APP_PACE_LIVE, .every = 1};
    pipe_settings.source.assets_dir = assets;
    pipe_settings.source.width = WIDTH;
    pipe_settings.source.height = HEIGHT;
    pipe_settings.source.n_faces = 2;
    if (app_analyzer_create(&settings, &analyzer))
        _exit(1);
    pipe_settings.analyzer = analyzer;
    struct app_recording_settings recording_settings = {.parent_dir = work_dir,
                                                        .name = name,
                                                        .source = "demo",
                                                        .model = app_analyzer_model(analyzer),
                                                        .width = WIDTH,
                                                        .height = HEIGHT,
                                                        .has_video = true,
                                                        .key = sealing};
    if (app_pipeline_create(&pipe_settings, &pipeline) ||
        app_recording_create(&recording_settings, &recording))
        _exit(1);
    char folder[600] = "";
    snprintf(folder, sizeof folder, "%s", app_recording_folder(recording));
    if (write(pipe_fd, folder, sizeof folder) != sizeof folder)
        _exit(1);
    app_pipeline_record(pipeline, recording);
    if (app_pipeline_start(pipeline))
        _exit(1);
    for (struct progress now = {0};;) {
        struct fb_frame *frame = app_pipeline_take_frame(pipeline);
        struct mon_observation *observation;
        now.frame_ns = frame ? frame->pts_ns : now.frame_ns;
        fb_frame_unref(&frame);
        while ((observation = app_pipeline_take_observation(pipeline))) {
            now.observation_ns = observation->pts_ns;
            free(observation);
        }
        if (write(pipe_fd, &now, sizeof now) != sizeof now)
            _exit(1);
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 10 * FB_NS_PER_MS);
    }
}

/* Kills the child some time after it began; fills in where it was. */
static bool record_and_kill(const char *name, int64_t after_ns, char folder[600],
                            struct progress *last)
{
    int ends[2];
    if (!CHECK(!pipe(ends)))
        return false;
    pid_t child = fork();
    if (!child) {
        close(ends[0]);
        record_live(name, ends[1]);
    }
    close(ends[1]);
    int64_t begin_ns = 0;
    *last = (struct progress){0};
    bool has_folder = read(ends[0], folder, 600) == 600;
    for (struct progress now; has_folder && read(ends[0], &now, sizeof now) == sizeof now;) {
        *last = now;
        if (!begin_ns && now.observation_ns)
            begin_ns = fb_clock_now_ns();
        if (begin_ns && fb_clock_now_ns() - begin_ns >= after_ns)
            kill(child, SIGKILL); /* and read on: what it said before it died */
    }
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    return CHECK(has_folder && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int64_t last_video_ns(const char *path, int *n_frames)
{
    struct vis_source_settings settings = vis_default_source_settings();
    struct vis_source *source = NULL;
    struct fb_frame_pool *pool = NULL;
    int64_t last_ns = -1;
    *n_frames = 0;
    if (vis_source_open(path, &settings, &source))
        return -1;
    CHECK(!fb_frame_pool_create(1, WIDTH, HEIGHT, &pool));
    struct fb_frame *frame = NULL;
    while (vis_source_read(source, pool, &frame) == VIS_READ_FRAME) {
        last_ns = frame->pts_ns;
        ++*n_frames;
        fb_frame_unref(&frame);
    }
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return last_ns;
}

/* No file of the folder shows what it is: no name, no label, no database, no Matroska, no H.264. */
static void check_sealed(const char *folder)
{
    static const char *const signs[] = {"SQLite format", "matroska", "Matroska", "x264", "V_MPEG4", "happiness",
                                        "neutral", "Student", "WEBVTT", "kill-", "demo"};
    char command[2000] = "";
    size_t n = (size_t)snprintf(command, sizeof command, "grep -rlaF");
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        n += (size_t)snprintf(command + n, sizeof command - n, " -e '%s'", signs[i]);
    snprintf(command + n, sizeof command - n, " -e \"$(printf '\\032\\105\\337\\243')\" '%s'", folder);
    CHECK_MSG(WEXITSTATUS(system(command)) == 1, "plain text in %s", folder);
    snprintf(command, sizeof command, "test -n \"$(find '%s' -type f)\" && ! find '%s' -type f ! -name '*-shm' -exec "
             "sh -c 'head -c8 \"$1\" | grep -qv FELTSEAL' x {} ';' -print | grep .", folder, folder);
    CHECK_MSG(system(command) == 0, "a file that is not sealed in %s", folder);
}

static void check_killed(const char *folder, const struct progress *last, int64_t *video_lost_ns,
                         int64_t *rows_lost_ns)
{
    char part[700], whole[700], start[64] = "0";
    struct app_session *session = NULL;
    struct app_session_totals totals = {0};
    snprintf(part, sizeof part, "%s/video.mkv.part", folder);
    snprintf(whole, sizeof whole, "%s/video.mkv", folder);
    if (!CHECK_MSG(!app_session_open(folder, APP_SESSION_READ, &session), "%s", fb_error_text()))
        return;
    CHECK(!app_session_totals(session, &totals));
    CHECK(!app_session_fact(session, "video_start_ns", start, sizeof start));
    app_session_close(&session);
    int n_frames;
    int64_t video_ns = last_video_ns(part, &n_frames) + strtoll(start, NULL, 10);
    *video_lost_ns = last->frame_ns - video_ns;
    *rows_lost_ns = last->observation_ns - totals.last_ns;

    struct app_repair_result repaired;
    struct app_finish_result finished = {0};
    CHECK_MSG(!app_session_repair(folder, &repaired), "%s", fb_error_text());
    CHECK(!repaired.is_rebuilt);
    CHECK_INT(repaired.n_frames, totals.n_frames);
    CHECK(!app_session_open(folder, APP_SESSION_WRITE, &session));
    CHECK_MSG(!app_finish_video(session, &finished), "%s", fb_error_text());
    app_session_close(&session);
    CHECK(finished.is_rescued && finished.is_muxed);
    CHECK_INT(finished.n_frames, n_frames);
    CHECK(access(part, F_OK) != 0);
    int n_whole;
    CHECK_INT(last_video_ns(whole, &n_whole), video_ns - strtoll(start, NULL, 10));
    CHECK_INT(n_whole, n_frames);
}

/* FELTBOARD_KILLS: how many, plain and sealed in turns; the times are drawn from a seed that the test prints. */
static void killed_at_any_moment(void)
{
    int n = getenv("FELTBOARD_KILLS") ? atoi(getenv("FELTBOARD_KILLS")) : 3;
    unsigned seed = getenv("FELTBOARD_SEED") ? (unsigned)atoi(getenv("FELTBOARD_SEED"))
                                             : (unsigned)time(NULL);
    int64_t worst_video_ns = 0, worst_rows_ns = 0;
    printf("# seed %u\n", seed);
    srand(seed);
    struct seal_key *key = NULL;
    CHECK(!seal_key_create("correct horse battery", 21, &key));
    for (int i = 0; i < n; i++) {
        sealing = i % 2 ? NULL : key;
        char folder[600], name[32];
        struct progress last;
        int64_t video_lost_ns = INT64_MAX, rows_lost_ns = INT64_MAX;
        snprintf(name, sizeof name, "kill-%d", i);
        int64_t after_ns = FB_NS_PER_S + (int64_t)(rand() % 1500) * FB_NS_PER_MS;
        if (!record_and_kill(name, after_ns, folder, &last))
            return;
        if (sealing)
            check_sealed(folder);
        check_killed(folder, &last, &video_lost_ns, &rows_lost_ns);
        if (sealing)
            check_sealed(folder);
        CHECK_MSG(video_lost_ns <= FB_NS_PER_S, "kill %d: %.3f s of video lost", i,
                  (double)video_lost_ns * 1e-9);
        CHECK_MSG(rows_lost_ns <= FB_NS_PER_S, "kill %d: %.3f s of rows lost", i,
                  (double)rows_lost_ns * 1e-9);
        worst_video_ns = video_lost_ns > worst_video_ns ? video_lost_ns : worst_video_ns;
        worst_rows_ns = rows_lost_ns > worst_rows_ns ? rows_lost_ns : worst_rows_ns;
    }
    printf("# %d kills: at most %.3f s of video and %.3f s of rows lost\n", n,
           (double)worst_video_ns * 1e-9, (double)worst_rows_ns * 1e-9);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"faces are hidden", faces_are_hidden},
        {"recorded as chosen", recorded_as_chosen},
        {"sealed seek", sealed_seek},
        {"killed at any moment", killed_at_any_moment},
    };
    if (!mkdtemp(work_dir))
        return 1;
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", work_dir);
    return system(command) ? 1 : code;
}
