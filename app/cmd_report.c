/* feltboard report: a session as one page. */
#include "feltboard.h"

#include "options.h"
#include "report.h"

int app_cmd_report(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_REPORT, "report SESSION -o FILE.html",
                                   "Writes one self-contained page about a session.", &options);
    if (status || options.is_help)
        return status;
    if (options.n_arguments != 1)
        return fb_fail(FB_ERR_USAGE, "report: name one session folder");
    if (!options.out)
        return fb_fail(FB_ERR_USAGE, "report: name the page to write with -o FILE.html");
    struct app_session *session = NULL;
    status = app_session_open(options.arguments[0], APP_SESSION_READ, &session);
    if (!status)
        status = app_report_save(session, options.out);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
