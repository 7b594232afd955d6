/* feltboard watch: the live window, or a saved video's. */
#include "feltboard.h"

#include "cli.h"
#include "desk/desk.h"
#include "session/retention.h"
#include "unlock.h"

#include <string.h>

static void say_deleted(void *user, const char *folder)
{
    (void)user;
    app_message("deleted, for its time is over: %s", folder);
}

/* What has been kept for as long as it was to be; 'sessions list' has said so beforehand. */
static void purge(void)
{
    int days, status = app_retention_get(&days);
    if (!status)
        status = app_retention_purge(NULL, days, time(NULL), say_deleted, NULL, NULL);
    if (status)
        app_message("%s", fb_error_text());
}

int app_cmd_watch(int argc, char **argv)
{
    struct app_options options;
    bool is_named = !strcmp(argv[0], "watch"); /* not as the default command */
    int status = app_options_parse(
        argc, argv, APP_FOR_WATCH, "[watch] [SOURCE] [--record] [--session NAME] [--model FILE]",
        "Opens the window on SOURCE: a camera's number, /dev/videoN, a video or image file, a "
        "folder or\n"
        "printf pattern of images, an rtsp:// or http:// stream, or 'demo'. Without one: the first\n"
        "camera, else the demo class; 'feltboard' alone shows a screen to choose on. Nothing is\n"
        "recorded until you press r. '?' lists the keys.",
        &options);
    if (status || options.is_help)
        return status;
    if (options.n_arguments > 1)
        return fb_fail(FB_ERR_USAGE,
                       "watch takes one source, '%s' is a second one; 'feltboard --help' "
                       "lists the commands",
                       options.arguments[1]);
    struct app_desk_settings settings = {.options = &options};
    static struct vis_device camera;
    purge();
    status = app_unlock_new(&options, &options.key);
    if (!status && options.n_arguments)
        status = app_unlock(&options, options.arguments[0]);
    if (status)
        return status;
    if (options.n_arguments) {
        settings.spec = options.arguments[0];
    } else if (!is_named && !options.is_recording) { /* the start screen */
        settings.spec = NULL;
    } else if (vis_devices(&camera, 1)) {
        settings.spec = camera.path;
    } else {
        settings.spec = "demo";
        settings.notice = "no camera found: this is the demo class, drawn by the program";
    }
    return app_desk_run(&settings);
}
