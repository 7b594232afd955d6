/* Status codes and the error text of the current thread.
 *
 * Every function that can fail returns an int: 0, or one of the negative codes below, after leaving
 * one line of text that says what failed, where, and what to do:
 *
 *     if (!file)
 *         return fb_fail(FB_ERR_INPUT, "%s: %s; check the path", path, strerror(errno));
 *
 * The caller passes the code on unchanged, or adds what it knows with fb_fail_context().
 * Only app prints it. Threads: each thread has its own text; carry it across threads by value.
 */
#ifndef FB_BASE_STATUS_H
#define FB_BASE_STATUS_H

#include <stddef.h>

enum fb_status {
    FB_OK = 0,
    FB_ERR_FAILED = -1, /* anything without a code of its own; exit code 1 */
    FB_ERR_USAGE = -2,  /* the caller's arguments; exit code 2 */
    FB_ERR_INPUT = -3,  /* a file, stream or text that cannot be read or is invalid; exit code 3 */
    FB_ERR_DEVICE = -4, /* a camera or display that is missing, busy or lost; exit code 4 */
    FB_ERR_NOMEM = -5,  /* exit code 1 */
    FB_ERR_IO = -6,     /* writing failed (disk full, no permission); exit code 1 */
    FB_ERR_INTERRUPTED = -7, /* asked to stop; what was written is valid; exit code 130 */
    FB_ERR_LOCKED = -8,   /* sealed, and the passphrase is missing or wrong; exit code 5 */
    FB_ERR_TAMPERED = -9, /* sealed, and changed since by somebody or something; exit code 6 */
};

#define FB_MUST_USE __attribute__((warn_unused_result))
#define FB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define FB_ERROR_TEXT_BYTES 1024

/* Sets this thread's error text (cut at FB_ERROR_TEXT_BYTES) and returns code. */
int fb_fail(int code, const char *format, ...) FB_PRINTF(2, 3);

/* fb_fail(FB_ERR_NOMEM) with a text that names what was to be allocated. */
int fb_fail_nomem(const char *what, size_t n_bytes);

/* Puts "context: " before the present text; returns code. */
int fb_fail_context(int code, const char *format, ...) FB_PRINTF(2, 3);

/* This thread's last error text; never NULL, valid until the thread's next failure. */
const char *fb_error_text(void);

/* The process exit code for a status (see the enum). */
int fb_status_exit_code(int status);

#endif
