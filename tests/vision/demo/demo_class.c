/* See demo_class.h. */
#include "demo_class.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct vis_source_settings demo_class_settings(uint64_t seed)
{
    static char assets[4096];
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    snprintf(assets, sizeof assets, "%s/assets", root ? root : ".");
    struct vis_source_settings settings = vis_default_source_settings();
    settings.seed = seed;
    settings.is_paced = false;
    settings.assets_dir = assets;
    return settings;
}

struct fb_frame *demo_class_frame(struct vis_source *source, struct fb_frame_pool *pool,
                                  double pts_s)
{
    struct fb_frame *frame = NULL;
    int status = vis_source_seek(source, llrint(pts_s * 1e9));
    if (status == FB_OK)
        status = vis_source_read(source, pool, &frame);
    if (status < 0)
        fprintf(stderr, "%s\n", fb_error_text());
    return frame;
}

static uint64_t hash_plane(uint64_t hash, const uint8_t *px, int stride, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            hash = (hash ^ px[y * stride + x]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t demo_class_hash(const struct fb_frame *frame)
{
    int half_width = (frame->width + 1) / 2, half_height = (frame->height + 1) / 2;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_plane(hash, frame->y, frame->y_stride, frame->width, frame->height);
    hash = hash_plane(hash, frame->u, frame->uv_stride, half_width, half_height);
    return hash_plane(hash, frame->v, frame->uv_stride, half_width, half_height);
}
