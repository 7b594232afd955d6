/* Markers: one at once, its text later; listed, and gone to in a replay. */
#include "desk_state.h"

#include "base/words.h"

#include <stdio.h>
#include <string.h>

static void close_note(struct desk *desk)
{
    desk->note_marker = -1;
    ui_window_expect_text(desk->window, false);
}

static void open_note(struct desk *desk, int marker)
{
    if (marker < 0)
        marker = desk->n_markers - 1;
    if (marker < 0 || marker >= desk->n_markers) {
        app_desk_notify(desk, false, _("No marker yet: M sets one"));
        return;
    }
    desk->card.student = 0;
    desk->note_marker = marker;
    ui_field_set(&desk->note, desk->marker_texts[marker]);
    ui_window_expect_text(desk->window, true);
}

static int64_t time_ns(const struct desk *desk, int marker)
{
    return desk->marker_ns[marker];
}

/* A marker at a time that has one already takes its place. */
static void keep(struct desk *desk, int64_t pts_ns, const char *text)
{
    if (desk->session || desk->is_recording)
        app_pipeline_mark(desk->pipeline, pts_ns, text);
}

static void set_marker(struct desk *desk)
{
    int64_t at_ns = app_desk_shown_ns(desk);
    if (!desk->frame || desk->n_markers == MAX_MARKERS)
        return;
    app_desk_add_marker(desk, at_ns, "");
    keep(desk, at_ns, "");
    app_desk_notify(
        desk, false,
        desk->is_recording || desk->session
            ? _("Marker set. Enter writes what it is about.")
            : _("Marker set, for this window only: nothing is recorded. Enter writes a text."));
}

static void keep_note(struct desk *desk)
{
    int marker = desk->note_marker;
    char *text = desk->marker_texts[marker];
    size_t n = strlen(desk->note.text);
    if (n >= MARKER_BYTES)
        for (n = MARKER_BYTES - 1; n > 0 && ((unsigned char)desk->note.text[n] & 0xC0) == 0x80;)
            n--;
    bool is_changed = strlen(text) != n || memcmp(text, desk->note.text, n) != 0;
    memcpy(text, desk->note.text, n);
    text[n] = 0;
    if (is_changed)
        keep(desk, time_ns(desk, marker), text);
    close_note(desk);
}

bool app_desk_handle_markers(struct desk *desk, const struct ui_event *event)
{
    bool is_typing = desk->note_marker >= 0;
    switch (event->kind) {
    case UI_EVENT_MARKER:
        set_marker(desk);
        return true;
    case UI_EVENT_MARKERS:
        desk->show_markers = !desk->show_markers;
        if (is_typing)
            close_note(desk);
        return true;
    case UI_EVENT_MARKER_NOTE:
        open_note(desk, event->amount);
        return true;
    case UI_EVENT_MARKER_GO:
        if (event->amount >= 0 && event->amount < desk->n_markers)
            app_pipeline_seek(desk->pipeline, time_ns(desk, event->amount));
        return true;
    case UI_EVENT_TEXT:
        if (is_typing)
            ui_field_type(&desk->note, event->text);
        return is_typing;
    case UI_EVENT_EDIT:
        if (is_typing && event->amount == UI_EDIT_ENTER)
            keep_note(desk);
        else if (is_typing)
            ui_field_edit(&desk->note, (enum ui_edit_key)event->amount);
        return is_typing;
    case UI_EVENT_CLOSE:
        if (is_typing)
            close_note(desk);
        else if (desk->show_markers)
            desk->show_markers = false;
        else
            return false;
        return true;
    default:
        return false;
    }
}
