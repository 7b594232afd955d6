/* Numbers as the window shows them. Pure functions; out always ends in NUL. */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* "0:07", "12:34", "1:02:03"; with a minus sign below zero. */
void ui_format_clock(double seconds, char *out, size_t n_out);
/* "820 MB", "12.4 GB", "1.8 TB" (powers of 1000). */
void ui_format_bytes(int64_t n_bytes, char *out, size_t n_out);
/* "30 s", "2 min", "lesson". */
void ui_format_span(double window_s, char *out, size_t n_out);

#endif
