/* See base/pool.h. Each worker begins with a share of the items that is the same from loop to loop,
 * so that what it wrote in one it finds in its cache in the next, and then helps the others. A loop
 * is announced, joined and left by one atomic word; the lock is for sleeping only. Who waits looks
 * for a short while before it sleeps: loops that follow each other within a network's forward are
 * shorter than waking a thread takes. */
#include "base/pool.h"

#include "base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const int64_t PATIENCE_NS = 60 * 1000;

struct worker {
    struct fb_pool *pool;
    pthread_t thread;
    int index;
    _Alignas(64) atomic_int next_item; /* of its share */
    int end_item;                      /* written as the pool's work is */
};

/* The loop's word: its generation, whether workers may still join, how many have. */
enum { BUSY_MASK = 0x7fff, OPEN = 0x8000, GENERATION_SHIFT = 16 };

struct fb_pool {
    int n_threads; /* immutable */
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
    atomic_uint loop;
    atomic_int n_sleeping;        /* workers; changed under lock */
    atomic_bool is_caller_asleep; /* changed under lock */
    atomic_bool is_stopping;
    /* written while the loop is neither open nor busy */
    fb_pool_work *work;
    void *user;
    struct worker workers[]; /* the caller is worker 0 and has no thread */
};

static void take_items(struct fb_pool *pool, int worker)
{
    for (int i = 0; i < pool->n_threads; i++) {
        struct worker *owner = &pool->workers[(worker + i) % pool->n_threads];
        for (int item; (item = atomic_fetch_add(&owner->next_item, 1)) < owner->end_item;)
            pool->work(pool->user, item, worker);
    }
}

static void share_out(struct fb_pool *pool, int n_items)
{
    int64_t n_threads = pool->n_threads;
    for (int64_t i = 0; i < n_threads; i++) {
        atomic_store(&pool->workers[i].next_item, (int)(n_items * i / n_threads));
        pool->workers[i].end_item = (int)(n_items * (i + 1) / n_threads);
    }
}

static void relax(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static bool has_news(struct fb_pool *pool, unsigned seen)
{
    return atomic_load(&pool->loop) >> GENERATION_SHIFT != seen || atomic_load(&pool->is_stopping);
}

static bool is_finished(struct fb_pool *pool, unsigned unused)
{
    (void)unused;
    return !(atomic_load(&pool->loop) & BUSY_MASK);
}

/* Looks until it is so or patience has run out. */
static void watch(struct fb_pool *pool, bool (*is_so)(struct fb_pool *pool, unsigned seen),
                  unsigned seen)
{
    enum { LOOKS = 64 };
    int64_t end_ns = fb_clock_now_ns() + PATIENCE_NS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (is_so(pool, seen))
                return;
            relax();
        }
    } while (fb_clock_now_ns() < end_ns);
}

static void sleep_until_news(struct fb_pool *pool, unsigned seen)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->n_sleeping, 1); /* before the look: who announces later sees it */
    while (!has_news(pool, seen))
        pthread_cond_wait(&pool->started, &pool->lock);
    atomic_fetch_sub(&pool->n_sleeping, 1);
    pthread_mutex_unlock(&pool->lock);
}

/* False when the others were done before this worker came. */
static bool join(struct fb_pool *pool, unsigned *seen)
{
    unsigned loop = atomic_load(&pool->loop);
    do {
        *seen = loop >> GENERATION_SHIFT;
        if (!(loop & OPEN))
            return false;
    } while (!atomic_compare_exchange_weak(&pool->loop, &loop, loop + 1));
    return true;
}

static void leave(struct fb_pool *pool)
{
    unsigned before = atomic_fetch_sub(&pool->loop, 1);
    if ((before & BUSY_MASK) != 1 || !atomic_load(&pool->is_caller_asleep))
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->finished);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct fb_pool *pool = worker->pool;
    unsigned seen = 0;
    while (!atomic_load(&pool->is_stopping)) {
        if (!has_news(pool, seen))
            watch(pool, has_news, seen);
        if (!has_news(pool, seen))
            sleep_until_news(pool, seen);
        if (join(pool, &seen)) {
            take_items(pool, worker->index);
            leave(pool);
        }
    }
    return NULL;
}

static int count_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    return CPU_COUNT(&set);
}

int fb_pool_create(int n_threads, struct fb_pool **out)
{
    if (n_threads <= 0)
        n_threads = count_cores();
    size_t n_bytes = sizeof(struct fb_pool) + (size_t)n_threads * sizeof(struct worker);
    struct fb_pool *pool = *out = aligned_alloc(_Alignof(struct fb_pool), n_bytes);
    if (!pool)
        return fb_fail_nomem("a thread pool", n_bytes);
    memset(pool, 0, n_bytes);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->n_threads = 1;
    for (int i = 1; i < n_threads; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        if (pthread_create(&pool->workers[i].thread, NULL, worker_main, &pool->workers[i])) {
            fb_pool_destroy(out);
            return fb_fail(FB_ERR_NOMEM, "cannot start worker thread %d of %d", i, n_threads);
        }
        pthread_setname_np(pool->workers[i].thread, "worker");
        pool->n_threads++;
    }
    return FB_OK;
}

void fb_pool_destroy(struct fb_pool **pool_ptr)
{
    struct fb_pool *pool = *pool_ptr;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->n_threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->started);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *pool_ptr = NULL;
}

int fb_pool_n_threads(const struct fb_pool *pool)
{
    return pool ? pool->n_threads : 1;
}

static void sleep_until_finished(struct fb_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->is_caller_asleep, true); /* before the look: who leaves later sees it */
    while (!is_finished(pool, 0))
        pthread_cond_wait(&pool->finished, &pool->lock);
    atomic_store(&pool->is_caller_asleep, false);
    pthread_mutex_unlock(&pool->lock);
}

void fb_pool_run(struct fb_pool *pool, int n_items, fb_pool_work *work, void *user)
{
    if (!pool || pool->n_threads == 1 || n_items <= 1) {
        for (int i = 0; i < n_items; i++)
            work(user, i, 0);
        return;
    }
    pool->work = work;
    pool->user = user;
    share_out(pool, n_items);
    unsigned generation = (atomic_load(&pool->loop) >> GENERATION_SHIFT) + 1;
    atomic_store(&pool->loop, generation << GENERATION_SHIFT | OPEN);
    if (atomic_load(&pool->n_sleeping)) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->started);
        pthread_mutex_unlock(&pool->lock);
    }
    take_items(pool, 0);
    atomic_fetch_and(&pool->loop, ~(unsigned)OPEN);
    watch(pool, is_finished, 0);
    if (!is_finished(pool, 0))
        sleep_until_finished(pool);
}
