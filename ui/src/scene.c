/* See scene.h. */
#include "scene.h"

#include "button.h"
#include "help.h"
#include "markers.h"
#include "notice.h"
#include "panel.h"
#include "seekbar.h"
#include "start.h"
#include "status.h"

double ui_hit_time_s(const struct ui_hit *hit, float x)
{
    float share = hit->rect.w > 0 ? (x - hit->rect.x) / hit->rect.w : 0;
    share = fmaxf(0, fminf(1, share));
    return hit->from_s + (double)share * (hit->to_s - hit->from_s);
}

static void draw_picture(struct ui_scene *scene, const struct ui_pen *pen,
                         const struct ui_view *view)
{
    const struct ui_layout *layout = &scene->layout;
    ui_draw_fill(pen->list, layout->picture, 0, pen->theme->ground);
    ui_draw_clip(pen->list, layout->picture);
    ui_pen_hit(pen, (struct ui_hit){.kind = UI_HIT_PICTURE, .rect = layout->picture});
    if (view->frame) {
        ui_draw_frame(pen->list, layout->video, UI_SLOT_VIDEO);
        ui_overlay_draw(pen, view, layout->video, &scene->overlay);
    }
    if (view->show_statistics)
        ui_statistics_draw(pen, view, layout->picture);
    ui_message_draw(pen, view, layout->picture);
    ui_draw_unclip(pen->list);
}

static void lay_out(struct ui_scene *scene, const struct ui_pen *pen, const struct ui_view *view,
                    float width, float height)
{
    struct ui_layout_input input = {
        .width = width,
        .height = height,
        .scale = pen->scale,
        .frame_width = view->frame ? view->frame->width : 0,
        .frame_height = view->frame ? view->frame->height : 0,
        .show_panel = view->show_panel,
        .show_seek_bar = view->playback.is_replay,
    };
    scene->layout = ui_layout_make(&input);
    if (view->screen != UI_SCREEN_DESK)
        scene->layout.panel = ui_rect(0, 0, 0, 0);
}

static void draw_desk(struct ui_scene *scene, const struct ui_pen *pen, const struct ui_view *view)
{
    const struct ui_layout *layout = &scene->layout;
    draw_picture(scene, pen, view);
    ui_status_draw(pen, view, layout->status);
    ui_seekbar_draw(pen, view, layout->seek_bar);
    struct ui_panel_scroll scroll = {scene->scroll_px, 0};
    ui_panel_draw(pen, view, layout->panel, &scroll);
    scene->scroll_px = scroll.at_px;
    scene->max_scroll_px = scroll.max_px;
    bool has_card = view->card && view->card->student, has_list = view->show_markers || view->note;
    if (has_card || has_list)
        scene->first_button = scene->hits.n_hits;
    struct ui_rect above = ui_rect(0, 0, layout->window.w, layout->status.y);
    ui_card_draw(pen, view, layout->picture, above, &scene->card);
    if (has_list)
        ui_markers_draw(pen, view, layout->picture);
}

void ui_scene_draw(struct ui_scene *scene, struct ui_pen *pen, const struct ui_view *view,
                   float width, float height)
{
    lay_out(scene, pen, view, width, height);
    scene->hits.n_hits = scene->first_button = 0;
    pen->hits = &scene->hits;
    ui_draw_list_clear(pen->list);
    if (view->screen == UI_SCREEN_STATEMENT)
        ui_statement_draw(pen, view->statement, scene->layout.window);
    else if (view->screen == UI_SCREEN_START)
        ui_start_draw(pen, view, scene->layout.window);
    else
        draw_desk(scene, pen, view);
    if (view->show_help) {
        scene->first_button = scene->hits.n_hits;
        ui_help_draw(pen, scene->layout.window);
    } else {
        ui_tip_draw(pen, &scene->hits, scene->layout.window);
    }
}
