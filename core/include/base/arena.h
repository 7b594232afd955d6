/* One block of memory, handed out from the front, freed as a whole.
 * Parameters, gradients, moments and activations live in one each; layers hold views.
 * Threads: one at a time. */
#ifndef FB_BASE_ARENA_H
#define FB_BASE_ARENA_H

#include "base/status.h"

#define FB_ARENA_ALIGN 64 /* a cache line and an AVX-512 register */

struct fb_arena {
    unsigned char *base;
    size_t size_bytes, used_bytes;
};

/* Zeroed memory of size_bytes. FB_ERR_NOMEM. Caller owns the struct; pair with fb_arena_finish. */
FB_MUST_USE int fb_arena_init(struct fb_arena *arena, size_t size_bytes);
void fb_arena_finish(struct fb_arena *arena);

/* FB_ARENA_ALIGN-aligned; NULL when the arena is full (sizes are planned beforehand with
 * fb_arena_padded, so that NULL is a programming error the caller reports). */
void *fb_arena_alloc(struct fb_arena *arena, size_t n_bytes);

/* n_bytes rounded up to what fb_arena_alloc takes for it. */
size_t fb_arena_padded(size_t n_bytes);

#endif
