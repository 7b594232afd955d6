/* See input.h. Letters and control keys come as key events. Signs come as text too, because on many
 * keyboards they need a modifier ("[" on a German one); where the key event already says the sign,
 * the text that follows it is passed over. */
#include "input.h"

#include <stdio.h>

struct binding {
    SDL_Keycode key;
    struct ui_event event;
    bool may_repeat;
};

#define TOGGLE(key, kind_)                                                                         \
    {                                                                                              \
        key, {.kind = kind_}, false                                                                \
    }

static const struct binding plain[] = {
    TOGGLE(SDLK_SPACE, UI_EVENT_PAUSE),
    TOGGLE(SDLK_p, UI_EVENT_PAUSE),
    TOGGLE(SDLK_f, UI_EVENT_FULLSCREEN),
    TOGGLE(SDLK_F11, UI_EVENT_FULLSCREEN),
    TOGGLE(SDLK_s, UI_EVENT_SCREENSHOT),
    TOGGLE(SDLK_i, UI_EVENT_STATISTICS),
    TOGGLE(SDLK_q, UI_EVENT_QUIT),
    TOGGLE(SDLK_h, UI_EVENT_HELP),
    TOGGLE(SDLK_F1, UI_EVENT_HELP),
    TOGGLE(SDLK_r, UI_EVENT_RECORD),
    TOGGLE(SDLK_m, UI_EVENT_MARKER),
    TOGGLE(SDLK_t, UI_EVENT_PANEL),
    TOGGLE(SDLK_b, UI_EVENT_BLUR),
    TOGGLE(SDLK_v, UI_EVENT_MIRROR),
    TOGGLE(SDLK_l, UI_EVENT_LOOP),
    {SDLK_LEFT, {.kind = UI_EVENT_SEEK_BY, .seconds = -5}, true},
    {SDLK_RIGHT, {.kind = UI_EVENT_SEEK_BY, .seconds = 5}, true},
    {SDLK_DOWN, {.kind = UI_EVENT_SEEK_BY, .seconds = -60}, true},
    {SDLK_UP, {.kind = UI_EVENT_SEEK_BY, .seconds = 60}, true},
    {SDLK_HOME, {.kind = UI_EVENT_SEEK_TO, .seconds = 0}, false},
    {SDLK_BACKSPACE, {.kind = UI_EVENT_SPEED, .factor = 0}, false},
    {SDLK_KP_PLUS, {.kind = UI_EVENT_WINDOW_SPAN, .amount = 1}, true},
    {SDLK_KP_MINUS, {.kind = UI_EVENT_WINDOW_SPAN, .amount = -1}, true},
};

static const struct binding with_shift[] = {
    {SDLK_LEFT, {.kind = UI_EVENT_SEEK_BY, .seconds = -1}, true},
    {SDLK_RIGHT, {.kind = UI_EVENT_SEEK_BY, .seconds = 1}, true},
};

static const struct binding signs[] = {
    {',', {.kind = UI_EVENT_STEP, .amount = -1}, true},
    {'.', {.kind = UI_EVENT_STEP, .amount = 1}, true},
    {'[', {.kind = UI_EVENT_SPEED, .factor = 1 / 1.1}, true},
    {']', {.kind = UI_EVENT_SPEED, .factor = 1.1}, true},
    {'{', {.kind = UI_EVENT_SPEED, .factor = 0.5}, false},
    {'}', {.kind = UI_EVENT_SPEED, .factor = 2}, false},
    {'+', {.kind = UI_EVENT_WINDOW_SPAN, .amount = 1}, true},
    {'=', {.kind = UI_EVENT_WINDOW_SPAN, .amount = 1}, true},
    {'-', {.kind = UI_EVENT_WINDOW_SPAN, .amount = -1}, true},
    {'!', {.kind = UI_EVENT_MARKER_STEP, .amount = -1}, false},
    {'@', {.kind = UI_EVENT_MARKER_STEP, .amount = 1}, false},
    {'?', {.kind = UI_EVENT_HELP}, false},
};

#define N(table) ((int)(sizeof(table) / sizeof *(table)))

static bool look_up(const struct binding *table, int n, SDL_Keycode key, bool is_repeat,
                    struct ui_event *event)
{
    for (int i = 0; i < n; i++)
        if (table[i].key == key) {
            *event = table[i].event;
            return table[i].may_repeat || !is_repeat;
        }
    return false;
}

/* Takes away one thing at a time: the help, full screen, the selection. */
static bool map_escape(const struct ui_input *input, struct ui_event *event)
{
    if (input->is_help_shown)
        event->kind = UI_EVENT_HELP;
    else if (input->is_fullscreen)
        event->kind = UI_EVENT_FULLSCREEN;
    else if (input->selected_student)
        event->kind = UI_EVENT_SELECT;
    return event->kind != UI_EVENT_NONE;
}

static void scroll_by(struct ui_input *input, float px)
{
    struct ui_scene *scene = input->scene;
    scene->scroll_px = fmaxf(0, fminf(scene->max_scroll_px, scene->scroll_px + px));
}

static bool map_key(struct ui_input *input, const SDL_KeyboardEvent *key, struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    bool has_shift = key->keysym.mod & KMOD_SHIFT;
    input->is_repeat = key->repeat != 0;
    input->handled_text = 0;
    if (key->keysym.mod & (KMOD_CTRL | KMOD_GUI | KMOD_ALT | KMOD_MODE))
        return false;
    if (sym == SDLK_ESCAPE)
        return !key->repeat && map_escape(input, event);
    if (input->is_replay && !has_shift && (sym == SDLK_PAGEUP || sym == SDLK_PAGEDOWN)) {
        event->kind = UI_EVENT_MARKER_STEP; /* mpv's keys for chapters */
        event->amount = sym == SDLK_PAGEUP ? 1 : -1;
        return true;
    }
    if (sym == SDLK_PAGEUP || sym == SDLK_PAGEDOWN) {
        scroll_by(input, (sym == SDLK_PAGEUP ? -200 : 200) * input->scale);
        return false;
    }
    if (has_shift && look_up(with_shift, N(with_shift), sym, key->repeat, event))
        return true;
    if (!has_shift && look_up(signs, N(signs), sym, key->repeat, event)) {
        input->handled_text = (char)sym;
        return true;
    }
    if (sym == SDLK_KP_PLUS || sym == SDLK_KP_MINUS)
        input->handled_text = sym == SDLK_KP_PLUS ? '+' : '-';
    if (sym == SDLK_QUESTION && !key->repeat) {
        input->handled_text = '?';
        event->kind = UI_EVENT_HELP;
        return true;
    }
    return look_up(plain, N(plain), sym, key->repeat, event);
}

static bool map_text(struct ui_input *input, const char *text, struct ui_event *event)
{
    char handled = input->handled_text;
    input->handled_text = 0;
    if (!text[0] || text[1] || text[0] == handled)
        return false;
    return look_up(signs, N(signs), text[0], input->is_repeat, event);
}

static void move_pointer(struct ui_input *input, int x, int y)
{
    input->has_pointer = true;
    input->pointer_x = (float)x * (input->px_per_point_x > 0 ? input->px_per_point_x : 1);
    input->pointer_y = (float)y * (input->px_per_point_y > 0 ? input->px_per_point_y : 1);
}

static bool seek_to(const struct ui_hit *hit, float x, struct ui_event *event)
{
    event->kind = UI_EVENT_SEEK_TO;
    event->seconds = ui_hit_time_s(hit, x);
    return true;
}

static bool map_press(struct ui_input *input, const SDL_MouseButtonEvent *button,
                      struct ui_event *event)
{
    move_pointer(input, button->x, button->y);
    if (button->button != SDL_BUTTON_LEFT)
        return false;
    const struct ui_hit *hit =
        ui_hits_find(&input->scene->hits, input->pointer_x, input->pointer_y);
    if (!hit)
        return false;
    if (button->clicks == 2 && (hit->kind == UI_HIT_PICTURE || hit->kind == UI_HIT_STUDENT) &&
        ui_rect_has(input->scene->layout.picture, input->pointer_x, input->pointer_y)) {
        event->kind = UI_EVENT_FULLSCREEN;
        return true;
    }
    switch (hit->kind) {
    case UI_HIT_PICTURE:
    case UI_HIT_STUDENT:
        event->kind = UI_EVENT_SELECT;
        event->student = hit->student;
        return true;
    case UI_HIT_SEEK:
        input->drag = *hit;
        return seek_to(hit, input->pointer_x, event);
    case UI_HIT_TIME:
        return input->is_replay && seek_to(hit, input->pointer_x, event);
    case UI_HIT_SPAN:
        event->kind = UI_EVENT_WINDOW_SPAN;
        event->amount = hit->amount;
        return hit->amount != 0;
    case UI_HIT_PAUSE:
        event->kind = UI_EVENT_PAUSE;
        return true;
    default:
        return false;
    }
}

static bool map_motion(struct ui_input *input, const SDL_MouseMotionEvent *motion,
                       struct ui_event *event)
{
    move_pointer(input, motion->x, motion->y);
    return input->drag.kind == UI_HIT_SEEK && seek_to(&input->drag, input->pointer_x, event);
}

static void scroll_wheel(struct ui_input *input, const SDL_MouseWheelEvent *wheel)
{
    if (input->has_pointer &&
        ui_rect_has(input->scene->layout.panel, input->pointer_x, input->pointer_y))
        scroll_by(input, -wheel->preciseY * 48 * input->scale);
}

static bool map_drop(const SDL_DropEvent *drop, struct ui_event *event)
{
    if (!drop->file)
        return false;
    int n = snprintf(event->path, sizeof event->path, "%s", drop->file);
    SDL_free(drop->file);
    event->kind = UI_EVENT_OPEN;
    return n > 0 && n < (int)sizeof event->path;
}

bool ui_input_map(struct ui_input *input, const SDL_Event *sdl_event, struct ui_event *event)
{
    *event = (struct ui_event){.kind = UI_EVENT_NONE};
    switch (sdl_event->type) {
    case SDL_QUIT:
        event->kind = UI_EVENT_QUIT;
        return true;
    case SDL_KEYDOWN:
        return map_key(input, &sdl_event->key, event);
    case SDL_TEXTINPUT:
        return map_text(input, sdl_event->text.text, event);
    case SDL_MOUSEBUTTONDOWN:
        return map_press(input, &sdl_event->button, event);
    case SDL_MOUSEBUTTONUP:
        input->drag.kind = UI_HIT_NONE;
        return false;
    case SDL_MOUSEMOTION:
        return map_motion(input, &sdl_event->motion, event);
    case SDL_MOUSEWHEEL:
        scroll_wheel(input, &sdl_event->wheel);
        return false;
    case SDL_WINDOWEVENT:
        if (sdl_event->window.event == SDL_WINDOWEVENT_LEAVE)
            input->has_pointer = false;
        return false;
    case SDL_DROPFILE:
        return map_drop(&sdl_event->drop, event);
    default:
        return false;
    }
}
