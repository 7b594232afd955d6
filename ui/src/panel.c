#include "panel.h"
void ui_panel_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect,
                   struct ui_panel_scroll *scroll)
{
    (void)view;
    scroll->max_px = 0;
    ui_draw_fill(pen->list, rect, 0, pen->theme->panel);
}
