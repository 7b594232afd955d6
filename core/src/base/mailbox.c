/* See base/mailbox.h. */
#include "base/mailbox.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct fb_mailbox {
    pthread_mutex_t lock; /* leaf lock: nothing is called under it */
    pthread_cond_t changed;
    fb_mailbox_dispose *dispose; /* immutable */
    /* protected by lock */
    void *item;
    int64_t n_dropped;
    bool is_closed;
};

int fb_mailbox_create(fb_mailbox_dispose *dispose, struct fb_mailbox **out)
{
    struct fb_mailbox *box = *out = calloc(1, sizeof *box);
    if (!box)
        return fb_fail_nomem("a mailbox", sizeof *box);
    box->dispose = dispose;
    pthread_mutex_init(&box->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&box->changed, &attr);
    pthread_condattr_destroy(&attr);
    return FB_OK;
}

void fb_mailbox_destroy(struct fb_mailbox **box)
{
    if (!*box)
        return;
    if ((*box)->item)
        (*box)->dispose((*box)->item);
    pthread_cond_destroy(&(*box)->changed);
    pthread_mutex_destroy(&(*box)->lock);
    free(*box);
    *box = NULL;
}

void fb_mailbox_send(struct fb_mailbox *box, void *item)
{
    pthread_mutex_lock(&box->lock);
    void *lost = item;
    if (!box->is_closed) {
        lost = box->item;
        box->item = item;
        box->n_dropped += lost != NULL;
    }
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
    if (lost)
        box->dispose(lost);
}

bool fb_mailbox_send_wait(struct fb_mailbox *box, void *item)
{
    pthread_mutex_lock(&box->lock);
    while (box->item && !box->is_closed)
        pthread_cond_wait(&box->changed, &box->lock);
    bool is_sent = !box->is_closed;
    if (is_sent)
        box->item = item;
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
    if (!is_sent)
        box->dispose(item);
    return is_sent;
}

void *fb_mailbox_take(struct fb_mailbox *box)
{
    return fb_mailbox_wait(box, INT64_MIN);
}

void *fb_mailbox_wait(struct fb_mailbox *box, int64_t deadline_ns)
{
    struct timespec deadline = {.tv_sec = deadline_ns / FB_NS_PER_S,
                                .tv_nsec = deadline_ns % FB_NS_PER_S};
    pthread_mutex_lock(&box->lock);
    while (!box->item && !box->is_closed && deadline_ns != INT64_MIN) {
        if (deadline_ns == INT64_MAX)
            pthread_cond_wait(&box->changed, &box->lock);
        else if (pthread_cond_timedwait(&box->changed, &box->lock, &deadline))
            break;
    }
    void *item = box->item;
    box->item = NULL;
    if (item)
        pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
    return item;
}

void fb_mailbox_close(struct fb_mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    box->is_closed = true;
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
}

bool fb_mailbox_is_closed(struct fb_mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    bool is_closed = box->is_closed;
    pthread_mutex_unlock(&box->lock);
    return is_closed;
}

int64_t fb_mailbox_n_dropped(struct fb_mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    int64_t n_dropped = box->n_dropped;
    pthread_mutex_unlock(&box->lock);
    return n_dropped;
}
