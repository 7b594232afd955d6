/* See keep.h. */
#include "keep.h"

#include "coverage.h"
#include "session/session_folder.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct search {
    const char *id;
    char folder[PATH_MAX];
};

static int make_id(const struct app_keep *keep, char *id, size_t id_bytes, char path[PATH_MAX])
{
    struct stat info;
    if (!realpath(keep->video, path) || stat(path, &info))
        return fb_fail(FB_ERR_INPUT, "%s: %s", keep->video, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fb_fail(FB_ERR_INPUT, "%s: not one file", keep->video);
    snprintf(id, id_bytes, "%lld %lld.%09ld %s %.4f %s %d %.700s", (long long)info.st_size, (long long)info.st_mtim.tv_sec,
             info.st_mtim.tv_nsec, keep->model->name, keep->model->accuracy, app_find_name(keep->find->kind),
             keep->find->haar.min_face_px, path);
    return FB_OK;
}

/* A folder that cannot be read is not the one that we look for. */
static int is_it(void *user, const char *folder)
{
    struct search *search = user;
    struct app_session *session = NULL;
    char id[APP_SESSION_TEXT_BYTES] = "";
    int status = app_session_open(folder, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_fact(session, APP_KEEP_OF, id, sizeof id);
    app_session_close(&session);
    if (status || strcmp(id, search->id))
        return FB_OK;
    snprintf(search->folder, sizeof search->folder, "%s", folder);
    return 1;
}

static int create(const char *parent, const char *path, const char *id, const struct app_keep *keep, struct app_session **out)
{
    char size[32], accuracy[64];
    const char *slash = strrchr(path, '/');
    snprintf(size, sizeof size, "%dx%d", keep->width, keep->height);
    snprintf(accuracy, sizeof accuracy, "%.4f (n = %d)", keep->model->accuracy, keep->model->n_accuracy);
    const struct {
        const char *name, *value;
    } facts[] = {{"source", path}, {"size", size}, {"model", keep->model->name}, {"accuracy", accuracy}, {APP_KEEP_OF, id}};
    int status = app_session_create(parent, slash ? slash + 1 : path, out);
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !status; i++)
        status = app_session_set_fact(*out, facts[i].name, facts[i].value);
    if (status)
        app_session_close(out);
    return status;
}

int app_keep_open(const char *parent, const struct app_keep *keep, struct app_session **out, bool *is_new)
{
    char id[APP_SESSION_TEXT_BYTES], path[PATH_MAX];
    struct search search = {.id = id};
    *out = NULL;
    *is_new = false;
    int status = make_id(keep, id, sizeof id, path);
    if (!status)
        status = app_session_each_folder(parent, is_it, &search);
    if (status < 0)
        return status;
    if (*search.folder)
        return app_session_open(search.folder, APP_SESSION_WRITE, out);
    *is_new = true;
    return create(parent, path, id, keep, out);
}

static int note_whole(struct app_session *session, const char *id)
{
    struct app_session_totals totals;
    struct app_coverage all = {0};
    char done[APP_SESSION_TEXT_BYTES];
    int status = app_session_totals(session, &totals);
    if (status || !totals.n_frames)
        return status;
    app_coverage_add(&all, totals.first_ns, totals.last_ns + 2 * FB_NS_PER_MS); /* whole ms are kept */
    app_coverage_print(&all, done, sizeof done);
    status = app_session_set_fact(session, APP_KEEP_DONE, done);
    return status ? status : app_session_set_fact(session, APP_KEEP_OF, id);
}

int app_keep_whole(const char *folder, const struct app_keep *keep)
{
    char id[APP_SESSION_TEXT_BYTES], path[PATH_MAX];
    struct app_session *session = NULL;
    int status = make_id(keep, id, sizeof id, path);
    if (!status)
        status = app_session_open(folder, APP_SESSION_WRITE, &session);
    if (!status)
        status = note_whole(session, id);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
