/* See base/status.h. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char error_text[FB_ERROR_TEXT_BYTES];

int fb_fail(int code, const char *format, ...)
{
    char text[FB_ERROR_TEXT_BYTES]; /* the arguments may hold the present text */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(error_text, text, sizeof text);
    return code;
}

int fb_fail_nomem(const char *what, size_t n_bytes)
{
    return fb_fail(FB_ERR_NOMEM, "out of memory: %zu bytes for %s", n_bytes, what);
}

int fb_fail_context(int code, const char *format, ...)
{
    char text[FB_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof text - 4)
        snprintf(text + n, sizeof text - (size_t)n, ": %.*s", (int)sizeof text - n - 4, error_text);
    memcpy(error_text, text, sizeof text);
    return code;
}

const char *fb_error_text(void)
{
    return error_text;
}

int fb_status_exit_code(int status)
{
    switch (status) {
    case FB_OK:
        return 0;
    case FB_ERR_USAGE:
        return 2;
    case FB_ERR_INPUT:
        return 3;
    case FB_ERR_DEVICE:
        return 4;
    case FB_ERR_LOCKED:
        return 5;
    case FB_ERR_TAMPERED:
        return 6;
    case FB_ERR_INTERRUPTED:
        return 130;
    default:
        return 1;
    }
}
