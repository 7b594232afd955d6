/* feltboard report: a session as one page. */
#include "feltboard.h"

#include "base/clock.h"
#include "config.h"
#include "desk/words.h"
#include "hide.h"
#include "options.h"
#include "session/report.h"
#include "unlock.h"
#include "vis/source.h"
#include "vis/thumbnail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THUMBNAIL_PX = 480, MAX_STUDENT = 4095 };

/* Pictures come from the session's video, and only when its faces are clear by choice: a page of
 * pixelated faces shows nothing. Who has no name was not asked for: pixelated, unless --no-blur says otherwise. */
struct pictures {
    struct app_session *rows; /* a handle of its own, for it is read while the report reads; NULL: nobody is hidden */
    struct app_hide hide;
    bool is_named[MAX_STUDENT + 1];
    struct vis_source *source;
    struct fb_frame_pool *pool;
    int64_t video_start_ns;
};

static int note_name(void *user, int student, const char *name)
{
    struct pictures *pictures = user;
    if (student > 0 && student <= MAX_STUDENT)
        pictures->is_named[student] = *name != 0;
    return FB_OK;
}

static int observe_unnamed(void *user, const struct mon_observation *observation)
{
    struct pictures *pictures = user;
    struct mon_observation unnamed = *observation;
    unnamed.n_faces = 0;
    for (int i = 0; i < observation->n_faces; i++) {
        int student = observation->faces[i].student;
        if (student < 1 || student > MAX_STUDENT || !pictures->is_named[student])
            unnamed.faces[unnamed.n_faces++] = observation->faces[i];
    }
    app_hide_observe(&pictures->hide, &unnamed);
    return FB_OK;
}

/* By what was seen around its time; nothing seen: all of the picture. */
static int hide_unnamed(struct pictures *pictures, struct fb_frame *frame, int64_t time_ns)
{
    pictures->hide = (struct app_hide){0};
    int status = app_session_each(pictures->rows, time_ns - FB_NS_PER_S, time_ns + FB_NS_PER_S / 2, observe_unnamed,
                                  pictures);
    frame->pts_ns = time_ns;
    if (!status)
        app_hide_faces(&pictures->hide, frame);
    return status;
}

static int picture(void *user, int64_t time_ns, unsigned char **jpeg, size_t *n_bytes)
{
    struct pictures *pictures = user;
    struct fb_frame *frame = NULL;
    int status = vis_source_seek(pictures->source, time_ns - pictures->video_start_ns);
    if (!status && vis_source_read(pictures->source, pictures->pool, &frame) != VIS_READ_FRAME)
        status = FB_ERR_INPUT;
    if (!status && pictures->rows)
        status = hide_unnamed(pictures, frame, time_ns);
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

static int open_names(struct app_session *session, struct pictures *pictures)
{
    int status = app_session_open(app_session_folder(session), APP_SESSION_READ, &pictures->rows);
    return status ? status : app_session_each_student(pictures->rows, note_name, pictures);
}

static int report(struct app_session *session, const char *path, bool has_clear_faces)
{
    static struct pictures pictures; /* large */
    struct app_report_settings settings = {picture, &pictures};
    open_pictures(session, &pictures);
    int status = pictures.source && !has_clear_faces ? open_names(session, &pictures) : FB_OK;
    if (!status)
        status = app_report_save(session, pictures.source ? &settings : NULL, path);
    app_session_close(&pictures.rows);
    vis_source_close(&pictures.source);
    fb_frame_pool_destroy(&pictures.pool);
    return status;
}

/* The page is in the language of the window. */
static void speak(void)
{
    struct app_config *config = NULL;
    if (app_config_open(NULL, &config))
        app_words_load(NULL);
    else
        app_words_load(app_config_get(config, "window", "language", NULL));
    app_config_close(&config);
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
    speak();
    status = app_unlock(&options, options.arguments[0]);
    if (!status)
        status = app_session_open(options.arguments[0], APP_SESSION_READ, &session);
    if (!status)
        status = report(session, options.out, options.has_clear_faces);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}
