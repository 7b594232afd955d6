/* Small pictures: the expressions' marks and the controls' icons, drawn from formulas (signed
 * distances) at the size asked for, so that they are crisp at any scale and need no files.
 *
 * Each expression has a disc with a mark of its own cut out, named after the mouth it hints at: the
 * second cue besides colour. Pure functions, any thread. */
#ifndef UI_GLYPHS_H
#define UI_GLYPHS_H

#include <stdint.h>

enum ui_glyph {
    UI_GLYPH_NONE,
    UI_GLYPH_EXPRESSION, /* + enum fb_expression: a disc with the mark cut out */
    UI_GLYPH_NOT_SURE = UI_GLYPH_EXPRESSION + 8, /* a ring with three dots */
    UI_GLYPH_MARK, /* + enum fb_expression: the mark alone, for use on a strip's colour */
    UI_GLYPH_DOT = UI_GLYPH_MARK + 8,
    UI_GLYPH_PLAY,
    UI_GLYPH_PAUSE,
    UI_GLYPH_WARNING,
    UI_GLYPH_MARKER, /* a flag's point, downwards */
    UI_GLYPH_HOME,
    UI_GLYPH_UNDO,
    UI_GLYPH_LIST,
    UI_GLYPH_THEME, /* half light, half dark */
    UI_GLYPH_FULLSCREEN,
    UI_GLYPH_HELP,
    UI_GLYPH_CLOSE,
    UI_GLYPH_SEAT, /* a pin */
    UI_GLYPH_CAMERA,
    UI_GLYPH_FILM,
    UI_GLYPH_FOLDER,
    UI_GLYPH_COUNT,
};

/* The glyph of enum fb_expression or MON_NOT_SURE. */
enum ui_glyph ui_glyph_of(int expression);

/* Coverage 0..255 of a size x size picture, rows `stride` bytes apart. */
void ui_glyph_raster(enum ui_glyph glyph, int size, uint8_t *alpha, int stride);
/* A disc (stroke 0) or ring of outer radius `radius` as a (2 radius, 2 radius) picture. */
void ui_disc_raster(int radius, float stroke, uint8_t *alpha, int stride);

#endif
