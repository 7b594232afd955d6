/* The whole window as a draw list, and the places in it that can be clicked. Pure but for the
 * memory that keeps labels still and the rows where they were scrolled to. */
#ifndef UI_SCENE_H
#define UI_SCENE_H

#include "card.h"
#include "layout.h"
#include "overlay.h"
#include "pen.h"
#include "ui/view.h"

/* Zero-initialised; belongs to one window or canvas. */
struct ui_scene {
    struct ui_layout layout;
    struct ui_hits hits;
    struct ui_overlay_memory overlay;
    struct ui_card_memory card;
    float scroll_px, max_scroll_px; /* of the student rows */
    int first_button;               /* hits from here on are reached by Tab */
};

/* pen's list is filled for an output of width x height px; pen->hits is set to the scene's. */
void ui_scene_draw(struct ui_scene *scene, struct ui_pen *pen, const struct ui_view *view,
                   float width, float height);

/* The time at x of a UI_HIT_TIME or UI_HIT_SEEK, in seconds, inside its range. */
double ui_hit_time_s(const struct ui_hit *hit, float x);

#endif
