/* feltboard report: a session as one page. */
#include "feltboard.h"

#include "options.h"
#include "session/report.h"
#include "unlock.h"
#include "vis/source.h"
#include "vis/thumbnail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THUMBNAIL_PX = 480 };

/* Pictures come from the session's video, and only when its faces are clear by choice: a page of
 * pixelated faces shows nothing. */
struct pictures {
    struct vis_source *source;
    struct fb_frame_pool *pool;
    int64_t video_start_ns;
};

static int picture(void *user, int64_t time_ns, unsigned char **jpeg, size_t *n_bytes)
{
    struct pictures *pictures = user;
    struct fb_frame *frame = NULL;
    int status = vis_source_seek(pictures->source, time_ns - pictures->video_start_ns);
    if (!status && vis_source_read(pictures->source, pictures->pool, &frame) != VIS_READ_FRAME)
        status = FB_ERR_INPUT;
    if (!status)
        status = vis_thumbnail_jpeg(frame, THUMBNAIL_PX, jpeg, n_bytes);
    fb_frame_unref(&frame);
    return status;
}

static void open_pictures(struct app_session *session, struct pictures *pictures)
{
    char faces[32] = "", name[256] = "", start[64] = "", path[5000];
    struct vis_source_settings settings = vis_default_source_settings();
    int status = app_session_fact(session, "faces", faces, sizeof faces);
    if (!status)
        status = app_session_fact(session, "video", name, sizeof name);
    if (!status)
        status = app_session_fact(session, "video_start_ns", start, sizeof start);
    if (status || strcmp(faces, "clear") || !*name || strchr(name, '/'))
        return;
    snprintf(path, sizeof path, "%s/%s", app_session_folder(session), name);
    pictures->video_start_ns = strtoll(start, NULL, 10);
    if (access(path, R_OK) || vis_source_open(path, &settings, &pictures->source))
        return;
    const struct vis_source_info *info = vis_source_info(pictures->source);
    if (fb_frame_pool_create(1, info->width, info->height, &pictures->pool))
        vis_source_close(&pictures->source);
}

static int report(struct app_session *session, const char *path)
{
    struct pictures pictures = {0};
    struct app_report_settings settings = {picture, &pictures};
    open_pictures(session, &pictures);
    int status = app_report_save(session, pictures.source ? &settings : NULL, path);
    vis_source_close(&pictures.source);
    fb_frame_pool_destroy(&pictures.pool);
    return status;
}

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
    status = app_unlock(&options, options.arguments[0]);
    if (!status)
        status = app_session_open(options.arguments[0], APP_SESSION_READ, &session);
    if (!status)
        status = report(session, options.out);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
