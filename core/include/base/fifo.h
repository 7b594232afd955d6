/* A bounded queue of pointers: frames on their way to the recorder, rows on their way to the store.
 * Threads: any number of senders and receivers. */
#ifndef FB_BASE_FIFO_H
#define FB_BASE_FIFO_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct fb_fifo;
typedef void fb_fifo_dispose(void *item);

FB_MUST_USE int fb_fifo_create(int capacity, fb_fifo_dispose *dispose, struct fb_fifo **out);
/* Disposes of what is still inside. Accepts NULL. */
void fb_fifo_destroy(struct fb_fifo **fifo);

/* Never blocks. Takes the item over; false when full or closed: it is disposed of and counted. */
bool fb_fifo_send(struct fb_fifo *fifo, void *item);
/* Waits for room. False when closed (the item is disposed of). */
bool fb_fifo_send_wait(struct fb_fifo *fifo, void *item);
/* Oldest item, waiting until deadline_ns (INT64_MAX for ever, INT64_MIN not at all). NULL: time is
 * up, or closed and empty. */
void *fb_fifo_wait(struct fb_fifo *fifo, int64_t deadline_ns);

/* No more items; receivers get what is left, then NULL. */
void fb_fifo_close(struct fb_fifo *fifo);
int fb_fifo_n_waiting(struct fb_fifo *fifo);
int64_t fb_fifo_n_dropped(struct fb_fifo *fifo);

#endif
