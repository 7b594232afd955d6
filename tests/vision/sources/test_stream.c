/* Network streams against a small HTTP server of our own on the loopback: frames, silence, the end.
 */
#include "base/clock.h"
#include "test.h"
#include "testdata.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <turbojpeg.h>
#include <unistd.h>

static const int64_t ms = FB_NS_PER_MS;

struct server {
    int listener, port;
    pthread_t thread;
    int n_pictures; /* sent, 20 ms apart; -1: not even an answer */
    int stay_ms;    /* then, before it hangs up */
};

static void say(int fd, const void *bytes, size_t n_bytes)
{
    if (send(fd, bytes, n_bytes, MSG_NOSIGNAL) != (ssize_t)n_bytes)
        return; /* the other side may leave when it likes */
}

static void send_picture(int fd, int i)
{
    uint8_t grey[64 * 48];
    unsigned char *jpeg = NULL;
    unsigned long n_bytes = 0;
    memset(grey, 40 + 10 * (i % 16), sizeof grey);
    tjhandle handle = tjInitCompress();
    tjCompress2(handle, grey, 64, 0, 48, TJPF_GRAY, &jpeg, &n_bytes, TJSAMP_GRAY, 90, 0);
    char header[128];
    int n = snprintf(header, sizeof header,
                     "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %lu\r\n\r\n", n_bytes);
    say(fd, header, (size_t)n);
    say(fd, jpeg, n_bytes);
    say(fd, "\r\n", 2);
    tjFree(jpeg);
    tjDestroy(handle);
}

static void *serve(void *arg)
{
    struct server *server = arg;
    char request[2000];
    int fd = accept(server->listener, NULL, NULL);
    if (fd >= 0 && recv(fd, request, sizeof request, 0) > 0 && server->n_pictures >= 0) {
        static const char answer[] =
            "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n";
        say(fd, answer, sizeof answer - 1);
        for (int i = 0; i < server->n_pictures; i++) {
            send_picture(fd, i);
            fb_clock_sleep_until_ns(fb_clock_now_ns() + 20 * ms);
        }
    }
    fb_clock_sleep_until_ns(fb_clock_now_ns() + server->stay_ms * ms);
    close(fd);
    return NULL;
}

/* The address, with a password in it; static storage. */
static const char *start_server(struct server *server, int n_pictures, int stay_ms)
{
    static char url[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n_bytes = sizeof address;
    *server = (struct server){.n_pictures = n_pictures, .stay_ms = stay_ms};
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, (void *)&address, n_bytes) ||
        listen(server->listener, 1) || getsockname(server->listener, (void *)&address, &n_bytes))
        return NULL;
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, serve, server);
    snprintf(url, sizeof url, "http://me:secret@127.0.0.1:%d/", server->port);
    return url;
}

static void stop_server(struct server *server)
{
    pthread_join(server->thread, NULL);
    close(server->listener);
}

static struct vis_source_settings stream_settings(void)
{
    struct vis_source_settings settings = vis_default_source_settings();
    settings.allow_network = true;
    settings.open_timeout_ms = 1500;
    return settings;
}

static void frames_then_silence_then_the_end(void)
{
    struct server server;
    const char *url = start_server(&server, 40, 600);
    if (!url)
        SKIP("no loopback network here");
    struct vis_source_settings settings = stream_settings();
    struct vis_source *source;
    CHECK_MSG(vis_source_open(url, &settings, &source) == FB_OK, "%s", fb_error_text());
    if (!source)
        return;
    const struct vis_source_info *info = vis_source_info(source);
    CHECK_INT(info->kind, VIS_SOURCE_STREAM);
    CHECK(info->is_live && !info->is_seekable && info->width == 64 && info->height == 48);
    CHECK(!strstr(info->name, "secret"));
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(2, 64, 48, &pool), FB_OK);
    int n = 0, n_none = 0, result;
    struct fb_frame *frame;
    int64_t last_ns = INT64_MIN, before_ns = fb_clock_now_ns();
    while ((result = vis_source_read(source, pool, &frame)) >= 0 &&
           fb_clock_now_ns() - before_ns < 20000 * ms) {
        n_none += result == VIS_READ_NONE;
        if (result != VIS_READ_FRAME)
            continue;
        CHECK_INT(frame->index, n);
        CHECK(frame->pts_ns >= last_ns && (n || frame->pts_ns == 0));
        CHECK(frame->y[0] >= 38 && frame->y[0] <= 192 && frame->u[0] == 128);
        last_ns = frame->pts_ns;
        fb_frame_unref(&frame);
        n++;
    }
    CHECK_INT(result, FB_ERR_DEVICE);
    CHECK_MSG(strstr(fb_error_text(), "broke off"), "%s", fb_error_text());
    CHECK(!strstr(fb_error_text(), "secret"));
    CHECK_MSG(n > 5 && n <= 40, "%d frames", n);
    CHECK_MSG(n_none >= 3, "%d time-outs in 0.6 s of silence", n_none);
    CHECK_INT(vis_source_read(source, pool, &frame), FB_ERR_DEVICE); /* and again */
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    stop_server(&server);
}

static void no_answer(void)
{
    struct server server;
    const char *url = start_server(&server, -1, 2500);
    if (!url)
        SKIP("no loopback network here");
    struct vis_source_settings settings = stream_settings();
    struct vis_source *source;
    int64_t before_ns = fb_clock_now_ns();
    CHECK_INT(vis_source_open(url, &settings, &source), FB_ERR_INPUT);
    CHECK_NEAR(fb_clock_now_ns() - before_ns, 1900 * ms, 500 * ms);
    CHECK_MSG(strstr(fb_error_text(), "no answer within 1.5 s"), "%s", fb_error_text());
    CHECK(!strstr(fb_error_text(), "secret"));
    stop_server(&server);
}

/* Closing does not wait for a server that is silent. */
static void closed_while_silent(void)
{
    struct server server;
    const char *url = start_server(&server, 10, 1500);
    if (!url)
        SKIP("no loopback network here");
    struct vis_source_settings settings = stream_settings();
    settings.open_timeout_ms = 10000;
    struct vis_source *source;
    CHECK_MSG(vis_source_open(url, &settings, &source) == FB_OK, "%s", fb_error_text());
    int64_t before_ns = fb_clock_now_ns();
    vis_source_close(&source);
    CHECK(fb_clock_now_ns() - before_ns < 1000 * ms);
    stop_server(&server);
}

static void refused(void)
{
    struct vis_source_settings settings = stream_settings();
    struct vis_source *source;
    CHECK_INT(vis_source_open("http://me:secret@127.0.0.1:9/", &settings, &source), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "Connection refused"), "%s", fb_error_text());
    CHECK(!strstr(fb_error_text(), "secret"));
    CHECK_INT(vis_source_open("ftp://me:secret@127.0.0.1/x.mp4", &settings, &source), FB_ERR_INPUT);
    CHECK_INT(vis_source_open("file:///etc/passwd", &settings, &source), FB_ERR_INPUT);
    settings.allow_network = false;
    CHECK_INT(vis_source_open("rtsp://me:secret@127.0.0.1/", &settings, &source), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "the network is off") && !strstr(fb_error_text(), "secret"));
    CHECK(!source);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    static const struct test tests[] = {
        {"frames, then silence, then the end", frames_then_silence_then_the_end},
        {"no answer", no_answer},
        {"closed while silent", closed_while_silent},
        {"refused", refused},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
