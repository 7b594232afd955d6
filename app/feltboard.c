/* feltboard: watch a class, analyse videos and pictures, replay and report. */
#include "feltboard.h"

#include "cli.h"
#include "options.h"

static const struct app_command commands[] = {
    {"watch", app_cmd_watch, "[SOURCE]",
     "live window on a camera, video, stream or the demo class"},
    {"analyze", app_cmd_analyze, "SOURCE...", "no window: a session folder per source"},
    {"predict", app_cmd_predict, "IMAGE...", "faces of pictures with their eight probabilities"},
    {"replay", app_cmd_replay, "SESSION", "the window on a recorded session"},
    {"report", app_cmd_report, "SESSION -o FILE.html", "one self-contained page"},
    {"export", app_cmd_export, "SESSION --format FORMAT", "a session's rows for other programs"},
    {"sessions", app_cmd_sessions, "list|show|delete ...", "the recorded sessions"},
    {"devices", app_cmd_devices, "", "cameras with their modes"},
};

int main(int argc, char **argv)
{
    static const struct app_program program = {
        .name = "feltboard",
        .summary =
            "shows which facial expressions a class shows; it does not know what anyone feels",
        .commands = commands,
        .n_commands = sizeof commands / sizeof *commands,
        .default_command = "watch",
        .wants_network = app_options_want_network,
    };
    return app_main(&program, argc, argv);
}
