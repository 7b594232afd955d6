/* See base/arena.h. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

size_t fb_arena_padded(size_t n_bytes)
{
    return (n_bytes + FB_ARENA_ALIGN - 1) & ~(size_t)(FB_ARENA_ALIGN - 1);
}

int fb_arena_init(struct fb_arena *arena, size_t size_bytes)
{
    *arena = (struct fb_arena){.size_bytes = fb_arena_padded(size_bytes ? size_bytes : 1)};
    arena->base = aligned_alloc(FB_ARENA_ALIGN, arena->size_bytes);
    if (!arena->base)
        return fb_fail_nomem("an arena", arena->size_bytes);
    memset(arena->base, 0, arena->size_bytes);
    return FB_OK;
}

void fb_arena_finish(struct fb_arena *arena)
{
    free(arena->base);
    *arena = (struct fb_arena){0};
}

void *fb_arena_alloc(struct fb_arena *arena, size_t n_bytes)
{
    size_t padded = fb_arena_padded(n_bytes);
    if (padded > arena->size_bytes - arena->used_bytes)
        return NULL;
    void *block = arena->base + arena->used_bytes;
    arena->used_bytes += padded;
    return block;
}
