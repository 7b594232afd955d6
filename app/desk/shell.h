/* What outlives a source: the window, the settings, and the way from the statement over the start
 * screen to a desk and back. The files of the desk and the start screen get at it here.
 * Threads: main. */
#ifndef APP_SHELL_H
#define APP_SHELL_H

#include "config.h"
#include "desk.h"
#include "roster.h"
#include "ui/window.h"

#define APP_SPEC_BYTES 1024

struct app_shell;

struct ui_window *app_shell_window(struct app_shell *shell);
struct app_config *app_shell_config(const struct app_shell *shell);
const struct app_roster *app_shell_roster(const struct app_shell *shell);
bool app_shell_is_light(const struct app_shell *shell);
/* What every screen does alike: theme, scale, screenshot. True when it was one of those; note gets
 * a line to show, or "". */
bool app_shell_handle_event(struct app_shell *shell, const struct ui_event *event, char note[256]);

/* One source until the window is closed (*is_left false) or the desk is left for the start screen
 * or for another source (next_spec not ""). Errors of opening the source and the model, and of a
 * recording. */
FB_MUST_USE int app_desk_watch(struct app_shell *shell, const struct app_desk_settings *settings,
                               char next_spec[APP_SPEC_BYTES], bool *is_left);

/* The start screen until something is chosen (spec filled) or it is closed (spec ""). problem:
 * shown first, or NULL. */
FB_MUST_USE int app_start_run(struct app_shell *shell, const struct app_options *options,
                              const char *problem, char spec[APP_SPEC_BYTES]);

#endif
