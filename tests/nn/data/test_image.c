/* Pictures of any size for manifests: readers and the fit into a square. */
#include "nn/image.h"

#include "data_folder.h"

#include <turbojpeg.h>

static void write_jpeg(const char *name, int width, int height)
{
    static uint8_t grey[256 * 256];
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    tjhandle jpeg = tjInitCompress();
    for (int i = 0; i < width * height; i++)
        grey[i] = (uint8_t)(i % width * 2);
    CHECK_INT(tjCompress2(jpeg, grey, width, 0, height, TJPF_GRAY, &bytes, &n, TJSAMP_GRAY, 95, 0), 0);
    FILE *file = fopen(folder_path(name), "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n);
    if (file)
        fclose(file);
    tjFree(bytes);
    tjDestroy(jpeg);
}

static void reads_png_and_jpeg(void)
{
    int width = 0, height = 0;
    uint8_t *pixels;
    folder_make();
    folder_write_png("a.png", 33, 21, 2);
    write_jpeg("b.jpg", 100, 60);
    if (CHECK_INT(nn_image_read(folder_path("a.png"), &width, &height, &pixels), FB_OK)) {
        CHECK(width == 33 && height == 21);
        CHECK_INT(pixels[33 * 20 + 32], (uint8_t)((33 * 20 + 32) * 7 + 26));
        free(pixels);
    }
    if (CHECK_INT(nn_image_read(folder_path("b.jpg"), &width, &height, &pixels), FB_OK)) {
        CHECK(width == 100 && height == 60);
        CHECK_NEAR(pixels[100 * 30 + 50], 100, 4);
        free(pixels);
    }
    folder_remove();
}

static void colour_becomes_grey(void)
{
    uint8_t rgb[4 * 4 * 3], *pixels;
    int width = 0, height = 0;
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 4, .height = 4, .format = PNG_FORMAT_RGB};
    for (int i = 0; i < 16; i++)
        rgb[3 * i] = 0, rgb[3 * i + 1] = 255, rgb[3 * i + 2] = 0;
    folder_make();
    CHECK(png_image_write_to_file(&image, folder_path("green.png"), 0, rgb, 12, NULL));
    if (CHECK_INT(nn_image_read(folder_path("green.png"), &width, &height, &pixels), FB_OK)) {
        CHECK(pixels[5] > 130 && pixels[5] < 235); /* green is most of the light, not all */
        free(pixels);
    }
    folder_remove();
}

static void refuses_what_is_no_picture(void)
{
    static const char *const names[] = {"text.png", "empty.png", "cut.png", "cut.jpg", "none.png"};
    int width, height;
    uint8_t *pixels;
    folder_make();
    folder_write("text.png", "hello");
    folder_write("empty.png", "");
    folder_write_png("cut.png", 60, 60, 1);
    CHECK_INT(truncate(folder_path("cut.png"), 60), 0);
    write_jpeg("cut.jpg", 100, 100);
    CHECK_INT(truncate(folder_path("cut.jpg"), 200), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_MSG(nn_image_read(folder_path(names[i]), &width, &height, &pixels) == FB_ERR_INPUT, "%s", names[i]);
        CHECK_MSG(strstr(fb_error_text(), names[i]), "%s", fb_error_text());
        CHECK(pixels == NULL);
    }
    CHECK_INT(nn_image_read(folder, &width, &height, &pixels), FB_ERR_INPUT);
    folder_remove();
}

static void fit_keeps_squares_and_widens_others(void)
{
    static uint8_t from[96 * 96], to[48 * 48];
    for (int i = 0; i < 48 * 48; i++)
        from[i] = (uint8_t)(i * 11);
    nn_image_fit(from, 48, 48, to, 48);
    CHECK(!memcmp(from, to, sizeof to));
    for (int i = 0; i < 96 * 96; i++)
        from[i] = (uint8_t)((i % 96 + i / 96) % 2 * 200);
    nn_image_fit(from, 96, 96, to, 48);
    CHECK_INT(to[100], 100); /* each pixel the mean of a 2x2 checkerboard */
    for (int i = 0; i < 24 * 48; i++)
        from[i] = (uint8_t)(i % 24 * 10);
    nn_image_fit(from, 24, 48, to, 48); /* (48, 24): 12 px of repeated edge on either side */
    CHECK_INT(to[48 * 20 + 3], 0);
    CHECK_INT(to[48 * 20 + 11], 0);
    CHECK_INT(to[48 * 20 + 12 + 7], 70);
    CHECK_INT(to[48 * 20 + 40], 230);
    memset(from, 90, sizeof from);
    nn_image_fit(from, 7, 5, to, 48);
    CHECK_INT(to[48 * 47 + 47], 90);
    nn_image_fit(from, 96, 50, to, 1);
    CHECK_INT(to[0], 90);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"reads PNG and JPEG", reads_png_and_jpeg},
        {"colour becomes grey", colour_becomes_grey},
        {"refuses what is no picture", refuses_what_is_no_picture},
        {"fit keeps squares and widens others", fit_keeps_squares_and_widens_others},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
