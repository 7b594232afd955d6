/* Self-contained pages: head and style, pictures as data URIs. No script, no request. Main thread. */
#ifndef APP_LAB_HTML_H
#define APP_LAB_HTML_H

#include "base/status.h"

#include <stdint.h>
#include <stdio.h>

/* Opens path and writes the head and an <h1> of the title. FB_ERR_IO. */
FB_MUST_USE int app_html_open(const char *path, const char *title, FILE **file);
/* Ends the page. Returns status, or FB_ERR_IO. */
FB_MUST_USE int app_html_close(FILE *file, const char *path, int status);

/* A grey picture (height, width) as an <img> of so many CSS pixels' width. alt: what it shows. FB_ERR_NOMEM. */
FB_MUST_USE int app_html_picture(FILE *file, const uint8_t *grey, int width, int height, int css_width, const char *alt);

/* A table's <tr> of header cells; ends with NULL. */
void app_html_header(FILE *file, const char *const *cells);

#endif
