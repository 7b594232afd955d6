/* See session_folder.h. */
#include "session_folder.h"

#include "seal/key.h"
#include "session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define NAME_BYTES 64
#define MAX_SAME_SECOND 100

static int check_length(int n, size_t n_bytes, const char *what)
{
    if (n >= 0 && (size_t)n < n_bytes)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "%.60s...: path is too long", what);
}

int app_session_default_parent(char *path, size_t path_bytes)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && *data == '/')
        return check_length(snprintf(path, path_bytes, "%s/feltboard/sessions", data), path_bytes,
                            data);
    if (home && *home == '/')
        return check_length(snprintf(path, path_bytes, "%s/.local/share/feltboard/sessions", home),
                            path_bytes, home);
    return fb_fail(FB_ERR_USAGE, "no folder for sessions: neither XDG_DATA_HOME nor HOME is set; "
                                 "say where with --out DIR");
}

void app_session_wall_time(char wall[APP_SESSION_WALL_BYTES])
{
    time_t now = time(NULL);
    struct tm local;
    char offset[8];
    localtime_r(&now, &local);
    strftime(wall, APP_SESSION_WALL_BYTES, "%Y-%m-%dT%H:%M:%S", &local);
    strftime(offset, sizeof offset, "%z", &local); /* +0130, wanted as +01:30 */
    size_t n = strlen(wall);
    snprintf(wall + n, APP_SESSION_WALL_BYTES - n, "%.3s:%.2s", offset, offset + 3);
}

/* Letters, digits, other languages' letters and ._- stay; the name never starts with a dot. */
static void clean_name(const char *name, char *clean)
{
    size_t n = 0;
    for (const unsigned char *c = (const unsigned char *)name; *c && n < NAME_BYTES - 1; c++) {
        bool is_letter = (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z');
        bool is_kept = is_letter || *c >= 0x80 || *c == '_' || (*c == '.' && n > 0);
        if (is_kept || (n > 0 && clean[n - 1] != '-'))
            clean[n++] = is_kept ? (char)*c : '-';
    }
    bool is_cut = n == NAME_BYTES - 1;
    while (is_cut && n > 0 && ((unsigned char)clean[n - 1] & 0xc0) == 0x80)
        n--; /* a character that may be incomplete, and its first byte next */
    if (is_cut && n > 0 && ((unsigned char)clean[n - 1] & 0xc0) == 0xc0)
        n--;
    while (n > 0 && clean[n - 1] == '-')
        n--;
    clean[n] = 0;
    if (!n)
        snprintf(clean, NAME_BYTES, "session");
}

static int make_folders(const char *path)
{
    char part[PATH_BYTES];
    for (const char *slash = path; slash;) {
        slash = strchr(slash + 1, '/');
        size_t n = slash ? (size_t)(slash - path) : strlen(path);
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        if (mkdir(part, 0700) && errno != EEXIST)
            return fb_fail(FB_ERR_IO, "%s: cannot make the folder: %s", part, strerror(errno));
    }
    return FB_OK;
}

/* A new folder, 0700 whatever the umask (which can only take away: the mode is set again). */
static int make_new(const char *folder)
{
    if (mkdir(folder, 0700))
        return fb_fail(FB_ERR_IO, "%s: cannot make the folder: %s", folder, strerror(errno));
    if (chmod(folder, 0700))
        return fb_fail(FB_ERR_IO, "%s: cannot set its permissions: %s", folder, strerror(errno));
    return FB_OK;
}

int app_session_folder_make(const char *parent, const char *name, char *folder, size_t folder_bytes)
{
    char default_parent[PATH_BYTES], clean[NAME_BYTES], stamp[32];
    int status = FB_OK;
    if (!parent)
        status = app_session_default_parent(default_parent, sizeof default_parent);
    parent = parent ? parent : default_parent;
    if (!status && strlen(parent) > PATH_BYTES - 200)
        status = check_length(-1, 0, parent);
    if (!status)
        status = make_folders(parent);
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%Y-%m-%d_%H-%M-%S", &local);
    clean_name(name, clean);
    for (int i = 1; !status && i <= MAX_SAME_SECOND; i++) {
        char more[16] = "";
        if (i > 1)
            snprintf(more, sizeof more, "-%d", i);
        status =
            check_length(snprintf(folder, folder_bytes, "%s/%s_%s%s", parent, stamp, clean, more),
                         folder_bytes, parent);
        if (!status)
            status = make_new(folder);
        if (!status || errno != EEXIST || i == MAX_SAME_SECOND)
            break;
        status = FB_OK;
    }
    return status;
}

int app_session_folder_find(const char *path, char *folder, size_t folder_bytes)
{
    struct stat info;
    if (stat(path, &info))
        return fb_fail(FB_ERR_INPUT, "%s: %s; give the folder of a session", path, strerror(errno));
    size_t n = strlen(path);
    if (!S_ISDIR(info.st_mode)) {
        const char *slash = strrchr(path, '/');
        if (strcmp(slash ? slash + 1 : path, APP_SESSION_DB))
            return fb_fail(FB_ERR_INPUT, "%s: not the folder of a session", path);
        n = slash ? (size_t)(slash - path) : 0;
        if (slash == path)
            n = 1;
    }
    while (n > 1 && path[n - 1] == '/')
        n--;
    int length = n ? snprintf(folder, folder_bytes, "%.*s", (int)n, path)
                   : snprintf(folder, folder_bytes, ".");
    return check_length(length, folder_bytes, path);
}

int app_session_folder_db(const char *folder, bool is_new, char *path, size_t path_bytes)
{
    int status =
        check_length(snprintf(path, path_bytes, "%s/" APP_SESSION_DB, folder), path_bytes, folder);
    if (status)
        return status;
    struct stat info;
    if (!is_new && lstat(path, &info))
        return fb_fail(FB_ERR_INPUT, "%s: %s; give the folder of a session", path, strerror(errno));
    if (!is_new && !S_ISREG(info.st_mode))
        return fb_fail(FB_ERR_INPUT, "%s: not a regular file, so not a session", path);
    int readable = is_new ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (readable >= 0)
        close(readable);
    if (!is_new)
        return readable >= 0 ? FB_OK : fb_fail(FB_ERR_INPUT, "%s: %s; check that you may read it", path, strerror(errno));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fchmod(fd, 0600))
        status = fb_fail(FB_ERR_IO, "%s: cannot make it: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return status;
}

int app_session_folder_lock(const char *folder, int *fd)
{
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 || !flock(*fd, LOCK_EX | LOCK_NB))
        return FB_OK;
    bool is_taken = errno == EWOULDBLOCK;
    close(*fd);
    *fd = -1;
    return is_taken
               ? fb_fail(FB_ERR_FAILED,
                         "%s: another program uses it, perhaps to record: close that one", folder)
               : FB_OK;
}

/* "PARENT/DATE_TIME_" of a folder that has a date, else "PARENT/". */
static size_t stem_bytes(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    const char *base = slash ? slash + 1 : folder;
    static const char shape[] = "dddd-dd-dd_dd-dd-dd_";
    for (size_t i = 0; shape[i]; i++) {
        bool fits = shape[i] == 'd' ? base[i] >= '0' && base[i] <= '9' : base[i] == shape[i];
        if (!fits)
            return (size_t)(base - folder);
    }
    return (size_t)(base - folder) + strlen(shape);
}

static int set_name(const char *folder, const char *name)
{
    struct app_session *session = NULL;
    int status = app_session_open(folder, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_session_set_fact(session, "name", name);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

int app_session_rename(const char *path, const char *name, char *renamed, size_t renamed_bytes)
{
    char folder[PATH_BYTES], clean[NAME_BYTES];
    struct stat info;
    if (!*name)
        return fb_fail(FB_ERR_USAGE, "a session needs a name");
    int status = app_session_folder_find(path, folder, sizeof folder);
    if (status)
        return status;
    char db[PATH_BYTES];
    status = app_session_folder_db(folder, false, db, sizeof db);
    if (status)
        return status;
    clean_name(name, clean);
    bool is_sealed = seal_is_sealed_file(db); /* its folder does not tell the name */
    status = check_length(is_sealed ? snprintf(renamed, renamed_bytes, "%s", folder)
                                    : snprintf(renamed, renamed_bytes, "%.*s%s", (int)stem_bytes(folder), folder, clean),
                          renamed_bytes, folder);
    bool is_same = !status && !strcmp(folder, renamed);
    if (!status && !is_same && !lstat(renamed, &info))
        return fb_fail(FB_ERR_FAILED, "%s: is there already; choose another name", renamed);
    if (!status)
        status = set_name(folder, name);
    if (!status && !is_same && rename(folder, renamed))
        status = fb_fail(FB_ERR_IO, "%s: cannot be renamed: %s", folder, strerror(errno));
    return status;
}

static bool is_ours(const char *name)
{
    return !strncmp(name, APP_SESSION_DB, strlen(APP_SESSION_DB)) || !strncmp(name, "video.", 6) ||
           !strcmp(name, "report.html") || !strcmp(name, "report.html.part");
}

int app_session_delete(const char *path)
{
    char folder[PATH_BYTES], db[PATH_BYTES], foreign[NAME_MAX + 1] = "";
    int status = app_session_folder_find(path, folder, sizeof folder);
    if (!status)
        status = app_session_folder_db(folder, false, db, sizeof db);
    int lock_fd = -1;
    if (!status)
        status = app_session_folder_lock(folder, &lock_fd);
    DIR *dir = status ? NULL : opendir(folder);
    if (!status && !dir)
        status = fb_fail(FB_ERR_IO, "%s: %s", folder, strerror(errno));
    if (lock_fd >= 0)
        close(lock_fd); /* nobody starts to write into an old session */
    if (status)
        return status;
    for (struct dirent *entry; !status && (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (!is_ours(entry->d_name))
            snprintf(foreign, sizeof foreign, "%s", entry->d_name);
        else if (unlinkat(dirfd(dir), entry->d_name, 0))
            status = fb_fail(FB_ERR_IO, "%s/%s: cannot delete it: %s", folder, entry->d_name,
                             strerror(errno));
    }
    closedir(dir);
    if (status)
        return status;
    if (*foreign)
        return fb_fail(FB_ERR_FAILED,
                       "%s: the session is deleted; the folder stays, \"%s\" in it is "
                       "not the program's",
                       folder, foreign);
    if (rmdir(folder))
        return fb_fail(FB_ERR_IO, "%s: cannot delete it: %s", folder, strerror(errno));
    return FB_OK;
}

/* Names start with the date, so that alphabetical is by time. */
static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int visit_folder(const char *parent, const char *name, app_session_folder_visit *visit,
                        void *user)
{
    char db[PATH_BYTES], folder[PATH_BYTES];
    struct stat info;
    int n = snprintf(folder, sizeof folder, "%s/%s", parent, name);
    if (n < 0 || n + 20 > PATH_BYTES)
        return FB_OK;
    snprintf(db, sizeof db, "%.*s/" APP_SESSION_DB, PATH_BYTES - 20, folder);
    return !lstat(db, &info) && S_ISREG(info.st_mode) ? visit(user, folder) : FB_OK;
}

int app_session_each_folder(const char *parent, app_session_folder_visit *visit, void *user)
{
    char default_parent[PATH_BYTES];
    int status = FB_OK;
    if (!parent)
        status = app_session_default_parent(default_parent, sizeof default_parent);
    if (status)
        return status;
    parent = parent ? parent : default_parent;
    struct dirent **entries = NULL;
    int n = scandir(parent, &entries, is_visible, newest_first);
    if (n < 0 && errno == ENOENT)
        return FB_OK;
    if (n < 0)
        return fb_fail(FB_ERR_INPUT, "%s: %s", parent, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (!status)
            status = visit_folder(parent, entries[i]->d_name, visit, user);
        free(entries[i]);
    }
    free(entries);
    return status;
}

int app_session_find_video(const char *path, char *video, size_t video_bytes)
{
    struct app_session *session = NULL;
    char name[APP_SESSION_TEXT_BYTES];
    int status = app_session_open(path, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_fact(session, "video", name, sizeof name);
    if (!status && (!name[0] || strchr(name, '/')))
        status = fb_fail(FB_ERR_INPUT,
                         "%s: the session has no video; 'feltboard report' shows its rows", path);
    if (!status)
        snprintf(video, video_bytes, "%s/%s", app_session_folder(session), name);
    app_session_close(&session);
    return status;
}
