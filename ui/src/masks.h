/* Coverage pictures (text, glyphs, corners, hatching) made once and kept while they are used: the
 * least recently used one goes when the cache is full. Both rasterisers colour them as they draw.
 * Threads: one at a time per cache. */
#ifndef UI_MASKS_H
#define UI_MASKS_H

#include "base/status.h"

#include <stdint.h>

struct ui_fonts;

struct ui_mask {
    int width, height, stride;
    int top;        /* px below the line's top at which the picture starts (text in another font) */
    uint8_t *alpha; /* (height, stride) */
    void *texture;  /* the rasteriser's own, freed by the cache's callback */
};

struct ui_masks;
typedef void ui_masks_free_texture(void *texture);

/* fonts is borrowed and must outlive the cache; free_texture may be NULL. FB_ERR_NOMEM. */
FB_MUST_USE int ui_masks_create(struct ui_fonts *fonts, ui_masks_free_texture *free_texture,
                                struct ui_masks **out);
void ui_masks_destroy(struct ui_masks **masks);
/* Forgets all textures (the renderer was lost); masks stay. */
void ui_masks_drop_textures(struct ui_masks *masks);

/* All return NULL when there is no memory or the text cannot be drawn; valid until the next call.
 */
struct ui_mask *ui_masks_text(struct ui_masks *masks, int font, const char *text);
struct ui_mask *ui_masks_glyph(struct ui_masks *masks, int glyph, int size);
/* stroke in px, 0: a full disc. The picture is 2 radius on a side. */
struct ui_mask *ui_masks_disc(struct ui_masks *masks, int radius, float stroke);
/* Diagonal lines `distance` px apart; the picture is 8 distances on a side and tiles. */
struct ui_mask *ui_masks_hatch(struct ui_masks *masks, int distance);

#endif
