/* The session behind a saved video: the one that is replayed, or the one that keeps the analysis of
 * a video without one. Its rows reach the desk through the pipeline; here are its facts, names and
 * markers, and what is done on the way through a recording. */
#include "desk_state.h"

#include "base/clock.h"
#include "base/words.h"
#include "keep.h"
#include "session/session_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_NS                                                                                    \
    (FB_NS_PER_S * 7 / 10) /* stepping back from just behind a marker goes to the one before */

struct loader {
    struct desk *desk;
    int64_t video_start_ns;
};

static int load_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    struct loader *loader = user;
    (void)wall;
    app_desk_add_marker(loader->desk, pts_ns - loader->video_start_ns, text);
    return FB_OK;
}

static int load_facts(struct desk *desk)
{
    struct loader loader = {.desk = desk};
    char start[64] = "", picture[64];
    int status = FB_OK;
    if (desk->settings->session) /* its own video begins at 0; rows of another one keep that one's times */
        status = app_session_fact(desk->session, "video_start_ns", start, sizeof start);
    if (!status)
        status = app_session_fact(desk->session, "picture", picture, sizeof picture);
    if (status)
        return status;
    loader.video_start_ns = strtoll(start, NULL, 10);
    desk->has_own_boxes = desk->settings->session && strcmp(picture, "clean");
    desk->session_start_ns = loader.video_start_ns;
    app_session_read_tracks(desk->session); /* who they are is the desk's */
    status = app_people_load(desk->session, desk->cast);
    if (!status)
        status = app_session_each_marker(desk->session, load_marker, &loader);
    if (!status)
        app_pipeline_use_session(desk->pipeline, desk->session, loader.video_start_ns);
    return status;
}

/* For writing, so that markers and names can be set; a session on a medium that cannot be written,
 * or that another window has, is only watched. */
static int open_replayed(struct desk *desk)
{
    if (!app_session_open(desk->settings->session, APP_SESSION_WRITE, &desk->session))
        return FB_OK;
    return app_session_open(desk->settings->session, APP_SESSION_READ, &desk->session);
}

/* What cannot be kept is analysed all the same. */
static void open_kept(struct desk *desk)
{
    const struct vis_source_info *source = app_pipeline_source(desk->pipeline);
    bool is_new;
    char text[256];
    if (source->kind != VIS_SOURCE_FILE)
        return;
    const struct app_keep keep = {.video = desk->settings->spec,
                                  .width = source->width,
                                  .height = source->height,
                                  .model = app_analyzer_model(desk->analyzer),
                                  .find = &desk->settings->options->find};
    int status = app_keep_open(desk->settings->options->out, &keep, &desk->session, &is_new);
    snprintf(text, sizeof text, status ? _("the analysis is not kept: %.200s") : "%.230s",
             status   ? fb_error_text()
             : is_new ? _("what is analysed is kept among your sessions")
                      : _("going on where the analysis was left"));
    app_desk_notify(desk, status != FB_OK, text);
}

int app_desk_open_session(struct desk *desk)
{
    int status = FB_OK;
    if (desk->settings->session)
        status = open_replayed(desk);
    else if (desk->analyzer)
        open_kept(desk);
    return status || !desk->session ? status : load_facts(desk);
}

/* a at the first press, b at the second, gone at the third; as in mpv. */
static void step_loop(struct desk *desk)
{
    int64_t now_ns = app_desk_shown_ns(desk);
    char text[96];
    if (desk->has_loop) {
        app_pipeline_set_loop(desk->pipeline, 0, 0);
        desk->has_loop = false;
        desk->loop_from_ns = -1;
        app_desk_notify(desk, false, _("the loop is off"));
    } else if (desk->loop_from_ns < 0 || now_ns <= desk->loop_from_ns) {
        desk->loop_from_ns = now_ns;
        app_desk_notify(desk, false, _("the loop starts here; press l where it ends"));
    } else {
        app_pipeline_set_loop(desk->pipeline, desk->loop_from_ns, now_ns);
        app_pipeline_seek(desk->pipeline, desk->loop_from_ns);
        snprintf(text, sizeof text, _("looping %.1f s; l ends it"),
                 (double)(now_ns - desk->loop_from_ns) * 1e-9);
        app_desk_notify(desk, false, text);
        desk->has_loop = true;
        desk->loop_to_ns = now_ns;
    }
}

/* The next marker after the picture, or the one before it. */
static void step_marker(struct desk *desk, int amount)
{
    double now_s = (double)app_desk_shown_ns(desk) * 1e-9, best_s = -1;
    double behind_s = desk->is_paused ? .001 : (double)NEAR_NS * 1e-9;
    const char *text = NULL;
    for (int i = 0; i < desk->n_markers; i++) {
        double time_s = desk->markers[i].time_s;
        bool is_wanted = amount > 0 ? time_s > now_s + .001 && (best_s < 0 || time_s < best_s)
                                    : time_s < now_s - behind_s && time_s > best_s;
        if (is_wanted) {
            best_s = time_s;
            text = desk->markers[i].text;
        }
    }
    if (best_s < 0) {
        app_desk_notify(desk, false,
                        amount > 0 ? _("no marker after this") : _("no marker before this"));
        return;
    }
    app_pipeline_seek(desk->pipeline, (int64_t)(best_s * 1e9 + .5));
    app_desk_notify(desk, false, text && *text ? text : _("marker"));
}

void app_desk_handle_replay(struct desk *desk, const struct ui_event *event)
{
    if (event->kind == UI_EVENT_LOOP)
        step_loop(desk);
    else if (event->kind == UI_EVENT_MARKER_STEP)
        step_marker(desk, event->amount);
}
