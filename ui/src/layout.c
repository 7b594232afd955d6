/* See layout.h. */
#include "layout.h"

#include "theme.h"

static struct ui_rect fit(struct ui_rect area, float aspect)
{
    float w = fminf(area.w, area.h * aspect), h = w / aspect;
    w = fmaxf(1, roundf(w));
    h = fmaxf(1, roundf(h));
    return ui_rect(area.x + floorf((area.w - w) / 2), area.y + floorf((area.h - h) / 2),
                   fminf(w, area.w), fminf(h, area.h));
}

/* Beside the picture in wide windows, taking what the picture's aspect leaves over anyway; below it
 * in tall ones; left out where the picture would become a stamp. */
static void place_panel(struct ui_layout *layout, const struct ui_layout_input *input, float aspect)
{
    struct ui_rect *rest = &layout->picture;
    float s = input->scale;
    if (rest->w >= 1.15f * rest->h && rest->w >= 600 * s && rest->h >= 240 * s) {
        float spare = rest->w - rest->h * aspect;
        float width = fminf(fmaxf(.3f * rest->w, 260 * s), 420 * s);
        layout->panel = ui_cut_right(rest, roundf(fmaxf(width, fminf(spare, 560 * s))));
        layout->is_panel_beside = true;
    } else if (rest->h >= 440 * s && rest->w >= 300 * s) {
        float spare = rest->h - rest->w / aspect;
        float height = fmaxf(.36f * rest->h, 200 * s);
        layout->panel = ui_cut_bottom(rest, roundf(fmaxf(height, fminf(spare, .6f * rest->h))));
    }
}

struct ui_layout ui_layout_make(const struct ui_layout_input *input)
{
    struct ui_layout layout = {.window = {0, 0, input->width, input->height}};
    float aspect = input->frame_width > 0 && input->frame_height > 0
                       ? (float)input->frame_width / (float)input->frame_height
                       : 16.f / 9;
    layout.picture = layout.window;
    layout.status = ui_cut_bottom(&layout.picture, ui_px(input->scale, 30));
    if (input->show_seek_bar)
        layout.seek_bar = ui_cut_bottom(&layout.picture, ui_px(input->scale, 44));
    if (input->show_panel)
        place_panel(&layout, input, aspect);
    layout.video = fit(layout.picture, aspect);
    return layout;
}
