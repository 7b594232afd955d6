/* FER+ folders made up for a test: a few rows, pictures of known bytes, and what may be wrong with them. */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include "test.h"

#include <png.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define VOTES_HEADER                                                                               \
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"

static char folder[256];

/* A new empty folder; its path is in `folder`. */
__attribute__((unused)) static void folder_make(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/feltboard-data-XXXXXX", base ? base : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
}

__attribute__((unused)) static void folder_remove(void)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_INT(system(command), 0);
}

__attribute__((unused)) static const char *folder_path(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

__attribute__((unused)) static void folder_write(const char *name, const char *text)
{
    FILE *file = fopen(folder_path(name), "wb");
    if (!CHECK(file != NULL))
        return;
    CHECK(fwrite(text, 1, strlen(text), file) == strlen(text));
    CHECK_INT(fclose(file), 0);
}

__attribute__((unused)) static void folder_write_png(const char *name, int width, int height, int seed)
{
    static uint8_t pixels[256 * 256];
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (unsigned)width,
                       .height = (unsigned)height, .format = PNG_FORMAT_GRAY};
    for (int i = 0; i < width * height; i++)
        pixels[i] = (uint8_t)(i * 7 + seed * 13);
    CHECK(png_image_write_to_file(&image, folder_path(name), 0, pixels, width, NULL));
}

#endif
