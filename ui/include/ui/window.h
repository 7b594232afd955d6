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
    UI_EVENT_SELECT_ROW,   /* amount: of the rows as shown, from 0 */
    UI_EVENT_SELECT_STEP,  /* amount: rows down (+) or up (-) */
    UI_EVENT_WINDOW_SPAN,  /* amount: steps longer (+) or shorter (-) through ui_window_spans */
    UI_EVENT_HELP,         /* toggle */
    UI_EVENT_STATISTICS,   /* toggle */
    UI_EVENT_PANEL,        /* toggle the timelines */
    UI_EVENT_MIRROR,       /* toggle */
    UI_EVENT_BLUR,         /* toggle */
    UI_EVENT_CLEAN,        /* toggle: recorded with or without boxes and names */
    UI_EVENT_LOOP,         /* replay: the loop's start, its end, off */
    UI_EVENT_MARKER_STEP,  /* replay, amount: -1 or +1 marker */
    UI_EVENT_OPEN,         /* text: path dropped on the window */
    UI_EVENT_TEXT,         /* text: typed, for the field that is shown */
    UI_EVENT_EDIT,         /* amount: enum ui_edit_key, for the same */
    UI_EVENT_CLOSE,        /* Esc: what is open, whatever it is */
    UI_EVENT_ACCEPT,       /* the statement */
    UI_EVENT_OPEN_CAMERA,  /* amount: of ui_start.cameras */
    UI_EVENT_OPEN_DEMO,
    UI_EVENT_OPEN_SESSION, /* amount: of ui_start.sessions */
    UI_EVENT_OPEN_VIDEO,   /* amount: of ui_start.videos */
    UI_EVENT_TYPE_PATH,    /* open the field for a path */
    UI_EVENT_HOME,         /* back to the start screen */
    UI_EVENT_UNDO,
    UI_EVENT_REDO,
    UI_EVENT_THEME,        /* light or dark */
    UI_EVENT_SCALE,        /* amount: steps larger (+) or smaller (-) */
    UI_EVENT_SORT,         /* by seat or by name */
    UI_EVENT_PIN_TIME,     /* student (-1: the class), seconds: keep that value shown */
    UI_EVENT_MARKERS,      /* toggle their list */
    UI_EVENT_MARKER_NOTE,  /* amount: marker whose text is to be typed; -1: the last one */
    UI_EVENT_MARKER_GO,    /* amount: marker to go to */
    UI_EVENT_SUGGESTION,   /* amount: take that name */
    UI_EVENT_NAME,         /* student: open the card (0: the selected one's) */
    UI_EVENT_MERGE,        /* the card's student is the one clicked next */
    UI_EVENT_SWAP,
    UI_EVENT_SPLIT,
    UI_EVENT_PIN,          /* to the seat, or off it */
    UI_EVENT_POSTER,
    UI_EVENT_FORGET,
    UI_EVENT_BASELINE,     /* measure the neutral face */
    UI_EVENT_COUNT,
};

struct ui_event {
    enum ui_event_kind kind;
    double seconds, factor;
    int amount, student;
    char text[1024];
};

struct ui_window_settings {
    const char *title;     /* default "Feltboard" */
    int width, height;     /* window px; default 1280x800 */
    bool is_fullscreen;
    bool is_light_theme;   /* default dark */
    float scale;           /* of text and controls on top of the display's own; 1..2, default 1 */
    int x, y;              /* of the window; INT_MIN: where the desktop puts it (default) */
    bool is_maximized;
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
/* Text is typed from the next event on, or no longer; a view that shows a field says so too. */
void ui_window_expect_text(struct ui_window *window, bool is_expected);
/* Changes what can be changed while it is open: scale and theme. */
void ui_window_restyle(struct ui_window *window, float scale, bool is_light_theme);
/* Where it is now, for opening it there again: x, y, width, height, is_maximized, is_fullscreen. */
void ui_window_geometry(struct ui_window *window, struct ui_window_settings *geometry);
/* From any thread: a new frame or observation is there. */
void ui_window_wake(struct ui_window *window);
/* The pixels last drawn, 3 bytes RGB each, in memory the caller frees. FB_ERR_NOMEM. */
FB_MUST_USE int ui_window_pixels(struct ui_window *window, uint8_t **rgb, int *width, int *height);

#endif
