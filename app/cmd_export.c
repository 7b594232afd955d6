/* feltboard export: a session's rows for other programs. */
#include "feltboard.h"

#include "session/export.h"
#include "options.h"
#include "session/session_folder.h"
#include "unlock.h"

static int export_session(struct app_session *session, const struct app_options *options,
                          const struct app_export_settings *settings)
{
    return options->out ? app_export_save(session, settings, options->out)
                        : app_export_write(session, settings, stdout);
}

int app_cmd_export(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_EXPORT,
                                   "export SESSION --format csv|runs|jsonl|vtt|chapters|eaf|boris [-o FILE]",
                                   "Writes a session's rows to FILE, or to standard output.", &options);
    if (status || options.is_help)
        return status;
    struct app_export_settings settings = {.format = app_export_format_from_name(options.format)};
    if (!settings.format)
        return fb_fail(FB_ERR_USAGE,
                       "export: the format '%s' is not known; it is csv, runs, jsonl, vtt, chapters, eaf or boris",
                       options.format);
    if (options.n_arguments != 1)
        return fb_fail(FB_ERR_USAGE, "export: name one session folder");
    struct app_session *session = NULL;
    status = app_unlock(&options, options.arguments[0]);
    if (!status)
        status = app_session_open(options.arguments[0], APP_SESSION_READ, &session);
    if (!status)
        status = export_session(session, &options, &settings);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
