/* See toolbar.h. */
#include "toolbar.h"

#include "base/words.h"
#include "button.h"

#include <stdio.h>

void ui_toolbar_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect *rect)
{
    if (rect->w < ui_pen_px(pen, 420))
        return;
    const struct ui_theme *theme = pen->theme;
    static char undo[160]; /* the hit keeps it until the next picture */
    snprintf(undo, sizeof undo, "%s%s%s%s", _("Undo"), view->undo_what ? ": " : "",
             view->undo_what ? view->undo_what : "", " (Ctrl+Z)");
    bool is_live = !view->playback.is_replay;
    const struct ui_button buttons[] = {
        {.event = UI_EVENT_HOME,
         .glyph = UI_GLYPH_HOME,
         .tip = _("Cameras and sessions (Ctrl+O)"),
         .is_off = !view->can_go_home},
        {.event = UI_EVENT_RECORD,
         .glyph = UI_GLYPH_DOT,
         .glyph_colour = theme->record,
         .tip = view->status.is_recording ? _("Stop recording (R)") : _("Record (R)"),
         .is_on = view->status.is_recording,
         .is_off = !is_live},
        {.event = UI_EVENT_MARKER, .glyph = UI_GLYPH_MARKER, .tip = _("Set a marker (M)")},
        {.event = UI_EVENT_MARKERS,
         .glyph = UI_GLYPH_LIST,
         .tip = _("Markers (K)"),
         .is_on = view->show_markers},
        {.event = UI_EVENT_UNDO, .glyph = UI_GLYPH_UNDO, .tip = undo, .is_off = !view->undo_what},
        {.event = UI_EVENT_THEME,
         .glyph = UI_GLYPH_THEME,
         .tip = view->is_light ? _("Dark (D)") : _("Light (D)")},
        {.event = UI_EVENT_FULLSCREEN, .glyph = UI_GLYPH_FULLSCREEN, .tip = _("Full screen (F)")},
        {.event = UI_EVENT_HELP,
         .glyph = UI_GLYPH_HELP,
         .tip = _("Keys (?)"),
         .is_on = view->show_help},
    };
    ui_cut_left(rect, ui_pen_px(pen, 4));
    for (int i = 0; i < (int)(sizeof buttons / sizeof *buttons); i++) {
        struct ui_rect place = ui_cut_left(rect, ui_pen_px(pen, 29));
        ui_button_draw(pen, ui_rect_inset(place, ui_pen_px(pen, 1)), &buttons[i]);
    }
    ui_draw_fill(pen->list,
                 ui_rect(rect->x + ui_pen_px(pen, 3), rect->y + ui_pen_px(pen, 7),
                         ui_pen_px(pen, 1), rect->h - ui_pen_px(pen, 14)),
                 0, theme->line);
}
