/* feltboard devices: the cameras this machine has, and with --follow those that come and go. */
#include "feltboard.h"

#include "base/clock.h"
#include "cli.h"
#include "json.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEVICES = 64 };
#define LOOK_NS (FB_NS_PER_S / 2)

static int print_json(const struct vis_device *device, const char *event)
{
    cJSON *object = cJSON_CreateObject();
    if (event)
        cJSON_AddStringToObject(object, "event", event);
    cJSON_AddStringToObject(object, "path", device->path);
    cJSON_AddStringToObject(object, "name", device->card);
    cJSON_AddStringToObject(object, "bus", device->bus);
    cJSON_AddStringToObject(object, "modes", device->modes);
    if (device->problem[0])
        cJSON_AddStringToObject(object, "problem", device->problem);
    return app_json_print_line(&object);
}

/* event: "", or "plugged in: " and the like. */
static int print_device(const struct vis_device *device, const char *event, bool is_json)
{
    int status = FB_OK;
    if (is_json)
        status = print_json(device, event[0] ? event : NULL);
    else if (device->problem[0])
        printf("%s%s%s\n", event, event[0] ? ": " : "", device->problem);
    else
        printf("%s%s%s  %s (%s)  %s\n", event, event[0] ? ": " : "", device->path, device->card, device->bus,
               device->modes);
    fflush(stdout);
    return status;
}

static bool is_among(const struct vis_device *device, const struct vis_device *list, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(list[i].path, device->path) && !strcmp(list[i].card, device->card) &&
            !strcmp(list[i].bus, device->bus))
            return true;
    return false;
}

static int print_missing(const struct vis_device *from, int n_from, const struct vis_device *in, int n_in,
                         const char *event, bool is_json)
{
    int status = FB_OK;
    for (int i = 0; i < n_from && !status; i++)
        if (!is_among(&from[i], in, n_in))
            status = print_device(&from[i], event, is_json);
    return status;
}

static int follow(struct vis_device *known, int n, bool is_json)
{
    static struct vis_device now[MAX_DEVICES];
    int status = FB_OK;
    while (!status && !app_is_interrupted()) {
        fb_clock_sleep_until_ns(fb_clock_now_ns() + LOOK_NS);
        int n_now = vis_devices(now, MAX_DEVICES);
        status = print_missing(known, n, now, n_now, "unplugged", is_json);
        if (!status)
            status = print_missing(now, n_now, known, n, "plugged in", is_json);
        memcpy(known, now, sizeof now);
        n = n_now;
    }
    return status ? status : fb_fail(FB_ERR_INTERRUPTED, "interrupted");
}

int app_cmd_devices(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_DEVICES, "devices [--json] [--follow]",
                                   "Lists the cameras with their picture modes.", &options);
    if (status || options.is_help)
        return status;
    static struct vis_device devices[MAX_DEVICES];
    int n = vis_devices(devices, MAX_DEVICES);
    if (n == 1 && devices[0].problem[0] && !options.is_following)
        return fb_fail(FB_ERR_DEVICE, "%s", devices[0].problem);
    if (!n && !options.is_following)
        return fb_fail(FB_ERR_DEVICE,
                       "no camera found at /dev/video0 to /dev/video63; plug one in, or "
                       "try 'feltboard watch demo'");
    for (int i = 0; i < n && !status; i++)
        status = print_device(&devices[i], "", options.is_json);
    return status || !options.is_following ? status : follow(devices, n, options.is_json);
}
