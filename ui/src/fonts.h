/* Type: one family in a few sizes, opened at create; the bundled one first, so that pictures are
 * the same everywhere, then what fontconfig knows. Text the family has no glyphs for (names in
 * other scripts) is set as a whole in the first installed font that has them. Threads: one at a
 * time per struct; creating in several threads is safe. */
#ifndef UI_FONTS_H
#define UI_FONTS_H

#include "base/status.h"
#include "masks.h"

#include <stdbool.h>
#include <stdint.h>

enum ui_font {
    UI_FONT_SMALL,  /* ticks, hints: 11 px at scale 1 */
    UI_FONT_BODY,   /* 13 px */
    UI_FONT_STRONG, /* 13 px, medium: names */
    UI_FONT_TITLE,  /* 16 px, medium */
    UI_FONT_COUNT,
};

struct ui_fonts;

/* assets_dir holds fonts/; NULL or without them: fontconfig. FB_ERR_INPUT: no font at all. */
FB_MUST_USE int ui_fonts_create(const char *assets_dir, float scale, struct ui_fonts **out);
void ui_fonts_destroy(struct ui_fonts **fonts);

/* px; 0 for an empty text. Cached. */
int ui_text_width(struct ui_fonts *fonts, int font, const char *text);
/* px of a line: from the top of the tallest letter to below the deepest. */
int ui_text_height(const struct ui_fonts *fonts, int font);
/* Copies text, shortened with an ellipsis to at most max_px; never cuts inside a character. */
void ui_text_fit(struct ui_fonts *fonts, int font, const char *text, float max_px, char *out,
                 int n_out);

/* Coverage of the text; mask->alpha is malloc'ed, the caller's. False: nothing to draw. */
bool ui_text_raster(struct ui_fonts *fonts, int font, const char *text, struct ui_mask *mask);

#endif
