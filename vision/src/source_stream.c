/* Network cameras: rtsp:// and http(s)://. Refused unless the settings allow the network.
 *
 * The one source with a thread of its own: libav blocks while it waits for packets and loses its
 * place when it is interrupted in the middle of one, so that a read with a time-out needs somebody
 * else to do the waiting. The thread decodes and puts pictures into a mailbox; the newest wins. */
#include "av_common.h"
#include "av_reader.h"
#include "base/clock.h"
#include "base/mailbox.h"
#include "source_backend.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* No playlists: they name further addresses. */
#define FORMATS "rtsp,mpjpeg,mpegts,matroska,webm,mov,flv"
#define PROTOCOLS "rtsp,rtp,udp,tcp,tls,http,https"

struct picture {
    AVFrame *frame;
    int64_t pts_ns, capture_ns;
};

struct stream {
    char *url;                   /* immutable: with password, for libav alone */
    char *name;                  /* immutable: without, for everything that can be seen */
    int64_t silence_ns;          /* immutable: how long it may send nothing */
    const atomic_bool *is_aborted; /* immutable: the settings' */
    struct vis_av_reader reader; /* the thread's, once it runs */
    struct vis_convert convert;  /* the reader's of the source */
    struct fb_mailbox *box;      /* of struct picture */
    struct picture *first;       /* decoded at open, handed on first */
    pthread_t thread;
    bool is_running;
    atomic_bool is_closing;
    atomic_bool is_ended;     /* set before the box is closed */
    atomic_llong deadline_ns; /* libav is interrupted then */
    atomic_llong n_bad;
    int64_t first_pts_ns, next_index;
    int64_t n_full; /* pictures for which the caller had no free frame */
};

static const char *scheme_end(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return n > 0 && !strncmp(text + n, "://", 3) ? text + n : NULL;
}

static bool stream_matches(const struct vis_spec *spec)
{
    return scheme_end(spec->text) != NULL;
}

static bool is_known_scheme(const char *text)
{
    static const char *const schemes[] = {"rtsp", "http", "https"};
    size_t n = (size_t)(scheme_end(text) - text);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strlen(schemes[i]) == n && !strncmp(text, schemes[i], n))
            return true;
    return false;
}

static void free_picture(void *item)
{
    struct picture *picture = item;
    if (picture)
        av_frame_free(&picture->frame);
    free(picture);
}

static int is_aborted(void *user)
{
    struct stream *stream = user;
    return atomic_load(&stream->is_closing) || (stream->is_aborted && atomic_load(stream->is_aborted)) ||
           fb_clock_now_ns() > atomic_load(&stream->deadline_ns);
}

/* NULL at the end, which atomic n_bad and the reader's read_error explain; or without memory. */
static struct picture *decode(struct stream *stream)
{
    struct picture *picture = calloc(1, sizeof *picture);
    if (picture && (picture->frame = av_frame_alloc()) &&
        vis_av_reader_next(&stream->reader, picture->frame, &picture->pts_ns) == VIS_READ_FRAME) {
        picture->capture_ns = fb_clock_now_ns();
        atomic_store(&stream->n_bad, stream->reader.n_bad);
        return picture;
    }
    free_picture(picture);
    return NULL;
}

static void *run(void *user)
{
    struct stream *stream = user;
    for (;;) {
        atomic_store(&stream->deadline_ns, fb_clock_now_ns() + stream->silence_ns);
        struct picture *picture = decode(stream);
        if (!picture)
            break;
        fb_mailbox_send(stream->box, picture);
    }
    atomic_store(&stream->is_ended, true);
    fb_mailbox_close(stream->box);
    return NULL;
}

static void stream_close(struct vis_source *source)
{
    struct stream *stream = source->state;
    if (!stream)
        return;
    atomic_store(&stream->is_closing, true);
    if (stream->is_running)
        pthread_join(stream->thread, NULL);
    fb_mailbox_destroy(&stream->box);
    free_picture(stream->first);
    vis_av_reader_finish(&stream->reader);
    vis_convert_finish(&stream->convert);
    free(stream->url);
    free(stream->name);
    free(stream);
}

static int allocate(struct vis_source *source, const char *url)
{
    struct stream *stream = calloc(1, sizeof *stream);
    source->state = stream;
    if (!stream || !(stream->url = strdup(url)) || !(stream->name = strdup(url)))
        return fb_fail_nomem("a stream", sizeof *stream);
    vis_hide_credentials(stream->name);
    stream->silence_ns = source->settings.open_timeout_ms * FB_NS_PER_MS;
    stream->is_aborted = source->settings.is_aborted;
    return fb_mailbox_create(free_picture, &stream->box);
}

/* TCP: what is lost on the way is asked for again, where UDP would leave holes in the picture. */
static int open_reader(struct stream *stream)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "rtsp_transport", "tcp", 0);
    av_dict_set(&options, "probesize", "1000000", 0);
    av_dict_set(&options, "analyzeduration", "1000000", 0);
    struct vis_av_settings settings = {
        .url = stream->url,
        .name = stream->name,
        .protocols = PROTOCOLS,
        .formats = FORMATS,
        .hint = "; check the address and that the camera is on",
        .options = &options,
        .is_aborted = is_aborted,
        .user = stream,
        .n_threads = 1,
    };
    atomic_store(&stream->deadline_ns, fb_clock_now_ns() + stream->silence_ns);
    int status = vis_av_reader_init(&stream->reader, &settings);
    av_dict_free(&options);
    if (status != FB_OK && is_aborted(stream))
        status = fb_fail(FB_ERR_INPUT,
                         "%s: no answer within %.3g s; check the address and that the "
                         "camera is on",
                         stream->name, (double)stream->silence_ns / FB_NS_PER_S);
    return status;
}

static void set_info(struct vis_source *source)
{
    struct stream *stream = source->state;
    struct vis_source_info *info = &source->info;
    vis_upright_size(stream->first->frame, stream->reader.turn, &info->width, &info->height);
    info->fps = stream->reader.fps;
    info->is_live = true;
    snprintf(info->name, sizeof info->name, "%s", stream->name);
    vis_av_reader_describe(&stream->reader, info->width, info->height, info->detail,
                           sizeof info->detail);
}

static int stream_open(struct vis_source *source, const struct vis_spec *spec)
{
    int status = allocate(source, spec->text);
    if (status != FB_OK)
        return status;
    struct stream *stream = source->state;
    if (!is_known_scheme(spec->text))
        return fb_fail(FB_ERR_INPUT, "%s: streams are rtsp://, http:// or https://", stream->name);
    if (!source->settings.allow_network)
        return fb_fail(FB_ERR_INPUT,
                       "%s: the network is off; '--allow-network' lets this one address be used",
                       stream->name);
    status = open_reader(stream);
    if (status != FB_OK)
        return status;
    if (!(stream->first = decode(stream)))
        return fb_fail(FB_ERR_INPUT, "%s: it answers but sends no picture that can be decoded",
                       stream->name);
    stream->first_pts_ns = stream->first->pts_ns;
    set_info(source);
    stream->is_running = pthread_create(&stream->thread, NULL, run, stream) == 0;
    return stream->is_running ? FB_OK : fb_fail_nomem("a thread", 1);
}

static struct picture *wait_for_picture(struct vis_source *source)
{
    struct stream *stream = source->state;
    struct picture *picture = stream->first;
    stream->first = NULL;
    if (picture)
        return picture;
    return fb_mailbox_wait(stream->box,
                           fb_clock_now_ns() + source->settings.timeout_ms * FB_NS_PER_MS);
}

static int convert(struct vis_source *source, const struct picture *picture,
                   struct fb_frame_pool *pool, struct fb_frame **frame)
{
    struct stream *stream = source->state;
    int result = vis_source_acquire(source, pool, frame);
    if (result != VIS_READ_FRAME)
        return result;
    int status = vis_convert_picture(&stream->convert, picture->frame, stream->reader.turn, *frame);
    (*frame)->index = stream->next_index++;
    (*frame)->pts_ns = picture->pts_ns - stream->first_pts_ns;
    (*frame)->capture_ns = picture->capture_ns;
    if (status == FB_OK)
        return VIS_READ_FRAME;
    fb_frame_unref(frame);
    return fb_fail_context(status, "%s", stream->name);
}

static int stream_read(struct vis_source *source, struct fb_frame_pool *pool,
                       struct fb_frame **frame)
{
    struct stream *stream = source->state;
    bool is_ended =
        atomic_load(&stream->is_ended); /* asked first: then the box holds all there is */
    struct picture *picture = wait_for_picture(source);
    source->n_lost = fb_mailbox_n_dropped(stream->box) + stream->n_full;
    source->n_bad = atomic_load(&stream->n_bad);
    if (!picture)
        return is_ended
                   ? fb_fail(FB_ERR_DEVICE, "%s: the stream broke off; open it again", stream->name)
                   : VIS_READ_NONE;
    int result = convert(source, picture, pool, frame);
    stream->n_full += result == VIS_READ_NONE;
    free_picture(picture);
    return result;
}

const struct vis_backend vis_stream_backend = {
    .kind = VIS_SOURCE_STREAM,
    .matches = stream_matches,
    .open = stream_open,
    .read = stream_read,
    .close = stream_close,
};
