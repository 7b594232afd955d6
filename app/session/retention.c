/* See retention.h. */
#include "retention.h"

#include "base/file.h"
#include "save.h"
#include "session.h"
#include "session_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, S_PER_DAY = 86400 };

static int config_path(char *path, size_t path_bytes, bool is_made)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char dir[PATH_BYTES - 64];
    int n;
    if (config && *config == '/')
        n = snprintf(dir, sizeof dir, "%s", config);
    else if (home && *home == '/')
        n = snprintf(dir, sizeof dir, "%s/.config", home);
    else
        return fb_fail(FB_ERR_USAGE, "no folder for settings: neither XDG_CONFIG_HOME nor HOME is "
                                     "set");
    if (n < 0 || n >= (int)sizeof dir)
        return fb_fail(FB_ERR_USAGE, "the path of the settings is too long");
    snprintf(path, path_bytes, "%s/feltboard", dir);
    if (is_made && ((mkdir(dir, 0700) && errno != EEXIST) || (mkdir(path, 0700) && errno != EEXIST)))
        return fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
    snprintf(path, path_bytes, "%s/feltboard/retention", dir);
    return FB_OK;
}

int app_retention_get(int *days)
{
    char path[PATH_BYTES], text[32] = "", rest;
    *days = 0;
    int status = config_path(path, sizeof path, false);
    if (status)
        return FB_OK; /* no home: no settings */
    FILE *file;
    if (fb_file_open(path, "remove it, or set it with 'feltboard sessions retention DAYS'", &file))
        return errno == ENOENT ? FB_OK : FB_ERR_INPUT;
    bool is_read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    int n = 0, n_read = 0; /* n_read: it is days, not weeks */
    if (!is_read || sscanf(text, "%d days%n %c", &n, &n_read, &rest) != 1 || !n_read || n < 0 ||
        n > APP_RETENTION_MAX_DAYS)
        return fb_fail(FB_ERR_INPUT,
                       "%s: expected a line such as \"30 days\"; nothing is deleted. Set it with "
                       "'feltboard sessions retention DAYS'",
                       path);
    *days = n;
    return FB_OK;
}

int app_retention_set(int days)
{
    char path[PATH_BYTES];
    struct app_save save;
    if (days < 0 || days > APP_RETENTION_MAX_DAYS)
        return fb_fail(FB_ERR_USAGE, "keeping for %d days; it is 0 (for ever) to %d", days,
                       APP_RETENTION_MAX_DAYS);
    int status = config_path(path, sizeof path, true);
    if (!status)
        status = app_save_begin(&save, path);
    if (status)
        return status;
    fprintf(save.file, "%d days\n", days);
    return app_save_end(&save, FB_OK);
}

static time_t start_of(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    struct tm tm = {.tm_isdst = -1};
    char db[PATH_BYTES];
    struct stat info;
    if (sscanf(slash ? slash + 1 : folder, "%4d-%2d-%2d_%2d-%2d-%2d_", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6) {
        tm.tm_year -= 1900;
        tm.tm_mon--;
        return mktime(&tm);
    }
    snprintf(db, sizeof db, "%.4000s/" APP_SESSION_DB, folder);
    return stat(db, &info) ? time(NULL) : info.st_mtime;
}

time_t app_retention_due(const char *folder, int days)
{
    return start_of(folder) + (time_t)days * S_PER_DAY;
}

struct purge {
    int days, status, n_deleted;
    time_t now;
    app_retention_visit *visit;
    void *user;
    char text[FB_ERROR_TEXT_BYTES];
};

static int purge_one(void *user, const char *folder)
{
    struct purge *purge = user;
    if (app_retention_due(folder, purge->days) > purge->now)
        return FB_OK;
    if (purge->visit)
        purge->visit(purge->user, folder);
    int status = app_session_delete(folder);
    purge->n_deleted += !status;
    if (status && !purge->status) {
        purge->status = status;
        snprintf(purge->text, sizeof purge->text, "%s", fb_error_text());
    }
    return FB_OK;
}

int app_retention_purge(const char *parent, int days, time_t now, app_retention_visit *visit,
                        void *user, int *n_deleted)
{
    struct purge purge = {.days = days, .now = now, .visit = visit, .user = user};
    int status = days > 0 ? app_session_each_folder(parent, purge_one, &purge) : FB_OK;
    if (n_deleted)
        *n_deleted = purge.n_deleted;
    if (!status && purge.status)
        status = fb_fail(purge.status, "%s", purge.text);
    return status;
}
