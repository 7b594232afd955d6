/* FER+'s PNGs and the fit into a square. */
#include "nn/image.h"

#include "data_folder.h"

static void reads_png_of_the_right_size(void)
{
    uint8_t pixels[48 * 48];
    folder_make();
    folder_write_png("a.png", 48, 48, 2);
    folder_write_png("b.png", 33, 21, 2);
    if (CHECK_INT(nn_image_read_png(folder_path("a.png"), 48, pixels), FB_OK))
        CHECK_INT(pixels[48 * 20 + 32], (uint8_t)((48 * 20 + 32) * 7 + 26));
    CHECK_INT(nn_image_read_png(folder_path("b.png"), 48, pixels), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "33x21"));
    CHECK_INT(nn_image_read_png(folder_path("none.png"), 48, pixels), FB_ERR_INPUT);
    CHECK_INT(nn_image_read_png(folder, 48, pixels), FB_ERR_INPUT);
    folder_remove();
}

static void colour_becomes_grey(void)
{
    uint8_t rgb[4 * 4 * 3], pixels[16];
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 4, .height = 4, .format = PNG_FORMAT_RGB};
    for (int i = 0; i < 16; i++)
        rgb[3 * i] = 0, rgb[3 * i + 1] = 255, rgb[3 * i + 2] = 0;
    folder_make();
    CHECK(png_image_write_to_file(&image, folder_path("green.png"), 0, rgb, 12, NULL));
    if (CHECK_INT(nn_image_read_png(folder_path("green.png"), 4, pixels), FB_OK))
        CHECK(pixels[5] > 130 && pixels[5] < 235); /* green is most of the light, not all */
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
        {"reads PNG of the right size", reads_png_of_the_right_size},
        {"colour becomes grey", colour_becomes_grey},
        {"fit keeps squares and widens others", fit_keeps_squares_and_widens_others},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
