/* The one table of colours and sizes. Expressions keep their colours in every theme, picture and
 * report, so that they are learned once: eight hues apart by 10 or more (OKLab x 100) for normal,
 * protan, deutan and tritan eyes (Machado 2009), each with a glyph as second cue. "Not sure" is a
 * quiet grey that no expression uses. Pure values, any thread. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "draw_list.h"

struct ui_theme {
    struct ui_colour ground;                    /* behind the picture */
    struct ui_colour panel, raised, well, card; /* panel; chips on it; sunk strips; floating */
    struct ui_colour line;                      /* separators */
    struct ui_colour text, text_soft, text_faint;
    struct ui_colour accent;    /* selection, playhead, seek bar */
    struct ui_colour on_accent; /* text on it */
    struct ui_colour good, warn, problem, record;
    struct ui_colour label, label_text, label_soft, label_border; /* pills on the video: one look
                                                                     in all themes */
    struct ui_colour shade; /* laid over the window under help */
    struct ui_colour not_sure;
    struct ui_colour mark; /* glyphs on an expression's colour */
};

const struct ui_theme *ui_theme_dark(void);
const struct ui_theme *ui_theme_light(void);

/* Of enum fb_expression; not_sure's grey for anything else. */
struct ui_colour ui_expression_colour(int expression);

/* share of b over a, opaque if both are. */
struct ui_colour ui_mix(struct ui_colour a, struct ui_colour b, float share);
struct ui_colour ui_faded(struct ui_colour colour, float alpha);

/* Whole px for a length given at scale 1. */
static inline float ui_px(float scale, float length)
{
    float px = roundf(length * scale);
    return length > 0 && px < 1 ? 1 : px;
}

#endif
