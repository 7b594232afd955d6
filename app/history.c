/* See history.h. A sorted array of pointers to observations cut to the faces they hold: new ones
 * come mostly at the end. */
#include "history.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct app_history {
    struct mon_observation **items; /* by pts_ns */
    size_t n_items, capacity;
};

int app_history_create(struct app_history **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? FB_OK : fb_fail_nomem("the observations", sizeof **out);
}

void app_history_destroy(struct app_history **history)
{
    if (!*history)
        return;
    for (size_t i = 0; i < (*history)->n_items; i++)
        free((*history)->items[i]);
    free((*history)->items);
    free(*history);
    *history = NULL;
}

static size_t used_bytes(const struct mon_observation *observation)
{
    return offsetof(struct mon_observation, faces) +
           (size_t)observation->n_faces * sizeof observation->faces[0];
}

/* Index of the first item at or after pts_ns. */
static size_t lower_bound(const struct app_history *history, int64_t pts_ns)
{
    size_t low = 0, high = history->n_items;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (history->items[middle]->pts_ns < pts_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct app_history *history)
{
    if (history->n_items < history->capacity)
        return FB_OK;
    size_t capacity = history->capacity ? history->capacity * 2 : 1024;
    void *items = realloc(history->items, capacity * sizeof *history->items);
    if (!items)
        return fb_fail_nomem("the observations", capacity * sizeof *history->items);
    history->items = items;
    history->capacity = capacity;
    return FB_OK;
}

int app_history_add(struct app_history *history, const struct mon_observation *observation)
{
    size_t n_bytes = used_bytes(observation);
    struct mon_observation *copy = malloc(n_bytes);
    if (!copy)
        return fb_fail_nomem("an observation", n_bytes);
    memcpy(copy, observation, n_bytes);
    int status = make_room(history);
    if (status) {
        free(copy);
        return status;
    }
    size_t at = lower_bound(history, observation->pts_ns);
    if (at < history->n_items && history->items[at]->pts_ns == observation->pts_ns) {
        free(history->items[at]);
    } else {
        memmove(history->items + at + 1, history->items + at,
                (history->n_items - at) * sizeof *history->items);
        history->n_items++;
    }
    history->items[at] = copy;
    return FB_OK;
}

bool app_history_at(const struct app_history *history, int64_t pts_ns, int64_t max_distance_ns,
                    struct mon_observation *observation)
{
    size_t at = lower_bound(history, pts_ns);
    const struct mon_observation *nearest = NULL;
    int64_t distance_ns = max_distance_ns;
    for (size_t i = at ? at - 1 : 0; i <= at && i < history->n_items; i++) {
        int64_t d = llabs(history->items[i]->pts_ns - pts_ns);
        if (d <= distance_ns) {
            distance_ns = d;
            nearest = history->items[i];
        }
    }
    if (!nearest)
        return false;
    memcpy(observation, nearest, used_bytes(nearest));
    mon_observation_carry(observation, pts_ns);
    return true;
}
