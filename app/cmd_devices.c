/* feltboard devices: the cameras this machine has. */
#include "feltboard.h"

#include "json.h"
#include "options.h"

#include <stdio.h>

enum { MAX_DEVICES = 64 };

static int print_json(const struct vis_device *device)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "path", device->path);
    cJSON_AddStringToObject(object, "name", device->card);
    cJSON_AddStringToObject(object, "bus", device->bus);
    cJSON_AddStringToObject(object, "modes", device->modes);
    return app_json_print_line(&object);
}

int app_cmd_devices(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_DEVICES, "devices [--json]",
                                   "Lists the cameras with their picture modes.", &options);
    if (status || options.is_help)
        return status;
    static struct vis_device devices[MAX_DEVICES];
    int n = vis_devices(devices, MAX_DEVICES);
    for (int i = 0; i < n && !status; i++) {
        if (options.is_json)
            status = print_json(&devices[i]);
        else
            printf("%s  %s (%s)  %s\n", devices[i].path, devices[i].card, devices[i].bus,
                   devices[i].modes);
    }
    if (!n)
        return fb_fail(FB_ERR_DEVICE,
                       "no camera found at /dev/video0 to /dev/video63; plug one in, or "
                       "try 'feltboard watch demo'");
    return status;
}
