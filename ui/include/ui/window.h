/* The window: what the user did comes out as events, a view goes in and is drawn.
 *
 *     ui_window_create(&settings, &window);
 *     while (running) {
 *         while (ui_window_poll(window, &event)) handle(&event);
 *         fill view;
 *         ui_window_draw(window, &view);
 *         ui_window_wait(window, deadline_ns);   // or until something happens
 *     }
 *     ui_window_destroy(&window);
 *
 * Threads: main only, except ui_window_wake.
 */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include "ui/view.h"

enum ui_event_kind {
    UI_EVENT_NONE,
    UI_EVENT_QUIT,
    UI_EVENT_PAUSE,        /* toggle */
    UI_EVENT_SEEK_TO,      /* seconds: media time */
    UI_EVENT_SEEK_BY,      /* seconds, signed */
    UI_EVENT_STEP,         /* amount: -1 or +1 frame */
    UI_EVENT_SPEED,        /* factor: multiply; 0: back to 1x */
    UI_EVENT_RECORD,       /* toggle */
    UI_EVENT_FULLSCREEN,   /* toggle; ui has done it, app may remember it */
    UI_EVENT_MARKER,
    UI_EVENT_SCREENSHOT,
    UI_EVENT_SELECT,       /* student, or 0 */
    UI_EVENT_WINDOW_SPAN,  /* amount: steps longer (+) or shorter (-) through ui_window_spans */
    UI_EVENT_HELP,         /* toggle */
    UI_EVENT_STATISTICS,   /* toggle */
    UI_EVENT_PANEL,        /* toggle the timelines */
    UI_EVENT_MIRROR,       /* toggle */
    UI_EVENT_BLUR,         /* toggle */
    UI_EVENT_LOOP,         /* replay: the loop's start, its end, off */
    UI_EVENT_MARKER_STEP,  /* replay, amount: -1 or +1 marker */
    UI_EVENT_OPEN,         /* path: dropped on the window */
    UI_EVENT_COUNT,
};

struct ui_event {
    enum ui_event_kind kind;
    double seconds, factor;
    int amount, student;
    char path[1024];
};

struct ui_window_settings {
    const char *title;     /* default "Feltboard" */
    int width, height;     /* window px; default 1280x800 */
    bool is_fullscreen;
    bool is_light_theme;   /* default dark */
    float scale;           /* of text and controls on top of the display's own; 1..2, default 1 */
    const char *assets_dir;
};
struct ui_window_settings ui_default_window_settings(void);

struct ui_window;
/* FB_ERR_DEVICE: no display. FB_ERR_INPUT: no font. */
FB_MUST_USE int ui_window_create(const struct ui_window_settings *settings, struct ui_window **out);
void ui_window_destroy(struct ui_window **window);

/* Next thing the user did; false when there is none. */
bool ui_window_poll(struct ui_window *window, struct ui_event *event);
/* Draws and presents. FB_ERR_DEVICE when the display is gone. */
FB_MUST_USE int ui_window_draw(struct ui_window *window, const struct ui_view *view);
/* Sleeps until deadline_ns (fb_clock), user input, or ui_window_wake. */
void ui_window_wait(struct ui_window *window, int64_t deadline_ns);
/* From any thread: a new frame or observation is there. */
void ui_window_wake(struct ui_window *window);
/* The pixels last drawn, 3 bytes RGB each, in memory the caller frees. FB_ERR_NOMEM. */
FB_MUST_USE int ui_window_pixels(struct ui_window *window, uint8_t **rgb, int *width, int *height);

#endif
