/* feltboard sessions: what has been recorded, and getting rid of it. */
#include "feltboard.h"

#include "cli.h"
#include "json.h"
#include "options.h"
#include "session.h"
#include "session_folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1200 };

/* A path as given, or the name of a folder among the user's sessions. */
static int find_session(const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s", name);
    if (strchr(name, '/') || access(name, F_OK) == 0)
        return FB_OK;
    char parent[PATH_BYTES / 2];
    int status = app_session_default_parent(parent, sizeof parent);
    if (!status)
        snprintf(path, PATH_BYTES, "%.590s/%.590s", parent, name);
    return status;
}

static int print_session(const char *path, bool is_json)
{
    struct app_session *session = NULL;
    struct app_session_totals totals;
    char source[APP_SESSION_TEXT_BYTES], model[APP_SESSION_TEXT_BYTES];
    int status = app_session_open(path, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_totals(session, &totals);
    if (!status)
        status = app_session_fact(session, "source", source, sizeof source);
    if (!status)
        status = app_session_fact(session, "model", model, sizeof model);
    if (status) {
        app_session_close(&session);
        return status;
    }
    double seconds = (double)(totals.last_ns - totals.first_ns) * 1e-9;
    if (is_json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "session", path);
        cJSON_AddStringToObject(object, "source", source);
        cJSON_AddStringToObject(object, "model", model);
        app_json_add_rounded(object, "seconds", seconds, 3);
        cJSON_AddNumberToObject(object, "frames", (double)totals.n_frames);
        cJSON_AddNumberToObject(object, "rows", (double)totals.n_rows);
        cJSON_AddNumberToObject(object, "students", totals.n_students);
        cJSON_AddNumberToObject(object, "markers", (double)totals.n_markers);
        status = app_json_print_line(&object);
    } else {
        printf("%s: %.1f s, %lld frames, %d students, %lld markers; %s; %s\n", path, seconds,
               (long long)totals.n_frames, totals.n_students, (long long)totals.n_markers, source,
               model);
    }
    app_session_close(&session);
    return status;
}

static int list_one(void *user, const char *folder)
{
    const struct app_options *options = user;
    if (print_session(folder, options->is_json))
        app_message("%s", fb_error_text()); /* a damaged one does not hide the others */
    return FB_OK;
}

static int forget_student(const char *path, const char *number)
{
    struct app_session *session = NULL;
    int student, status = app_parse_int("forget-student", number, 1, 1000000, &student);
    if (!status)
        status = app_session_open(path, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_session_forget(session, student);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

static int verify(const char *path)
{
    struct app_session *session = NULL;
    int status = app_session_open(path, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_verify(session);
    if (!status)
        printf("%s: whole\n", path);
    app_session_close(&session);
    return status;
}

int app_cmd_sessions(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(
        argc, argv, APP_FOR_SESSIONS,
        "sessions list [FOLDER] | show SESSION | verify SESSION | delete SESSION |\n"
        "       forget-student SESSION NUMBER",
        "SESSION is a session's folder, or its name among your sessions.", &options);
    if (status || options.is_help)
        return status;
    const char *verb = options.n_arguments ? options.arguments[0] : "list";
    if (!strcmp(verb, "list"))
        return app_session_each_folder(options.n_arguments > 1 ? options.arguments[1] : NULL,
                                       list_one, &options);
    bool is_forget = !strcmp(verb, "forget-student");
    if (strcmp(verb, "show") && strcmp(verb, "verify") && strcmp(verb, "delete") && !is_forget)
        return fb_fail(FB_ERR_USAGE, "sessions: '%s' is not known; see 'feltboard sessions --help'",
                       verb);
    if (options.n_arguments != (is_forget ? 3 : 2))
        return fb_fail(FB_ERR_USAGE, "sessions %s: name %s", verb,
                       is_forget ? "a session and a student's number" : "one session");
    char path[PATH_BYTES];
    status = find_session(options.arguments[1], path);
    if (status)
        return status;
    if (is_forget)
        return forget_student(path, options.arguments[2]);
    if (!strcmp(verb, "verify"))
        return verify(path);
    return !strcmp(verb, "delete") ? app_session_delete(path)
                                   : print_session(path, options.is_json);
}
