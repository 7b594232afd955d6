/* See base/pool.h. A loop is announced by its generation number. Who waits looks for a short while before sleeping: loops
 * that follow each other within a network's forward are shorter than waking a thread takes. */
#include "base/pool.h"

#include "base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static const int64_t PATIENCE_NS = 60 * 1000;

struct worker {
    struct fb_pool *pool;
    pthread_t thread;
    int index;
};

struct fb_pool {
    int n_threads; /* immutable */
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
    /* changed under lock, looked at without */
    atomic_uint generation;
    atomic_int n_busy; /* workers that take part in the present loop */
    atomic_bool is_stopping;
    bool is_open; /* protected by lock: whether workers may still take part */
    /* written under lock while no worker is busy */
    fb_pool_work *work;
    void *user;
    int n_items;
    atomic_int next_item;
    struct worker workers[]; /* the caller is worker 0 and has no thread */
};

static void take_items(struct fb_pool *pool, int worker)
{
    for (int item; (item = atomic_fetch_add(&pool->next_item, 1)) < pool->n_items;)
        pool->work(pool->user, item, worker);
}

static void relax(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static bool has_news(struct fb_pool *pool, unsigned seen)
{
    return atomic_load(&pool->generation) != seen || atomic_load(&pool->is_stopping);
}

static bool is_finished(struct fb_pool *pool, unsigned unused)
{
    (void)unused;
    return atomic_load(&pool->n_busy) == 0;
}

/* Looks until it is so or patience has run out. */
static void watch(struct fb_pool *pool, bool (*is_so)(struct fb_pool *pool, unsigned seen), unsigned seen)
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

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct fb_pool *pool = worker->pool;
    unsigned seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        if (!has_news(pool, seen)) {
            pthread_mutex_unlock(&pool->lock);
            watch(pool, has_news, seen);
            pthread_mutex_lock(&pool->lock);
        }
        while (!has_news(pool, seen))
            pthread_cond_wait(&pool->started, &pool->lock);
        if (pool->is_stopping)
            break;
        seen = pool->generation;
        if (!pool->is_open)
            continue; /* the others were done before this one woke */
        pool->n_busy++;
        pthread_mutex_unlock(&pool->lock);
        take_items(pool, worker->index);
        pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->n_busy, 1) == 1)
            pthread_cond_signal(&pool->finished);
    }
    pthread_mutex_unlock(&pool->lock);
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
    struct fb_pool *pool = *out = calloc(1, n_bytes);
    if (!pool)
        return fb_fail_nomem("a thread pool", n_bytes);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->n_threads = 1;
    for (int i = 1; i < n_threads; i++) {
        pool->workers[i] = (struct worker){.pool = pool, .index = i};
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

void fb_pool_run(struct fb_pool *pool, int n_items, fb_pool_work *work, void *user)
{
    if (!pool || pool->n_threads == 1 || n_items <= 1) {
        for (int i = 0; i < n_items; i++)
            work(user, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->user = user;
    pool->n_items = n_items;
    atomic_store(&pool->next_item, 0);
    pool->is_open = true;
    pool->generation++;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    take_items(pool, 0);
    watch(pool, is_finished, 0);
    pthread_mutex_lock(&pool->lock);
    pool->is_open = false;
    while (pool->n_busy)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
