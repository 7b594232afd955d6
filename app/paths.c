/* See paths.h. */
#include "paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_MODEL "feltboard-2.safetensors"
#define DEFAULT_DETECTOR "feltboard-face-1.safetensors"

/* The folder `levels` above the running program, or false. */
static bool folder_above_program(int levels, char out[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n <= 0)
        return false;
    out[n] = 0;
    for (int i = 0; i <= levels; i++) {
        char *slash = strrchr(out, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    return true;
}

static bool holds_data(const char *dir)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/assets", dir) < (int)sizeof path &&
           access(path, R_OK) == 0;
}

const char *app_data_dir(void)
{
    static char dir[PATH_MAX];
    if (dir[0])
        return dir;
    const char *asked = getenv("FELTBOARD_DATADIR");
    if (asked && asked[0])
        snprintf(dir, sizeof dir, "%s", asked);
    else if (!folder_above_program(2, dir) || !holds_data(dir)) /* SOURCE/build/app/feltboard */
        snprintf(dir, sizeof dir, "%s", FB_INSTALLED_DATADIR);
    return dir;
}

const char *app_assets_dir(void)
{
    static char dir[PATH_MAX + 8];
    snprintf(dir, sizeof dir, "%s/assets", app_data_dir());
    return dir;
}

const char *app_default_model(void)
{
    static char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/models/" DEFAULT_MODEL, app_data_dir());
    return path;
}

const char *app_default_detector(void)
{
    static char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/models/" DEFAULT_DETECTOR, app_data_dir());
    return path;
}

const char *app_locale_dir(char *out, size_t n_out)
{
    char dir[PATH_MAX];
    const char *asked = getenv("FELTBOARD_LOCALEDIR");
    if (asked && asked[0])
        snprintf(out, n_out, "%s", asked);
    else if (folder_above_program(1, dir) && /* BUILD/app/feltboard */
             snprintf(out, n_out, "%s/assets/po", dir) < (int)n_out && access(out, R_OK) == 0)
        return out;
    else
        snprintf(out, n_out, "%s", FB_INSTALLED_LOCALEDIR);
    return out;
}
