/* The readers of nn/image.h: PNG by libpng's simplified interface, JPEG by TurboJPEG's grey output (the Y plane). */
#include "nn/image.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#define MAX_FILE_BYTES (INT64_C(256) << 20)
#define MAX_PX (INT64_C(128) << 20)

static int png_failed(png_image *image, const char *path)
{
    int status = fb_fail(FB_ERR_INPUT, "%s: not a readable PNG (%s)", path,
                         image->message[0] ? image->message : "unknown error");
    png_image_free(image);
    return status;
}

static int open_png(const char *path, FILE **file)
{
    *file = fopen(path, "rbe");
    return *file ? FB_OK : fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
}

int nn_image_read_png(const char *path, int side, uint8_t *pixels)
{
    FILE *file;
    int status = open_png(path, &file);
    if (status < 0)
        return status;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_stdio(&image, file)) {
        status = png_failed(&image, path);
    } else if (image.width != (unsigned)side || image.height != (unsigned)side) {
        status = fb_fail(FB_ERR_INPUT, "%s: %ux%u pixels, expected %dx%d", path, image.width,
                         image.height, side, side);
        png_image_free(&image);
    } else {
        image.format = PNG_FORMAT_GRAY;
        png_color black = {0, 0, 0};
        if (!png_image_finish_read(&image, &black, pixels, side, NULL))
            status = png_failed(&image, path);
    }
    fclose(file);
    return status;
}

static int check_size(const char *path, int64_t width, int64_t height)
{
    if (width >= 1 && height >= 1 && width <= NN_IMAGE_MAX_SIDE && height <= NN_IMAGE_MAX_SIDE &&
        width * height <= MAX_PX)
        return FB_OK;
    return fb_fail(FB_ERR_INPUT, "%s: %lldx%lld pixels; at most %d a side and 128 megapixels are read",
                   path, (long long)width, (long long)height, NN_IMAGE_MAX_SIDE);
}

static int read_file(const char *path, uint8_t **bytes, size_t *n_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    int status = FB_OK;
    long long size = fseeko(file, 0, SEEK_END) ? -1 : (long long)ftello(file);
    if (size <= 0 || size > MAX_FILE_BYTES || fseeko(file, 0, SEEK_SET))
        status = fb_fail(FB_ERR_INPUT, "%s: %s", path,
                         size == 0 ? "the file is empty" : "not a file of at most 256 MB");
    *n_bytes = (size_t)(size > 0 ? size : 0);
    *bytes = status < 0 ? NULL : malloc(*n_bytes);
    if (status == FB_OK && !*bytes)
        status = fb_fail_nomem(path, *n_bytes);
    if (status == FB_OK && fread(*bytes, 1, *n_bytes, file) != *n_bytes)
        status = fb_fail(FB_ERR_INPUT, "%s: cannot be read", path);
    fclose(file);
    if (status < 0) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

static int decode_png(const char *path, const uint8_t *bytes, size_t n_bytes, int *width,
                      int *height, uint8_t **pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, n_bytes))
        return png_failed(&image, path);
    int status = check_size(path, image.width, image.height);
    if (status < 0) {
        png_image_free(&image);
        return status;
    }
    image.format = PNG_FORMAT_GRAY;
    *width = (int)image.width;
    *height = (int)image.height;
    *pixels = malloc(PNG_IMAGE_SIZE(image));
    if (!*pixels) {
        png_image_free(&image);
        return fb_fail_nomem(path, (size_t)*width * (size_t)*height);
    }
    png_color black = {0, 0, 0};
    return png_image_finish_read(&image, &black, *pixels, *width, NULL) ? FB_OK
                                                                       : png_failed(&image, path);
}

static int decode_jpeg(const char *path, const uint8_t *bytes, size_t n_bytes, int *width,
                       int *height, uint8_t **pixels)
{
    tjhandle jpeg = tjInitDecompress();
    if (!jpeg)
        return fb_fail(FB_ERR_NOMEM, "no memory for the JPEG decoder");
    int sampling, colours;
    int status = FB_OK;
    if (tjDecompressHeader3(jpeg, bytes, n_bytes, width, height, &sampling, &colours) < 0)
        status = fb_fail(FB_ERR_INPUT, "%s: not a readable JPEG (%s)", path, tjGetErrorStr2(jpeg));
    if (status == FB_OK)
        status = check_size(path, *width, *height);
    if (status == FB_OK && !(*pixels = malloc((size_t)*width * (size_t)*height)))
        status = fb_fail_nomem(path, (size_t)*width * (size_t)*height);
    if (status == FB_OK && tjDecompress2(jpeg, bytes, n_bytes, *pixels, *width, *width, *height,
                                         TJPF_GRAY, 0) < 0)
        status = fb_fail(FB_ERR_INPUT, "%s: damaged JPEG (%s)", path, tjGetErrorStr2(jpeg));
    tjDestroy(jpeg);
    return status;
}

int nn_image_read(const char *path, int *width, int *height, uint8_t **pixels)
{
    static const uint8_t png_magic[] = {0x89, 'P', 'N', 'G'}, jpeg_magic[] = {0xff, 0xd8};
    uint8_t *bytes = NULL;
    size_t n_bytes = 0;
    *pixels = NULL;
    int status = read_file(path, &bytes, &n_bytes);
    if (status < 0)
        return status;
    if (n_bytes >= sizeof png_magic && !memcmp(bytes, png_magic, sizeof png_magic))
        status = decode_png(path, bytes, n_bytes, width, height, pixels);
    else if (n_bytes >= sizeof jpeg_magic && !memcmp(bytes, jpeg_magic, sizeof jpeg_magic))
        status = decode_jpeg(path, bytes, n_bytes, width, height, pixels);
    else
        status = fb_fail(FB_ERR_INPUT, "%s: neither PNG nor JPEG", path);
    free(bytes);
    if (status < 0) {
        free(*pixels);
        *pixels = NULL;
    }
    return status;
}
