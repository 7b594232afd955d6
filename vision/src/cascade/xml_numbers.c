/* The reader's error, its lists and the numbers in an element's text. */
#include "xml_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cas_reader_fail(struct cas_reader *reader, const char *format, ...)
{
    if (reader->status)
        return reader->status;
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    reader->status =
        fb_fail(FB_ERR_INPUT, "%s:%lu: %s; use a cascade file as OpenCV publishes them",
                reader->file, (unsigned long)XML_GetCurrentLineNumber(reader->parser), reason);
    XML_StopParser(reader->parser, XML_FALSE);
    return reader->status;
}

void *cas_reader_append(struct cas_reader *reader, void *items_ptr, int *n, int *capacity,
                        size_t size, int cap, const char *what)
{
    void **items = items_ptr;
    if (*n >= cap) {
        cas_reader_fail(reader, "more than %d %s", cap, what);
        return NULL;
    }
    if (*n == *capacity) {
        int grown = *capacity ? *capacity * 2 : 64;
        void *moved = realloc(*items, (size_t)grown * size);
        if (!moved) {
            reader->status = fb_fail_nomem(what, (size_t)grown * size);
            XML_StopParser(reader->parser, XML_FALSE);
            return NULL;
        }
        *items = moved;
        *capacity = grown;
    }
    void *item = (char *)*items + (size_t)*n * size;
    memset(item, 0, size);
    ++*n;
    return item;
}

/* The next number of the text; false at its end. *at moves on. */
static bool next_number(struct cas_reader *reader, char **at, double *value)
{
    char *end;
    while (strchr(" \t\r\n", **at) && **at)
        ++*at;
    if (!**at || reader->status)
        return false;
    *value = strtod_l(*at, &end, reader->locale);
    if (end == *at || !strchr(" \t\r\n", *end) || !isfinite(*value)) {
        cas_reader_fail(reader, "expected a number, found \"%.20s\"", *at);
        return false;
    }
    *at = end;
    return true;
}

int cas_need_number(struct cas_reader *reader, char **at, double *value, const char *what)
{
    if (next_number(reader, at, value))
        return FB_OK;
    return reader->status ? reader->status : cas_reader_fail(reader, "%s: too few numbers", what);
}

int cas_need_int(struct cas_reader *reader, char **at, int *value, int low, int high,
                 const char *what)
{
    double number;
    int status = cas_need_number(reader, at, &number, what);
    if (status)
        return status;
    if (!(number >= low && number <= high) || number != floor(number))
        return cas_reader_fail(reader, "%s is %g, expected a whole number from %d to %d", what,
                               number, low, high);
    *value = (int)number;
    return FB_OK;
}

int cas_need_float(struct cas_reader *reader, char **at, float *value, const char *what)
{
    double number;
    int status = cas_need_number(reader, at, &number, what);
    if (status)
        return status;
    if (!(fabs(number) <= 1e6))
        return cas_reader_fail(reader, "%s is %g, expected at most a million", what, number);
    *value = (float)number;
    return FB_OK;
}

int cas_need_end(struct cas_reader *reader, char *at, const char *what)
{
    double number;
    if (next_number(reader, &at, &number))
        return cas_reader_fail(reader, "%s: too many numbers", what);
    return reader->status;
}

int cas_one_int(struct cas_reader *reader, int *value, int low, int high, const char *what)
{
    char *at = reader->text;
    int status = cas_need_int(reader, &at, value, low, high, what);
    return status ? status : cas_need_end(reader, at, what);
}
