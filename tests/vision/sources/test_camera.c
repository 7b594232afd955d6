/* The camera source against the test camera: every fault, no leaks over unplugging, the modes. */
#include "base/clock.h"
#include "preload.h"
#include "test.h"
#include "testdata.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const int64_t ms = FB_NS_PER_MS;

/* The control file, replaced whole so that no half word is ever read. */
static void set_state(const char *word)
{
    testdata_write("control.new", word, strlen(word));
    if (rename(testdata_path("control.new"), getenv("FAKECAM_CTL")))
        abort();
}

static int count_descriptors(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

struct rig {
    struct vis_source *source;
    struct fb_frame_pool *pool;
};

static bool open_rig(struct rig *rig, const char *spec, int width, int height, double fps)
{
    *rig = (struct rig){0};
    struct vis_source_settings settings = vis_default_source_settings();
    settings.width = width;
    settings.height = height;
    settings.fps = fps;
    if (!CHECK_MSG(vis_source_open(spec, &settings, &rig->source) == FB_OK, "%s: %s", spec,
                   fb_error_text()))
        return false;
    const struct vis_source_info *info = vis_source_info(rig->source);
    return CHECK_INT(fb_frame_pool_create(3, info->width, info->height, &rig->pool), FB_OK);
}

static void close_rig(struct rig *rig)
{
    vis_source_close(&rig->source);
    fb_frame_pool_destroy(&rig->pool);
}

/* Reads until n frames, an error or deadline_ms; the last result. */
static int read_frames(struct rig *rig, int n, int deadline_ms, int *n_read)
{
    int64_t deadline_ns = fb_clock_now_ns() + deadline_ms * ms;
    int result = VIS_READ_NONE;
    *n_read = 0;
    while (*n_read < n && fb_clock_now_ns() < deadline_ns && result >= 0) {
        struct fb_frame *frame;
        result = vis_source_read(rig->source, rig->pool, &frame);
        *n_read += result == VIS_READ_FRAME;
        fb_frame_unref(&frame);
    }
    return result;
}

static void good_frames(void)
{
    struct rig rig;
    set_state("ok");
    if (!open_rig(&rig, "0", 1280, 720, 30))
        return;
    const struct vis_source_info *info = vis_source_info(rig.source);
    CHECK_STR(info->name, "Fake camera 0");
    CHECK_STR(info->detail, "MJPG 1280x720@30");
    CHECK(info->is_live && !info->is_seekable && info->kind == VIS_SOURCE_CAMERA);
    int64_t last_ns = -1;
    for (int i = 0; i < 10;) {
        struct fb_frame *frame;
        int64_t before_ns = fb_clock_now_ns();
        int result = vis_source_read(rig.source, rig.pool, &frame);
        if (!CHECK(result >= 0))
            break;
        CHECK(fb_clock_now_ns() - before_ns < 1000 * ms);
        if (result != VIS_READ_FRAME)
            continue;
        CHECK_INT(frame->index, i);
        CHECK(frame->pts_ns > last_ns && (i > 0 || frame->pts_ns == 0));
        CHECK(fb_clock_now_ns() - frame->capture_ns < 1000 * ms);
        int64_t n_steps = i + vis_source_n_lost(rig.source); /* of the camera's 30 a second */
        int64_t earliest_ns = n_steps * FB_NS_PER_S / 30 - 60 * ms; /* later: a loaded machine */
        CHECK(frame->pts_ns > earliest_ns && frame->pts_ns < earliest_ns + 5 * FB_NS_PER_S);
        last_ns = frame->pts_ns;
        fb_frame_unref(&frame);
        i++;
    }
    CHECK_INT(vis_source_seek(rig.source, 0), FB_ERR_USAGE);
    close_rig(&rig);
}

/* The pattern's brightness at a place that does not move; the number in its top row. */
static void check_pattern(const struct fb_frame *frame, int node, bool is_limited)
{
    int expected = 40 + 60 * node;
    if (is_limited)
        expected = (expected - 16) * 255 / 219;
    CHECK_NEAR(frame->y[20 * frame->y_stride + 300], expected, 4);
    int low = frame->y[8 * frame->y_stride + 8];
    CHECK(low < 40 || low > 210);
}

static struct fb_frame *next_frame(struct rig *rig)
{
    struct fb_frame *frame = NULL;
    for (int i = 0; i < 30 && !frame; i++)
        if (vis_source_read(rig->source, rig->pool, &frame) < 0)
            break;
    CHECK(frame);
    return frame;
}

static void yuyv_is_expanded(void)
{
    struct rig rig;
    set_state("ok");
    if (!open_rig(&rig, "/dev/video0", 640, 480, 30))
        return;
    CHECK_STR(vis_source_info(rig.source)->detail, "YUYV 640x480@30");
    struct fb_frame *frame = next_frame(&rig);
    if (frame) {
        check_pattern(frame, 0, true);
        CHECK_NEAR(testdata_mean(frame->u, frame->uv_stride, 320, 240),
                   128 + (140 - 128) * 255. / 224, 1);
        CHECK_NEAR(testdata_mean(frame->v, frame->uv_stride, 320, 240),
                   128 + (120 - 128) * 255. / 224, 1);
    }
    fb_frame_unref(&frame);
    close_rig(&rig);
}

static void two_cameras(void)
{
    struct rig first, second;
    struct vis_device devices[4];
    set_state("ok");
    CHECK_INT(vis_devices(devices, 4), 2);
    CHECK_STR(devices[1].path, "/dev/video2");
    CHECK_STR(devices[1].card, "Fake camera 1");
    CHECK_STR(devices[0].modes,
              "YUYV 640x480@30, YUYV 1280x720@10, MJPG 1280x720@30, MJPG 640x480@30");
    CHECK_INT(vis_devices(devices, 1), 1);
    if (open_rig(&first, "0", 640, 480, 30) && open_rig(&second, "2", 1280, 720, 30)) {
        struct fb_frame *a = next_frame(&first), *b = next_frame(&second);
        if (a && b) {
            check_pattern(a, 0, true);
            check_pattern(b, 1, false);
        }
        fb_frame_unref(&a);
        fb_frame_unref(&b);
        close_rig(&second);
    }
    close_rig(&first);
}

static void nothing_there(void)
{
    struct vis_source *source;
    set_state("ok");
    CHECK_INT(testdata_open("7", &source), FB_ERR_DEVICE);
    CHECK(strstr(fb_error_text(), "/dev/video7") && strstr(fb_error_text(), "plug it in"));
    CHECK_REFUSED("/dev/video63", FB_ERR_DEVICE, "no camera there");
    CHECK_REFUSED("/dev/null", FB_ERR_INPUT, "neither");
}

static void refused_at_open(void)
{
    int n_descriptors = count_descriptors();
    set_state("busy");
    CHECK_REFUSED("0", FB_ERR_DEVICE, "in use by another program");
    set_state("denied");
    CHECK_REFUSED("0", FB_ERR_DEVICE, "group \"video\"");
    set_state("unplug");
    CHECK_REFUSED("0", FB_ERR_DEVICE, "no camera there");
    CHECK_INT(count_descriptors(), n_descriptors);
}

/* Without permission one node stands for all, with what to do; a camera that moved is known by name and place. */
static void known_again(void)
{
    struct vis_device devices[4];
    set_state("denied");
    CHECK_INT(vis_devices(devices, 4), 1);
    CHECK(strstr(devices[0].problem, "group \"video\"") && !devices[0].modes[0]);
    set_state("moved");
    CHECK_INT(vis_devices(devices, 4), 1);
    CHECK_STR(devices[0].path, "/dev/video2");
    CHECK_STR(devices[0].card, "Fake camera 0");
    const struct vis_device twins[] = {{.path = "a", .card = "C920", .bus = "usb-1"}, {.path = "b", .card = "C920", .bus = "usb-2"},
                                       {.path = "c", .card = "Brio", .bus = "usb-3"}};
    CHECK(vis_devices_find(twins, 3, "C920", "usb-2") == &twins[1]);
    CHECK(!vis_devices_find(twins, 3, "C920", "usb-9")); /* which of the two? */
    CHECK(vis_devices_find(twins, 3, "Brio", "usb-9") == &twins[2]);
    CHECK(!vis_devices_find(twins, 3, "", "") && !vis_devices_find(twins, 0, "Brio", "usb-3"));
    set_state("ok");
}

static void hang_never_blocks(void)
{
    struct rig rig;
    int n;
    set_state("ok");
    if (!open_rig(&rig, "0", 640, 480, 30))
        return;
    CHECK(read_frames(&rig, 1, 3000, &n) == VIS_READ_FRAME);
    set_state("hang");
    read_frames(&rig, 100, 300, &n); /* what was under way */
    for (int i = 0; i < 3; i++) {
        struct fb_frame *frame;
        int64_t before_ns = fb_clock_now_ns();
        CHECK_INT(vis_source_read(rig.source, rig.pool, &frame), VIS_READ_NONE);
        CHECK_NEAR(fb_clock_now_ns() - before_ns, 200 * ms,
                   100.5 * ms); /* the default's 100 and load */
    }
    set_state("ok");
    CHECK_INT(read_frames(&rig, 1, 3000, &n), VIS_READ_FRAME);
    close_rig(&rig);
}

/* All pictures of a faulty stretch are counted as lost, none is handed on. */
static void expect_no_frames(const char *state, const char *spec, int width)
{
    struct rig rig;
    int n;
    set_state(state);
    if (!open_rig(&rig, spec, width, width * 9 / 16, 30))
        return;
    read_frames(&rig, 1000, 1000, &n);
    CHECK_MSG(n == 0, "%s: %d bad pictures were handed on", state, n);
    CHECK_MSG(vis_source_n_bad(rig.source) >= 10, "%s: only %lld counted", state,
              (long long)vis_source_n_bad(rig.source));
    set_state("ok");
    CHECK_INT(read_frames(&rig, 3, 3000, &n), VIS_READ_FRAME);
    close_rig(&rig);
}

static void bad_pictures(void)
{
    expect_no_frames("short", "0", 1280);
    expect_no_frames("corrupt", "0", 1280);
    expect_no_frames("flagged", "0", 1280);
    expect_no_frames("short", "0", 640);
}

static void eio_is_a_lost_camera(void)
{
    struct rig rig;
    int n;
    set_state("ok");
    if (!open_rig(&rig, "0", 640, 480, 30))
        return;
    CHECK_INT(read_frames(&rig, 2, 3000, &n), VIS_READ_FRAME);
    set_state("eio");
    CHECK_INT(read_frames(&rig, 1000, 3000, &n), FB_ERR_DEVICE);
    CHECK(strstr(fb_error_text(), "camera lost"));
    set_state("ok");
    CHECK_INT(read_frames(&rig, 1, 100, &n), FB_ERR_DEVICE); /* this handle stays lost */
    close_rig(&rig);
    if (open_rig(&rig, "0", 640, 480, 30))
        CHECK_INT(read_frames(&rig, 2, 3000, &n), VIS_READ_FRAME);
    close_rig(&rig);
}

static void slow_camera(void)
{
    struct rig rig;
    int n;
    set_state("slow:5");
    if (!open_rig(&rig, "0", 640, 480, 30))
        return;
    CHECK(read_frames(&rig, 1000, 1500, &n) >= 0);
    CHECK_MSG(n >= 5 && n <= 9, "%d frames in 1.5 s at 5 a second", n);
    CHECK_INT(vis_source_n_lost(rig.source), 0);
    close_rig(&rig);
}

static void unplug_ten_times(void)
{
    int n_descriptors = count_descriptors();
    for (int i = 0; i < 10; i++) {
        struct rig rig;
        int n;
        set_state("ok");
        if (open_rig(&rig, "0", i % 2 ? 640 : 1280, i % 2 ? 480 : 720, 30)) {
            CHECK_INT(read_frames(&rig, 2, 3000, &n), VIS_READ_FRAME);
            set_state("unplug");
            CHECK_INT(read_frames(&rig, 1000, 3000, &n), FB_ERR_DEVICE);
            CHECK_MSG(strstr(fb_error_text(), "camera lost"), "%s", fb_error_text());
        }
        close_rig(&rig);
        CHECK_INT(count_descriptors(), n_descriptors);
    }
}

/* The program holds all frames: the camera's are lost and counted, and so is a gap in its numbers.
 */
static void losses_are_counted(void)
{
    struct rig rig;
    set_state("ok");
    if (!open_rig(&rig, "0", 640, 480, 30))
        return;
    struct fb_frame *held[3], *frame;
    for (int i = 0; i < 3; i++)
        held[i] = next_frame(&rig);
    int64_t n_before = vis_source_n_lost(rig.source);
    for (int i = 0; i < 5; i++)
        CHECK_INT(vis_source_read(rig.source, rig.pool, &frame), VIS_READ_NONE);
    int64_t n_held = vis_source_n_lost(rig.source) - n_before;
    CHECK_MSG(n_held >= 5, "%lld lost in half a second", (long long)n_held);
    for (int i = 0; i < 3; i++)
        fb_frame_unref(&held[i]);
    fb_clock_sleep_until_ns(fb_clock_now_ns() + 500 * ms); /* four buffers hold 133 ms */
    n_before = vis_source_n_lost(rig.source);
    int n;
    CHECK_INT(read_frames(&rig, 6, 3000, &n), VIS_READ_FRAME);
    CHECK_MSG(vis_source_n_lost(rig.source) - n_before >= 5, "a gap of %lld",
              (long long)(vis_source_n_lost(rig.source) - n_before));
    close_rig(&rig);
}

static void wrong_pool(void)
{
    struct rig rig;
    set_state("ok");
    if (!open_rig(&rig, "0", 640, 480, 30))
        return;
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    CHECK_INT(fb_frame_pool_create(1, 320, 240, &pool), FB_OK);
    int result;
    do
        result = vis_source_read(rig.source, pool, &frame);
    while (result == VIS_READ_NONE);
    CHECK_INT(result, FB_ERR_USAGE);
    fb_frame_pool_destroy(&pool);
    close_rig(&rig);
}

int main(int argc, char **argv)
{
    setenv("FAKECAM_DEVICES", "/dev/video0:/dev/video2", 1);
    setenv("FAKECAM_MODES", "YUYV:640x480@30,YUYV:1280x720@10,MJPG:1280x720@30,MJPG:640x480@30", 1);
    char control[64] = "/tmp/feltboard-camera-XXXXXX";
    if (!getenv("FAKECAM_CTL")) {
        int fd = mkstemp(control);
        if (fd < 0)
            return 1;
        close(fd);
        setenv("FAKECAM_CTL", control, 1);
    }
    if (!fakecam_preload(argv)) {
        printf("camera: skipped: FAKECAM_SO is not set\n");
        return 77;
    }
    static const struct test tests[] = {
        {"good frames", good_frames},
        {"YUYV is expanded", yuyv_is_expanded},
        {"two cameras", two_cameras},
        {"nothing there", nothing_there},
        {"refused at open", refused_at_open},
        {"known again", known_again},
        {"a hang never blocks", hang_never_blocks},
        {"bad pictures", bad_pictures},
        {"EIO is a lost camera", eio_is_a_lost_camera},
        {"slow camera", slow_camera},
        {"unplugged ten times", unplug_ten_times},
        {"losses are counted", losses_are_counted},
        {"wrong pool", wrong_pool},
    };
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    unlink(getenv("FAKECAM_CTL"));
    return code;
}
