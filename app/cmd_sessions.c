/* feltboard sessions: what has been recorded, putting it right, and getting rid of it. */
#include "feltboard.h"

#include "cli.h"
#include "finish.h"
#include "options.h"
#include "session/forget.h"
#include "session/retention.h"
#include "seal/file.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "session/session_repair.h"
#include "desk/sessions_list.h"
#include "unlock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
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

static int list_one(void *user, const char *folder)
{
    const struct app_options *options = user;
    if (app_sessions_print(folder, options->is_json))
        app_message("%s", fb_error_text()); /* a damaged one does not hide the others */
    return FB_OK;
}

static int list(const struct app_options *options, const char *parent)
{
    return app_session_each_folder(parent, list_one, (void *)options);
}

static int show(const struct app_options *options, const char *path, const char *more)
{
    (void)more;
    return options->is_json ? app_sessions_print(path, true) : app_sessions_show(path);
}

/* Every chunk, and that it is this session's video. */
static int verify_sealed_video(struct app_session *session)
{
    char name[256] = "", path[PATH_BYTES + 260];
    struct seal_file *file = NULL;
    int status = app_session_fact(session, "video", name, sizeof name);
    snprintf(path, sizeof path, "%s/%s", app_session_folder(session), name);
    if (status || !*name || strchr(name, '/') || access(path, F_OK))
        return status;
    status = seal_file_open(path, &file);
    if (status == FB_ERR_LOCKED || (!status && seal_file_key(file) != app_session_key(session)))
        status = fb_fail(FB_ERR_TAMPERED, "%s: sealed as part of another session", path);
    if (!status)
        status = seal_file_verify(file);
    seal_file_close(&file);
    return status;
}

static int verify(const struct app_options *options, const char *path, const char *more)
{
    (void)options, (void)more;
    struct app_session *session = NULL;
    int status = app_session_open(path, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_verify(session);
    if (!status && app_session_key(session))
        status = verify_sealed_video(session);
    if (!status)
        printf("%s: whole\n", path);
    app_session_close(&session);
    return status;
}

static int delete_session(const struct app_options *options, const char *path, const char *more)
{
    (void)options, (void)more;
    return app_session_delete(path);
}

static int rename_session(const struct app_options *options, const char *path, const char *name)
{
    (void)options;
    char renamed[PATH_BYTES + 80];
    int status = app_session_rename(path, name, renamed, sizeof renamed);
    if (!status)
        printf("%s\n", renamed);
    return status;
}

/* The names and expressions of the forgotten one are in the captions, too, and in a report that was
 * saved beside the session. */
static int forget_student(const struct app_options *options, const char *path, const char *who)
{
    (void)options;
    struct app_session *session = NULL;
    char report[PATH_BYTES + 32], faces[32] = "";
    int student, status = app_session_open(path, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_forget_find(session, who, &student);
    if (!status)
        status = app_forget_student(session, student);
    struct app_finish_result result = {0};
    if (!status)
        status = app_finish_video(session, &result);
    if (!status)
        status = app_session_fact(session, "faces", faces, sizeof faces);
    int close_status = app_session_close(&session);
    status = status ? status : close_status;
    if (status)
        return status;
    snprintf(report, sizeof report, "%s/report.html", path);
    if (!unlink(report))
        app_message("%s: deleted, for the student was in it; make it anew", report);
    if (!strcmp(faces, "clear"))
        app_message("the rows are gone; the video still shows everybody's face");
    return FB_OK;
}

static int repair_video(const char *path)
{
    struct app_session *session = NULL;
    struct app_finish_result result;
    int status = app_session_open(path, APP_SESSION_WRITE, &session);
    if (!status)
        status = app_finish_video(session, &result);
    if (!status && result.is_rescued)
        printf("%s: the video that broke off is whole now, %lld frames\n", path,
               (long long)result.n_frames);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

static int repair(const struct app_options *options, const char *path, const char *more)
{
    (void)options, (void)more;
    struct app_repair_result result;
    int status = app_session_repair(path, &result);
    if (status)
        return status;
    if (result.is_rebuilt)
        printf("%s: was damaged; rebuilt from what can be read (%lld rows left out), the old "
               "database is beside it\n",
               path, (long long)result.n_lost);
    status = repair_video(path);
    if (!status)
        printf("%s: whole, %lld frames, %lld rows\n", path, (long long)result.n_frames,
               (long long)result.n_rows);
    return status;
}

static int write_index(const struct app_options *options, const char *parent)
{
    char path[PATH_BYTES], folder[PATH_BYTES - 20];
    int status = FB_OK;
    if (options->out) {
        snprintf(path, sizeof path, "%s", options->out);
    } else {
        if (parent)
            snprintf(folder, sizeof folder, "%s", parent);
        else
            status = app_session_default_parent(folder, sizeof folder);
        snprintf(path, sizeof path, "%.1150s/index.html", folder);
    }
    if (!status)
        status = app_sessions_index(parent, path);
    if (!status)
        printf("%s\n", path);
    return status;
}

static int say_retention(int days)
{
    if (days)
        printf("sessions are deleted %d days after their start, when the program starts\n", days);
    else
        puts("sessions are kept until you delete them");
    return FB_OK;
}

static int retention(const char *text)
{
    int days = 0, status;
    if (!text) {
        status = app_retention_get(&days);
        return status ? status : say_retention(days);
    }
    if (strcmp(text, "off") &&
        (status = app_parse_int("retention", text, 1, APP_RETENTION_MAX_DAYS, &days)))
        return status;
    status = app_retention_set(days);
    return status ? status : say_retention(days);
}

static void say_deleted(void *user, const char *folder)
{
    (void)user;
    printf("deleted: %s\n", folder);
}

static int purge(const char *parent)
{
    int days, status = app_retention_get(&days);
    if (!status && !days)
        return fb_fail(FB_ERR_USAGE, "sessions purge: first say how long they are kept, with "
                                     "'sessions retention DAYS'");
    return status ? status : app_retention_purge(parent, days, time(NULL), say_deleted, NULL, NULL);
}

/* What is done to one session, and with what else. */
static const struct verb {
    const char *name, *more; /* more: the name of its second argument, or NULL */
    int (*run)(const struct app_options *options, const char *path, const char *more);
} verbs[] = {
    {"show", NULL, show},
    {"verify", NULL, verify},
    {"repair", NULL, repair},
    {"delete", NULL, delete_session}, /* needs no passphrase */
    {"rename", "its new name", rename_session},
    {"forget-student", "a student's name or number", forget_student},
};

static int run_verb(const struct app_options *options, const char *name)
{
    const struct verb *verb = NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(name, verbs[i].name))
            verb = &verbs[i];
    if (!verb)
        return fb_fail(FB_ERR_USAGE, "sessions: '%s' is not known; see 'feltboard sessions --help'",
                       name);
    if (options->n_arguments != (verb->more ? 3 : 2))
        return fb_fail(FB_ERR_USAGE, "sessions %s: name one session%s%s", name,
                       verb->more ? " and " : "", verb->more ? verb->more : "");
    char path[PATH_BYTES];
    int status = find_session(options->arguments[1], path);
    if (!status && verb->run != delete_session)
        status = app_unlock(options, path);
    return status ? status : verb->run(options, path, verb->more ? options->arguments[2] : NULL);
}

int app_cmd_sessions(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(
        argc, argv, APP_FOR_SESSIONS,
        "sessions list [FOLDER] | show SESSION | rename SESSION NAME | delete SESSION |\n"
        "       forget-student SESSION STUDENT | verify SESSION | repair SESSION |\n"
        "       index [FOLDER] [-o FILE.html] | retention [DAYS|off] | purge [FOLDER]",
        "SESSION is a session's folder, or its name among your sessions. STUDENT: the name, or "
        "the\n"
        "number as 'show' and the report give it.\n"
        "repair: a recording that broke off becomes a normal file, a damaged database is rebuilt.\n"
        "retention: sessions older than so many days are deleted when the program starts.",
        &options);
    if (status || options.is_help)
        return status;
    const char *verb = options.n_arguments ? options.arguments[0] : "list";
    const char *argument = options.n_arguments > 1 ? options.arguments[1] : NULL;
    if (!strcmp(verb, "list"))
        return list(&options, argument);
    if (!strcmp(verb, "index"))
        return write_index(&options, argument);
    if (!strcmp(verb, "retention"))
        return retention(argument);
    if (!strcmp(verb, "purge"))
        return purge(argument);
    return run_verb(&options, verb);
}
