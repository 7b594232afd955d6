/* The expressions' colours for whoever writes pictures of its own (reports, charts).
 * Threads: any. */
#ifndef UI_PALETTE_H
#define UI_PALETTE_H

#include <stdint.h>

/* 0xRRGGBB of enum fb_expression; the grey of "not sure" for anything else. */
uint32_t ui_expression_rgb(int expression);

#endif
