/* See vis/thumbnail.h. Blocks of step x step px are averaged; the planes go to the encoder as they are
 * (both are full range BT.601). */
#include "vis/thumbnail.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { QUALITY = 82 };

struct small {
    int width, height; /* of the luma; even */
    unsigned char *planes[3];
};

static void shrink(const uint8_t *from, int stride, int step, uint8_t *to, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned sum = 0;
            for (int j = 0; j < step; j++)
                for (int i = 0; i < step; i++)
                    sum += from[(y * step + j) * stride + x * step + i];
            to[y * width + x] = (uint8_t)(sum / (unsigned)(step * step));
        }
}

static int compress(const struct small *small, unsigned char **jpeg, size_t *n_bytes)
{
    tjhandle handle = tjInitCompress();
    if (!handle)
        return fb_fail_nomem("a JPEG encoder", 0);
    const unsigned char *planes[] = {small->planes[0], small->planes[1], small->planes[2]};
    int strides[] = {small->width, small->width / 2, small->width / 2};
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    int code = tjCompressFromYUVPlanes(handle, planes, small->width, strides, small->height,
                                       TJSAMP_420, &bytes, &n, QUALITY, 0);
    int status = code ? fb_fail(FB_ERR_FAILED, "a picture cannot be made a JPEG: %s",
                                tjGetErrorStr2(handle))
                      : FB_OK;
    *jpeg = status ? NULL : malloc(n);
    if (!status && !*jpeg)
        status = fb_fail_nomem("a JPEG", n);
    if (!status)
        memcpy(*jpeg, bytes, n);
    *n_bytes = n;
    tjFree(bytes);
    tjDestroy(handle);
    return status;
}

int vis_thumbnail_jpeg(const struct fb_frame *frame, int max_width, unsigned char **jpeg,
                       size_t *n_bytes)
{
    *jpeg = NULL;
    int step = (frame->width + max_width - 1) / max_width;
    struct small small = {.width = frame->width / step & ~1, .height = frame->height / step & ~1};
    if (small.width < 2 || small.height < 2)
        return fb_fail(FB_ERR_USAGE, "a thumbnail of a picture of %dx%d", frame->width,
                       frame->height);
    size_t n_luma = (size_t)small.width * (size_t)small.height;
    unsigned char *memory = malloc(n_luma + n_luma / 2);
    if (!memory)
        return fb_fail_nomem("a thumbnail", n_luma);
    small.planes[0] = memory;
    small.planes[1] = memory + n_luma;
    small.planes[2] = memory + n_luma + n_luma / 4;
    shrink(frame->y, frame->y_stride, step, small.planes[0], small.width, small.height);
    shrink(frame->u, frame->uv_stride, step, small.planes[1], small.width / 2, small.height / 2);
    shrink(frame->v, frame->uv_stride, step, small.planes[2], small.width / 2, small.height / 2);
    int status = compress(&small, jpeg, n_bytes);
    free(memory);
    return status;
}
