/* Pictures and the folders that hold them: as a data set of folders by class, as FER+ folder, as what predict opens. */
#include "fuzz.h"

#include "nn/data.h"
#include "nn/image.h"
#include "vis/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void make_folders(void)
{
    char path[256];
    static const char *const names[] = {"train", "train/happiness", "FER2013Train"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_folder(), names[i]);
        mkdir(path, 0700);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_made;
    if (!is_made++)
        make_folders();
    struct nn_data *set = NULL;
    const char *path = fuzz_put("train/happiness/a.png", data, size);
    (void)!nn_data_load(fuzz_folder(), NULL, &set);
    nn_data_destroy(&set);
    uint8_t pixels[NN_FACE_PX];
    (void)!nn_image_read_png(path, NN_FACE_SIDE, pixels);
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    (void)!vis_image_load(path, &pool, &frame);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return 0;
}

void fuzz_seeds(void)
{
    static uint8_t rgb[48 * 48 * 3];
    char path[256];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 7 / 3);
    snprintf(path, sizeof path, "%s/seed.png", fuzz_folder());
    if (vis_image_save_rgb(path, rgb, 48, 48, 48 * 3))
        abort();
    fuzz_seed_file(path);
    if (vis_image_save_rgb(path, rgb, 5, 3, 15))
        abort();
    fuzz_seed_file(path);
    fuzz_seed_text("ppm", "P6\n2 2\n255\n0123456789ab");
    fuzz_seed_text("pgm", "P5\n2 2\n255\n0123");
    fuzz_seed("bmp", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x18\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "abcdef\0\0ghijkl\0\0", 70);
    fuzz_seed("gif", "GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\2\0\2\0\0\2\3\x44\2\5\0;", 37);
}
