/* The start screen (shell.h): what can be opened, with live pictures, until something is chosen. */
#include "shell.h"

#include "base/clock.h"
#include "base/words.h"
#include "cli.h"
#include "preview.h"
#include "session/session.h"
#include "session/session_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDLE_NS (FB_NS_PER_S / 10)
#define LOOK_NS (2 * FB_NS_PER_S) /* a camera that is plugged in appears */
#define PROBLEM_NS (8 * FB_NS_PER_S)
enum { TEXT_BYTES = 256, MAX_CAMERAS = UI_MAX_CAMERAS };
_Static_assert(MAX_CAMERAS + 1 <= APP_PREVIEW_MAX, "a preview for each camera and the demo class");

struct choice {
    char spec[APP_SPEC_BYTES], title[TEXT_BYTES], detail[TEXT_BYTES];
};

struct start {
    struct app_shell *shell;
    const struct app_options *options;
    struct ui_start view;
    struct vis_device devices[MAX_CAMERAS];
    struct choice sessions[UI_MAX_RECENT], videos[UI_MAX_RECENT];
    struct app_preview *preview;
    struct fb_frame *frames[MAX_CAMERAS + 1]; /* the last: demo */
    char problems[MAX_CAMERAS + 1][TEXT_BYTES];
    int64_t looked_ns, problem_until_ns;
    char problem[TEXT_BYTES];
    char *spec; /* the answer */
    bool is_open, show_help;
};

static void wake(void *user)
{
    ui_window_wake(user);
}

static void stop_previews(struct start *start)
{
    for (int i = 0; i <= MAX_CAMERAS; i++)
        fb_frame_unref(&start->frames[i]);
    app_preview_stop(&start->preview);
}

/* Small pictures: a thumbnail needs no more, and a camera at VGA leaves the bus to the others. */
static int start_previews(struct start *start)
{
    struct app_preview_settings settings = {.source = app_source_settings(start->options),
                                            .wake = wake,
                                            .wake_user = app_shell_window(start->shell)};
    settings.source.width = 640;
    settings.source.height = 360;
    settings.source.fps = 15;
    settings.source.duration_s = 0;
    for (int i = 0; i < start->view.n_cameras; i++)
        settings.specs[settings.n++] = start->devices[i].path;
    settings.specs[settings.n++] = "demo";
    return app_preview_start(&settings, &start->preview);
}

static void fill_cameras(struct start *start)
{
    for (int i = 0; i < start->view.n_cameras; i++)
        start->view.cameras[i] =
            (struct ui_tile){.title = start->devices[i].card, .detail = start->devices[i].modes};
    start->view.demo = (struct ui_tile){.title = _("Demo class"),
                                        .detail = _("drawn by the program, no real person in it")};
}

/* The camera of last time, else the first. */
static int remembered(const struct start *start, const struct vis_device *devices, int n)
{
    char card[64], bus[64];
    const struct app_config *config = app_shell_config(start->shell);
    snprintf(card, sizeof card, "%s", app_config_get(config, "camera", "card", ""));
    snprintf(bus, sizeof bus, "%s", app_config_get(config, "camera", "bus", ""));
    const struct vis_device *found = vis_devices_find(devices, n, card, bus);
    return found ? (int)(found - devices) : 0;
}

/* Cameras come and go; the pictures start anew only then. */
static int look_for_cameras(struct start *start, int64_t now_ns)
{
    struct vis_device devices[MAX_CAMERAS];
    if (start->preview && now_ns - start->looked_ns < LOOK_NS)
        return FB_OK;
    memset(devices, 0, sizeof devices);
    int n = vis_devices(devices, MAX_CAMERAS);
    n = n < MAX_CAMERAS ? n : MAX_CAMERAS;
    bool is_same = start->preview && n == start->view.n_cameras;
    for (int i = 0; i < n && is_same; i++)
        is_same = !strcmp(devices[i].path, start->devices[i].path) &&
                  !strcmp(devices[i].card, start->devices[i].card) &&
                  !strcmp(devices[i].bus, start->devices[i].bus);
    start->looked_ns = now_ns;
    if (is_same)
        return FB_OK;
    if (!start->preview)
        start->view.chosen = remembered(start, devices, n);
    stop_previews(start);
    memcpy(start->devices, devices, sizeof devices);
    start->view.n_cameras = n;
    start->view.chosen = start->view.chosen < n ? start->view.chosen : n;
    fill_cameras(start);
    return start_previews(start);
}

static void take_pictures(struct start *start)
{
    for (int i = 0; i <= start->view.n_cameras; i++) {
        struct ui_tile *tile =
            i < start->view.n_cameras ? &start->view.cameras[i] : &start->view.demo;
        struct fb_frame *frame = app_preview_take(start->preview, i);
        if (frame) {
            fb_frame_unref(&start->frames[i]);
            start->frames[i] = frame;
        }
        snprintf(start->problems[i], TEXT_BYTES, "%s", app_preview_problem(start->preview, i));
        tile->frame = start->frames[i];
        tile->problem = start->problems[i][0] ? start->problems[i] : NULL;
    }
}

static int add_session(void *user, const char *folder)
{
    struct start *start = user;
    struct choice *choice = &start->sessions[start->view.n_sessions];
    struct app_session *session = NULL;
    struct app_session_totals totals = {0};
    char begun[TEXT_BYTES] = "", video[TEXT_BYTES] = "";
    if (app_session_open(folder, APP_SESSION_READ, &session))
        return FB_OK; /* a damaged one is not offered; 'feltboard sessions' says what is wrong */
    int status = app_session_fact(session, "name", choice->title, sizeof choice->title);
    if (!status)
        status = app_session_fact(session, "started_at", begun, sizeof begun);
    if (!status)
        status = app_session_fact(session, "video", video, sizeof video);
    if (!status)
        status = app_session_totals(session, &totals);
    app_session_close(&session);
    if (status || !video[0])
        return FB_OK;
    begun[strlen(begun) > 10 ? 10 : strlen(begun)] = ' '; /* 2026-03-02T10:15:00+01:00 */
    begun[strlen(begun) > 16 ? 16 : strlen(begun)] = 0;
    int64_t seconds = (totals.last_ns - totals.first_ns) / FB_NS_PER_S;
    snprintf(choice->spec, sizeof choice->spec, "%s", folder);
    snprintf(choice->detail, sizeof choice->detail, _("%.40s, %lld min %lld s, %d students"), begun,
             (long long)seconds / 60, (long long)seconds % 60, totals.n_students);
    start->view.sessions[start->view.n_sessions++] =
        (struct ui_tile){.title = choice->title, .detail = choice->detail};
    return start->view.n_sessions == UI_MAX_RECENT;
}

static void list_saved(struct start *start)
{
    if (app_session_each_folder(start->options->out, add_session, start) < 0)
        app_message("%s", fb_error_text());
    for (int i = 1; i <= UI_MAX_RECENT; i++) {
        char key[8];
        snprintf(key, sizeof key, "%d", i);
        const char *path = app_config_get(app_shell_config(start->shell), "recent", key, "");
        struct choice *choice = &start->videos[start->view.n_videos];
        const char *name = strrchr(path, '/');
        if (!path[0] || access(path, R_OK))
            continue;
        snprintf(choice->spec, sizeof choice->spec, "%s", path);
        snprintf(choice->title, sizeof choice->title, "%.250s", name && name[1] ? name + 1 : path);
        snprintf(choice->detail, sizeof choice->detail, "%.*s",
                 name ? (int)(name - path < 250 ? name - path : 250) : 0, path);
        start->view.videos[start->view.n_videos++] =
            (struct ui_tile){.title = choice->title, .detail = choice->detail};
    }
}

static void choose(struct start *start, const char *spec)
{
    snprintf(start->spec, APP_SPEC_BYTES, "%s", spec);
    start->is_open = false;
}

static void set_problem(struct start *start, const char *text)
{
    snprintf(start->problem, sizeof start->problem, "%s", text);
    start->problem_until_ns = fb_clock_now_ns() + PROBLEM_NS;
}

/* What was typed or pasted: blanks, quotes and file:// around it, ~ at its start. */
static void choose_path(struct start *start, const char *typed)
{
    char path[APP_SPEC_BYTES];
    const char *home = getenv("HOME");
    typed += strspn(typed, " '\"");
    if (!strncmp(typed, "file://", 7))
        typed += 7;
    bool is_home = typed[0] == '~' && typed[1] == '/' && home;
    snprintf(path, sizeof path, "%s%s", is_home ? home : "", typed + is_home);
    for (size_t n = strlen(path); n > 0 && strchr(" '\"", path[n - 1]);)
        path[--n] = 0;
    if (!path[0])
        return;
    bool is_else = !strcmp(path, "demo") || strstr(path, "://") || strchr(path, '%') ||
                   strspn(path, "0123456789") == strlen(path);
    if (!is_else && access(path, R_OK)) {
        char text[TEXT_BYTES];
        snprintf(text, sizeof text, _("%.200s: there is no such file"), path);
        set_problem(start, text);
        return;
    }
    choose(start, path);
}

static void expect_path(struct start *start, bool is_typing)
{
    start->view.is_typing = is_typing;
    ui_window_expect_text(app_shell_window(start->shell), is_typing);
}

static void edit(struct start *start, enum ui_edit_key key)
{
    struct ui_start *view = &start->view;
    int n = view->n_cameras + 1;
    if (view->is_typing && key == UI_EDIT_ENTER)
        choose_path(start, view->path.text);
    else if (view->is_typing)
        ui_field_edit(&view->path, key);
    else if (key == UI_EDIT_ENTER)
        choose(start, view->chosen < view->n_cameras ? start->devices[view->chosen].path : "demo");
    else if (key == UI_EDIT_RIGHT || key == UI_EDIT_DOWN)
        view->chosen = (view->chosen + 1) % n;
    else if (key == UI_EDIT_LEFT || key == UI_EDIT_UP)
        view->chosen = (view->chosen + n - 1) % n;
}

static void handle(struct start *start, const struct ui_event *event)
{
    char note[256];
    switch (event->kind) {
    case UI_EVENT_QUIT:
        start->is_open = false;
        break;
    case UI_EVENT_HELP:
        start->show_help = !start->show_help;
        break;
    case UI_EVENT_OPEN_CAMERA:
        choose(start, start->devices[event->amount].path);
        break;
    case UI_EVENT_OPEN_DEMO:
        choose(start, "demo");
        break;
    case UI_EVENT_OPEN_SESSION:
        choose(start, start->sessions[event->amount].spec);
        break;
    case UI_EVENT_OPEN_VIDEO:
        choose(start, start->videos[event->amount].spec);
        break;
    case UI_EVENT_OPEN:
        choose_path(start, event->text);
        break;
    case UI_EVENT_HOME:
    case UI_EVENT_TYPE_PATH:
        expect_path(start, true);
        break;
    case UI_EVENT_CLOSE:
        expect_path(start, false);
        break;
    case UI_EVENT_TEXT:
        if (start->view.is_typing)
            ui_field_type(&start->view.path, event->text);
        break;
    case UI_EVENT_EDIT:
        edit(start, (enum ui_edit_key)event->amount);
        break;
    default:
        if (app_shell_handle_event(start->shell, event, note) && note[0])
            set_problem(start, note);
        break;
    }
}

static int run(struct start *start)
{
    struct ui_window *window = app_shell_window(start->shell);
    int status = FB_OK;
    for (start->is_open = true; start->is_open && !status;) {
        struct ui_event event;
        while (start->is_open && ui_window_poll(window, &event))
            handle(start, &event);
        int64_t now_ns = fb_clock_now_ns();
        status = look_for_cameras(start, now_ns);
        if (status || !start->is_open)
            break;
        take_pictures(start);
        struct ui_view view = {
            .screen = UI_SCREEN_START,
            .start = &start->view,
            .show_help = start->show_help,
            .is_light = app_shell_is_light(start->shell),
            .message = now_ns < start->problem_until_ns ? start->problem : NULL,
            .is_message_problem = true,
        };
        status = ui_window_draw(window, &view);
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted");
        ui_window_wait(window, now_ns + IDLE_NS);
    }
    return status;
}

int app_start_run(struct app_shell *shell, const struct app_options *options, const char *problem,
                  char spec[APP_SPEC_BYTES])
{
    struct start *start = calloc(1, sizeof *start);
    if (!start)
        return fb_fail_nomem("the start screen", sizeof *start);
    start->shell = shell;
    start->options = options;
    start->spec = spec;
    spec[0] = 0;
    if (problem)
        set_problem(start, problem);
    list_saved(start);
    int status = run(start);
    expect_path(start, false);
    stop_previews(start);
    free(start);
    return status;
}
