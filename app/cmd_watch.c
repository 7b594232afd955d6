/* feltboard watch: the live window, or a saved video's. */
#include "feltboard.h"

#include "cli.h"
#include "config.h"
#include "desk/desk.h"
#include "session/retention.h"
#include "unlock.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEVICES = 64 };

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

/* The camera of last time if it is there, else the first, else the demo class. */
static void choose_camera(struct vis_device cameras[MAX_DEVICES], struct app_desk_settings *settings)
{
    struct app_config *config = NULL;
    int n = vis_devices(cameras, MAX_DEVICES);
    const struct vis_device *camera = n ? &cameras[0] : NULL;
    char card[64] = "", bus[64] = "";
    if (!app_config_open(NULL, &config)) {
        snprintf(card, sizeof card, "%s", app_config_get(config, "camera", "card", ""));
        snprintf(bus, sizeof bus, "%s", app_config_get(config, "camera", "bus", ""));
    }
    app_config_close(&config);
    const struct vis_device *known = vis_devices_find(cameras, n, card, bus);
    camera = known ? known : camera;
    settings->spec = camera && !camera->problem[0] ? camera->path : "demo";
    if (!camera)
        settings->notice = "no camera found: this is the demo class, drawn by the program";
    else if (camera->problem[0])
        settings->notice = camera->problem;
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
    if (options.n_arguments > 1) {
        vis_hide_credentials(options.arguments[1]);
        return fb_fail(FB_ERR_USAGE,
                       "watch takes one source, '%s' is a second one; 'feltboard --help' "
                       "lists the commands",
                       options.arguments[1]);
    }
    struct app_desk_settings settings = {.options = &options};
    static struct vis_device cameras[MAX_DEVICES];
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
    } else {
        choose_camera(cameras, &settings);
    }
    return app_desk_run(&settings);
}
