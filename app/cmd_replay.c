/* feltboard replay: the window on a recorded session: its video, with the timelines of its rows. */
#include "feltboard.h"

#include "desk/desk.h"
#include "session/session_folder.h"
#include "unlock.h"

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
        status = app_session_find_video(options.arguments[0], video, sizeof video);
    if (status)
        return status;
    struct app_desk_settings settings = {
        .options = &options, .spec = video, .session = options.arguments[0]};
    return app_desk_run(&settings);
}
