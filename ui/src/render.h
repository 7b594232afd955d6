/* Draw list -> SDL_Renderer. Threads: the renderer's. */
#ifndef UI_RENDER_H
#define UI_RENDER_H

#include "draw_list.h"
#include "ui/view.h"

#include <SDL.h>

struct ui_fonts;
struct ui_render;

/* renderer is borrowed. FB_ERR_NOMEM. */
FB_MUST_USE int ui_render_create(SDL_Renderer *renderer, struct ui_fonts *fonts,
                                 struct ui_render **out);
void ui_render_destroy(struct ui_render **render);
/* The renderer lost its textures (SDL_RENDER_DEVICE_RESET): they are made again as needed. */
void ui_render_reset(struct ui_render *render);

/* Takes the view's pictures over into textures. FB_ERR_DEVICE when the renderer cannot,
 * FB_ERR_NOMEM.
 */
FB_MUST_USE int ui_render_upload(struct ui_render *render, const struct ui_view *view);
/* Draws, without presenting. The frame command shows what was uploaded last into its slot. */
void ui_render_draw(struct ui_render *render, const struct ui_draw_list *list);

#endif
