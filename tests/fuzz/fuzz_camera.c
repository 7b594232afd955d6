/* A camera's buffer. First byte: the format; then what the camera sent. */
#include "fuzz.h"

#include "camera_pixels.h"

#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { WIDTH = 32, HEIGHT = 18, N_FORMATS = 6 };

static const uint32_t formats[N_FORMATS] = {V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_JPEG, V4L2_PIX_FMT_YUYV,
                                            V4L2_PIX_FMT_UYVY,  V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vis_pixels pixels[N_FORMATS];
    static struct fb_frame_pool *pool;
    if (!size)
        return 0;
    int i = *data % N_FORMATS;
    struct vis_pixels_format format = {.fourcc = formats[i], .width = WIDTH, .height = HEIGHT, .matrix = vis_matrix_bt601};
    if (!pool && fb_frame_pool_create(1, WIDTH, HEIGHT, &pool))
        abort();
    if (!pixels[i].format.width && vis_pixels_init(&pixels[i], &format))
        abort();
    struct fb_frame *frame = fb_frame_acquire(pool);
    (void)!vis_pixels_read(&pixels[i], data + 1, size - 1, frame);
    fb_frame_unref(&frame);
    return 0;
}

static void seed_jpeg(const char *name, int sampling)
{
    uint8_t rgb[WIDTH * HEIGHT * 3], seed[8192] = {0};
    unsigned char *jpeg = seed + 1;
    unsigned long n = sizeof seed - 1;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 5 / 3);
    tjhandle handle = tjInitCompress();
    if (tjCompress2(handle, rgb, WIDTH, 0, HEIGHT, TJPF_RGB, &jpeg, &n, sampling, 80, TJFLAG_NOREALLOC))
        abort();
    tjDestroy(handle);
    fuzz_seed(name, seed, n + 1);
}

void fuzz_seeds(void)
{
    static uint8_t raw[1 + WIDTH * HEIGHT * 2];
    seed_jpeg("422", TJSAMP_422);
    seed_jpeg("420", TJSAMP_420);
    seed_jpeg("444", TJSAMP_444);
    seed_jpeg("grey", TJSAMP_GRAY);
    for (int i = 2; i < N_FORMATS; i++) {
        char name[8] = {'r', 'a', 'w', (char)('0' + i)};
        memset(raw, 100 + i, sizeof raw);
        raw[0] = (uint8_t)i;
        fuzz_seed(name, raw, sizeof raw);
    }
}
