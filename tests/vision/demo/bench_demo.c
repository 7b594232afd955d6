/* Processor time of a demo frame, for classes of several sizes. */
#include "demo_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N_FRAMES = 300 };

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run(int n_faces, int width, int height)
{
    static double ms[N_FRAMES];
    struct vis_source_settings settings = demo_class_settings(1);
    struct vis_source *source;
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    double sum = 0, begin = cpu_ms();
    settings.n_faces = n_faces;
    settings.width = width;
    settings.height = height;
    if (vis_source_open("demo", &settings, &source) != FB_OK ||
        fb_frame_pool_create(1, width, height, &pool) != FB_OK) {
        fprintf(stderr, "%s\n", fb_error_text());
        return 1;
    }
    double open_ms = cpu_ms() - begin;
    for (int i = 0; i < N_FRAMES; i++) {
        begin = cpu_ms();
        if (vis_source_read(source, pool, &frame) != VIS_READ_FRAME)
            return 1;
        sum += ms[i] = cpu_ms() - begin;
        fb_frame_unref(&frame);
    }
    qsort(ms, N_FRAMES, sizeof *ms, by_value);
    printf("%2d students %4dx%-4d: set-up %4.0f ms; a frame %.2f ms (median %.2f, 95 %% %.2f)\n",
           n_faces, width, height, open_ms, sum / N_FRAMES, ms[N_FRAMES / 2],
           ms[N_FRAMES * 95 / 100]);
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return 0;
}

int main(void)
{
    return run(8, 1280, 720) | run(30, 1280, 720) | run(8, 1920, 1080) | run(40, 1920, 1080);
}
