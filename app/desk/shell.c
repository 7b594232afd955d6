/* See shell.h. */
#include "shell.h"

#include "base/clock.h"
#include "base/words.h"
#include "cli.h"
#include "nn/classifier.h"
#include "paths.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "vis/image.h"
#include "words.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_NS (FB_NS_PER_S / 10)
#define STATEMENT_VERSION "1" /* a later text is shown again */

struct app_shell {
    const struct app_options *options;
    struct app_config *config;
    struct ui_window *window;
    struct app_roster roster;
    struct ui_window_settings look; /* scale, theme and place as they are now */
};

struct ui_window *app_shell_window(struct app_shell *shell)
{
    return shell->window;
}

struct app_config *app_shell_config(const struct app_shell *shell)
{
    return shell->config;
}

const struct app_roster *app_shell_roster(const struct app_shell *shell)
{
    return &shell->roster;
}

bool app_shell_is_light(const struct app_shell *shell)
{
    return shell->look.is_light_theme;
}

static int save_screenshot(struct app_shell *shell, char note[256])
{
    uint8_t *rgb = NULL;
    int width, height;
    char path[64];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(path, sizeof path, "feltboard-%Y%m%d-%H%M%S.png", &local);
    int status = ui_window_pixels(shell->window, &rgb, &width, &height);
    if (!status)
        status = vis_image_save_rgb(path, rgb, width, height, width * 3);
    free(rgb);
    snprintf(note, 256, _("screenshot: %s"), path);
    if (status)
        snprintf(note, 256, "%.255s", fb_error_text());
    return status;
}

static void restyle(struct app_shell *shell)
{
    ui_window_restyle(shell->window, shell->look.scale, shell->look.is_light_theme);
    int status = app_config_set(shell->config, "window", "theme",
                                shell->look.is_light_theme ? "light" : "dark");
    if (!status)
        status = app_config_set_number(shell->config, "window", "scale", (double)shell->look.scale);
    if (status)
        app_message("%s", fb_error_text());
}

bool app_shell_handle_event(struct app_shell *shell, const struct ui_event *event, char note[256])
{
    note[0] = 0;
    switch (event->kind) {
    case UI_EVENT_SCREENSHOT:
        if (save_screenshot(shell, note))
            app_message("%s", note);
        return true;
    case UI_EVENT_THEME:
        shell->look.is_light_theme = !shell->look.is_light_theme;
        restyle(shell);
        return true;
    case UI_EVENT_SCALE: {
        float scale = roundf(4 * shell->look.scale + (float)event->amount) / 4;
        shell->look.scale = fmaxf(1, fminf(2, scale));
        restyle(shell);
        snprintf(note, 256, "%.0f %%", 100 * (double)shell->look.scale);
        return true;
    }
    default:
        return false;
    }
}

static int open_window(struct app_shell *shell)
{
    const struct app_options *options = shell->options;
    const struct app_config *config = shell->config;
    struct ui_window_settings *look = &shell->look;
    *look = ui_default_window_settings();
    look->assets_dir = app_assets_dir();
    look->width =
        (int)fmax(320, fmin(16384, app_config_number(config, "window", "width", look->width)));
    look->height =
        (int)fmax(240, fmin(16384, app_config_number(config, "window", "height", look->height)));
    look->x = (int)app_config_number(config, "window", "x", INT_MIN);
    look->y = (int)app_config_number(config, "window", "y", INT_MIN);
    look->is_maximized = app_config_flag(config, "window", "maximized", false);
    look->is_fullscreen =
        options->is_fullscreen || app_config_flag(config, "window", "fullscreen", false);
    look->is_light_theme =
        !strcmp(options->theme ? options->theme : app_config_get(config, "window", "theme", "dark"),
                "light");
    look->scale = (float)(options->scale > 0 ? options->scale
                                             : app_config_number(config, "window", "scale", 1));
    return ui_window_create(look, &shell->window);
}

static int keep_geometry(struct app_shell *shell)
{
    struct ui_window_settings now = shell->look;
    ui_window_geometry(shell->window, &now);
    const struct {
        const char *key;
        int value;
    } numbers[] = {{"width", now.width}, {"height", now.height}, {"x", now.x}, {"y", now.y}};
    int status = FB_OK;
    for (int i = 0; i < 4 && !status; i++)
        if (numbers[i].value != INT_MIN)
            status =
                app_config_set_number(shell->config, "window", numbers[i].key, numbers[i].value);
    if (!status)
        status =
            app_config_set(shell->config, "window", "maximized", now.is_maximized ? "yes" : "no");
    if (!status && !shell->options->is_fullscreen)
        status =
            app_config_set(shell->config, "window", "fullscreen", now.is_fullscreen ? "yes" : "no");
    return status ? status : app_config_save(shell->config);
}

static int accept_statement(struct app_shell *shell)
{
    char wall[APP_SESSION_WALL_BYTES];
    app_session_wall_time(wall);
    int status = app_config_set(shell->config, "statement", "accepted", STATEMENT_VERSION);
    if (!status)
        status = app_config_set(shell->config, "statement", "accepted_at", wall);
    return status ? status : app_config_save(shell->config);
}

static struct ui_statement read_statement(const struct app_shell *shell)
{
    struct ui_statement statement = {0};
    struct nn_classifier *classifier = NULL;
    const char *path = shell->options->model ? shell->options->model : app_default_model();
    if (!nn_classifier_create(path, 1, NULL, &classifier)) {
        statement.accuracy = nn_classifier_info(classifier)->accuracy;
        statement.n_accuracy = nn_classifier_info(classifier)->n_accuracy;
    }
    nn_classifier_destroy(&classifier);
    return statement;
}

/* Returns with *is_accepted, or when the window is closed. */
static int show_statement(struct app_shell *shell, bool *is_accepted)
{
    struct ui_statement statement = read_statement(shell);
    struct ui_view view = {.screen = UI_SCREEN_STATEMENT, .statement = &statement};
    int status = FB_OK;
    char note[256];
    for (bool is_open = true; is_open && !*is_accepted && !status;) {
        struct ui_event event;
        while (ui_window_poll(shell->window, &event)) {
            *is_accepted |= event.kind == UI_EVENT_ACCEPT;
            is_open &= event.kind != UI_EVENT_QUIT;
            app_shell_handle_event(shell, &event, note);
        }
        status = ui_window_draw(shell->window, &view);
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted");
        ui_window_wait(shell->window, fb_clock_now_ns() + IDLE_NS);
    }
    return status || !*is_accepted ? status : accept_statement(shell);
}

static int state(struct app_shell *shell, bool *is_accepted)
{
    const char *accepted = app_config_get(shell->config, "statement", "accepted", "");
    *is_accepted = !strcmp(accepted, STATEMENT_VERSION);
    if (!*is_accepted && shell->options->is_statement_accepted) {
        *is_accepted = true;
        return accept_statement(shell);
    }
    return *is_accepted ? FB_OK : show_statement(shell, is_accepted);
}

static bool is_session(const char *spec)
{
    char db[APP_SPEC_BYTES + 16];
    snprintf(db, sizeof db, "%s/" APP_SESSION_DB, spec);
    return access(db, R_OK) == 0;
}

/* For the start screen's list: files by their whole path. */
static void remember_video(struct app_shell *shell, const char *spec)
{
    char whole[PATH_MAX];
    bool is_named = strcmp(spec, "demo") && strncmp(spec, "/dev/", 5) && !strstr(spec, "://");
    if (is_named && realpath(spec, whole) &&
        app_config_remember(shell->config, "recent", whole, UI_MAX_RECENT))
        app_message("%s", fb_error_text());
}

static int watch(struct app_shell *shell, const struct app_desk_settings *first, const char *spec,
                 char next[APP_SPEC_BYTES], bool *is_left)
{
    static char video[PATH_MAX];
    struct app_desk_settings settings = *first;
    int status = FB_OK;
    if (spec != first->spec) {
        settings = (struct app_desk_settings){.options = first->options, .spec = spec};
        if (is_session(spec)) {
            settings.session = spec;
            status = app_session_find_video(spec, video, sizeof video);
            settings.spec = video;
        }
    }
    if (!status && !settings.session)
        remember_video(shell, settings.spec);
    return status ? status : app_desk_watch(shell, &settings, next, is_left);
}

/* What was asked for on the command line fails with it; what was chosen here is chosen again. */
static int go_round(struct app_shell *shell, const struct app_desk_settings *settings)
{
    char spec[APP_SPEC_BYTES], next[APP_SPEC_BYTES] = "", problem[256] = "";
    const char *now = settings->spec;
    for (bool is_left = true; is_left;) {
        int status = FB_OK;
        if (!now) {
            status = app_start_run(shell, settings->options, problem[0] ? problem : NULL, spec);
            problem[0] = 0;
            if (status || !spec[0])
                return status;
            now = spec;
        }
        is_left = false;
        next[0] = 0;
        status = watch(shell, settings, now, next, &is_left);
        if (status && (now == settings->spec || status == FB_ERR_INTERRUPTED))
            return status;
        if (status)
            snprintf(problem, sizeof problem, "%.255s", fb_error_text());
        is_left |= status != FB_OK;
        snprintf(spec, sizeof spec, "%s", next);
        now = !status && next[0] ? spec : NULL;
    }
    return FB_OK;
}

/* Of the command line, else the one named in the settings, which may have gone. */
static int read_roster(struct app_shell *shell)
{
    const char *path = shell->options->roster;
    if (path)
        return app_roster_read(path, &shell->roster);
    path = app_config_get(shell->config, "names", "roster", "");
    if (path[0] && app_roster_read(path, &shell->roster))
        app_message("%s", fb_error_text());
    return FB_OK;
}

/* What cannot be opened is said before anything is shown. A camera that is there is left alone: it
 * must not start before the statement was read. */
static int check_source(const struct app_desk_settings *settings)
{
    char node[APP_SPEC_BYTES];
    struct vis_source *source = NULL;
    struct vis_source_settings wishes = app_source_settings(settings->options);
    bool is_number = settings->spec[strspn(settings->spec, "0123456789")] == 0;
    snprintf(node, sizeof node, "%s%s", is_number ? "/dev/video" : "", settings->spec);
    if (!strcmp(settings->spec, "demo") || strstr(settings->spec, "://") ||
        (!strncmp(node, "/dev/", 5) && access(node, F_OK) == 0))
        return FB_OK;
    int status = vis_source_open(settings->spec, &wishes, &source);
    vis_source_close(&source);
    return status;
}

int app_desk_run(const struct app_desk_settings *settings)
{
    static struct app_shell shell; /* large */
    bool is_accepted = false;
    shell = (struct app_shell){.options = settings->options};
    int status = settings->spec ? check_source(settings) : FB_OK;
    if (!status)
        status = app_config_open(NULL, &shell.config);
    if (!status)
        status = read_roster(&shell);
    if (!status) {
        app_words_load(app_config_get(shell.config, "window", "language", NULL));
        status = open_window(&shell);
    }
    if (!status)
        status = state(&shell, &is_accepted);
    if (!status && is_accepted)
        status = go_round(&shell, settings);
    if (shell.window && shell.config && keep_geometry(&shell))
        app_message("%s", fb_error_text());
    ui_window_destroy(&shell.window);
    app_config_close(&shell.config);
    return status;
}
