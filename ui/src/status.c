/* See status.h. */
#include "status.h"

#include "base/words.h"
#include "format.h"
#include "toolbar.h"

#include <math.h>
#include <stdio.h>

enum { MAX_ITEMS = 8, ITEM_BYTES = 96 };

struct item {
    char caption[24], value[ITEM_BYTES];
    struct ui_colour colour; /* of the value */
};

struct items {
    struct item items[MAX_ITEMS]; /* most important first */
    int n;
};

static const double slow_latency_ms = 250, old_label_ms = 600;
static const int64_t little_disk_bytes = INT64_C(2000000000);

static struct item *add(struct items *items, const char *caption, struct ui_colour colour)
{
    struct item *item = &items->items[items->n++];
    snprintf(item->caption, sizeof item->caption, "%s", _(caption));
    item->colour = colour;
    return item;
}

static void add_ms(struct items *items, const char *caption, double ms, struct ui_colour colour)
{
    struct item *item = add(items, caption, colour);
    if (ms < 1000)
        snprintf(item->value, sizeof item->value, "%.0f ms", ms);
    else
        snprintf(item->value, sizeof item->value, "%.1f s", ms / 1000);
}

static void add_count(struct items *items, const char *caption, int64_t n, struct ui_colour colour)
{
    struct item *item = add(items, caption, colour);
    snprintf(item->value, sizeof item->value, "%lld", (long long)n);
}

/* A saved video is analysed ahead of the picture: how far says more than how fast, and at the end
 * there is no speed. */
static void add_rates(struct items *items, const struct ui_view *view, struct ui_colour colour)
{
    const struct ui_status *status = &view->status;
    if (view->playback.is_replay && status->analysed_share > 0) {
        struct item *done = add(items, N_("analysed"), colour);
        if (status->analysed_share >= 1)
            snprintf(done->value, sizeof done->value, "%s", _("all of it"));
        else
            snprintf(done->value, sizeof done->value, _("%.0f %%, %.0f fps"),
                     floor(100 * status->analysed_share), status->fps_analysed);
    }
    if (view->playback.is_replay && view->playback.is_paused)
        return;
    struct item *fps = add(items, N_("fps"), colour);
    if (view->playback.is_replay)
        snprintf(fps->value, sizeof fps->value, _("%.1f shown"), status->fps_shown);
    else
        snprintf(fps->value, sizeof fps->value, _("%.1f shown, %.1f analysed"), status->fps_shown,
                 status->fps_analysed);
}

static void collect(struct items *items, const struct ui_pen *pen, const struct ui_view *view)
{
    const struct ui_status *status = &view->status;
    bool is_replay = view->playback.is_replay, is_running = view->frame != NULL;
    const struct ui_theme *theme = pen->theme;
    struct ui_colour normal = theme->text, quiet = theme->text_soft;
    if (is_running)
        add_rates(items, view, normal);
    if (status->n_lost > 0)
        add_count(items, N_("lost"), status->n_lost, theme->warn);
    if (status->n_record_dropped > 0)
        add_count(items, N_("not recorded"), status->n_record_dropped, theme->problem);
    if (is_running && !is_replay) {
        add_ms(items, N_("labels"), status->label_age_ms,
               status->label_age_ms > old_label_ms ? theme->warn : normal);
        add_ms(items, N_("latency"), status->latency_ms,
               status->latency_ms > slow_latency_ms ? theme->warn : normal);
    }
    if (status->disk_free_bytes > 0) {
        struct item *disk =
            add(items, N_("disk"),
                status->disk_free_bytes < little_disk_bytes ? theme->problem : quiet);
        ui_format_bytes(status->disk_free_bytes, disk->value, sizeof disk->value);
    }
    if (is_running && !is_replay)
        add_count(items, N_("skipped"), status->n_dropped, quiet);
    if (is_running && status->n_lost == 0)
        add_count(items, N_("lost"), 0, quiet);
}

static float item_width(const struct ui_pen *pen, const struct item *item)
{
    return (float)ui_text_width(pen->fonts, UI_FONT_SMALL, item->caption) + ui_pen_px(pen, 5) +
           (float)ui_text_width(pen->fonts, UI_FONT_BODY, item->value);
}

/* From the right edge leftwards; stops where no room is left. */
static void draw_items(const struct ui_pen *pen, const struct items *items, struct ui_rect rest)
{
    float gap = ui_pen_px(pen, 18);
    int n = 0;
    for (float used = 0; n < items->n; n++) {
        used += item_width(pen, &items->items[n]) + gap;
        if (used > rest.w)
            break;
    }
    for (int i = n - 1; i >= 0; i--) {
        const struct item *item = &items->items[i];
        struct ui_rect at = ui_cut_right(&rest, item_width(pen, item));
        ui_cut_right(&rest, gap);
        struct ui_rect caption = at;
        caption.y += ui_pen_px(pen, 1);
        float width = ui_pen_text(pen, caption, UI_FONT_SMALL, pen->theme->text_faint,
                                  UI_ALIGN_LEFT, item->caption);
        ui_cut_left(&at, width + ui_pen_px(pen, 5));
        at.w += 1;
        ui_pen_text(pen, at, UI_FONT_BODY, item->colour, UI_ALIGN_LEFT, item->value);
    }
}

static void draw_record(const struct ui_pen *pen, const struct ui_status *status,
                        struct ui_rect *rest)
{
    char elapsed[32], text[48];
    ui_format_clock(status->record_s, elapsed, sizeof elapsed);
    snprintf(text, sizeof text, _("REC  %s"), elapsed);
    float dot = ui_pen_px(pen, 9), pad = ui_pen_px(pen, 8);
    float width = (float)ui_text_width(pen->fonts, UI_FONT_STRONG, text);
    struct ui_rect pill = ui_cut_left(rest, 2 * pad + dot + ui_pen_px(pen, 6) + width);
    ui_cut_left(rest, ui_pen_px(pen, 10));
    float margin = ui_pen_px(pen, 4);
    pill.y += margin;
    pill.h -= 2 * margin;
    ui_draw_fill(pen->list, pill, pill.h / 2, pen->theme->record);
    struct ui_colour white = {255, 255, 255, 255};
    ui_pen_glyph(pen, pill.x + pad + dot / 2, pill.y + pill.h / 2, dot, UI_GLYPH_DOT, white);
    ui_pen_text(pen, ui_rect(pill.x + pad + dot + ui_pen_px(pen, 6), pill.y, width, pill.h),
                UI_FONT_STRONG, white, UI_ALIGN_LEFT, text);
}

static void draw_blurred(const struct ui_pen *pen, struct ui_rect *rest)
{
    const char *text = _("faces blurred");
    float pad = ui_pen_px(pen, 8), margin = ui_pen_px(pen, 4);
    float width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, text) + 1;
    struct ui_rect pill = ui_cut_left(rest, width + 2 * pad);
    ui_cut_left(rest, ui_pen_px(pen, 10));
    pill = ui_rect(pill.x, pill.y + margin, pill.w, pill.h - 2 * margin);
    ui_draw_fill(pen->list, pill, pill.h / 2, pen->theme->raised);
    ui_pen_text(pen, pill, UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_CENTRE, text);
}

/* The name takes what it needs, its detail what is left of at most half the line. */
static void draw_source(const struct ui_pen *pen, const struct ui_status *status,
                        struct ui_rect *rest)
{
    const char *source = status->source ? status->source : _("no source");
    struct ui_rect at = ui_rect(rest->x, rest->y, rest->w * .5f, rest->h);
    float width = ui_pen_text(pen, at, UI_FONT_STRONG, pen->theme->text, UI_ALIGN_LEFT, source);
    ui_cut_left(rest, width);
    if (!status->source_detail || !status->source_detail[0])
        return;
    float gap = ui_pen_px(pen, 10);
    ui_cut_left(&at, width + gap);
    if (at.w < ui_pen_px(pen, 40))
        return;
    width = ui_pen_text(pen, at, UI_FONT_BODY, pen->theme->text_soft, UI_ALIGN_LEFT,
                        status->source_detail);
    ui_cut_left(rest, width + gap);
}

void ui_status_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect rect)
{
    if (ui_rect_is_empty(rect))
        return;
    ui_draw_fill(pen->list, rect, 0, pen->theme->panel);
    ui_draw_fill(pen->list, ui_rect(rect.x, rect.y, rect.w, ui_pen_px(pen, 1)), 0,
                 pen->theme->line);
    struct ui_rect rest = ui_rect_inset(rect, 0);
    ui_toolbar_draw(pen, view, &rest);
    ui_cut_left(&rest, ui_pen_px(pen, 12));
    ui_cut_right(&rest, ui_pen_px(pen, 12));
    if (view->status.is_recording)
        draw_record(pen, &view->status, &rest);
    if (view->status.is_blurred)
        draw_blurred(pen, &rest);
    draw_source(pen, &view->status, &rest);
    struct items items = {.n = 0};
    collect(&items, pen, view);
    draw_items(pen, &items, rest);
}
