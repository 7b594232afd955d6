/* Reading and writing 8-bit RGB PNG files for the picture tests (libpng's simplified API). */
#ifndef TEST_PNG_H
#define TEST_PNG_H

#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline bool png_write(const char *path, const uint8_t *rgb, int width, int height)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_RGB};
    return png_image_write_to_file(&image, path, 0, rgb, 3 * width, NULL) != 0;
}

/* malloc'ed (height, width, 3), or NULL. */
static inline uint8_t *png_read(const char *path, int *width, int *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path))
        return NULL;
    image.format = PNG_FORMAT_RGB;
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(image));
    *width = (int)image.width;
    *height = (int)image.height;
    if (!rgb || !png_image_finish_read(&image, NULL, rgb, 3 * *width, NULL)) {
        png_image_free(&image);
        free(rgb);
        return NULL;
    }
    return rgb;
}

#endif
