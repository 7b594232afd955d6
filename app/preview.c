/* See preview.h. Reads at the camera's rate, hands on ten pictures a second, reopens every
 * half second what could not be opened. */
#include "preview.h"

#include "base/clock.h"
#include "base/mailbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_FRAMES = 5 };
#define SHOW_NS (FB_NS_PER_S / 10)
#define RETRY_NS (FB_NS_PER_S / 2)

struct channel {
    struct app_preview *preview;
    char spec[1024];
    pthread_t thread;
    bool has_thread;
    struct fb_mailbox *frames;
    /* of the thread */
    struct fb_frame_pool *pool;
    /* protected by lock */
    pthread_mutex_t lock;
    char problem[256];
    char shown_problem[256]; /* of main */
};

struct app_preview {
    struct app_preview_settings settings;
    struct channel channels[APP_PREVIEW_MAX];
    int n;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool is_stopping; /* protected by lock */
};

static void dispose(void *item)
{
    struct fb_frame *frame = item;
    fb_frame_unref(&frame);
}

static bool wait_or_stop(struct app_preview *preview, int64_t ns)
{
    int64_t until_ns = fb_clock_now_ns() + ns;
    struct timespec until = {.tv_sec = until_ns / FB_NS_PER_S, .tv_nsec = until_ns % FB_NS_PER_S};
    pthread_mutex_lock(&preview->lock);
    while (!preview->is_stopping && ns > 0 && fb_clock_now_ns() < until_ns)
        pthread_cond_timedwait(&preview->stopped, &preview->lock, &until);
    bool is_stopping = preview->is_stopping;
    pthread_mutex_unlock(&preview->lock);
    return is_stopping;
}

static void set_problem(struct channel *channel, const char *text)
{
    pthread_mutex_lock(&channel->lock);
    snprintf(channel->problem, sizeof channel->problem, "%s", text);
    pthread_mutex_unlock(&channel->lock);
}

static int open_source(struct channel *channel, struct vis_source **source)
{
    int status = vis_source_open(channel->spec, &channel->preview->settings.source, source);
    if (status)
        return status;
    const struct vis_source_info *info = vis_source_info(*source);
    if (!channel->pool)
        return fb_frame_pool_create(POOL_FRAMES, info->width, info->height, &channel->pool);
    return FB_OK;
}

/* Until stopped, or the source fails. */
static int show(struct channel *channel, struct vis_source *source)
{
    int64_t next_ns = 0;
    int status = FB_OK;
    while (!wait_or_stop(channel->preview, 0)) {
        struct fb_frame *frame = NULL;
        status = vis_source_read(source, channel->pool, &frame);
        if (status < 0 || status == VIS_READ_END)
            break;
        int64_t now_ns = fb_clock_now_ns();
        if (frame && now_ns >= next_ns) {
            next_ns = now_ns + SHOW_NS;
            fb_mailbox_send(channel->frames, frame);
            channel->preview->settings.wake(channel->preview->settings.wake_user);
        } else {
            fb_frame_unref(&frame);
        }
    }
    return status < 0 ? status : FB_OK;
}

static void *run(void *arg)
{
    struct channel *channel = arg;
    do {
        struct vis_source *source = NULL;
        int status = open_source(channel, &source);
        if (!status) {
            set_problem(channel, "");
            status = show(channel, source);
        }
        if (status)
            set_problem(channel, fb_error_text());
        vis_source_close(&source);
    } while (!wait_or_stop(channel->preview, RETRY_NS));
    return NULL;
}

static int start_channel(struct app_preview *preview, const char *spec)
{
    struct channel *channel = &preview->channels[preview->n++];
    channel->preview = preview;
    snprintf(channel->spec, sizeof channel->spec, "%s", spec);
    pthread_mutex_init(&channel->lock, NULL);
    int status = fb_mailbox_create(dispose, &channel->frames);
    if (status)
        return status;
    if (pthread_create(&channel->thread, NULL, run, channel))
        return fb_fail(FB_ERR_NOMEM, "cannot start a preview's thread");
    pthread_setname_np(channel->thread, "preview");
    channel->has_thread = true;
    return FB_OK;
}

int app_preview_start(const struct app_preview_settings *settings, struct app_preview **out)
{
    struct app_preview *preview = *out = calloc(1, sizeof *preview);
    if (!preview)
        return fb_fail_nomem("the previews", sizeof *preview);
    preview->settings = *settings;
    pthread_mutex_init(&preview->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&preview->stopped, &attr);
    pthread_condattr_destroy(&attr);
    int status = FB_OK;
    for (int i = 0; i < settings->n && !status; i++)
        status = start_channel(preview, settings->specs[i]);
    if (status)
        app_preview_stop(out);
    return status;
}

void app_preview_stop(struct app_preview **preview_ptr)
{
    struct app_preview *preview = *preview_ptr;
    if (!preview)
        return;
    pthread_mutex_lock(&preview->lock);
    preview->is_stopping = true;
    pthread_cond_broadcast(&preview->stopped);
    pthread_mutex_unlock(&preview->lock);
    for (int i = 0; i < preview->n; i++) {
        struct channel *channel = &preview->channels[i];
        if (channel->has_thread)
            pthread_join(channel->thread, NULL);
        fb_mailbox_destroy(&channel->frames);
        fb_frame_pool_destroy(&channel->pool);
        pthread_mutex_destroy(&channel->lock);
    }
    pthread_cond_destroy(&preview->stopped);
    pthread_mutex_destroy(&preview->lock);
    free(preview);
    *preview_ptr = NULL;
}

struct fb_frame *app_preview_take(struct app_preview *preview, int i)
{
    return fb_mailbox_take(preview->channels[i].frames);
}

const char *app_preview_problem(struct app_preview *preview, int i)
{
    struct channel *channel = &preview->channels[i];
    pthread_mutex_lock(&channel->lock);
    memcpy(channel->shown_problem, channel->problem, sizeof channel->problem);
    pthread_mutex_unlock(&channel->lock);
    return channel->shown_problem;
}
