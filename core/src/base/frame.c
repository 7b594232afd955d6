/* See base/frame.h. Each slot holds a frame and its count; a slot with count 0 is free. */
#include "base/frame.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_ALIGN = 64, ROW_TAIL = 64 }; /* SIMD readers may load one register past a plane's end */

struct slot {
    struct fb_frame frame; /* first: a frame's address is its slot's */
    atomic_int n_refs;
};

struct fb_frame_pool {
    int n_frames;         /* immutable */
    unsigned char *bytes; /* immutable; all planes */
    struct slot slots[];
};

static size_t align_up(size_t n)
{
    return (n + ROW_ALIGN - 1) & ~(size_t)(ROW_ALIGN - 1);
}

int fb_frame_pool_create(int n_frames, int width, int height, struct fb_frame_pool **out)
{
    *out = NULL;
    if (n_frames < 1 || width < 1 || height < 1 || width > FB_FRAME_MAX_SIDE ||
        height > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "a picture of %dx%d; sides must be 1 to %d px", width, height,
                       FB_FRAME_MAX_SIDE);
    size_t y_stride = align_up((size_t)width), uv_stride = align_up(((size_t)width + 1) / 2);
    size_t y_bytes = y_stride * (size_t)height;
    size_t uv_bytes = uv_stride * (((size_t)height + 1) / 2);
    size_t frame_bytes = y_bytes + 2 * uv_bytes, bytes = frame_bytes * (size_t)n_frames + ROW_TAIL;

    struct fb_frame_pool *pool = calloc(1, sizeof *pool + (size_t)n_frames * sizeof(struct slot));
    if (!pool)
        return fb_fail_nomem("a frame pool", (size_t)n_frames * sizeof(struct slot));
    pool->bytes = aligned_alloc(ROW_ALIGN, align_up(bytes));
    if (!pool->bytes) {
        free(pool);
        return fb_fail_nomem("pictures", bytes);
    }
    memset(pool->bytes, 0, align_up(bytes));
    pool->n_frames = n_frames;
    for (int i = 0; i < n_frames; i++) {
        unsigned char *plane = pool->bytes + frame_bytes * (size_t)i;
        pool->slots[i].frame = (struct fb_frame){
            .width = width,
            .height = height,
            .y_stride = (int)y_stride,
            .uv_stride = (int)uv_stride,
            .y = plane,
            .u = plane + y_bytes,
            .v = plane + y_bytes + uv_bytes,
            .pool = pool,
        };
    }
    *out = pool;
    return FB_OK;
}

void fb_frame_pool_destroy(struct fb_frame_pool **pool)
{
    if (!*pool)
        return;
    free((*pool)->bytes);
    free(*pool);
    *pool = NULL;
}

struct fb_frame *fb_frame_acquire(struct fb_frame_pool *pool)
{
    for (int i = 0; i < pool->n_frames; i++) {
        int free_count = 0;
        if (atomic_compare_exchange_strong(&pool->slots[i].n_refs, &free_count, 1)) {
            struct fb_frame *frame = &pool->slots[i].frame;
            frame->index = frame->pts_ns = frame->capture_ns = 0;
            return frame;
        }
    }
    return NULL;
}

struct fb_frame *fb_frame_ref(struct fb_frame *frame)
{
    atomic_fetch_add(&((struct slot *)frame)->n_refs, 1);
    return frame;
}

void fb_frame_unref(struct fb_frame **frame)
{
    if (!*frame)
        return;
    atomic_fetch_sub(&((struct slot *)*frame)->n_refs, 1);
    *frame = NULL;
}

int fb_frame_pool_n_free(struct fb_frame_pool *pool)
{
    int n_free = 0;
    for (int i = 0; i < pool->n_frames; i++)
        n_free += atomic_load(&pool->slots[i].n_refs) == 0;
    return n_free;
}

void fb_frame_copy(struct fb_frame *to, const struct fb_frame *from)
{
    int uv_height = (from->height + 1) / 2;
    memcpy(to->y, from->y, (size_t)from->y_stride * (size_t)from->height);
    memcpy(to->u, from->u, (size_t)from->uv_stride * (size_t)uv_height);
    memcpy(to->v, from->v, (size_t)from->uv_stride * (size_t)uv_height);
    to->index = from->index;
    to->pts_ns = from->pts_ns;
    to->capture_ns = from->capture_ns;
}

void fb_frame_clear(struct fb_frame *frame)
{
    int uv_height = (frame->height + 1) / 2;
    memset(frame->y, 128, (size_t)frame->y_stride * (size_t)frame->height);
    memset(frame->u, 128, (size_t)frame->uv_stride * (size_t)uv_height);
    memset(frame->v, 128, (size_t)frame->uv_stride * (size_t)uv_height);
}
