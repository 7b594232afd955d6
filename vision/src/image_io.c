/* See image_io.h and the load and save part of vis/image.h.
 * A picture's header can promise any size: the decoder's request for memory is where it is refused,
 * before anything of that size exists. A picture that is cut off is refused, not half shown: its
 * grey rest would be read as a face. */
#include "image_io.h"

#include "av_common.h"
#include "vis/image.h"

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    enum AVCodecID codec;
    int n_bytes;
    unsigned char magic[12];
    unsigned char mask[12]; /* 0: any byte */
} kinds[] = {
    {AV_CODEC_ID_MJPEG, 3, {0xff, 0xd8, 0xff}, {1, 1, 1}},
    {AV_CODEC_ID_PNG, 8, {0x89, 'P', 'N', 'G', 13, 10, 26, 10}, {1, 1, 1, 1, 1, 1, 1, 1}},
    {AV_CODEC_ID_WEBP, 12, "RIFF\0\0\0\0WEBP", {1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}},
    {AV_CODEC_ID_BMP, 10, "BM\0\0\0\0\0\0\0\0", {1, 1, 0, 0, 0, 0, 1, 1, 1, 1}},
    {AV_CODEC_ID_GIF, 4, "GIF8", {1, 1, 1, 1}},
    {AV_CODEC_ID_TIFF, 4, "II*\0", {1, 1, 1, 1}},
    {AV_CODEC_ID_TIFF, 4, "MM\0*", {1, 1, 1, 1}},
    {AV_CODEC_ID_PGM, 3, "P5\n", {1, 1, 1}},
    {AV_CODEC_ID_PPM, 3, "P6\n", {1, 1, 1}},
};

static enum AVCodecID find_kind(const unsigned char *head, size_t n_bytes)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool is_equal = n_bytes >= (size_t)kinds[k].n_bytes;
        for (int i = 0; i < kinds[k].n_bytes && is_equal; i++)
            is_equal = !kinds[k].mask[i] || head[i] == kinds[k].magic[i];
        if (is_equal)
            return kinds[k].codec;
    }
    return AV_CODEC_ID_NONE;
}

bool vis_is_picture(const unsigned char *head, size_t n_bytes)
{
    return find_kind(head, n_bytes) != AV_CODEC_ID_NONE;
}

static int read_all(int fd, uint8_t *to, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes;) {
        ssize_t n = read(fd, to + at, n_bytes - at);
        if (n == 0)
            errno = EIO; /* shorter than fstat said */
        if (n <= 0 && errno != EINTR)
            return -1;
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int load_open_file(int fd, const char *path, AVPacket *packet)
{
    struct stat stat;
    if (fstat(fd, &stat))
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(stat.st_mode) || stat.st_size == 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s; give a picture (JPEG, PNG, WebP, BMP ...)", path,
                       S_ISREG(stat.st_mode) ? "the file is empty" : "not a file");
    if (stat.st_size > VIS_IMAGE_MAX_BYTES)
        return fb_fail(FB_ERR_INPUT, "%s: %lld MB is too large for a picture (at most %d MB)", path,
                       (long long)stat.st_size >> 20, VIS_IMAGE_MAX_BYTES >> 20);
    if (av_new_packet(packet, (int)stat.st_size) < 0)
        return fb_fail_nomem("a picture file", (size_t)stat.st_size);
    if (read_all(fd, packet->data, (size_t)stat.st_size))
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    return FB_OK;
}

static int load_file(const char *path, AVPacket *packet)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s; check the path", path, strerror(errno));
    int status = load_open_file(fd, path, packet);
    close(fd);
    return status;
}

struct refused_size {
    int width, height;
};

static int get_buffer_within_caps(AVCodecContext *decoder, AVFrame *frame, int flags)
{
    if (frame->width > FB_FRAME_MAX_SIDE || frame->height > FB_FRAME_MAX_SIDE ||
        (int64_t)frame->width * frame->height > VIS_IMAGE_MAX_PIXELS) {
        *(struct refused_size *)decoder->opaque =
            (struct refused_size){frame->width, frame->height};
        return AVERROR(EINVAL);
    }
    return avcodec_default_get_buffer2(decoder, frame, flags);
}

static int decode_packet(AVCodecContext *decoder, const AVPacket *packet, AVFrame *picture)
{
    int code = avcodec_send_packet(decoder, packet);
    if (code >= 0)
        code = avcodec_receive_frame(decoder, picture);
    if (code == AVERROR(EAGAIN)) { /* a decoder with a delay */
        avcodec_send_packet(decoder, NULL);
        code = avcodec_receive_frame(decoder, picture);
    }
    return code;
}

static int decode_file(const char *path, const AVPacket *packet, AVFrame *picture)
{
    enum AVCodecID id = find_kind(packet->data, (size_t)packet->size);
    const AVCodec *codec = avcodec_find_decoder(id);
    if (id == AV_CODEC_ID_NONE || !codec)
        return fb_fail(FB_ERR_INPUT,
                       "%s: not a picture that can be read (JPEG, PNG, WebP, BMP, "
                       "GIF, TIFF, PNM)",
                       path);
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    if (!decoder)
        return fb_fail_nomem("a picture decoder", sizeof *decoder);
    struct refused_size refused = {0};
    decoder->opaque = &refused;
    decoder->get_buffer2 = get_buffer_within_caps;
    decoder->thread_count = 1;
    if (id == AV_CODEC_ID_MJPEG) /* else a cut off JPEG is a good one; TIFF calls odd tags errors */
        decoder->err_recognition = AV_EF_EXPLODE;
    if (id == AV_CODEC_ID_PNG)
        decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    int code = avcodec_open2(decoder, codec, NULL);
    if (code >= 0)
        code = decode_packet(decoder, packet, picture);
    avcodec_free_context(&decoder);
    if (refused.width)
        return fb_fail(FB_ERR_INPUT,
                       "%s: a picture of %dx%d px is too large (at most %d px a side, "
                       "%d million in all)",
                       path, refused.width, refused.height, FB_FRAME_MAX_SIDE,
                       VIS_IMAGE_MAX_PIXELS / 1000000);
    if (code < 0)
        return fb_fail(FB_ERR_INPUT, "%s: the picture is damaged, cut off or too large (%s, %s)",
                       path, codec->name, vis_av_error(code).text);
    return FB_OK;
}

/* EXIF's eight orientations: where row 0 and column 0 of the stored picture are when seen. */
static struct vis_turn turn_from_exif(int orientation)
{
    static const struct vis_turn turns[9] = {
        [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
        [5] = {true, false, false}, [6] = {true, false, true}, [7] = {true, true, true},
        [8] = {true, true, false},
    };
    return turns[orientation >= 1 && orientation <= 8 ? orientation : 0];
}

static struct vis_turn find_turn(const AVFrame *picture)
{
    const AVFrameSideData *matrix = av_frame_get_side_data(picture, AV_FRAME_DATA_DISPLAYMATRIX);
    if (matrix)
        return vis_turn_from_matrix((const int32_t *)matrix->data);
    const AVDictionaryEntry *exif = av_dict_get(picture->metadata, "Orientation", NULL, 0);
    return turn_from_exif(exif ? atoi(exif->value) : 0);
}

int vis_picture_decode(const char *path, AVFrame **picture, struct vis_turn *turn)
{
    vis_av_init_log();
    AVPacket *packet = av_packet_alloc();
    *picture = av_frame_alloc();
    int status = packet && *picture ? FB_OK : fb_fail_nomem("a picture", sizeof **picture);
    if (status == FB_OK)
        status = load_file(path, packet);
    if (status == FB_OK)
        status = decode_file(path, packet, *picture);
    av_packet_free(&packet);
    if (status == FB_OK)
        *turn = find_turn(*picture);
    else
        av_frame_free(picture);
    return status;
}

int vis_image_load(const char *path, struct fb_frame_pool **pool, struct fb_frame **frame)
{
    *pool = NULL;
    *frame = NULL;
    AVFrame *picture;
    struct vis_turn turn;
    int status = vis_picture_decode(path, &picture, &turn);
    if (status != FB_OK)
        return status;
    int width, height;
    vis_upright_size(picture, turn, &width, &height);
    status = fb_frame_pool_create(1, width, height, pool);
    struct vis_convert convert = {0};
    if (status == FB_OK) {
        *frame = fb_frame_acquire(*pool);
        status = vis_convert_picture(&convert, picture, turn, *frame);
    }
    vis_convert_finish(&convert);
    av_frame_free(&picture);
    if (status != FB_OK) {
        fb_frame_unref(frame);
        fb_frame_pool_destroy(pool);
        return fb_fail_context(status, "%s", path);
    }
    return FB_OK;
}

static AVFrame *copy_rgb(const uint8_t *rgb, int width, int height, int stride_bytes)
{
    AVFrame *picture = av_frame_alloc();
    if (!picture)
        return NULL;
    picture->format = AV_PIX_FMT_RGB24;
    picture->width = width;
    picture->height = height;
    if (av_frame_get_buffer(picture, 0) < 0)
        av_frame_free(&picture);
    for (int row = 0; picture && row < height; row++)
        memcpy(picture->data[0] + (ptrdiff_t)row * picture->linesize[0],
               rgb + (ptrdiff_t)row * stride_bytes, 3 * (size_t)width);
    return picture;
}

static int encode_png(const AVFrame *picture, AVPacket *packet)
{
    AVCodecContext *encoder = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG));
    if (!encoder)
        return AVERROR(ENOMEM);
    encoder->width = picture->width;
    encoder->height = picture->height;
    encoder->pix_fmt = AV_PIX_FMT_RGB24;
    encoder->time_base = (AVRational){1, 1};
    encoder->thread_count = 1;
    int code = avcodec_open2(encoder, encoder->codec, NULL);
    if (code >= 0)
        code = avcodec_send_frame(encoder, picture);
    if (code >= 0)
        code = avcodec_receive_packet(encoder, packet);
    avcodec_free_context(&encoder);
    return code;
}

/* What could not be written whole goes, unless it is a device or pipe that was there before. */
static void remove_part(FILE *file, const char *path)
{
    struct stat stat;
    if (fstat(fileno(file), &stat) == 0 && S_ISREG(stat.st_mode))
        unlink(path);
}

static int write_file(const char *path, const uint8_t *bytes, size_t n_bytes)
{
    FILE *file = fopen(path, "wbe");
    if (!file)
        return fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
    bool is_written = fwrite(bytes, 1, n_bytes, file) == n_bytes && fflush(file) == 0;
    int error = errno;
    if (!is_written)
        remove_part(file, path);
    if (fclose(file) && is_written) {
        is_written = false;
        error = errno;
    }
    return is_written ? FB_OK
                      : fb_fail(FB_ERR_IO, "%s: could not be written (%s)", path, strerror(error));
}

int vis_image_save_rgb(const char *path, const uint8_t *rgb, int width, int height,
                       int stride_bytes)
{
    vis_av_init_log();
    if (width < 1 || height < 1 || stride_bytes < 3 * width || width > FB_FRAME_MAX_SIDE ||
        height > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "a picture of %dx%d px with rows of %d bytes", width, height,
                       stride_bytes);
    AVFrame *picture = copy_rgb(rgb, width, height, stride_bytes);
    AVPacket *packet = av_packet_alloc();
    int status = FB_OK, code = picture && packet ? encode_png(picture, packet) : AVERROR(ENOMEM);
    if (code < 0)
        status = fb_fail(FB_ERR_FAILED, "%s: the picture could not be encoded (%s)", path,
                         vis_av_error(code).text);
    else
        status = write_file(path, packet->data, (size_t)packet->size);
    av_packet_free(&packet);
    av_frame_free(&picture);
    return status;
}
