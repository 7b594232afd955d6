/* Passphrases of sealed sessions: from a file, a file descriptor or the terminal, never from the arguments.
 * Threads: main. */
#ifndef APP_UNLOCK_H
#define APP_UNLOCK_H

#include "options.h"
#include "seal/key.h"

/* The key of a new session as the options wish it: NULL without --lock, --passphrase-file and --passphrase-fd. On
 * a terminal the passphrase is asked for twice. FB_ERR_USAGE, FB_ERR_INPUT (the file), FB_ERR_LOCKED (nobody to ask),
 * FB_ERR_NOMEM. */
FB_MUST_USE int app_unlock_new(const struct app_options *options, struct seal_key **key);

/* path: a session's folder, or a file. Does nothing when it is plain, unlocked already or cannot be read, which
 * whoever opens it will say. FB_ERR_LOCKED: wrong, or nobody to ask. */
FB_MUST_USE int app_unlock(const struct app_options *options, const char *path);

#endif
