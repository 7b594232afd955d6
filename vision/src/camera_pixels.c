/* See camera_pixels.h. JPEG goes to planes without colour conversion (TurboJPEG); chroma that is
 * not 4:2:0 is averaged down. Raw formats are put in planes first, then expanded to full range. */
#include "camera_pixels.h"

#include <linux/videodev2.h>
#include <turbojpeg.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Many webcams leave a few bytes before the end marker of every frame; more is lost sync. */
enum { MAX_EXTRA_BYTES = 64 };

typedef void read_raw(const struct vis_pixels_format *format, const uint8_t *bytes,
                      struct fb_frame *out);

static void average_rows(const uint8_t *a, const uint8_t *b, uint8_t *out, int width)
{
    for (int i = 0; i < width; i++)
        out[i] = (uint8_t)((a[i] + b[i] + 1) >> 1);
}

/* Packed 4:2:2 of two px in four bytes; luma at y_at and y_at + 2, U at u_at, V at u_at + 2. */
static void read_packed(const struct vis_pixels_format *format, const uint8_t *bytes, int y_at,
                        int u_at, struct fb_frame *out)
{
    int n_pairs = format->width / 2;
    for (int row = 0; row < format->height; row++) {
        const uint8_t *line = bytes + (ptrdiff_t)row * format->stride_bytes;
        uint8_t *y = out->y + (ptrdiff_t)row * out->y_stride;
        for (int i = 0; i < format->width; i++)
            y[i] = line[2 * i + y_at];
        if (row & 1)
            continue;
        const uint8_t *next = row + 1 < format->height ? line + format->stride_bytes : line;
        uint8_t *u = out->u + (ptrdiff_t)(row / 2) * out->uv_stride;
        uint8_t *v = out->v + (ptrdiff_t)(row / 2) * out->uv_stride;
        for (int i = 0; i < n_pairs; i++) {
            u[i] = (uint8_t)((line[4 * i + u_at] + next[4 * i + u_at] + 1) >> 1);
            v[i] = (uint8_t)((line[4 * i + u_at + 2] + next[4 * i + u_at + 2] + 1) >> 1);
        }
    }
}

static void read_yuyv(const struct vis_pixels_format *format, const uint8_t *bytes,
                      struct fb_frame *out)
{
    read_packed(format, bytes, 0, 1, out);
}

static void read_uyvy(const struct vis_pixels_format *format, const uint8_t *bytes,
                      struct fb_frame *out)
{
    read_packed(format, bytes, 1, 0, out);
}

static void copy_rows(const uint8_t *from, int from_stride, uint8_t *to, int to_stride, int width,
                      int height)
{
    for (int row = 0; row < height; row++)
        memcpy(to + (ptrdiff_t)row * to_stride, from + (ptrdiff_t)row * from_stride, (size_t)width);
}

static void read_nv12(const struct vis_pixels_format *format, const uint8_t *bytes,
                      struct fb_frame *out)
{
    int stride = format->stride_bytes;
    copy_rows(bytes, stride, out->y, out->y_stride, format->width, format->height);
    const uint8_t *chroma = bytes + (ptrdiff_t)stride * format->height;
    for (int row = 0; row < format->height / 2; row++)
        for (int i = 0; i < format->width / 2; i++) {
            out->u[row * out->uv_stride + i] = chroma[(ptrdiff_t)row * stride + 2 * i];
            out->v[row * out->uv_stride + i] = chroma[(ptrdiff_t)row * stride + 2 * i + 1];
        }
}

static void read_yu12(const struct vis_pixels_format *format, const uint8_t *bytes,
                      struct fb_frame *out)
{
    int stride = format->stride_bytes, w = format->width / 2, h = format->height / 2;
    const uint8_t *u = bytes + (ptrdiff_t)stride * format->height;
    copy_rows(bytes, stride, out->y, out->y_stride, format->width, format->height);
    copy_rows(u, stride / 2, out->u, out->uv_stride, w, h);
    copy_rows(u + (ptrdiff_t)(stride / 2) * h, stride / 2, out->v, out->uv_stride, w, h);
}

static const struct kind {
    uint32_t fourcc;
    read_raw *read;     /* NULL: JPEG */
    int bytes_per_8_px; /* of all planes together */
    int row_bytes_per_8_px; /* of the first plane: what stride_bytes counts */
} kinds[] = {
    {V4L2_PIX_FMT_MJPEG, NULL, 0, 0},       {V4L2_PIX_FMT_JPEG, NULL, 0, 0},
    {V4L2_PIX_FMT_YUYV, read_yuyv, 16, 16}, {V4L2_PIX_FMT_UYVY, read_uyvy, 16, 16},
    {V4L2_PIX_FMT_NV12, read_nv12, 12, 8},  {V4L2_PIX_FMT_YUV420, read_yu12, 12, 8},
};

static const struct kind *find_kind(uint32_t fourcc)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].fourcc == fourcc)
            return &kinds[i];
    return NULL;
}

bool vis_pixels_is_known(uint32_t fourcc)
{
    return find_kind(fourcc) != NULL;
}

bool vis_pixels_is_jpeg(uint32_t fourcc)
{
    const struct kind *kind = find_kind(fourcc);
    return kind && !kind->read;
}

int vis_pixels_init(struct vis_pixels *pixels, const struct vis_pixels_format *format)
{
    *pixels = (struct vis_pixels){.format = *format};
    const struct kind *kind = find_kind(format->fourcc);
    struct vis_pixels_format *f = &pixels->format;
    if (!kind || f->width < 2 || f->height < 2 || f->width > FB_FRAME_MAX_SIDE ||
        f->height > FB_FRAME_MAX_SIDE || (kind->read && (f->width | f->height) & 1))
        return fb_fail(FB_ERR_USAGE, "pictures of %dx%d in a format that is not supported",
                       f->width, f->height);
    if (kind->read) {
        int row_bytes = f->width / 2 * kind->row_bytes_per_8_px / 4;
        f->stride_bytes = f->stride_bytes < row_bytes ? row_bytes : f->stride_bytes;
        return FB_OK;
    }
    size_t n_bytes = ((size_t)f->width + 8) * ((size_t)f->height + 8) * 3;
    pixels->scratch = malloc(n_bytes);
    if (!pixels->scratch)
        return fb_fail_nomem("a camera picture", n_bytes);
    pixels->jpeg = tjInitDecompress();
    return pixels->jpeg ? FB_OK : fb_fail_nomem("a JPEG decoder", 1);
}

void vis_pixels_finish(struct vis_pixels *pixels)
{
    if (pixels->jpeg)
        tjDestroy(pixels->jpeg);
    free(pixels->scratch);
    *pixels = (struct vis_pixels){0};
}

/* Whether decoding stopped only at stray bytes before the end marker: all px are there by then. */
static bool is_harmless(void *jpeg)
{
    static const char start[] = "Corrupt JPEG data: ";
    const char *text = strstr(tjGetErrorStr2(jpeg), start);
    int n_extra;
    unsigned marker;
    return tjGetErrorCode(jpeg) == TJERR_WARNING && text &&
           sscanf(text + strlen(start), "%d extraneous bytes before marker 0x%x", &n_extra,
                  &marker) == 2 &&
           marker == 0xd9 && n_extra <= MAX_EXTRA_BYTES;
}

/* One chroma plane of any JPEG sampling to 4:2:0. */
static void shrink_chroma(const uint8_t *from, int from_width, int from_height,
                          const struct fb_frame *out, uint8_t *to)
{
    int width = (out->width + 1) / 2, height = (out->height + 1) / 2;
    bool is_tall = from_height > height, is_wide = from_width > width;
    bool is_quarter = from_width < width;
    for (int row = 0; row < height; row++) {
        int top = is_tall ? 2 * row : row;
        int bottom = is_tall && top + 1 < from_height ? top + 1 : top;
        const uint8_t *a = from + (ptrdiff_t)top * from_width;
        const uint8_t *b = from + (ptrdiff_t)bottom * from_width;
        uint8_t *line = to + (ptrdiff_t)row * out->uv_stride;
        if (!is_wide && !is_quarter) {
            average_rows(a, b, line, width);
            continue;
        }
        for (int i = 0; i < width; i++) {
            int left = is_wide ? 2 * i : i / 2;
            int right = is_wide && left + 1 < from_width ? left + 1 : left;
            line[i] = (uint8_t)((a[left] + a[right] + b[left] + b[right] + 2) >> 2);
        }
    }
}

static bool decode_jpeg(void *jpeg, const uint8_t *bytes, size_t n_bytes, uint8_t **planes,
                        int *strides, int width, int height)
{
    int code = tjDecompressToYUVPlanes(jpeg, bytes, n_bytes, planes, width, strides, height,
                                       TJFLAG_STOPONWARNING);
    return code == 0 || is_harmless(jpeg);
}

static bool read_other_sampling(struct vis_pixels *pixels, const uint8_t *bytes, size_t n_bytes,
                                int sampling, struct fb_frame *out)
{
    int w = out->width, h = out->height, widths[3] = {0}, heights[3] = {0};
    uint8_t *planes[3] = {0}, *next = pixels->scratch;
    for (int i = 0; i < (sampling == TJSAMP_GRAY ? 1 : 3); i++) {
        widths[i] = tjPlaneWidth(i, w, sampling);
        heights[i] = tjPlaneHeight(i, h, sampling);
        planes[i] = next;
        next += (ptrdiff_t)widths[i] * heights[i];
    }
    if (!decode_jpeg(pixels->jpeg, bytes, n_bytes, planes, widths, w, h))
        return false;
    copy_rows(planes[0], widths[0], out->y, out->y_stride, w, h);
    if (sampling == TJSAMP_GRAY) {
        size_t uv_bytes = (size_t)out->uv_stride * (size_t)((h + 1) / 2);
        memset(out->u, 128, uv_bytes);
        memset(out->v, 128, uv_bytes);
        return true;
    }
    shrink_chroma(planes[1], widths[1], heights[1], out, out->u);
    shrink_chroma(planes[2], widths[2], heights[2], out, out->v);
    return true;
}

static bool read_jpeg(struct vis_pixels *pixels, const uint8_t *bytes, size_t n_bytes,
                      struct fb_frame *out)
{
    int width, height, sampling, colours;
    if (tjDecompressHeader3(pixels->jpeg, bytes, n_bytes, &width, &height, &sampling, &colours) ||
        width != out->width || height != out->height || sampling < 0 ||
        (colours != TJCS_YCbCr && colours != TJCS_GRAY))
        return false;
    if (sampling != TJSAMP_420 || (width | height) & 1)
        return read_other_sampling(pixels, bytes, n_bytes, sampling, out);
    uint8_t *planes[] = {out->y, out->u, out->v};
    int strides[] = {out->y_stride, out->uv_stride, out->uv_stride};
    return decode_jpeg(pixels->jpeg, bytes, n_bytes, planes, strides, width, height);
}

bool vis_pixels_read(struct vis_pixels *pixels, const uint8_t *bytes, size_t n_bytes,
                     struct fb_frame *out)
{
    const struct vis_pixels_format *format = &pixels->format;
    const struct kind *kind = find_kind(format->fourcc);
    if (out->width != format->width || out->height != format->height)
        return false;
    if (!kind->read)
        return read_jpeg(pixels, bytes, n_bytes, out);
    size_t rows_bytes = (size_t)format->stride_bytes * (size_t)format->height;
    size_t needed = rows_bytes * (size_t)kind->bytes_per_8_px / (size_t)kind->row_bytes_per_8_px;
    if (n_bytes < needed)
        return false;
    kind->read(format, bytes, out);
    struct vis_planes planes = {out->y,         out->u,     out->v,     out->y_stride,
                                out->uv_stride, out->width, out->height};
    vis_colour_convert(&planes, format->matrix, format->is_full_range, &planes);
    return true;
}
