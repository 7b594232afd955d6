/* See av_convert.h. libswscale changes format and size only, never range or matrix of YUV: that is
 * colour.c's step, so that a decoder's 8-bit 4:2:0 at its own size never enters libswscale. */
#include "av_convert.h"

#include "av_common.h"
#include "colour.h"

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct vis_turn vis_turn_from_matrix(const int32_t *m)
{
    if (!m)
        return (struct vis_turn){0};
    if (llabs((long long)m[0]) >= llabs((long long)m[1])) /* x' = m0 x + m3 y, y' = m1 x + m4 y */
        return (struct vis_turn){.is_flipped_x = m[0] < 0, .is_flipped_y = m[4] < 0};
    return (struct vis_turn){
        .is_transposed = true, .is_flipped_x = m[1] < 0, .is_flipped_y = m[3] < 0};
}

void vis_upright_size(const AVFrame *picture, struct vis_turn turn, int *width, int *height)
{
    AVRational aspect = picture->sample_aspect_ratio;
    double w = picture->width, h = picture->height;
    if (aspect.num > 0 && aspect.den > 0 && aspect.num < 8 * aspect.den &&
        aspect.den < 8 * aspect.num) /* further off it is nonsense, not a pixel shape */
        w *= av_q2d(aspect);
    w = fmin(fmax(1, rint(w)), FB_FRAME_MAX_SIDE);
    *width = (int)(turn.is_transposed ? h : w);
    *height = (int)(turn.is_transposed ? w : h);
}

/* The deprecated "J" formats are the plain ones in full range; libswscale would act on the J. */
static enum AVPixelFormat plain_format(enum AVPixelFormat format, bool *is_full)
{
    static const enum AVPixelFormat pairs[][2] = {
        {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P}, {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
        {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i][0] == format) {
            *is_full = true;
            return pairs[i][1];
        }
    return format;
}

struct picture_kind {
    enum AVPixelFormat format; /* without J */
    bool is_rgb, is_full_range;
    struct vis_matrix matrix;
};

/* Files often do not say; then what players assume: BT.709 from HD on, else BT.601. */
static struct vis_matrix guess_matrix(const AVFrame *picture, bool is_full_range)
{
    switch (picture->colorspace) {
    case AVCOL_SPC_BT709:
        return vis_matrix_bt709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return vis_matrix_bt2020;
    case AVCOL_SPC_UNSPECIFIED:
        if (!is_full_range && (picture->width >= 1280 || picture->height > 576))
            return vis_matrix_bt709;
        return vis_matrix_bt601;
    default:
        return vis_matrix_bt601;
    }
}

static struct picture_kind classify(const AVFrame *picture)
{
    struct picture_kind kind = {.is_full_range = picture->color_range == AVCOL_RANGE_JPEG};
    kind.format = plain_format((enum AVPixelFormat)picture->format, &kind.is_full_range);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(kind.format);
    if (!desc)
        return kind;
    kind.is_rgb = (desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
    if (desc->nb_components <= 2 && picture->color_range != AVCOL_RANGE_MPEG)
        kind.is_full_range = true; /* grey is, unless said otherwise */
    kind.matrix = guess_matrix(picture, kind.is_full_range);
    return kind;
}

/* Where the picture goes: all of the frame, or the largest rectangle of its shape in the middle. */
static struct vis_planes fit(struct fb_frame *frame, int width, int height)
{
    double scale = fmin((double)frame->width / width, (double)frame->height / height);
    int w = (int)lrint(width * scale), h = (int)lrint(height * scale);
    w = w + 1 >= frame->width ? frame->width : w < 2 ? 2 : w & ~1;
    h = h + 1 >= frame->height ? frame->height : h < 2 ? 2 : h & ~1;
    int x = ((frame->width - w) / 2) & ~1, y = ((frame->height - h) / 2) & ~1;
    w = w > frame->width ? frame->width : w;
    h = h > frame->height ? frame->height : h;
    ptrdiff_t uv = (ptrdiff_t)(y / 2) * frame->uv_stride + x / 2;
    return (struct vis_planes){.y = frame->y + (ptrdiff_t)y * frame->y_stride + x,
                               .u = frame->u + uv,
                               .v = frame->v + uv,
                               .y_stride = frame->y_stride,
                               .uv_stride = frame->uv_stride,
                               .width = w,
                               .height = h};
}

static void fill_outside(uint8_t *plane, int stride, int width, int height, const uint8_t *inner,
                         int inner_width, int inner_height, uint8_t value)
{
    int top = (int)((inner - plane) / stride), left = (int)((inner - plane) % stride);
    for (int row = 0; row < height; row++) {
        uint8_t *line = plane + (ptrdiff_t)row * stride;
        bool is_inside = row >= top && row < top + inner_height;
        memset(line, value, (size_t)(is_inside ? left : width));
        if (is_inside)
            memset(line + left + inner_width, value, (size_t)(width - left - inner_width));
    }
}

/* Bars come last: libswscale may write a few px past a row's end. */
static void draw_bars(struct fb_frame *frame, const struct vis_planes *inner)
{
    if (inner->width == frame->width && inner->height == frame->height)
        return;
    int w = (frame->width + 1) / 2, h = (frame->height + 1) / 2;
    int inner_w = (inner->width + 1) / 2, inner_h = (inner->height + 1) / 2;
    fill_outside(frame->y, frame->y_stride, frame->width, frame->height, inner->y, inner->width,
                 inner->height, 0);
    fill_outside(frame->u, frame->uv_stride, w, h, inner->u, inner_w, inner_h, 128);
    fill_outside(frame->v, frame->uv_stride, w, h, inner->v, inner_w, inner_h, 128);
}

static int scale(struct vis_convert *convert, const AVFrame *picture,
                 const struct picture_kind *kind, const struct vis_planes *to)
{
    convert->sws = sws_getCachedContext(
        convert->sws, picture->width, picture->height, kind->format, to->width, to->height,
        AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!convert->sws)
        return fb_fail(FB_ERR_INPUT, "pictures of %dx%d in the format %s cannot be converted",
                       picture->width, picture->height, vis_av_format_name(picture->format));
    const int *table = sws_getCoefficients(SWS_CS_ITU601);
    int is_full = kind->is_rgb || kind->is_full_range; /* the same on both sides: no change */
    if (sws_setColorspaceDetails(convert->sws, table, is_full, table, is_full, 0, 1 << 16,
                                 1 << 16) < 0)
        return fb_fail(FB_ERR_INPUT, "the colours of the format %s cannot be converted",
                       vis_av_format_name(picture->format));
    uint8_t *const planes[] = {to->y, to->u, to->v, NULL};
    const int strides[] = {to->y_stride, to->uv_stride, to->uv_stride, 0};
    int n_rows = sws_scale(convert->sws, (const uint8_t *const *)picture->data, picture->linesize,
                           0, picture->height, planes, strides);
    if (n_rows != to->height)
        return fb_fail(FB_ERR_INPUT, "a picture in the format %s could not be converted",
                       vis_av_format_name(picture->format));
    return FB_OK;
}

static int fill(struct vis_convert *convert, const AVFrame *picture, int width, int height,
                struct fb_frame *frame)
{
    struct picture_kind kind = classify(picture);
    struct vis_planes to = fit(frame, width, height), from = to;
    if (kind.format == AV_PIX_FMT_YUV420P && picture->width == to.width &&
        picture->height == to.height && picture->linesize[1] == picture->linesize[2]) {
        from.y = picture->data[0];
        from.u = picture->data[1];
        from.v = picture->data[2];
        from.y_stride = picture->linesize[0];
        from.uv_stride = picture->linesize[1];
    } else {
        int status = scale(convert, picture, &kind, &to);
        if (status != FB_OK)
            return status;
    }
    if (!kind.is_rgb)
        vis_colour_convert(&from, kind.matrix, kind.is_full_range, &to);
    draw_bars(frame, &to);
    return FB_OK;
}

static void turn_plane(const uint8_t *from, int from_stride, int from_width, int from_height,
                       struct vis_turn turn, uint8_t *to, int to_stride)
{
    int width = turn.is_transposed ? from_height : from_width;
    int height = turn.is_transposed ? from_width : from_height;
    ptrdiff_t step_x = turn.is_flipped_x ? -1 : 1; /* in memory, for one px right in the source */
    ptrdiff_t step_y = turn.is_flipped_y ? -from_stride : from_stride;
    const uint8_t *origin = from + (turn.is_flipped_x ? from_width - 1 : 0) +
                            (turn.is_flipped_y ? (ptrdiff_t)(from_height - 1) * from_stride : 0);
    ptrdiff_t along = turn.is_transposed ? step_y : step_x;
    ptrdiff_t down = turn.is_transposed ? step_x : step_y;
    for (int row = 0; row < height; row++) {
        const uint8_t *line = origin + row * down;
        uint8_t *out = to + (ptrdiff_t)row * to_stride;
        for (int i = 0; i < width; i++)
            out[i] = line[i * along];
    }
}

static void turn_frame(const struct fb_frame *from, struct vis_turn turn, struct fb_frame *to)
{
    int uv_width = (from->width + 1) / 2, uv_height = (from->height + 1) / 2;
    turn_plane(from->y, from->y_stride, from->width, from->height, turn, to->y, to->y_stride);
    turn_plane(from->u, from->uv_stride, uv_width, uv_height, turn, to->u, to->uv_stride);
    turn_plane(from->v, from->uv_stride, uv_width, uv_height, turn, to->v, to->uv_stride);
}

/* Another size than last time is rare (a folder of mixed pictures); then the pool is made anew. */
static int acquire_scratch(struct vis_convert *convert, int width, int height,
                           struct fb_frame **scratch)
{
    *scratch = convert->pool ? fb_frame_acquire(convert->pool) : NULL;
    if (*scratch && (*scratch)->width == width && (*scratch)->height == height)
        return FB_OK;
    fb_frame_unref(scratch);
    fb_frame_pool_destroy(&convert->pool);
    int status = fb_frame_pool_create(1, width, height, &convert->pool);
    if (status == FB_OK)
        *scratch = fb_frame_acquire(convert->pool);
    return status;
}

int vis_convert_picture(struct vis_convert *convert, const AVFrame *picture, struct vis_turn turn,
                        struct fb_frame *out)
{
    int width, height;
    vis_upright_size(picture, turn, &width, &height);
    if (!turn.is_transposed && !turn.is_flipped_x && !turn.is_flipped_y)
        return fill(convert, picture, width, height, out);
    bool is_swapped = turn.is_transposed;
    struct fb_frame *scratch = NULL;
    int status = acquire_scratch(convert, is_swapped ? out->height : out->width,
                                 is_swapped ? out->width : out->height, &scratch);
    if (status == FB_OK)
        status = fill(convert, picture, is_swapped ? height : width, is_swapped ? width : height,
                      scratch);
    if (status == FB_OK)
        turn_frame(scratch, turn, out);
    fb_frame_unref(&scratch);
    return status;
}

void vis_convert_finish(struct vis_convert *convert)
{
    sws_freeContext(convert->sws);
    convert->sws = NULL;
    fb_frame_pool_destroy(&convert->pool);
}
