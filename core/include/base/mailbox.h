/* A slot for one item in which the newest wins: capture -> analysis, analysis -> main.
 * Items are pointers the mailbox owns while they wait; a replaced one goes to the disposer and is
 * counted. Threads: any number of senders and receivers. */
#ifndef FB_BASE_MAILBOX_H
#define FB_BASE_MAILBOX_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct fb_mailbox;
typedef void fb_mailbox_dispose(void *item);

FB_MUST_USE int fb_mailbox_create(fb_mailbox_dispose *dispose, struct fb_mailbox **out);
/* Disposes of an item still inside. Accepts NULL. */
void fb_mailbox_destroy(struct fb_mailbox **box);

/* Never blocks. Takes the item over, also when closed (it is disposed of then). */
void fb_mailbox_send(struct fb_mailbox *box, void *item);
/* Waits for the slot to be empty first: nothing is lost (replay). False when closed. */
bool fb_mailbox_send_wait(struct fb_mailbox *box, void *item);
/* The item, now the caller's; NULL when there is none. */
void *fb_mailbox_take(struct fb_mailbox *box);
/* As take, waiting for one until deadline_ns (fb_clock; INT64_MAX for ever). NULL: time or closed.
 */
void *fb_mailbox_wait(struct fb_mailbox *box, int64_t deadline_ns);

/* Wakes all waiters; from now on send disposes and wait returns what is left, then NULL. */
void fb_mailbox_close(struct fb_mailbox *box);
bool fb_mailbox_is_closed(struct fb_mailbox *box);
/* Items replaced before anyone took them. */
int64_t fb_mailbox_n_dropped(struct fb_mailbox *box);

#endif
