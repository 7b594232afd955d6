/* See done.h. */
#include "done.h"

#include "paths.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "unlock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct search {
    const struct app_options *options;
    char id[APP_DONE_ID_BYTES];
    char *folder;
    size_t folder_bytes;
};

void app_done_id(const struct app_options *options, const char *spec, char id[APP_DONE_ID_BYTES])
{
    char path[PATH_MAX];
    struct stat info;
    const char *model = options->model ? options->model : app_default_model(), *slash = strrchr(model, '/');
    bool is_file = realpath(spec, path) && !stat(path, &info);
    int n = snprintf(id, APP_DONE_ID_BYTES, "%.80s %d %d %d %d %g ", slash ? slash + 1 : model, options->every,
                     options->find.kind, options->find.haar.min_face_px, options->has_video, options->duration_s);
    if (is_file)
        snprintf(id + n, (size_t)(APP_DONE_ID_BYTES - n), "%lld %lld.%09ld %.600s", (long long)info.st_size,
                 (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, path);
    else
        snprintf(id + n, (size_t)(APP_DONE_ID_BYTES - n), "%dx%d %g %d %llu %.600s", options->width, options->height,
                 options->fps, options->n_faces, (unsigned long long)options->seed, spec);
}

/* A folder that cannot be read is not the one that we look for; one that somebody writes to is left alone. */
static int look_at(void *user, const char *folder)
{
    struct search *search = user;
    struct app_session *session = NULL;
    char of[APP_SESSION_TEXT_BYTES] = "", complete[8] = "";
    int status = search->options->passphrase_file ? app_unlock(search->options, folder) : FB_OK;
    if (!status)
        status = app_session_open(folder, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_fact(session, APP_DONE_OF, of, sizeof of);
    if (!status)
        status = app_session_fact(session, APP_DONE, complete, sizeof complete);
    app_session_close(&session);
    if (status || strcmp(of, search->id))
        return FB_OK;
    if (!*complete)
        return app_session_delete(folder) == FB_ERR_IO ? FB_ERR_IO : FB_OK;
    snprintf(search->folder, search->folder_bytes, "%s", folder);
    return 1;
}

int app_done_find(const struct app_options *options, const char *spec, char *folder, size_t folder_bytes)
{
    struct search search = {.options = options, .folder = folder, .folder_bytes = folder_bytes};
    *folder = 0;
    app_done_id(options, spec, search.id);
    int status = app_session_each_folder(options->out, look_at, &search);
    return status < 0 ? status : FB_OK;
}

int app_done_set(const char *folder)
{
    struct app_session *session = NULL;
    int status = app_session_open(folder, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_session_set_fact(session, APP_DONE, "yes");
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
