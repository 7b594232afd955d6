/* See finish.h. */
#include "finish.h"

#include "base/log.h"
#include "captions.h"
#include "disk.h"
#include "session/export.h"
#include "session/stretches.h"
#include "vis/remux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4400 };
#define SPARE_BYTES INT64_C(50000000) /* left free for the rest of the system */

struct paths {
    char video[PATH_BYTES], part[PATH_BYTES + 8], captions[PATH_BYTES], markers[PATH_BYTES];
};

/* "" when the session has no video by its facts. */
static int find_paths(struct app_session *session, struct paths *paths)
{
    char name[256];
    const char *folder = app_session_folder(session);
    int status = app_session_fact(session, "video", name, sizeof name);
    bool has_video = !status && *name && !strchr(name, '/');
    snprintf(paths->video, sizeof paths->video, "%.4090s/%s", folder, has_video ? name : "");
    snprintf(paths->part, sizeof paths->part, "%s.part", paths->video);
    snprintf(paths->captions, sizeof paths->captions, "%.4090s/" APP_CAPTIONS_NAME, folder);
    snprintf(paths->markers, sizeof paths->markers, "%.4090s/" APP_CAPTIONS_MARKERS_NAME, folder);
    if (!has_video)
        *paths->video = 0;
    return status;
}

/* Beside the video, for players that read them there. A sealed one no other player reads. */
static int write_texts(struct app_session *session, const struct paths *paths)
{
    if (app_session_key(session))
        return FB_OK;
    struct app_export_settings settings = {.format = APP_EXPORT_VTT};
    int status = app_export_save(session, &settings, paths->captions);
    settings.format = APP_EXPORT_CHAPTERS;
    return status ? status : app_export_save(session, &settings, paths->markers);
}

/* The captions' text in memory; the caller frees. */
static int make_captions(struct app_session *session, char **text)
{
    size_t n_bytes = 0;
    struct app_export_settings settings = {.format = APP_EXPORT_VTT};
    FILE *file = open_memstream(text, &n_bytes);
    int status = file ? app_export_write(session, &settings, file) : fb_fail_nomem("captions", BUFSIZ);
    if (file && fclose(file) && !status)
        status = fb_fail_nomem("captions", n_bytes);
    return status;
}

/* from and to may be the same file. */
static int mux(struct app_session *session, const struct paths *paths, const char *from,
               int64_t *n_frames)
{
    struct app_stretches all;
    int status = app_stretches_init(&all, session, 0);
    struct vis_chapter *chapters = calloc((size_t)all.n_markers + 1, sizeof *chapters);
    if (!status && !chapters)
        status = fb_fail_nomem("chapters", (size_t)all.n_markers * sizeof *chapters);
    for (int i = 0; i < all.n_markers && !status; i++)
        chapters[i] = (struct vis_chapter){all.markers[i].time_ns, all.markers[i].text[0]
                                                                       ? all.markers[i].text
                                                                       : "marker"};
    bool has_cues = all.n_stretches + all.n_markers > 0;
    char *captions = NULL;
    if (!status && has_cues)
        status = make_captions(session, &captions);
    struct vis_remux_settings settings = {.subtitles = captions,
                                          .key = app_session_key(session),
                                          .chapters = chapters,
                                          .n_chapters = all.n_markers,
                                          .n_frames = n_frames};
    if (!status)
        status = vis_remux(from, paths->video, &settings);
    free(captions);
    free(chapters);
    app_stretches_finish(&all);
    return status;
}

static bool has_room(const struct app_session *session, int64_t n_bytes)
{
    int64_t free_bytes = app_disk_free_bytes(app_session_folder(session));
    return free_bytes < 0 || free_bytes > n_bytes + SPARE_BYTES;
}

int app_finish_video(struct app_session *session, struct app_finish_result *result)
{
    struct paths paths;
    struct stat info;
    struct app_finish_result ignored;
    result = result ? result : &ignored;
    *result = (struct app_finish_result){0};
    int status = find_paths(session, &paths);
    if (status || !*paths.video)
        return status;
    bool has_video = !lstat(paths.video, &info);
    bool is_broken_off = !has_video && !lstat(paths.part, &info);
    if (!has_video && !is_broken_off)
        return FB_OK;
    status = write_texts(session, &paths);
    if (status)
        return status;
    if (!has_room(session, info.st_size)) {
        fb_log(FB_LOG_WARN, "recorder",
               "%s: no room to put captions and markers into it; they lie beside it", paths.video);
        return FB_OK;
    }
    status = mux(session, &paths, is_broken_off ? paths.part : paths.video, &result->n_frames);
    result->is_muxed = !status;
    result->is_rescued = !status && is_broken_off;
    if (result->is_rescued && unlink(paths.part))
        status = fb_fail(FB_ERR_IO, "%s: %s", paths.part, strerror(errno));
    return status;
}
