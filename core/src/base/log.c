/* See base/log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static fb_log_callback *log_callback;
static void *log_user;
static enum fb_log_level log_max_level;

void fb_log_set(fb_log_callback *callback, void *user, enum fb_log_level max_level)
{
    log_callback = callback;
    log_user = user;
    log_max_level = max_level;
}

void fb_log(enum fb_log_level level, const char *module, const char *format, ...)
{
    if (!log_callback || level > log_max_level)
        return;
    char line[FB_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log_callback(log_user, level, module, line);
}
