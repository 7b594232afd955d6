/* PNGs by libpng's simplified interface. */
#include "nn/image.h"

#include "base/file.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int png_failed(png_image *image, const char *path)
{
    int status = fb_fail(FB_ERR_INPUT, "%s: not a readable PNG (%s)", path,
                         image->message[0] ? image->message : "unknown error");
    png_image_free(image);
    return status;
}

static int open_png(const char *path, FILE **file)
{
    return fb_file_open(path, "give a PNG picture", file);
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

static int read_and_fit(png_image *image, const char *path, int side, uint8_t *pixels)
{
    enum { MAX_SIDE = 8192 };
    if (image->width > MAX_SIDE || image->height > MAX_SIDE) {
        png_image_free(image);
        return fb_fail(FB_ERR_INPUT, "%s: %ux%u pixels, more than %d a side", path, image->width, image->height, MAX_SIDE);
    }
    image->format = PNG_FORMAT_GRAY;
    uint8_t *whole = malloc(PNG_IMAGE_SIZE(*image));
    if (!whole) {
        png_image_free(image);
        return fb_fail_nomem(path, PNG_IMAGE_SIZE(*image));
    }
    png_color black = {0, 0, 0};
    int width = (int)image->width, height = (int)image->height, status = FB_OK;
    if (png_image_finish_read(image, &black, whole, width, NULL))
        nn_image_fit(whole, width, height, pixels, side);
    else
        status = png_failed(image, path);
    free(whole);
    return status;
}

int nn_image_read_png_fitted(const char *path, int side, uint8_t *pixels)
{
    FILE *file;
    int status = open_png(path, &file);
    if (status < 0)
        return status;
    png_image image = {.version = PNG_IMAGE_VERSION};
    status = png_image_begin_read_from_stdio(&image, file) ? read_and_fit(&image, path, side, pixels)
                                                           : png_failed(&image, path);
    fclose(file);
    return status;
}
