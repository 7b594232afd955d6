/* Video files: opened, some frames read, a seek, read on. */
#include "fuzz.h"

#include "vis/recorder.h"
#include "vis/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_some(struct vis_source *source, struct fb_frame_pool *pool)
{
    for (int i = 0, status = 0; i < 4 && status >= 0 && status != VIS_READ_END; i++) {
        struct fb_frame *frame = NULL;
        status = vis_source_read(source, pool, &frame);
        fb_frame_unref(&frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vis_source *source = NULL;
    struct fb_frame_pool *pool = NULL;
    struct vis_source_settings settings = vis_default_source_settings();
    if (!vis_source_open(fuzz_file(data, size), &settings, &source)) {
        const struct vis_source_info *info = vis_source_info(source);
        if ((long)info->width * info->height <= 1 << 20 &&
            !fb_frame_pool_create(1, info->width, info->height, &pool)) {
            read_some(source, pool);
            if (info->is_seekable && !vis_source_seek(source, info->duration_ns / 2))
                read_some(source, pool);
        }
    }
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return 0;
}

void fuzz_seeds(void)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    char path[256];
    settings.width = 32;
    settings.height = 18;
    snprintf(path, sizeof path, "%s/seed.mkv", fuzz_folder());
    if (fb_frame_pool_create(1, 32, 18, &pool) || vis_recorder_open(path, &settings, &recorder))
        abort();
    for (int i = 0; i < 6; i++) {
        struct fb_frame *frame = fb_frame_acquire(pool);
        fb_frame_clear(frame);
        memset(frame->y, 40 * i, (size_t)frame->y_stride * 18);
        if (vis_recorder_write(recorder, frame, i * 40000000LL))
            abort();
        fb_frame_unref(&frame);
    }
    if (vis_recorder_close(&recorder))
        abort();
    fb_frame_pool_destroy(&pool);
    fuzz_seed_file(path);
    unlink(path);
}
