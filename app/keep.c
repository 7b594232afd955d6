/* See keep.h. */
#include "keep.h"

#include "session/session_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FACT_ID "source_id"

struct search {
    const char *id;
    char folder[PATH_MAX];
};

static int make_id(const char *video, const struct nn_classifier_info *model, char *id,
                   size_t id_bytes, char path[PATH_MAX])
{
    struct stat info;
    if (!realpath(video, path) || stat(path, &info))
        return fb_fail(FB_ERR_INPUT, "%s: %s", video, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fb_fail(FB_ERR_INPUT, "%s: not one file", video);
    snprintf(id, id_bytes, "%lld %lld.%09ld %s %.4f %.700s", (long long)info.st_size,
             (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, model->name, model->accuracy,
             path);
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
        status = app_session_fact(session, FACT_ID, id, sizeof id);
    app_session_close(&session);
    if (status || strcmp(id, search->id))
        return FB_OK;
    snprintf(search->folder, sizeof search->folder, "%s", folder);
    return 1;
}

static int create(const char *parent, const char *path, const char *id, int width, int height,
                  const struct nn_classifier_info *model, struct app_session **out)
{
    char size[32], accuracy[64];
    const char *slash = strrchr(path, '/');
    snprintf(size, sizeof size, "%dx%d", width, height);
    snprintf(accuracy, sizeof accuracy, "%.4f (n = %d)", model->accuracy, model->n_accuracy);
    const struct {
        const char *name, *value;
    } facts[] = {{"source", path}, {"size", size}, {"model", model->name}, {"accuracy", accuracy},
                 {FACT_ID, id}};
    int status = app_session_create(parent, slash ? slash + 1 : path, out);
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !status; i++)
        status = app_session_set_fact(*out, facts[i].name, facts[i].value);
    if (status)
        app_session_close(out);
    return status;
}

int app_keep_open(const char *parent, const char *video, int width, int height,
                  const struct nn_classifier_info *model, struct app_session **out, bool *is_new)
{
    char id[APP_SESSION_TEXT_BYTES], path[PATH_MAX];
    struct search search = {.id = id};
    *out = NULL;
    *is_new = false;
    int status = make_id(video, model, id, sizeof id, path);
    if (!status)
        status = app_session_each_folder(parent, is_it, &search);
    if (status < 0)
        return status;
    if (*search.folder)
        return app_session_open(search.folder, APP_SESSION_WRITE, out);
    *is_new = true;
    return create(parent, path, id, width, height, model, out);
}
