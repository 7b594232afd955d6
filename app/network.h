/* The network is switched off for the whole process, by the kernel, until it ends.
 * Threads: call it once, before there are any of our own. */
#ifndef APP_NETWORK_H
#define APP_NETWORK_H

#include "base/status.h"

/* From here on sockets are AF_UNIX ones (the display, D-Bus) in every thread and in every program that is
 * started; any other kind fails with EAFNOSUPPORT, and io_uring, which could make some unseen, with ENOSYS.
 * FB_ERR_FAILED: the kernel has no such filters. On processors that it was not written for it does
 * nothing and returns FB_OK. */
FB_MUST_USE int app_network_off(void);

#endif
