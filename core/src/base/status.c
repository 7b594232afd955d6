/* See base/status.h. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char error_text[FB_ERROR_TEXT_BYTES];

/* Names of files and texts of libraries may hold anything; a line is a line, and a terminal obeys none of it. */
static void keep(const char *text)
{
    size_t i = 0;
    for (; text[i]; i++)
        error_text[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? (text[i] == '\n' ? ' ' : '?') : text[i];
    error_text[i] = 0;
}

int fb_fail(int code, const char *format, ...)
{
    char text[FB_ERROR_TEXT_BYTES]; /* the arguments may hold the present text */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    keep(text);
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
    keep(text);
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
