/* Log lines from the libraries, which never print themselves.
 * Threads: fb_log may be called from any; set the callback before starting threads. */
#ifndef FB_BASE_LOG_H
#define FB_BASE_LOG_H

#include "base/status.h"

enum fb_log_level {
    FB_LOG_NONE,
    FB_LOG_ERROR,
    FB_LOG_WARN,
    FB_LOG_INFO,
    FB_LOG_DEBUG,
    FB_LOG_COUNT
};

/* Receives one line without newline. module is a short static name such as "camera". Called from
 * the thread that logs; must not call back into the library that logs. */
typedef void fb_log_callback(void *user, enum fb_log_level level, const char *module,
                             const char *line);

/* Default: nothing is shown. NULL restores the default. */
void fb_log_set(fb_log_callback *callback, void *user, enum fb_log_level max_level);

void fb_log(enum fb_log_level level, const char *module, const char *format, ...) FB_PRINTF(3, 4);

#endif
