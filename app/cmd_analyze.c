/* feltboard analyze: every frame of each source into a session of its own, as fast as it goes. */
#include "feltboard.h"

#include "base/clock.h"
#include "cli.h"
#include "done.h"
#include "keep.h"
#include "options.h"
#include "pipeline.h"
#include "source_list.h"
#include "unlock.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEMO_DURATION_S 30.0

struct tally {
    int64_t start_ns;
    int64_t n_frames, n_faces; /* analysed; faces seen in them */
};

static int create_recording(const struct app_options *options, const char *spec,
                            const struct vis_source_info *source,
                            const struct app_analyzer *analyzer, struct app_recording **out)
{
    char id[APP_DONE_ID_BYTES];
    app_done_id(options, spec, id);
    struct app_recording_settings settings = {
        .analysis_of = id,
        .key = options->key,
        .parent_dir = options->out,
        .name = options->session ? options->session : source->name,
        .source = spec,
        .model_path = options->model,
        .model = app_analyzer_model(analyzer),
        .width = source->width,
        .height = source->height,
        .fps = source->fps,
        .has_video = options->has_video,
        .is_annotated = !options->is_clean,
        .has_clear_faces = options->has_clear_faces,
        .is_lossless = true,
    };
    return app_recording_create(&settings, out);
}

static void take_observations(struct app_pipeline *pipeline, struct tally *tally)
{
    struct mon_observation *observation;
    while ((observation = app_pipeline_take_observation(pipeline))) {
        tally->n_frames++;
        for (int i = 0; i < observation->n_faces; i++)
            tally->n_faces += observation->faces[i].is_seen;
        free(observation);
    }
}

/* Until all is analysed and recorded, a thread fails, or the user interrupts. */
static int wait_for_end(struct app_pipeline *pipeline, struct tally *tally)
{
    const struct vis_source_info *source = app_pipeline_source(pipeline);
    int n_warnings = 0;
    while (!app_pipeline_has_ended(pipeline)) {
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted; what was analysed by then is kept");
        take_observations(pipeline, tally);
        struct app_pipeline_status status;
        app_pipeline_get_status(pipeline, &status);
        if (status.n_warnings > n_warnings) {
            n_warnings = status.n_warnings;
            app_message("%s", status.warning);
        }
        app_progress(source->name, (double)status.analysed_to_ns * 1e-9,
                     (double)source->duration_ns * 1e-9);
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 10 * FB_NS_PER_MS);
    }
    take_observations(pipeline, tally);
    app_progress_end();
    return FB_OK;
}

static int run_pipeline(const struct app_options *options, const char *spec,
                        struct app_analyzer *analyzer, struct app_pipeline *pipeline,
                        struct tally *tally, char *folder, size_t folder_bytes)
{
    struct app_recording *recording = NULL;
    int status =
        create_recording(options, spec, app_pipeline_source(pipeline), analyzer, &recording);
    if (status)
        return status;
    snprintf(folder, folder_bytes, "%s", app_recording_folder(recording));
    app_pipeline_record(pipeline, recording);
    status = app_pipeline_start(pipeline);
    return status ? status : wait_for_end(pipeline, tally);
}

/* Where all frames of a file were analysed the window need not do it again. */
static int finish_session(const struct app_options *options, const char *spec, const char *folder,
                          const struct nn_classifier_info *model)
{
    const struct app_keep keep = {.video = spec, .model = model, .find = &options->find};
    struct stat info;
    bool is_file = !stat(spec, &info) && S_ISREG(info.st_mode);
    int status = app_done_set(folder);
    if (!status && is_file && options->every == 1 && options->duration_s <= 0 && !options->key)
        status = app_keep_whole(folder, &keep);
    return status;
}

/* n_threads: of its own; 0: one a processor. */
static int analyze_source(const struct app_options *options, const char *spec, int n_threads)
{
    struct app_analyzer *analyzer = NULL;
    struct app_pipeline *pipeline = NULL;
    struct tally tally = {.start_ns = fb_clock_now_ns()};
    char folder[1024] = "";

    struct app_analyzer_settings analyzer_settings = app_analyzer_settings(options);
    analyzer_settings.n_threads = n_threads;
    int status = app_analyzer_create(&analyzer_settings, &analyzer);
    if (status)
        return status;
    struct app_pipeline_settings settings = {.spec = spec,
                                             .source = app_source_settings(options),
                                             .pace = APP_PACE_LOSSLESS,
                                             .every = options->every,
                                             .analyzer = analyzer};
    settings.source.is_paced = false;
    if (settings.source.duration_s <= 0)
        settings.source.duration_s = DEMO_DURATION_S;
    status = app_pipeline_create(&settings, &pipeline);
    if (!status)
        status = run_pipeline(options, spec, analyzer, pipeline, &tally, folder, sizeof folder);
    char text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    int failure = app_pipeline_destroy(&pipeline);
    if (!status && !failure)
        failure = finish_session(options, spec, folder, app_analyzer_model(analyzer));
    app_analyzer_destroy(&analyzer);
    if (status)
        return fb_fail(status, "%s", text);
    if (failure)
        return failure;

    double seconds = (double)(fb_clock_now_ns() - tally.start_ns) * 1e-9;
    char shown[FB_ERROR_TEXT_BYTES];
    snprintf(shown, sizeof shown, "%s", spec);
    vis_hide_credentials(shown);
    app_message("%s: %lld frames analysed in %.1f s (%.1f a second), %.2f faces a frame", shown,
                (long long)tally.n_frames, seconds, (double)tally.n_frames / seconds,
                tally.n_frames ? (double)tally.n_faces / (double)tally.n_frames : 0.0);
    printf("%s\n", folder);
    return FB_OK;
}

/* Those that this process may use, as a cluster hands them out. */
static int n_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

/* One source, unless it is finished already. */
static int analyze_one(const struct app_options *options, const char *spec, int n_threads)
{
    char folder[1024] = "";
    int status = options->is_resuming ? app_done_find(options, spec, folder, sizeof folder) : FB_OK;
    if (status || !*folder)
        return status ? status : analyze_source(options, spec, n_threads);
    app_message("%s: is finished already", spec);
    printf("%s\n", folder);
    return FB_OK;
}

/* In a process of its own, so that sources run side by side and one that crashes takes nothing
 * along. Returns its process id. */
static pid_t start_job(const struct app_options *options, const char *spec, int n_threads)
{
    fflush(stdout);
    pid_t child = fork();
    if (child)
        return child;
    int status = analyze_one(options, spec, n_threads);
    if (status)
        app_message("%s", fb_error_text());
    fflush(stdout);
    _exit(fb_status_exit_code(status));
}

static int status_of_exit_code(int code)
{
    static const int statuses[] = {FB_OK,         FB_ERR_FAILED, FB_ERR_USAGE,   FB_ERR_INPUT,
                                   FB_ERR_DEVICE, FB_ERR_LOCKED, FB_ERR_TAMPERED};
    if (code == 130)
        return FB_ERR_INTERRUPTED;
    return code >= 0 && code < 7 ? statuses[code] : FB_ERR_FAILED;
}

/* Waits for one of the children to end; when we are asked to stop, asks them, once. */
static int wait_for_job(pid_t *children, int n, int *status)
{
    for (bool is_told = false;;) {
        int wait_status;
        pid_t ended = waitpid(-1, &wait_status, WNOHANG);
        if (ended < 0)
            return -1;
        for (int i = 0; ended > 0 && i < n; i++)
            children[i] = children[i] == ended ? 0 : children[i];
        if (ended > 0) {
            *status = status_of_exit_code(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1);
            return 0;
        }
        for (int i = 0; app_is_interrupted() && !is_told && i < n; i++)
            if (children[i])
                kill(children[i], SIGTERM);
        is_told |= app_is_interrupted();
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 20 * FB_NS_PER_MS);
    }
}

static int run_jobs(const struct app_options *options, pid_t *children)
{
    int n_jobs = options->n_jobs ? options->n_jobs : n_processors();
    int n_threads = n_jobs < n_processors() ? n_processors() / n_jobs : 1;
    int n = options->n_arguments, n_started = 0, n_running = 0, n_failed = 0, failure = FB_OK;
    while (n_started < n || n_running) {
        if (n_started < n && n_running < n_jobs && !app_is_interrupted()) {
            children[n_started] = start_job(options, options->arguments[n_started], n_threads);
            if (children[n_started++] < 0)
                return fb_fail(FB_ERR_NOMEM, "cannot start another process");
            n_running++;
            continue;
        }
        int status;
        if (!n_running || wait_for_job(children, n_started, &status))
            break;
        n_running--;
        n_failed += status != FB_OK;
        failure = status ? status : failure;
    }
    if (app_is_interrupted())
        return fb_fail(FB_ERR_INTERRUPTED, "interrupted; finished sessions are kept, --resume goes on");
    return failure ? fb_fail(failure, "%d of %d sources failed, see above", n_failed, n) : FB_OK;
}

static int analyze_many(const struct app_options *options)
{
    pid_t *children = calloc((size_t)options->n_arguments, sizeof *children);
    if (!children)
        return fb_fail_nomem("the list of jobs", (size_t)options->n_arguments * sizeof *children);
    int status = run_jobs(options, children);
    free(children);
    return status;
}

static int analyze_sources(struct app_options *options)
{
    if (!options->n_arguments)
        return fb_fail(FB_ERR_USAGE,
                       "analyze: name at least one source, such as a video or 'demo'");
    int status = app_unlock_new(options, &options->key);
    for (int i = 0; i < options->n_arguments && !status; i++)
        status = app_unlock(options, options->arguments[i]);
    if (status)
        return status;
    return options->n_arguments == 1 ? analyze_one(options, options->arguments[0], 0) : analyze_many(options);
}

int app_cmd_analyze(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_ANALYZE,
                                   "analyze SOURCE... [--list FILE] [--out DIR] [--video] [--jobs N] [--resume]",
                                   "Analyses each source (video, images, stream, demo) into a "
                                   "session folder, without a window,\n"
                                   "and prints the folder's path. Several run side by side, each in a process of its own: one that\n"
                                   "fails does not fail the rest, the exit code at the end tells of it.",
                                   &options);
    if (status || options.is_help)
        return status;
    struct app_source_list sources;
    status = app_source_list_read(options.arguments, options.n_arguments, options.list, &sources);
    options.arguments = sources.all;
    options.n_arguments = sources.n;
    if (!status)
        status = analyze_sources(&options);
    app_source_list_finish(&sources);
    return status;
}
