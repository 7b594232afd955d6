/* feltboard replay: the window on a recorded session: its video, with the timelines of its rows. */
#include "feltboard.h"

#include "desk/desk.h"
#include "session/session.h"
#include "unlock.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int find_video(const char *path, char *video, size_t video_bytes)
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

int app_cmd_replay(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(
        argc, argv, APP_FOR_REPLAY, "replay SESSION",
        "Plays a recorded session: its video with the timelines of its rows.", &options);
    if (status || options.is_help)
        return status;
    if (options.n_arguments != 1)
        return fb_fail(FB_ERR_USAGE, "replay: name one session folder");
    char video[2048];
    status = app_unlock(&options, options.arguments[0]);
    if (!status)
        status = find_video(options.arguments[0], video, sizeof video);
    if (status)
        return status;
    struct app_desk_settings settings = {
        .options = &options, .spec = video, .session = options.arguments[0]};
    return app_desk_run(&settings);
}
