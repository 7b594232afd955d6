/* Video files as sources: what is not a video, what is half of one, seeking, times as ffprobe has
 * them. Clips are made by our own recorder. */
#include "base/clock.h"
#include "base/log.h"
#include "test.h"
#include "testdata.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t ms = FB_NS_PER_MS;
enum { N_CLIP = 90 };
static int64_t clip_ns[N_CLIP];

/* 90 frames, 33 and 67 ms by turns: 4.5 s with keyframes a second apart. */
static const char *make_clip(void)
{
    const char *path = testdata_path("clip.mkv");
    for (int i = 0; i < N_CLIP; i++)
        clip_ns[i] = (i / 2 * 100 + i % 2 * 33) * ms;
    if (access(path, R_OK))
        CHECK_INT(testdata_record(path, 160, 120, clip_ns, N_CLIP), FB_OK);
    return path;
}

static int n_warnings;
static char last_warning[256];
static void keep_warning(void *user, enum fb_log_level level, const char *module, const char *line)
{
    (void)user;
    (void)level;
    (void)module;
    n_warnings++;
    snprintf(last_warning, sizeof last_warning, "%s", line);
}

static void not_a_video(void)
{
    char text[2000];
    memset(text, 'a', sizeof text);
    CHECK_REFUSED("/nonexistent/lesson.mp4", FB_ERR_INPUT, "no such file or folder");
    CHECK_REFUSED("", FB_ERR_USAGE, "empty");
    testdata_write("empty.mp4", "", 0);
    CHECK_REFUSED(testdata_path("empty.mp4"), FB_ERR_INPUT, "empty.mp4: the file is empty");
    testdata_write("text.mp4", text, sizeof text);
    CHECK_REFUSED(testdata_path("text.mp4"), FB_ERR_INPUT, "not a video");
    testdata_write("tiny.mkv", "a", 1);
    CHECK_REFUSED(testdata_path("tiny.mkv"), FB_ERR_INPUT, "not a video");
    mkdir(testdata_path("folder.mp4"), 0700);
    CHECK_REFUSED(testdata_path("folder.mp4"), FB_ERR_INPUT, "no pictures in this folder");
    CHECK_INT(mkfifo(testdata_path("pipe.mp4"), 0600), 0);
    CHECK_REFUSED(testdata_path("pipe.mp4"), FB_ERR_INPUT, "neither a file");
    if (geteuid() != 0) { /* root may read anything */
        testdata_write("secret.mp4", text, sizeof text);
        chmod(testdata_path("secret.mp4"), 0);
        CHECK_REFUSED(testdata_path("secret.mp4"), FB_ERR_INPUT, "Permission denied");
    }
}

/* Playlists name other files and hosts: never followed, whatever they are called. */
static void playlists_are_refused(void)
{
    static const char *const playlists[] = {
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile clip.mkv\n",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    };
    make_clip();
    for (size_t i = 0; i < sizeof playlists / sizeof *playlists; i++) {
        testdata_write("list.mp4", playlists[i], strlen(playlists[i]));
        CHECK_REFUSED(testdata_path("list.mp4"), FB_ERR_INPUT, "not a video");
    }
}

/* A box structure libav takes for MP4, without the index. */
static void mp4_without_index(void)
{
    unsigned char bytes[4096] = "\0\0\0\x20"
                                "ftypisom\0\0\2\0isomiso2avc1mp41\0\0\x0f\xe0mdat";
    testdata_write("cut.mp4", bytes, sizeof bytes);
    CHECK_REFUSED(testdata_path("cut.mp4"), FB_ERR_INPUT, "cut off");
}

/* WAV in a Matroska is not at hand; an Ogg or AVI neither: an MP4 with a sound track only, byte by
 * byte, would be longer than this file. ffmpeg makes one where it is installed. */
static void sound_alone(void)
{
    const char *path = testdata_path("sound.mkv");
    char command[600];
    snprintf(command, sizeof command,
             "ffmpeg -v quiet -f lavfi -i sine=duration=0.5 -c:a pcm_s16le %s </dev/null "
             ">/dev/null 2>&1",
             path);
    if (system(command))
        SKIP("ffmpeg is not installed");
    CHECK_REFUSED(path, FB_ERR_INPUT, "no video in it");
}

static void frames_and_info(void)
{
    struct vis_source *source;
    const char *path = make_clip();
    if (!CHECK_INT(testdata_open(path, &source), FB_OK))
        return;
    const struct vis_source_info *info = vis_source_info(source);
    CHECK_INT(info->kind, VIS_SOURCE_FILE);
    CHECK(info->is_seekable && !info->is_live);
    CHECK_INT(info->width, 160);
    CHECK_INT(info->height, 120);
    CHECK_STR(info->name, "clip.mkv");
    CHECK(!strncmp(info->detail, "h264 160x120", 12));
    CHECK(info->fps > 10 && info->fps < 40); /* of uneven frames: some mean */
    CHECK_NEAR(info->duration_ns, clip_ns[N_CLIP - 1], 110 * ms);
    int64_t pts_ns[N_CLIP];
    int grey[N_CLIP];
    CHECK_INT(testdata_read_all(source, pts_ns, grey, N_CLIP), N_CLIP);
    for (int i = 0; i < N_CLIP; i++) {
        CHECK_INT(pts_ns[i], clip_ns[i]);
        CHECK_NEAR(grey[i], 16 * i % 256, 2);
    }
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    CHECK_INT(fb_frame_pool_create(1, 160, 120, &pool), FB_OK);
    CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_END); /* and again */
    CHECK(!frame);
    fb_frame_pool_destroy(&pool);
    vis_source_close(&source);
    CHECK(!source);
    vis_source_close(&source);
}

static void waits_for_a_free_frame(void)
{
    struct vis_source *source;
    struct fb_frame_pool *pool, *wrong;
    struct fb_frame *held, *frame;
    if (!CHECK_INT(testdata_open(make_clip(), &source), FB_OK))
        return;
    CHECK_INT(fb_frame_pool_create(1, 160, 120, &pool), FB_OK);
    CHECK_INT(fb_frame_pool_create(1, 120, 160, &wrong), FB_OK);
    CHECK_INT(vis_source_read(source, wrong, &frame), FB_ERR_USAGE);
    CHECK_INT(vis_source_read(source, pool, &held), VIS_READ_FRAME);
    CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_NONE);
    CHECK_INT(held->index, 0);
    fb_frame_unref(&held);
    CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_FRAME);
    CHECK_INT(frame->index, 1);
    CHECK_INT(frame->pts_ns, clip_ns[1]);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    fb_frame_pool_destroy(&wrong);
    vis_source_close(&source);
}

static int shown_at(int64_t pts_ns)
{
    int i = 0;
    while (i + 1 < N_CLIP && clip_ns[i + 1] <= pts_ns)
        i++;
    return i;
}

static void seeking_is_exact(void)
{
    static const int64_t targets_ms[] = {0,    33,   32,    2999, 3000, 1,
                                         4433, 4432, 99999, -500, 1500, 1533};
    struct vis_source *source;
    struct fb_frame_pool *pool;
    if (!CHECK_INT(testdata_open(make_clip(), &source), FB_OK))
        return;
    CHECK_INT(fb_frame_pool_create(1, 160, 120, &pool), FB_OK);
    for (size_t k = 0; k < sizeof targets_ms / sizeof *targets_ms; k++) {
        int i = shown_at(targets_ms[k] * ms);
        CHECK_INT(vis_source_seek(source, targets_ms[k] * ms), FB_OK);
        for (int next = i; next < i + 3 && next < N_CLIP;
             next++) { /* and reading goes on from there */
            struct fb_frame *frame;
            if (!CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_FRAME))
                break;
            CHECK_MSG(frame->pts_ns == clip_ns[next], "to %lld ms: frame at %lld ms, expected %lld",
                      (long long)targets_ms[k], (long long)(frame->pts_ns / ms),
                      (long long)(clip_ns[next] / ms));
            CHECK_NEAR(frame->y[0], 16 * next % 256, 2);
            fb_frame_unref(&frame);
        }
    }
    CHECK_INT(vis_source_seek(source, 0), FB_OK);
    CHECK_INT(testdata_read_all(source, NULL, NULL, 0), N_CLIP);
    CHECK_INT(vis_source_seek(source, 0), FB_OK); /* from behind the end */
    CHECK_INT(testdata_read_all(source, NULL, NULL, 0), N_CLIP);
    fb_frame_pool_destroy(&pool);
    vis_source_close(&source);
}

static void truncated_video_gives_its_part(void)
{
    make_clip();
    testdata_truncate("clip.mkv", "half.mkv", 0.5);
    struct vis_source *source;
    if (!CHECK_INT(testdata_open(testdata_path("half.mkv"), &source), FB_OK))
        return;
    n_warnings = 0;
    fb_log_set(keep_warning, NULL, FB_LOG_WARN);
    int n = testdata_read_all(source, NULL, NULL, 0);
    CHECK_MSG(n > N_CLIP / 4 && n < N_CLIP, "%d of %d frames", n, N_CLIP);
    CHECK_INT(n_warnings, 1);
    CHECK_MSG(strstr(last_warning, "half.mkv: breaks off"), "%s", last_warning);
    fb_log_set(NULL, NULL, FB_LOG_NONE);
    vis_source_close(&source);
    testdata_truncate("clip.mkv", "head.mkv", 0.05);
    CHECK_REFUSED(testdata_path("head.mkv"), FB_ERR_INPUT, "head.mkv");
}

/* Whatever the damage: an end or one line, and never more frames than there were. */
static void damaged_video(void)
{
    size_t n_bytes;
    unsigned char *bytes = testdata_read(make_clip(), &n_bytes);
    if (!CHECK(bytes))
        return;
    unsigned seed = 1;
    for (int round = 0; round < 40; round++) {
        unsigned char *copy = malloc(n_bytes);
        memcpy(copy, bytes, n_bytes);
        for (int k = 0; k < 1 << round % 8; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(round < 20 ? 600 : 0) + seed % (n_bytes - 600)] = (unsigned char)(seed >> 24);
        }
        testdata_write("damaged.mkv", copy, n_bytes);
        free(copy);
        struct vis_source *source;
        int status = testdata_open(testdata_path("damaged.mkv"), &source);
        if (status == FB_OK) {
            int n = testdata_read_all(source, NULL, NULL, 0);
            CHECK_MSG(n <= N_CLIP && (n >= 0 || n == FB_ERR_INPUT), "round %d: %d", round, n);
            CHECK(n < 0 || vis_source_seek(source, 2000 * ms) <= 0);
        } else {
            CHECK_INT(status, FB_ERR_INPUT);
        }
        vis_source_close(&source);
    }
    free(bytes);
}

static void network_needs_leave(void)
{
    CHECK_REFUSED("rtsp://user:secret@127.0.0.1:9/x", FB_ERR_INPUT, "network");
    CHECK(!strstr(fb_error_text(), "secret"));
}

/* ffprobe's times of every picture of the sample clips, where both are at hand. */
static int compare_with_ffprobe(const char *path)
{
    char command[1200], line[64];
    snprintf(command, sizeof command,
             "ffprobe -v quiet -select_streams v:0 -show_entries frame=best_effort_timestamp_time "
             "-of csv=p=0 '%s'",
             path);
    FILE *probe = popen(command, "r");
    static int64_t pts_ns[2000];
    struct vis_source *source;
    if (!probe || !CHECK_MSG(testdata_open(path, &source) == FB_OK, "%s", fb_error_text()))
        return -1;
    int n = testdata_read_all(source, pts_ns, NULL, 2000), n_probed = 0;
    while (fgets(line, sizeof line, probe))
        if (line[0] != '\n' && n_probed < 2000) {
            double time_s = atof(line);
            CHECK_MSG(fabs(time_s - (double)pts_ns[n_probed] / 1e9) < 1e-6, "%s, frame %d: %s",
                      path, n_probed, line);
            n_probed++;
        }
    pclose(probe);
    CHECK_MSG(n == n_probed || n_probed == 0, "%s: %d frames, ffprobe has %d", path, n, n_probed);
    CHECK_INT(vis_source_n_lost(source), 0);
    vis_source_close(&source);
    return n_probed;
}

static void times_as_ffprobe(void)
{
    const char *shared = getenv("FELTBOARD_SHARED");
    char folder[600];
    snprintf(folder, sizeof folder, "%s/data/videos", shared ? shared : "");
    DIR *dir = opendir(folder);
    if (!dir)
        SKIP("the sample videos are not here (FELTBOARD_SHARED)");
    int n_videos = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[1000];
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || (strcmp(dot, ".mp4") && strcmp(dot, ".mov") && strcmp(dot, ".avi")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n_videos += compare_with_ffprobe(path) > 0;
    }
    closedir(dir);
    if (!n_videos)
        SKIP("ffprobe is not installed");
    CHECK(n_videos >= 11);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"not a video", not_a_video},
        {"playlists are refused", playlists_are_refused},
        {"mp4 without index", mp4_without_index},
        {"sound alone", sound_alone},
        {"frames and info", frames_and_info},
        {"waits for a free frame", waits_for_a_free_frame},
        {"seeking is exact", seeking_is_exact},
        {"a truncated video gives its part", truncated_video_gives_its_part},
        {"damaged video", damaged_video},
        {"network needs leave", network_needs_leave},
        {"times as ffprobe has them", times_as_ffprobe},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
