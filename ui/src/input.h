/* SDL events -> ui events: keys as in mpv, clicks by what the scene has at the place. Only reads
 * SDL's structs, so that tests can feed it. Threads: main. */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "scene.h"
#include "ui/window.h"

#include <SDL.h>

/* Zero-initialised with scene set; the rest is kept up to date by the window. */
struct ui_input {
    struct ui_scene *scene;
    float px_per_point_x, px_per_point_y; /* mouse coordinates -> px of the output; 0: 1 */
    float scale;
    bool is_fullscreen, is_help_shown, is_replay, is_pinned;
    bool is_typing;   /* a field is shown */
    bool is_any_open; /* a card or list that Esc closes */
    enum ui_screen screen;
    int selected_student;
    /* owned by ui_input_map */
    bool has_pointer, is_repeat;
    float pointer_x, pointer_y;
    struct ui_hit drag; /* kind UI_HIT_SEEK while the bar is dragged */
    char handled_text;  /* this character was handled as a key already */
    bool is_key_taken;  /* the last key did something: its text is not typed */
    struct ui_focus focus;
};

/* True when the event is something the app must know: *event is filled. Pointer, scrolling and
 * dragging are followed inside. */
bool ui_input_map(struct ui_input *input, const SDL_Event *sdl_event, struct ui_event *event);

#endif
