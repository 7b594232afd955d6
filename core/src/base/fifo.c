/* See base/fifo.h. A ring under one lock. */
#include "base/fifo.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct fb_fifo {
    pthread_mutex_t lock; /* leaf lock: nothing is called under it */
    pthread_cond_t changed;
    fb_fifo_dispose *dispose; /* immutable */
    int capacity;             /* immutable */
    /* protected by lock */
    int first, n_waiting;
    int64_t n_dropped;
    bool is_closed;
    void *items[];
};

int fb_fifo_create(int capacity, fb_fifo_dispose *dispose, struct fb_fifo **out)
{
    size_t n_bytes = sizeof(struct fb_fifo) + (size_t)capacity * sizeof(void *);
    struct fb_fifo *fifo = *out = calloc(1, n_bytes);
    if (!fifo)
        return fb_fail_nomem("a queue", n_bytes);
    fifo->dispose = dispose;
    fifo->capacity = capacity;
    pthread_mutex_init(&fifo->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&fifo->changed, &attr);
    pthread_condattr_destroy(&attr);
    return FB_OK;
}

void fb_fifo_destroy(struct fb_fifo **fifo)
{
    if (!*fifo)
        return;
    struct fb_fifo *f = *fifo;
    for (int i = 0; i < f->n_waiting; i++)
        f->dispose(f->items[(f->first + i) % f->capacity]);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f);
    *fifo = NULL;
}

/* Under lock, with room. */
static void append(struct fb_fifo *fifo, void *item)
{
    fifo->items[(fifo->first + fifo->n_waiting++) % fifo->capacity] = item;
    pthread_cond_broadcast(&fifo->changed);
}

bool fb_fifo_send(struct fb_fifo *fifo, void *item)
{
    pthread_mutex_lock(&fifo->lock);
    bool is_sent = !fifo->is_closed && fifo->n_waiting < fifo->capacity;
    if (is_sent)
        append(fifo, item);
    else
        fifo->n_dropped++;
    pthread_mutex_unlock(&fifo->lock);
    if (!is_sent)
        fifo->dispose(item);
    return is_sent;
}

bool fb_fifo_send_wait(struct fb_fifo *fifo, void *item)
{
    pthread_mutex_lock(&fifo->lock);
    while (!fifo->is_closed && fifo->n_waiting == fifo->capacity)
        pthread_cond_wait(&fifo->changed, &fifo->lock);
    bool is_sent = !fifo->is_closed;
    if (is_sent)
        append(fifo, item);
    pthread_mutex_unlock(&fifo->lock);
    if (!is_sent)
        fifo->dispose(item);
    return is_sent;
}

void *fb_fifo_wait(struct fb_fifo *fifo, int64_t deadline_ns)
{
    struct timespec deadline = {.tv_sec = deadline_ns / FB_NS_PER_S,
                                .tv_nsec = deadline_ns % FB_NS_PER_S};
    void *item = NULL;
    pthread_mutex_lock(&fifo->lock);
    while (!fifo->n_waiting && !fifo->is_closed && deadline_ns != INT64_MIN) {
        if (deadline_ns == INT64_MAX)
            pthread_cond_wait(&fifo->changed, &fifo->lock);
        else if (pthread_cond_timedwait(&fifo->changed, &fifo->lock, &deadline))
            break;
    }
    if (fifo->n_waiting) {
        item = fifo->items[fifo->first];
        fifo->first = (fifo->first + 1) % fifo->capacity;
        fifo->n_waiting--;
        pthread_cond_broadcast(&fifo->changed);
    }
    pthread_mutex_unlock(&fifo->lock);
    return item;
}

void fb_fifo_close(struct fb_fifo *fifo)
{
    pthread_mutex_lock(&fifo->lock);
    fifo->is_closed = true;
    pthread_cond_broadcast(&fifo->changed);
    pthread_mutex_unlock(&fifo->lock);
}

int fb_fifo_n_waiting(struct fb_fifo *fifo)
{
    pthread_mutex_lock(&fifo->lock);
    int n_waiting = fifo->n_waiting;
    pthread_mutex_unlock(&fifo->lock);
    return n_waiting;
}

int64_t fb_fifo_n_dropped(struct fb_fifo *fifo)
{
    pthread_mutex_lock(&fifo->lock);
    int64_t n_dropped = fifo->n_dropped;
    pthread_mutex_unlock(&fifo->lock);
    return n_dropped;
}
