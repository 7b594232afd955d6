/* A small pool of worker threads for loops whose items are independent.
 * Threads: one loop at a time per pool; the caller works too. */
#ifndef FB_BASE_POOL_H
#define FB_BASE_POOL_H

#include "base/status.h"

struct fb_pool;
/* item in [0, n_items); worker in [0, n_threads), for per-worker scratch. */
typedef void fb_pool_work(void *user, int item, int worker);

/* n_threads >= 1, the caller among them; 0: one per core this process may use. FB_ERR_NOMEM. */
FB_MUST_USE int fb_pool_create(int n_threads, struct fb_pool **out);
void fb_pool_destroy(struct fb_pool **pool);
int fb_pool_n_threads(const struct fb_pool *pool);

/* Runs work for every item and returns when all are done. Items are taken one by one, so that
 * uneven ones balance. pool NULL: runs in the caller alone, as worker 0. */
void fb_pool_run(struct fb_pool *pool, int n_items, fb_pool_work *work, void *user);

#endif
