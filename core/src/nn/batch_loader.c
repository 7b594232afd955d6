/* See batch_loader.h. Two slots: one is being trained on, the other is being filled. */
#include "batch_loader.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum slot_state { SLOT_NONE, SLOT_WANTED, SLOT_READY };

struct slot {
    struct nn_batch batch; /* owned by the loader's thread while wanted, else by the trainer's */
    int status;
    char error[FB_ERROR_TEXT_BYTES];
    enum slot_state state; /* protected by lock */
};

struct nn_batch_loader {
    struct nn_batch_source source; /* immutable */
    struct fb_arena arena;
    bool is_threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping; /* protected by lock */
    struct slot slots[2];
};

static void fill(struct nn_batch_loader *loader, struct slot *slot)
{
    const struct nn_batch *batch = &slot->batch;
    slot->status = loader->source.fill(loader->source.user, batch->place.epoch, batch->place.first,
                                       batch->place.n, batch->x, batch->target, batch->weight);
    if (slot->status)
        snprintf(slot->error, sizeof slot->error, "%s", fb_error_text());
}

static struct slot *find(struct nn_batch_loader *loader, enum slot_state state)
{
    for (int i = 0; i < 2; i++)
        if (loader->slots[i].state == state)
            return &loader->slots[i];
    return NULL;
}

static void *loader_main(void *arg)
{
    struct nn_batch_loader *loader = arg;
    pthread_mutex_lock(&loader->lock);
    while (!loader->is_stopping) {
        struct slot *slot = find(loader, SLOT_WANTED);
        if (!slot) {
            pthread_cond_wait(&loader->changed, &loader->lock);
            continue;
        }
        pthread_mutex_unlock(&loader->lock);
        fill(loader, slot);
        pthread_mutex_lock(&loader->lock);
        slot->state = SLOT_READY;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

static int allocate(struct nn_batch_loader *loader, struct nn_shape image, int max_batch)
{
    size_t n = (size_t)max_batch, n_x = n * nn_shape_image_size(image) * sizeof(float);
    size_t n_target = n * (size_t)loader->source.n_classes * sizeof(float), n_weight = n * sizeof(float);
    int status = fb_arena_init(&loader->arena, 2 * (fb_arena_padded(n_x) + fb_arena_padded(n_target) +
                                                    fb_arena_padded(n_weight)));
    for (int i = 0; i < 2 && !status; i++) {
        loader->slots[i].batch.x = fb_arena_alloc(&loader->arena, n_x);
        loader->slots[i].batch.target = fb_arena_alloc(&loader->arena, n_target);
        loader->slots[i].batch.weight = fb_arena_alloc(&loader->arena, n_weight);
    }
    return status;
}

int nn_batch_loader_create(const struct nn_batch_source *source, struct nn_shape image, int max_batch,
                           bool is_threaded, struct nn_batch_loader **out)
{
    struct nn_batch_loader *loader = *out = calloc(1, sizeof *loader);
    if (!loader)
        return fb_fail_nomem("a batch loader", sizeof *loader);
    loader->source = *source;
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->changed, NULL);
    int status = allocate(loader, image, max_batch);
    if (!status && is_threaded && pthread_create(&loader->thread, NULL, loader_main, loader))
        status = fb_fail(FB_ERR_NOMEM, "cannot start the thread that prepares batches");
    loader->is_threaded = is_threaded && !status;
    if (status)
        nn_batch_loader_destroy(out);
    return status;
}

void nn_batch_loader_destroy(struct nn_batch_loader **loader_ptr)
{
    struct nn_batch_loader *loader = *loader_ptr;
    if (!loader)
        return;
    if (loader->is_threaded) {
        pthread_mutex_lock(&loader->lock);
        loader->is_stopping = true;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->lock);
        pthread_join(loader->thread, NULL);
    }
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->lock);
    fb_arena_finish(&loader->arena);
    free(loader);
    *loader_ptr = NULL;
}

static bool is_same(struct nn_batch_place a, struct nn_batch_place b)
{
    return a.epoch == b.epoch && a.first == b.first && a.n == b.n;
}

/* Threaded: the slot that has place, or is about to, or takes the order for it. Called locked. */
static struct slot *order(struct nn_batch_loader *loader, struct nn_batch_place place,
                          const struct slot *keep)
{
    for (int i = 0; i < 2; i++)
        if (loader->slots[i].state != SLOT_NONE && is_same(loader->slots[i].batch.place, place))
            return &loader->slots[i];
    struct slot *slot = &loader->slots[keep == &loader->slots[0]];
    while (slot->state == SLOT_WANTED)
        pthread_cond_wait(&loader->changed, &loader->lock);
    slot->batch.place = place;
    slot->state = SLOT_WANTED;
    pthread_cond_broadcast(&loader->changed);
    return slot;
}

static struct slot *get_threaded(struct nn_batch_loader *loader, struct nn_batch_place place,
                                 struct nn_batch_place next)
{
    pthread_mutex_lock(&loader->lock);
    struct slot *slot = order(loader, place, NULL);
    while (slot->state == SLOT_WANTED)
        pthread_cond_wait(&loader->changed, &loader->lock);
    order(loader, next, slot);
    pthread_mutex_unlock(&loader->lock);
    return slot;
}

int nn_batch_loader_get(struct nn_batch_loader *loader, struct nn_batch_place place,
                        struct nn_batch_place next, const struct nn_batch **batch)
{
    struct slot *slot = &loader->slots[0];
    if (loader->is_threaded) {
        slot = get_threaded(loader, place, next);
    } else {
        slot->batch.place = place;
        fill(loader, slot);
    }
    *batch = &slot->batch;
    return slot->status ? fb_fail(slot->status, "%s", slot->error) : FB_OK;
}
