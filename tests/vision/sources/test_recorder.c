/* vis/recorder.h: what is recorded is what is read back, in time and in grey, and every way of
 * breaking off leaves a file that plays. */
#include "base/clock.h"
#include "test.h"
#include "testdata.h"
#include "vis/remux.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const int64_t ms = FB_NS_PER_MS;

static struct vis_recorder *open_recorder(const char *path, int width, int height)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    settings.width = width;
    settings.height = height;
    struct vis_recorder *recorder;
    CHECK_INT(vis_recorder_open(path, &settings, &recorder), FB_OK);
    return recorder;
}

/* Frame i of a moving texture: something to encode. */
static void paint(struct fb_frame *frame, int i)
{
    unsigned noise = 1;
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++) {
            noise = noise * 1664525 + 1013904223;
            frame->y[y * frame->y_stride + x] = (uint8_t)(((x + 3 * i) ^ y) + (noise >> 28));
        }
}

static void times_are_kept(void)
{
    int64_t pts_ns[40];
    for (int i = 0; i < 40; i++) /* 33 and 66 ms by turns, from an odd start */
        pts_ns[i] = 7 * FB_NS_PER_S + (i / 2 * 99 + i % 2 * 33) * ms;
    const char *path = testdata_path("times.mkv");
    CHECK_INT(testdata_record(path, 64, 48, pts_ns, 40), FB_OK);
    struct vis_source *source;
    if (!CHECK_INT(testdata_open(path, &source), FB_OK))
        return;
    int64_t read_ns[40];
    int grey[40];
    CHECK_INT(testdata_read_all(source, read_ns, grey, 40), 40);
    for (int i = 0; i < 40; i++) {
        CHECK_INT(read_ns[i], pts_ns[i] - pts_ns[0]);
        CHECK_NEAR(grey[i], 16 * i % 256, 2);
    }
    CHECK_NEAR(vis_source_info(source)->duration_ns, pts_ns[39] - pts_ns[0], 100 * ms);
    CHECK_INT(vis_source_n_lost(source), 0);
    vis_source_close(&source);
}

static void colours_are_kept(void)
{
    static const int colours[][3] = {
        {0, 128, 128}, {255, 128, 128}, {100, 90, 200}, {180, 220, 60}};
    for (size_t k = 0; k < sizeof colours / sizeof *colours; k++) {
        const char *path = testdata_path("colour.mkv");
        struct vis_recorder *recorder = open_recorder(path, 320, 240);
        struct fb_frame_pool *pool;
        CHECK_INT(fb_frame_pool_create(1, 320, 240, &pool), FB_OK);
        struct fb_frame *frame = fb_frame_acquire(pool);
        testdata_fill(frame, colours[k][0], colours[k][1], colours[k][2]);
        CHECK_INT(vis_recorder_write(recorder, frame, 5), FB_OK);
        CHECK_INT(vis_recorder_close(&recorder), FB_OK);
        struct vis_source *source;
        CHECK_INT(testdata_open(path, &source), FB_OK);
        fb_frame_unref(&frame);
        if (source && CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_FRAME)) {
            CHECK_NEAR(testdata_mean(frame->y, frame->y_stride, 320, 240), colours[k][0], 1);
            CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 160, 120), colours[k][1], 1);
            CHECK_NEAR(testdata_mean(frame->v, frame->uv_stride, 160, 120), colours[k][2], 1);
            fb_frame_unref(&frame);
        }
        vis_source_close(&source);
        fb_frame_pool_destroy(&pool);
        unlink(path);
    }
}

static void odd_sizes_are_cut(void)
{
    const int64_t pts_ns[] = {0, 40 * ms};
    const char *path = testdata_path("odd.mkv");
    CHECK_INT(testdata_record(path, 67, 33, pts_ns, 2), FB_OK);
    struct vis_source *source;
    if (!CHECK_INT(testdata_open(path, &source), FB_OK))
        return;
    CHECK_INT(vis_source_info(source)->width, 66);
    CHECK_INT(vis_source_info(source)->height, 32);
    CHECK_INT(testdata_read_all(source, NULL, NULL, 0), 2);
    vis_source_close(&source);
}

static void names_and_modes(void)
{
    const char *path = testdata_path("mode.mkv"), *part = testdata_path("mode.mkv.part");
    struct vis_recorder *recorder = open_recorder(path, 32, 32);
    struct stat stat_of;
    umask(0);
    CHECK_INT(stat(part, &stat_of), 0);
    CHECK_INT(stat_of.st_mode & 0777, 0600);
    CHECK(stat(path, &stat_of) != 0);
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    settings.width = settings.height = 32;
    struct vis_recorder *second;
    CHECK_INT(vis_recorder_open(path, &settings, &second), FB_ERR_IO);
    CHECK(strstr(fb_error_text(), "rename or delete"));
    CHECK_INT(vis_recorder_close(&recorder), FB_OK); /* nothing recorded: no file */
    CHECK(stat(part, &stat_of) != 0 && stat(path, &stat_of) != 0);
    const int64_t pts_ns[] = {0};
    CHECK_INT(testdata_record(path, 32, 32, pts_ns, 1), FB_OK);
    CHECK_INT(stat(path, &stat_of), 0);
    CHECK_INT(stat_of.st_mode & 0777, 0600);
    CHECK(stat(part, &stat_of) != 0);
    CHECK_INT(vis_recorder_close(&recorder), FB_OK);
}

/* What a player shows and ffmpeg's filters assume; a wrong one makes them drop or double frames. */
static void nominal_rate_is_told(void)
{
    const char *path = testdata_path("rate.mkv");
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    settings.width = settings.height = 32;
    settings.fps = 50;
    struct vis_recorder *recorder;
    CHECK_INT(vis_recorder_open(path, &settings, &recorder), FB_OK);
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 32, 32, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    testdata_fill(frame, 90, 128, 128);
    for (int i = 0; i < 10; i++)
        CHECK_INT(vis_recorder_write(recorder, frame, (i + i / 2) * INT64_C(20000000)), FB_OK); /* every third one is missing */
    fb_frame_unref(&frame);
    CHECK_INT(vis_recorder_close(&recorder), FB_OK);
    fb_frame_pool_destroy(&pool);
    struct vis_source *source;
    struct vis_source_settings how = vis_default_source_settings();
    CHECK_INT(vis_source_open(path, &how, &source), FB_OK);
    CHECK_NEAR(vis_source_info(source)->fps, 50, 0.5);
    vis_source_close(&source);
}

static void bad_settings_and_frames(void)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder;
    const char *path = testdata_path("bad.mkv");
    CHECK_INT(vis_recorder_open(path, &settings, &recorder), FB_ERR_USAGE); /* no size */
    settings.width = settings.height = 64;
    settings.preset = "quickest";
    CHECK_INT(vis_recorder_open(path, &settings, &recorder), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "quickest"));
    settings.preset = "veryfast";
    settings.crf = 52;
    CHECK_INT(vis_recorder_open(path, &settings, &recorder), FB_ERR_USAGE);
    CHECK(!recorder);
    settings.crf = 23;
    CHECK_INT(vis_recorder_open("/nonexistent/x.mkv", &settings, &recorder), FB_ERR_IO);
    CHECK(strstr(fb_error_text(), "/nonexistent/x.mkv"));

    recorder = open_recorder(path, 64, 64);
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 64, 66, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    CHECK_INT(vis_recorder_write(recorder, frame, 0), FB_ERR_USAGE);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    CHECK_INT(vis_recorder_close(&recorder), FB_OK);
}

static void times_that_do_not_rise(void)
{
    const int64_t pts_ns[] = {100 * ms, 100 * ms, 90 * ms, 100 * ms + 1000, 150 * ms};
    const char *path = testdata_path("rise.mkv");
    struct vis_recorder *recorder = open_recorder(path, 32, 32);
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 32, 32, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    for (int i = 0; i < 5; i++)
        CHECK_INT(vis_recorder_write(recorder, frame, pts_ns[i]), FB_OK);
    CHECK_INT(vis_recorder_n_written(recorder), 2);
    CHECK_INT(vis_recorder_n_left_out(recorder), 3);
    CHECK_INT(vis_recorder_close(&recorder), FB_OK);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
}

/* Ten minutes of a camera that gives pictures 13 to 53 ms apart and pauses now and then: the file is as
 * long as the class was, and every picture lies where it was. */
static void ten_uneven_minutes(void)
{
    enum { N = 18000 };
    static int64_t pts_ns[N];
    uint64_t noise = 12345;
    int64_t now_ns = 5 * FB_NS_PER_S;
    for (int i = 0; i < N; i++) {
        pts_ns[i] = now_ns;
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        now_ns += (int64_t)(13 * ms + (int64_t)(noise >> 33) % (40 * ms));
        now_ns += i % 3000 == 2999 ? 400 * ms : 0;
    }
    const char *path = testdata_path("ten.mkv");
    CHECK_INT(testdata_record(path, 32, 32, pts_ns, N), FB_OK);
    struct vis_source *source;
    if (!CHECK_INT(testdata_open(path, &source), FB_OK))
        return;
    double true_s = (double)(pts_ns[N - 1] - pts_ns[0]) * 1e-9;
    CHECK_MSG(true_s > 590, "only %.1f s", true_s);
    CHECK_NEAR(vis_source_info(source)->duration_ns * 1e-9, true_s, 0.033);
    static int64_t read_ns[N];
    CHECK_INT(testdata_read_all(source, read_ns, NULL, N), N);
    double worst_s = 0;
    for (int i = 0; i < N; i++)
        worst_s = fmax(worst_s, fabs((double)(read_ns[i] - (pts_ns[i] - pts_ns[0])) * 1e-9));
    CHECK_MSG(worst_s <= 0.0006, "a picture lies %.4f s off", worst_s);
    vis_source_close(&source);
    unlink(path);
}

/* Writes 640x360 at 30 a second of media time until an error or n frames; returns frames written.
 */
static int write_moving(struct vis_recorder *recorder, int n)
{
    struct fb_frame_pool *pool;
    if (fb_frame_pool_create(1, 640, 360, &pool) != FB_OK)
        return -1;
    struct fb_frame *frame = fb_frame_acquire(pool);
    fb_frame_clear(frame);
    int i = 0;
    for (; i < n; i++) {
        paint(frame, i);
        if (vis_recorder_write(recorder, frame, i * 33 * ms) != FB_OK)
            break;
    }
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return i;
}

static int count_frames(const char *path)
{
    struct vis_source *source;
    if (testdata_open(path, &source) != FB_OK)
        return -1;
    int n = testdata_read_all(source, NULL, NULL, 0);
    vis_source_close(&source);
    return n;
}

/* Runs record in a child that is killed after it; nothing of this process is flushed. */
static void record_and_die(void (*record)(const char *path), const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        record(path);
        kill(getpid(), SIGKILL);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void record_moving(const char *path)
{
    write_moving(open_recorder(path, 640, 360), 100);
}

static void record_still(const char *path)
{
    struct vis_recorder *recorder = open_recorder(path, 64, 48);
    struct fb_frame_pool *pool;
    if (fb_frame_pool_create(1, 64, 48, &pool) != FB_OK)
        return;
    struct fb_frame *frame = fb_frame_acquire(pool);
    fb_frame_clear(frame);
    for (int i = 0; i < 100; i++)
        if (vis_recorder_write(recorder, frame, i * 33 * ms) != FB_OK)
            return;
}

/* All of it is less than a buffer of the writer's. */
static void killed_recording_of_a_still_room(void)
{
    record_and_die(record_still, testdata_path("still.mkv"));
    int n = count_frames(testdata_path("still.mkv.part"));
    CHECK_MSG(n >= 100 - 17, "%d of 100 frames left after a kill: more than 0.5 s lost", n);
}

static void killed_recording_plays(void)
{
    const char *path = testdata_path("killed.mkv"), *part = testdata_path("killed.mkv.part");
    record_and_die(record_moving, path);
    int n = count_frames(part);
    CHECK_MSG(n >= 100 - 17, "%d of 100 frames left after a kill: more than 0.5 s lost", n);
    struct vis_source *source;
    if (!CHECK_INT(testdata_open(part, &source), FB_OK))
        return;
    CHECK_NEAR(vis_source_info(source)->duration_ns, n * 33 * ms, 40 * ms);
    CHECK_INT(vis_source_seek(source, 1000 * ms), FB_OK);
    int64_t first_ns = 0;
    CHECK_INT(testdata_read_all(source, &first_ns, NULL, 1), n - 30);
    CHECK_INT(first_ns, 30 * 33 * ms);
    vis_source_close(&source);
}

/* A recording that broke off becomes a normal file: length, index, captions and chapters. */
static void broken_off_becomes_whole(void)
{
    const char *part = testdata_path("killed.mkv.part"), *whole = testdata_path("whole.mkv");
    const char vtt[] = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n<v Zoe>happiness\n";
    testdata_write("whole.vtt", vtt, sizeof vtt - 1);
    int n = count_frames(part);
    int64_t n_copied = 0;
    struct vis_chapter chapters[] = {{300 * ms, "film"}, {900 * ms, "talk"}};
    struct vis_remux_settings settings = {.subtitles = vtt, .chapters = chapters, .n_chapters = 2, .n_frames = &n_copied};
    CHECK_INT(vis_remux(part, whole, &settings), FB_OK);
    CHECK_INT(n_copied, n);
    CHECK_INT(count_frames(whole), n);
    struct stat stat_of;
    CHECK(!stat(whole, &stat_of) && (stat_of.st_mode & 0777) == 0600);
    CHECK(stat(testdata_path("whole.mkv.mux"), &stat_of) != 0);
    size_t n_bytes = 0;
    unsigned char *bytes = testdata_read(whole, &n_bytes);
    CHECK(bytes && memmem(bytes, n_bytes, "<v Zoe>happiness", 16) && memmem(bytes, n_bytes, "film", 4));
    free(bytes);
    /* Again, without texts: nothing of the old ones is left. */
    settings = (struct vis_remux_settings){.n_frames = &n_copied};
    CHECK_INT(vis_remux(whole, whole, &settings), FB_OK);
    CHECK_INT(n_copied, n);
    bytes = testdata_read(whole, &n_bytes);
    CHECK(bytes && !memmem(bytes, n_bytes, "Zoe", 3) && !memmem(bytes, n_bytes, "talk", 4));
    free(bytes);
    CHECK_INT(vis_remux(testdata_path("whole.vtt"), whole, &settings), FB_ERR_INPUT);
    CHECK_INT(count_frames(whole), n); /* the old one stays */
    CHECK_INT(vis_remux(part, "/nonexistent/x.mkv", &settings), FB_ERR_IO);
}

/* A file size limit stands in for a full disk: write(2) fails in the same place. */
static void full_disk_keeps_what_was(void)
{
    const char *path = testdata_path("full.mkv");
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    limit = (struct rlimit){.rlim_cur = 600 * 1000, .rlim_max = old.rlim_max};
    struct vis_recorder *recorder = open_recorder(path, 640, 360);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int n = write_moving(recorder, 400);
    CHECK_MSG(n > 20 && n < 400, "the limit stopped it after %d frames", n);
    CHECK(strstr(fb_error_text(), "full.mkv"));
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 640, 360, &pool), FB_OK);
    struct fb_frame *frame = fb_frame_acquire(pool);
    CHECK_INT(vis_recorder_write(recorder, frame, 400 * 33 * ms), FB_ERR_IO);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    CHECK_INT(vis_recorder_close(&recorder), FB_OK);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &old), 0);
    int n_read = count_frames(path);
    CHECK_MSG(n_read >= n - 34 && n_read > 10, "%d of %d frames left", n_read, n);
}

static void full_at_the_end(void)
{
    const char *path = testdata_path("fullend.mkv");
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    struct vis_recorder *recorder = open_recorder(path, 640, 360);
    CHECK_INT(write_moving(recorder, 60), 60);
    struct stat stat_of;
    CHECK_INT(stat(testdata_path("fullend.mkv.part"), &stat_of), 0);
    limit = (struct rlimit){.rlim_cur = (rlim_t)stat_of.st_size + 20, .rlim_max = old.rlim_max};
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_INT(vis_recorder_close(&recorder), FB_ERR_IO);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &old), 0);
    int n = count_frames(path);
    CHECK_MSG(n >= 60 - 17, "%d of 60 frames left", n);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"times are kept", times_are_kept},
        {"colours are kept", colours_are_kept},
        {"odd sizes are cut", odd_sizes_are_cut},
        {"names and modes", names_and_modes},
        {"the nominal rate is told", nominal_rate_is_told},
        {"bad settings and frames", bad_settings_and_frames},
        {"times that do not rise", times_that_do_not_rise},
        {"a killed recording plays", killed_recording_plays},
        {"broken off becomes whole", broken_off_becomes_whole},
        {"ten uneven minutes", ten_uneven_minutes},
        {"a killed recording of a still room", killed_recording_of_a_still_room},
        {"a full disk keeps what was", full_disk_keeps_what_was},
        {"full at the end", full_at_the_end},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
