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
    TOGGLE(SDLK_c, UI_EVENT_CLEAN),
    TOGGLE(SDLK_v, UI_EVENT_MIRROR),
    TOGGLE(SDLK_d, UI_EVENT_THEME),
    TOGGLE(SDLK_n, UI_EVENT_NAME),
    TOGGLE(SDLK_F2, UI_EVENT_NAME),
    TOGGLE(SDLK_k, UI_EVENT_MARKERS),
    TOGGLE(SDLK_o, UI_EVENT_SORT),
    {SDLK_RETURN, {.kind = UI_EVENT_MARKER_NOTE, .amount = -1}, false},
    {SDLK_KP_ENTER, {.kind = UI_EVENT_MARKER_NOTE, .amount = -1}, false},
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

static const struct binding with_control[] = {
    TOGGLE(SDLK_q, UI_EVENT_QUIT),
    TOGGLE(SDLK_o, UI_EVENT_HOME),
    {SDLK_z, {.kind = UI_EVENT_UNDO}, true},
    {SDLK_y, {.kind = UI_EVENT_REDO}, true},
    {SDLK_UP, {.kind = UI_EVENT_SELECT_STEP, .amount = -1}, true},
    {SDLK_DOWN, {.kind = UI_EVENT_SELECT_STEP, .amount = 1}, true},
    {SDLK_PLUS, {.kind = UI_EVENT_SCALE, .amount = 1}, true},
    {SDLK_EQUALS, {.kind = UI_EVENT_SCALE, .amount = 1}, true},
    {SDLK_KP_PLUS, {.kind = UI_EVENT_SCALE, .amount = 1}, true},
    {SDLK_MINUS, {.kind = UI_EVENT_SCALE, .amount = -1}, true},
    {SDLK_KP_MINUS, {.kind = UI_EVENT_SCALE, .amount = -1}, true},
};

/* Outside the desk: the start screen and the statement. */
static const struct binding before[] = {
    TOGGLE(SDLK_f, UI_EVENT_FULLSCREEN), TOGGLE(SDLK_F11, UI_EVENT_FULLSCREEN),
    TOGGLE(SDLK_s, UI_EVENT_SCREENSHOT), TOGGLE(SDLK_q, UI_EVENT_QUIT),
    TOGGLE(SDLK_h, UI_EVENT_HELP),       TOGGLE(SDLK_F1, UI_EVENT_HELP),
    TOGGLE(SDLK_d, UI_EVENT_THEME),      TOGGLE(SDLK_o, UI_EVENT_TYPE_PATH),
};

static const struct edit_binding {
    SDL_Keycode key;
    enum ui_edit_key edit;
} edits[] = {
    {SDLK_BACKSPACE, UI_EDIT_BACKSPACE},
    {SDLK_DELETE, UI_EDIT_DELETE},
    {SDLK_LEFT, UI_EDIT_LEFT},
    {SDLK_RIGHT, UI_EDIT_RIGHT},
    {SDLK_HOME, UI_EDIT_HOME},
    {SDLK_END, UI_EDIT_END},
    {SDLK_UP, UI_EDIT_UP},
    {SDLK_DOWN, UI_EDIT_DOWN},
    {SDLK_RETURN, UI_EDIT_ENTER},
    {SDLK_KP_ENTER, UI_EDIT_ENTER},
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

/* Takes away one thing at a time: the focus, the help, what is open, full screen, the selection. */
static bool map_escape(struct ui_input *input, struct ui_event *event)
{
    if (input->focus.event) {
        input->focus = (struct ui_focus){0};
        return false;
    }
    if (input->is_help_shown)
        event->kind = UI_EVENT_HELP;
    else if (input->is_typing || input->is_any_open)
        event->kind = UI_EVENT_CLOSE;
    else if (input->is_fullscreen)
        event->kind = UI_EVENT_FULLSCREEN;
    else if (input->selected_student)
        event->kind = UI_EVENT_SELECT;
    return event->kind != UI_EVENT_NONE;
}

static bool is_button(const struct ui_scene *scene, int i)
{
    return scene->hits.hits[i].kind == UI_HIT_BUTTON;
}

static bool is_focused(const struct ui_input *input, int i)
{
    const struct ui_hit *hit = &input->scene->hits.hits[i];
    return is_button(input->scene, i) && hit->event == input->focus.event &&
           hit->amount == input->focus.amount;
}

/* To the next button, or the one before; past the last one to none (the field), then round. */
static void move_focus(struct ui_input *input, int step)
{
    const struct ui_scene *scene = input->scene;
    int first = scene->first_button, n = scene->hits.n_hits, at = step > 0 ? first - 1 : n;
    for (int i = first; i < n; i++)
        if (is_focused(input, i))
            at = i;
    for (at += step; at >= first && at < n && !is_button(scene, at);)
        at += step;
    input->focus = (struct ui_focus){0};
    if (at >= first && at < n)
        input->focus = (struct ui_focus){scene->hits.hits[at].event, scene->hits.hits[at].amount};
}

static bool press(const struct ui_hit *hit, struct ui_event *event)
{
    event->kind = hit->event;
    event->amount = hit->amount;
    event->student = hit->student;
    return true;
}

/* Enter on a button that the keyboard is on. */
static bool press_focused(struct ui_input *input, struct ui_event *event)
{
    for (int i = input->scene->first_button; input->focus.event && i < input->scene->hits.n_hits;
         i++)
        if (is_focused(input, i))
            return press(&input->scene->hits.hits[i], event);
    return false;
}

static bool is_enter(SDL_Keycode sym)
{
    return sym == SDLK_RETURN || sym == SDLK_KP_ENTER;
}

static bool map_edit(SDL_Keycode sym, struct ui_event *event)
{
    for (int i = 0; i < (int)(sizeof edits / sizeof *edits); i++)
        if (edits[i].key == sym) {
            event->kind = UI_EVENT_EDIT;
            event->amount = (int)edits[i].edit;
            return true;
        }
    return false;
}

static bool paste(struct ui_event *event)
{
    char *text = SDL_GetClipboardText();
    snprintf(event->text, sizeof event->text, "%s", text ? text : "");
    SDL_free(text);
    event->kind = UI_EVENT_TEXT;
    return event->text[0] != 0;
}

static void scroll_by(struct ui_input *input, float px)
{
    struct ui_scene *scene = input->scene;
    scene->scroll_px = fmaxf(0, fminf(scene->max_scroll_px, scene->scroll_px + px));
}

static bool map_control(const SDL_KeyboardEvent *key, bool is_typing, struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    if (key->keysym.mod & (KMOD_GUI | KMOD_ALT | KMOD_MODE))
        return false;
    if (is_typing && sym == SDLK_v)
        return paste(event);
    if (is_typing && sym == SDLK_a) {
        *event = (struct ui_event){.kind = UI_EVENT_EDIT, .amount = UI_EDIT_SELECT_ALL};
        return true;
    }
    if (sym == SDLK_z && key->keysym.mod & KMOD_SHIFT)
        sym = SDLK_y;
    return look_up(with_control, N(with_control), sym, key->repeat, event);
}

static bool map_sign_key(struct ui_input *input, const SDL_KeyboardEvent *key,
                         struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    bool has_shift = key->keysym.mod & KMOD_SHIFT;
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
    return false;
}

static bool map_desk_key(struct ui_input *input, const SDL_KeyboardEvent *key,
                         struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    bool has_shift = key->keysym.mod & KMOD_SHIFT;
    if (input->is_replay && !has_shift && (sym == SDLK_PAGEUP || sym == SDLK_PAGEDOWN)) {
        event->kind = UI_EVENT_MARKER_STEP; /* mpv's keys for chapters */
        event->amount = sym == SDLK_PAGEUP ? 1 : -1;
        return true;
    }
    if (sym == SDLK_PAGEUP || sym == SDLK_PAGEDOWN) {
        scroll_by(input, (sym == SDLK_PAGEUP ? -200 : 200) * input->scale);
        return false;
    }
    if (sym >= SDLK_1 && sym <= SDLK_9 && !has_shift) {
        *event = (struct ui_event){.kind = UI_EVENT_SELECT_ROW, .amount = sym - SDLK_1};
        return !key->repeat;
    }
    if (!input->is_replay && (sym == SDLK_UP || sym == SDLK_DOWN)) {
        *event = (struct ui_event){.kind = UI_EVENT_SELECT_STEP, .amount = sym == SDLK_UP ? -1 : 1};
        return true;
    }
    if (has_shift && look_up(with_shift, N(with_shift), sym, key->repeat, event))
        return true;
    return map_sign_key(input, key, event) || look_up(plain, N(plain), sym, key->repeat, event);
}

static bool map_key_outside(struct ui_input *input, const SDL_KeyboardEvent *key,
                            struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    if (sym == SDLK_QUESTION)
        return map_sign_key(input, key, event);
    if (input->screen == UI_SCREEN_STATEMENT) {
        event->kind = is_enter(sym) ? UI_EVENT_ACCEPT : UI_EVENT_QUIT;
        return !key->repeat && (is_enter(sym) || sym == SDLK_q);
    }
    return map_edit(sym, event) || look_up(before, N(before), sym, key->repeat, event);
}

static bool map_key(struct ui_input *input, const SDL_KeyboardEvent *key, struct ui_event *event)
{
    SDL_Keycode sym = key->keysym.sym;
    input->is_repeat = key->repeat != 0;
    input->handled_text = 0;
    if (key->keysym.mod & KMOD_CTRL)
        return map_control(key, input->is_typing, event);
    if (key->keysym.mod & (KMOD_GUI | KMOD_ALT | KMOD_MODE))
        return false;
    if (sym == SDLK_ESCAPE)
        return !key->repeat && map_escape(input, event);
    if (sym == SDLK_TAB) {
        move_focus(input, key->keysym.mod & KMOD_SHIFT ? -1 : 1);
        return false;
    }
    if (is_enter(sym) && !key->repeat && press_focused(input, event))
        return true;
    if (input->is_typing)
        return map_edit(sym, event);
    if (input->screen != UI_SCREEN_DESK)
        return map_key_outside(input, key, event);
    return map_desk_key(input, key, event);
}

static bool map_text(struct ui_input *input, const char *text, struct ui_event *event)
{
    char handled = input->handled_text;
    input->handled_text = 0;
    if (input->is_typing) {
        snprintf(event->text, sizeof event->text, "%s", text);
        event->kind = UI_EVENT_TEXT;
        return !input->is_key_taken;
    }
    if (input->screen != UI_SCREEN_DESK && text[0] != '?')
        return false;
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
    input->focus = (struct ui_focus){0};
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
        seek_to(hit, input->pointer_x, event);
        event->student = hit->student;
        if (!input->is_replay)
            event->kind = UI_EVENT_PIN_TIME;
        return true;
    case UI_HIT_BUTTON:
        return press(hit, event);
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
    int n = snprintf(event->text, sizeof event->text, "%s", drop->file);
    SDL_free(drop->file);
    event->kind = UI_EVENT_OPEN;
    return n > 0 && n < (int)sizeof event->text;
}

bool ui_input_map(struct ui_input *input, const SDL_Event *sdl_event, struct ui_event *event)
{
    *event = (struct ui_event){.kind = UI_EVENT_NONE};
    switch (sdl_event->type) {
    case SDL_QUIT:
        event->kind = UI_EVENT_QUIT;
        return true;
    case SDL_KEYDOWN: {
        bool was_typing = input->is_typing, is_mapped = map_key(input, &sdl_event->key, event);
        input->is_key_taken = is_mapped && !was_typing;
        return is_mapped;
    }
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
