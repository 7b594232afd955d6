/* What the user does, as SDL tells it, and what the app is told. */
#include "input.h"
#include "test.h"

static struct ui_scene scene;
static struct ui_input input;

static void start(void)
{
    scene = (struct ui_scene){.layout.picture = {0, 0, 900, 700},
                              .layout.panel = {900, 0, 300, 700},
                              .max_scroll_px = 500};
    input = (struct ui_input){.scene = &scene, .scale = 1};
}

static void add_hit(struct ui_hit hit)
{
    scene.hits.hits[scene.hits.n_hits++] = hit;
}

static enum ui_event_kind send(const SDL_Event *sdl_event, struct ui_event *event)
{
    return ui_input_map(&input, sdl_event, event) ? event->kind : UI_EVENT_NONE;
}

static enum ui_event_kind key(SDL_Keycode sym, Uint16 mod, Uint8 repeat, struct ui_event *event)
{
    SDL_Event e = {
        .key = {.type = SDL_KEYDOWN, .repeat = repeat, .keysym = {.sym = sym, .mod = mod}}};
    return send(&e, event);
}

static enum ui_event_kind text(const char *typed, struct ui_event *event)
{
    SDL_Event e = {.text = {.type = SDL_TEXTINPUT}};
    snprintf(e.text.text, sizeof e.text.text, "%s", typed);
    return send(&e, event);
}

static enum ui_event_kind press(int x, int y, Uint8 clicks, struct ui_event *event)
{
    SDL_Event e = {.button = {.type = SDL_MOUSEBUTTONDOWN,
                              .button = SDL_BUTTON_LEFT,
                              .clicks = clicks,
                              .x = x,
                              .y = y}};
    return send(&e, event);
}

static void keys(void)
{
    static const struct {
        SDL_Keycode sym;
        Uint16 mod;
        enum ui_event_kind kind;
        double seconds, factor;
        int amount;
    } cases[] = {
        {SDLK_SPACE, 0, UI_EVENT_PAUSE, 0, 0, 0},
        {SDLK_p, 0, UI_EVENT_PAUSE, 0, 0, 0},
        {SDLK_LEFT, 0, UI_EVENT_SEEK_BY, -5, 0, 0},
        {SDLK_RIGHT, 0, UI_EVENT_SEEK_BY, 5, 0, 0},
        {SDLK_UP, 0, UI_EVENT_SEEK_BY, 60, 0, 0},
        {SDLK_DOWN, 0, UI_EVENT_SEEK_BY, -60, 0, 0},
        {SDLK_LEFT, KMOD_LSHIFT, UI_EVENT_SEEK_BY, -1, 0, 0},
        {SDLK_RIGHT, KMOD_RSHIFT, UI_EVENT_SEEK_BY, 1, 0, 0},
        {SDLK_COMMA, 0, UI_EVENT_STEP, 0, 0, -1},
        {SDLK_PERIOD, 0, UI_EVENT_STEP, 0, 0, 1},
        {SDLK_l, 0, UI_EVENT_LOOP, 0, 0, 0},
        {SDLK_LEFTBRACKET, 0, UI_EVENT_SPEED, 0, 1 / 1.1, 0},
        {SDLK_RIGHTBRACKET, 0, UI_EVENT_SPEED, 0, 1.1, 0},
        {SDLK_BACKSPACE, 0, UI_EVENT_SPEED, 0, 0, 0},
        {SDLK_f, 0, UI_EVENT_FULLSCREEN, 0, 0, 0},
        {SDLK_F11, 0, UI_EVENT_FULLSCREEN, 0, 0, 0},
        {SDLK_s, 0, UI_EVENT_SCREENSHOT, 0, 0, 0},
        {SDLK_i, 0, UI_EVENT_STATISTICS, 0, 0, 0},
        {SDLK_q, 0, UI_EVENT_QUIT, 0, 0, 0},
        {SDLK_h, 0, UI_EVENT_HELP, 0, 0, 0},
        {SDLK_F1, 0, UI_EVENT_HELP, 0, 0, 0},
        {SDLK_r, 0, UI_EVENT_RECORD, 0, 0, 0},
        {SDLK_m, 0, UI_EVENT_MARKER, 0, 0, 0},
        {SDLK_t, 0, UI_EVENT_PANEL, 0, 0, 0},
        {SDLK_b, 0, UI_EVENT_BLUR, 0, 0, 0},
        {SDLK_c, 0, UI_EVENT_CLEAN, 0, 0, 0},
        {SDLK_v, 0, UI_EVENT_MIRROR, 0, 0, 0},
        {SDLK_KP_PLUS, 0, UI_EVENT_WINDOW_SPAN, 0, 0, 1},
        {SDLK_MINUS, 0, UI_EVENT_WINDOW_SPAN, 0, 0, -1},
        {SDLK_q, KMOD_LCTRL, UI_EVENT_QUIT, 0, 0, 0},
        {SDLK_z, KMOD_LCTRL, UI_EVENT_UNDO, 0, 0, 0},
        {SDLK_z, KMOD_LCTRL | KMOD_LSHIFT, UI_EVENT_REDO, 0, 0, 0},
        {SDLK_y, KMOD_RCTRL, UI_EVENT_REDO, 0, 0, 0},
        {SDLK_o, KMOD_LCTRL, UI_EVENT_HOME, 0, 0, 0},
        {SDLK_PLUS, KMOD_LCTRL, UI_EVENT_SCALE, 0, 0, 1},
        {SDLK_DOWN, KMOD_LCTRL, UI_EVENT_SELECT_STEP, 0, 0, 1},
        {SDLK_r, KMOD_LCTRL, UI_EVENT_NONE, 0, 0, 0},
        {SDLK_d, 0, UI_EVENT_THEME, 0, 0, 0},
        {SDLK_n, 0, UI_EVENT_NAME, 0, 0, 0},
        {SDLK_k, 0, UI_EVENT_MARKERS, 0, 0, 0},
        {SDLK_o, 0, UI_EVENT_SORT, 0, 0, 0},
        {SDLK_3, 0, UI_EVENT_SELECT_ROW, 0, 0, 2},
        {SDLK_RETURN, 0, UI_EVENT_MARKER_NOTE, 0, 0, -1},
        {SDLK_F5, 0, UI_EVENT_NONE, 0, 0, 0},
        {SDLK_ESCAPE, 0, UI_EVENT_NONE, 0, 0, 0},
    };
    start();
    input.is_replay = true;
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        struct ui_event event;
        CHECK_MSG(key(cases[i].sym, cases[i].mod, 0, &event) == cases[i].kind, "key case %d", i);
        CHECK_NEAR(event.seconds, cases[i].seconds, 0);
        CHECK_NEAR(event.factor, cases[i].factor, 1e-12);
        CHECK_INT(event.amount, cases[i].amount);
    }
}

/* A German keyboard has "[" on AltGr+8; a US one sends both a key "[" and the text "[". */
static void signs_on_any_keyboard(void)
{
    struct ui_event event;
    start();
    CHECK_INT(key(SDLK_8, KMOD_RALT, 0, &event), UI_EVENT_NONE);
    CHECK_INT(text("[", &event), UI_EVENT_SPEED);
    CHECK_INT(key(SDLK_LEFTBRACKET, 0, 0, &event), UI_EVENT_SPEED);
    CHECK_INT(text("[", &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_SLASH, KMOD_LSHIFT, 0, &event), UI_EVENT_NONE);
    CHECK_INT(text("?", &event), UI_EVENT_HELP);
    CHECK_INT(key(SDLK_KP_PLUS, 0, 0, &event), UI_EVENT_WINDOW_SPAN);
    CHECK_INT(text("+", &event), UI_EVENT_NONE);
    CHECK_INT(text("+", &event), UI_EVENT_WINDOW_SPAN);
    CHECK_INT(text("\u00e9", &event), UI_EVENT_NONE);
}

/* While a name is typed no letter is a command, and the key that opened the field is not in it. */
static void typing(void)
{
    struct ui_event event;
    start();
    CHECK_INT(key(SDLK_n, 0, 0, &event), UI_EVENT_NAME);
    input.is_typing = true;
    CHECK_INT(text("n", &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_q, 0, 0, &event), UI_EVENT_NONE);
    CHECK_INT(text("q", &event), UI_EVENT_TEXT);
    CHECK_STR(event.text, "q");
    CHECK_INT(text("\u00e9", &event), UI_EVENT_TEXT);
    CHECK_STR(event.text, "\u00e9");
    CHECK_INT(key(SDLK_BACKSPACE, 0, 1, &event), UI_EVENT_EDIT);
    CHECK_INT(event.amount, UI_EDIT_BACKSPACE);
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_EDIT);
    CHECK_INT(event.amount, UI_EDIT_ENTER);
    CHECK_INT(key(SDLK_a, KMOD_LCTRL, 0, &event), UI_EVENT_EDIT);
    CHECK_INT(event.amount, UI_EDIT_SELECT_ALL);
    CHECK_INT(key(SDLK_ESCAPE, 0, 0, &event), UI_EVENT_CLOSE);
}

/* Tab goes round the buttons of what is on top, Enter presses; a click takes the focus away. */
static void buttons_by_keyboard(void)
{
    struct ui_event event;
    start();
    for (int i = 0; i < 4; i++)
        add_hit((struct ui_hit){.kind = UI_HIT_BUTTON,
                                .rect = {10.f * (float)i, 0, 9, 9},
                                .event = UI_EVENT_SUGGESTION,
                                .amount = i,
                                .student = 7});
    add_hit((struct ui_hit){.kind = UI_HIT_COVER, .rect = {0, 0, 9, 9}});
    scene.first_button = 1;
    CHECK_INT(key(SDLK_TAB, 0, 0, &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_SUGGESTION);
    CHECK_INT(event.amount, 1);
    CHECK_INT(event.student, 7);
    key(SDLK_TAB, 0, 0, &event);
    key(SDLK_TAB, 0, 0, &event);
    key(SDLK_TAB, 0, 0, &event); /* past the last: none */
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_MARKER_NOTE);
    key(SDLK_TAB, KMOD_LSHIFT, 0, &event); /* from the end */
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_SUGGESTION);
    CHECK_INT(event.amount, 3);
    CHECK_INT(press(12, 2, 1, &event), UI_EVENT_SUGGESTION);
    CHECK_INT(event.amount, 1);
    CHECK_INT(press(2, 2, 1, &event), UI_EVENT_NONE); /* covered */
    CHECK_INT(input.focus.event, UI_EVENT_NONE);
}

static void other_screens(void)
{
    struct ui_event event;
    start();
    input.screen = UI_SCREEN_STATEMENT;
    CHECK_INT(key(SDLK_r, 0, 0, &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_ACCEPT);
    CHECK_INT(key(SDLK_q, 0, 0, &event), UI_EVENT_QUIT);
    input.screen = UI_SCREEN_START;
    CHECK_INT(key(SDLK_r, 0, 0, &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_RIGHT, 0, 0, &event), UI_EVENT_EDIT);
    CHECK_INT(key(SDLK_RETURN, 0, 0, &event), UI_EVENT_EDIT);
    CHECK_INT(key(SDLK_o, KMOD_LCTRL, 0, &event), UI_EVENT_HOME);
    CHECK_INT(key(SDLK_o, 0, 0, &event), UI_EVENT_TYPE_PATH);
    CHECK_INT(text("+", &event), UI_EVENT_NONE);
}

static void held_keys(void)
{
    struct ui_event event;
    start();
    CHECK_INT(key(SDLK_r, 0, 1, &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_SPACE, 0, 1, &event), UI_EVENT_NONE);
    CHECK_INT(key(SDLK_RIGHT, 0, 1, &event), UI_EVENT_SEEK_BY);
    CHECK_INT(key(SDLK_PERIOD, 0, 1, &event), UI_EVENT_STEP);
}

static void escape_peels(void)
{
    struct ui_event event;
    start();
    input.is_help_shown = input.is_fullscreen = true;
    input.selected_student = 3;
    CHECK_INT(key(SDLK_ESCAPE, 0, 0, &event), UI_EVENT_HELP);
    input.is_help_shown = false;
    CHECK_INT(key(SDLK_ESCAPE, 0, 0, &event), UI_EVENT_FULLSCREEN);
    input.is_fullscreen = false;
    CHECK_INT(key(SDLK_ESCAPE, 0, 0, &event), UI_EVENT_SELECT);
    CHECK_INT(event.student, 0);
}

static void clicks(void)
{
    struct ui_event event;
    start();
    add_hit((struct ui_hit){.kind = UI_HIT_PICTURE, .rect = {0, 0, 900, 700}});
    add_hit((struct ui_hit){.kind = UI_HIT_STUDENT, .rect = {100, 100, 50, 50}, .student = 7});
    add_hit((struct ui_hit){.kind = UI_HIT_SPAN, .rect = {950, 10, 40, 20}, .amount = -2});
    add_hit((struct ui_hit){.kind = UI_HIT_PAUSE, .rect = {0, 700, 40, 40}});
    CHECK_INT(press(120, 120, 1, &event), UI_EVENT_SELECT);
    CHECK_INT(event.student, 7);
    CHECK_INT(press(300, 300, 1, &event), UI_EVENT_SELECT);
    CHECK_INT(event.student, 0);
    CHECK_INT(press(300, 300, 2, &event), UI_EVENT_FULLSCREEN);
    CHECK_INT(press(960, 20, 1, &event), UI_EVENT_WINDOW_SPAN);
    CHECK_INT(event.amount, -2);
    CHECK_INT(press(10, 710, 1, &event), UI_EVENT_PAUSE);
    CHECK_INT(press(890, 720, 1, &event), UI_EVENT_NONE);
}

static void mouse_points_become_px(void)
{
    struct ui_event event;
    start();
    input.px_per_point_x = input.px_per_point_y = 2;
    add_hit((struct ui_hit){.kind = UI_HIT_STUDENT, .rect = {200, 200, 50, 50}, .student = 7});
    CHECK_INT(press(110, 110, 1, &event), UI_EVENT_SELECT);
    CHECK_INT(press(210, 210, 1, &event), UI_EVENT_NONE);
}

static void seeks_by_mouse(void)
{
    struct ui_event event;
    start();
    add_hit((struct ui_hit){.kind = UI_HIT_SEEK, .rect = {100, 700, 400, 40}, .to_s = 300});
    add_hit((struct ui_hit){
        .kind = UI_HIT_TIME, .rect = {900, 50, 200, 80}, .from_s = 100, .to_s = 200});
    CHECK_INT(press(200, 720, 1, &event), UI_EVENT_SEEK_TO);
    CHECK_NEAR(event.seconds, 75, 1e-9);
    SDL_Event move = {.motion = {.type = SDL_MOUSEMOTION, .x = 900, .y = 10}};
    CHECK_INT(send(&move, &event), UI_EVENT_SEEK_TO);
    CHECK_NEAR(event.seconds, 300, 1e-9);
    CHECK_INT(send(&(SDL_Event){.button = {.type = SDL_MOUSEBUTTONUP}}, &event), UI_EVENT_NONE);
    CHECK_INT(send(&move, &event), UI_EVENT_NONE);
    CHECK_INT(press(950, 60, 1, &event), UI_EVENT_PIN_TIME); /* live: there is nowhere to go */
    CHECK_NEAR(event.seconds, 125, 1e-9);
    CHECK_INT(key(SDLK_PAGEUP, 0, 0, &event), UI_EVENT_NONE); /* live: the panel scrolls */
    input.is_replay = true;
    CHECK_INT(key(SDLK_PAGEUP, 0, 0, &event), UI_EVENT_MARKER_STEP);
    CHECK_INT(event.amount, 1);
    CHECK_INT(text("!", &event), UI_EVENT_MARKER_STEP);
    CHECK_INT(event.amount, -1);
    CHECK_INT(press(950, 60, 1, &event), UI_EVENT_SEEK_TO);
    CHECK_NEAR(event.seconds, 125, 1e-9);
}

static void wheel_scrolls_rows(void)
{
    struct ui_event event;
    SDL_Event wheel = {.wheel = {.type = SDL_MOUSEWHEEL, .preciseY = -2}};
    start();
    send(&(SDL_Event){.motion = {.type = SDL_MOUSEMOTION, .x = 100, .y = 10}}, &event);
    CHECK_INT(send(&wheel, &event), UI_EVENT_NONE);
    CHECK_NEAR(scene.scroll_px, 0, 0);
    send(&(SDL_Event){.motion = {.type = SDL_MOUSEMOTION, .x = 1000, .y = 10}}, &event);
    send(&wheel, &event);
    CHECK_NEAR(scene.scroll_px, 96, 0);
    for (int i = 0; i < 20; i++)
        send(&wheel, &event);
    CHECK_NEAR(scene.scroll_px, 500, 0);
}

static void drops(void)
{
    struct ui_event event;
    start();
    SDL_Event drop = {.drop = {.type = SDL_DROPFILE, .file = SDL_strdup("/tmp/a film.mp4")}};
    CHECK_INT(send(&drop, &event), UI_EVENT_OPEN);
    CHECK_STR(event.text, "/tmp/a film.mp4");
    char *too_long = SDL_malloc(5000);
    memset(too_long, 'a', 4999);
    too_long[4999] = 0;
    drop.drop.file = too_long;
    CHECK_INT(send(&drop, &event), UI_EVENT_NONE);
    CHECK_INT(send(&(SDL_Event){.type = SDL_QUIT}, &event), UI_EVENT_QUIT);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"keys", keys},
        {"signs_on_any_keyboard", signs_on_any_keyboard},
        {"typing", typing},
        {"buttons_by_keyboard", buttons_by_keyboard},
        {"other_screens", other_screens},
        {"held_keys", held_keys},
        {"escape_peels", escape_peels},
        {"clicks", clicks},
        {"mouse_points_become_px", mouse_points_become_px},
        {"seeks_by_mouse", seeks_by_mouse},
        {"wheel_scrolls_rows", wheel_scrolls_rows},
        {"drops", drops},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
