/* See base/pool.h. Workers sleep between loops; a loop is announced by its generation number. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct worker {
    struct fb_pool *pool;
    pthread_t thread;
    int index;
};

struct fb_pool {
    int n_threads; /* immutable */
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
    /* protected by lock */
    unsigned generation;
    int n_busy;
    bool is_stopping;
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

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct fb_pool *pool = worker->pool;
    unsigned seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->generation == seen && !pool->is_stopping)
            pthread_cond_wait(&pool->started, &pool->lock);
        if (pool->is_stopping)
            break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        take_items(pool, worker->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0)
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
    pool->n_busy = pool->n_threads - 1;
    pool->generation++;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    take_items(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->n_busy)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
