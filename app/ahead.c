/* The analysis thread of a saved video in the window. First the rows that are there already (of the
 * session that is replayed, or of an earlier time with this video); then, with an analyzer, what is not
 * analysed yet, at full speed: from where the picture is to the end, then the gaps. Rows go into the
 * session as they come, so that nothing is done twice. At last it waits for changes to the session. */
#include "pipeline_state.h"

#include "base/log.h"
#include "keep.h"
#include "session/session_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_NS (FB_NS_PER_S / 2) /* the picture this far from what is analysed: go there */
#define SAVE_NS FB_NS_PER_S         /* what is done is noted so often */

struct ahead {
    struct app_pipeline *pipeline;
    struct app_coverage done;
    int64_t run_from_ns, run_to_ns; /* analysed since the last jump */
    int64_t saved_ns;
    int64_t end_ns;  /* of the video as far as is known */
    int64_t jump_ns; /* where the last jump went; INT64_MIN: nowhere yet */
};

/* ---- the session ---- */

static int publish_row(void *user, const struct mon_observation *stored)
{
    struct app_pipeline *pipeline = user;
    struct mon_observation *copy = malloc(sizeof *copy);
    if (!copy)
        return fb_fail_nomem("an observation", sizeof *copy);
    *copy = *stored;
    if (pipeline->renumber)
        app_renumber_learn(pipeline->renumber, stored);
    copy->pts_ns -= pipeline->settings.video_start_ns;
    app_pipeline_wake(pipeline);
    return fb_fifo_send_wait(pipeline->observations, copy) ? FB_OK : FB_ERR_INTERRUPTED;
}

static int load_rows(struct app_pipeline *pipeline)
{
    struct app_session *session = pipeline->settings.session;
    int status = session ? app_session_each(session, INT64_MIN, INT64_MAX, publish_row, pipeline)
                         : FB_OK;
    return status == FB_ERR_INTERRUPTED ? FB_OK : status;
}

static int apply_edit(struct app_pipeline *pipeline, const struct app_edit *edit)
{
    struct app_session *session = pipeline->settings.session;
    if (edit->is_people)
        return app_people_change(session, edit->text);
    if (edit->student)
        return app_session_set_name(session, edit->student, edit->text);
    return app_session_mark(session, edit->pts_ns + pipeline->settings.video_start_ns, edit->text);
}

/* What main wants to be changed in the session; waits until deadline_ns for the first. */
static void apply_edits(struct app_pipeline *pipeline, int64_t deadline_ns)
{
    struct app_edit *edit;
    while ((edit = fb_fifo_wait(pipeline->edits, deadline_ns))) {
        if (apply_edit(pipeline, edit))
            app_pipeline_set_problem(pipeline, fb_error_text(), false);
        free(edit);
        deadline_ns = INT64_MIN;
    }
}

/* Notes what is done, rows first: they are committed with it. */
static int save(struct ahead *ahead, bool is_forced)
{
    struct app_session *session = ahead->pipeline->settings.session;
    int64_t now_ns = fb_clock_now_ns();
    struct app_coverage all = ahead->done;
    app_coverage_add(&all, ahead->run_from_ns, ahead->run_to_ns);
    double share = app_coverage_share(&all, 0, ahead->end_ns);
    int permille = (int)(share * 1000);
    atomic_store(&ahead->pipeline->n_done_permille, permille < 1000 ? permille : 999);
    if (!session || (!is_forced && now_ns - ahead->saved_ns < SAVE_NS))
        return FB_OK;
    char text[APP_SESSION_TEXT_BYTES];
    ahead->saved_ns = now_ns;
    app_coverage_print(&all, text, sizeof text);
    return app_session_set_fact(session, APP_KEEP_DONE, text);
}

/* ---- the analysis ---- */

static void end_run(struct ahead *ahead)
{
    app_coverage_add(&ahead->done, ahead->run_from_ns, ahead->run_to_ns);
    ahead->run_from_ns = ahead->run_to_ns = INT64_MIN;
}

static int jump(struct ahead *ahead, int64_t to_ns)
{
    struct app_pipeline *pipeline = ahead->pipeline;
    end_run(ahead);
    ahead->jump_ns = to_ns;
    int status = save(ahead, true);
    if (!status)
        status = vis_source_seek(pipeline->analysis_source, to_ns);
    app_analyzer_cut(pipeline->settings.analyzer);
    return status;
}

/* The picture is where nothing has been analysed and where this run will not soon be. */
static bool must_follow(const struct ahead *ahead, int64_t position_ns)
{
    bool is_in_run = position_ns >= ahead->run_from_ns &&
                     position_ns <= ahead->run_to_ns + BEHIND_NS;
    return ahead->run_from_ns != INT64_MIN && !is_in_run &&
           !app_coverage_has(&ahead->done, position_ns);
}

static int add_frame(struct ahead *ahead, struct fb_frame *frame)
{
    struct app_pipeline *pipeline = ahead->pipeline;
    double fps = pipeline->info.fps;
    int64_t pts_ns = frame->pts_ns;
    int64_t frame_ns = fps > 0 ? (int64_t)(1e9 / fps) : FB_NS_PER_S / 25;
    int status = app_pipeline_analyse(pipeline, frame);
    if (ahead->run_from_ns == INT64_MIN)
        ahead->run_from_ns = pts_ns;
    ahead->run_to_ns = pts_ns + frame_ns;
    if (ahead->run_to_ns > ahead->end_ns)
        ahead->end_ns = ahead->run_to_ns;
    return status ? status : save(ahead, false);
}

/* To the first gap; *is_done when there is none. reached_ns: everything from the last jump to there
 * has been read. */
static int next_gap(struct ahead *ahead, int64_t first_ns, int64_t reached_ns, bool *is_done)
{
    end_run(ahead);
    if (ahead->jump_ns != INT64_MIN) /* no picture lay in that gap, or all are analysed */
        app_coverage_add(&ahead->done, ahead->jump_ns, reached_ns);
    int64_t gap_ns = app_coverage_gap(&ahead->done, first_ns);
    *is_done = gap_ns >= ahead->end_ns;
    return *is_done ? save(ahead, true) : jump(ahead, gap_ns);
}

/* What was read of the video, a frame or its end. Takes the frame over. */
static int take(struct ahead *ahead, struct fb_frame *frame, int64_t first_ns, bool *is_done)
{
    if (!frame) {
        if (ahead->run_to_ns != INT64_MIN)
            ahead->end_ns = ahead->run_to_ns;
        return next_gap(ahead, first_ns, ahead->end_ns, is_done);
    }
    int64_t pts_ns = frame->pts_ns;
    if (!app_coverage_has(&ahead->done, pts_ns))
        return add_frame(ahead, frame);
    fb_frame_unref(&frame);
    bool is_before_gap = ahead->run_from_ns == INT64_MIN && pts_ns < ahead->jump_ns;
    return is_before_gap ? FB_OK : next_gap(ahead, first_ns, pts_ns, is_done);
}

static int analyse_gaps(struct ahead *ahead)
{
    struct app_pipeline *pipeline = ahead->pipeline;
    int64_t first_ns = INT64_MIN; /* of the video's pictures */
    bool is_done = false;
    int status = FB_OK;
    while (!status && !is_done && !atomic_load(&pipeline->is_stopping)) {
        apply_edits(pipeline, INT64_MIN);
        int64_t position_ns = atomic_load(&pipeline->position_ns);
        if (must_follow(ahead, position_ns)) {
            atomic_fetch_add(&pipeline->n_skipped, 1);
            status = jump(ahead, position_ns);
            if (status)
                break;
        }
        struct fb_frame *frame = NULL;
        int got = vis_source_read(pipeline->analysis_source, pipeline->analysis_pool, &frame);
        if (got < 0)
            return got;
        if (frame && first_ns == INT64_MIN)
            first_ns = frame->pts_ns;
        if (got == VIS_READ_END || frame)
            status = take(ahead, frame, first_ns, &is_done);
    }
    end_run(ahead);
    int save_status = save(ahead, true);
    if (is_done)
        atomic_store(&pipeline->n_done_permille, 1000);
    return status ? status : save_status;
}

int app_analyse_ahead(struct app_pipeline *pipeline)
{
    struct app_session *session = pipeline->settings.session;
    struct ahead ahead = {.pipeline = pipeline,
                          .run_from_ns = INT64_MIN,
                          .run_to_ns = INT64_MIN,
                          .jump_ns = INT64_MIN,
                          .end_ns = pipeline->info.duration_ns};
    char done[APP_SESSION_TEXT_BYTES] = "";
    if (session && pipeline->settings.analyzer)
        pipeline->renumber = calloc(1, sizeof *pipeline->renumber);
    int status = load_rows(pipeline);
    if (!status && session && pipeline->settings.analyzer)
        status = app_session_fact(session, APP_KEEP_DONE, done, sizeof done);
    app_coverage_parse(done, &ahead.done);
    if (!status && pipeline->settings.analyzer)
        status = analyse_gaps(&ahead);
    while (session && !status && !atomic_load(&pipeline->is_stopping)) {
        apply_edits(pipeline, fb_clock_now_ns() + FB_NS_PER_S / 2);
        status = app_session_tick(session);
    }
    apply_edits(pipeline, INT64_MIN);
    return status;
}
