/* feltboard analyze: every frame of each source into a session of its own, as fast as it goes. */
#include "feltboard.h"

#include "base/clock.h"
#include "cli.h"
#include "options.h"
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    struct app_recording_settings settings = {
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

static int analyze_source(const struct app_options *options, const char *spec)
{
    struct app_analyzer *analyzer = NULL;
    struct app_pipeline *pipeline = NULL;
    struct tally tally = {.start_ns = fb_clock_now_ns()};
    char folder[1024] = "";

    struct app_analyzer_settings analyzer_settings = app_analyzer_settings(options);
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

/* In a process of its own, so that sources run side by side and one that crashes takes nothing
 * along. Returns its process id. */
static pid_t start_job(const struct app_options *options, const char *spec)
{
    fflush(stdout);
    pid_t child = fork();
    if (child)
        return child;
    int status = analyze_source(options, spec);
    if (status)
        app_message("%s", fb_error_text());
    fflush(stdout);
    _exit(fb_status_exit_code(status));
}

static int status_of_exit_code(int code)
{
    static const int statuses[] = {FB_OK, FB_ERR_FAILED, FB_ERR_USAGE, FB_ERR_INPUT, FB_ERR_DEVICE};
    if (code == 130)
        return FB_ERR_INTERRUPTED;
    return code >= 0 && code < 5 ? statuses[code] : FB_ERR_FAILED;
}

static int analyze_many(const struct app_options *options)
{
    int n = options->n_arguments, n_started = 0, n_running = 0, n_failed = 0, failure = FB_OK;
    while (n_started < n || n_running) {
        if (n_started < n && n_running < options->n_jobs && !app_is_interrupted()) {
            if (start_job(options, options->arguments[n_started++]) < 0)
                return fb_fail(FB_ERR_NOMEM, "cannot start another process");
            n_running++;
            continue;
        }
        int wait_status;
        if (!n_running || wait(&wait_status) < 0)
            break;
        n_running--;
        int status = status_of_exit_code(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1);
        if (status) {
            failure = status;
            n_failed++;
        }
    }
    if (app_is_interrupted())
        return fb_fail(FB_ERR_INTERRUPTED, "interrupted; finished sessions are kept");
    if (failure)
        return fb_fail(failure, "%d of %d sources failed, see above", n_failed, n);
    return FB_OK;
}

int app_cmd_analyze(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(argc, argv, APP_FOR_ANALYZE,
                                   "analyze SOURCE... [--out DIR] [--video] [--jobs N] [--every N]",
                                   "Analyses each source (video, images, stream, demo) into a "
                                   "session folder, without a window,\n"
                                   "and prints the folder's path.",
                                   &options);
    if (status || options.is_help)
        return status;
    if (!options.n_arguments)
        return fb_fail(FB_ERR_USAGE,
                       "analyze: name at least one source, such as a video or 'demo'");
    if (options.n_arguments == 1)
        return analyze_source(&options, options.arguments[0]);
    return analyze_many(&options);
}
