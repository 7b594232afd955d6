/* See training.h. */
#include "training.h"

#include "base/clock.h"
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* "models/x.safetensors" and ".csv" give "models/x.csv". */
static int sibling_path(const char *path, const char *suffix, char *out)
{
    static const char ending[] = ".safetensors";
    size_t n = strlen(path);
    if (n >= sizeof ending && !strcmp(path + n - (sizeof ending - 1), ending))
        n -= sizeof ending - 1;
    if (n + strlen(suffix) >= APP_TRAINING_PATH_BYTES)
        return fb_fail(FB_ERR_USAGE, "--out is too long a path");
    memcpy(out, path, n);
    strcpy(out + n, suffix); /* fits, see above */
    return FB_OK;
}

int app_training_check(struct app_training *training)
{
    int status = sibling_path(training->out_path, ".checkpoint.safetensors", training->checkpoint_path);
    if (!status)
        status = sibling_path(training->out_path, ".csv", training->log_path);
    if (status)
        return status;
    bool has_checkpoint = !access(training->checkpoint_path, F_OK);
    if (training->is_resuming && !has_checkpoint)
        return fb_fail(FB_ERR_INPUT, "%s: there is no checkpoint to resume from; leave --resume away to start anew",
                       training->checkpoint_path);
    if (!training->is_resuming && !training->is_overwriting && has_checkpoint)
        return fb_fail(FB_ERR_USAGE, "%s is an unfinished training; go on with --resume, or start anew with --overwrite",
                       training->checkpoint_path);
    return FB_OK;
}

int app_training_resume(struct app_training *training)
{
    if (!training->is_resuming)
        return FB_OK;
    return nn_checkpoint_load(training->checkpoint_path, training->trainer, &training->extra);
}

int app_training_open_log(struct app_training *training, const char *columns)
{
    training->log = fopen(training->log_path, training->is_resuming ? "a" : "w");
    if (!training->log)
        return fb_fail(FB_ERR_IO, "%s: cannot be written: %s", training->log_path, strerror(errno));
    if (ftell(training->log) == 0)
        fprintf(training->log, "%s\n", columns);
    return FB_OK;
}

static int save_checkpoint(struct app_training *training)
{
    return nn_checkpoint_save(training->checkpoint_path, training->trainer, &training->info, &training->extra);
}

static int stop(struct app_training *training)
{
    int status = save_checkpoint(training);
    if (status)
        return status;
    return fb_fail(FB_ERR_INTERRUPTED, "stopped in epoch %d after %lld of %lld steps, kept in %s; the same command with "
                                       "--resume goes on from there", nn_trainer_epoch(training->trainer) + 1,
                   (long long)nn_trainer_step_in_epoch(training->trainer),
                   (long long)nn_trainer_steps_per_epoch(training->trainer), training->checkpoint_path);
}

static int end_epoch(struct app_training *training, const struct app_training_events *events,
                     const struct nn_train_report *report)
{
    int status = events->on_epoch(events->user, report);
    if (status)
        return status;
    training->epoch_start_ns = fb_clock_now_ns();
    training->first_step = 0;
    return save_checkpoint(training);
}

int app_training_run(struct app_training *training, const struct app_training_events *events)
{
    training->epoch_start_ns = fb_clock_now_ns();
    training->first_step = nn_trainer_step_in_epoch(training->trainer);
    while (!nn_trainer_is_done(training->trainer) && !app_training_is_out_of_patience(training)) {
        struct nn_train_report report;
        int status = nn_trainer_step(training->trainer, &report);
        if (!status) {
            events->on_step(events->user, &report);
            if (report.is_epoch_end)
                status = end_epoch(training, events, &report);
        }
        if (status)
            return status;
        if (app_is_interrupted() && !nn_trainer_is_done(training->trainer))
            return stop(training);
    }
    unlink(training->checkpoint_path); /* it is finished: nothing to resume */
    return FB_OK;
}

double app_training_seconds(const struct app_training *training)
{
    return (double)(fb_clock_now_ns() - training->epoch_start_ns) * 1e-9;
}

bool app_training_is_out_of_patience(const struct app_training *training)
{
    return training->patience > 0 && training->extra.n_stale_epochs >= training->patience;
}

void app_training_name(struct app_training *training, const char *net_path)
{
    const char *slash = strrchr(net_path, '/'), *file = slash ? slash + 1 : net_path;
    snprintf(training->info.name, sizeof training->info.name, "%.*s", (int)strcspn(file, "."), file);
}

void app_training_finish(struct app_training *training)
{
    nn_trainer_destroy(&training->trainer);
    if (training->log)
        fclose(training->log);
    training->log = NULL;
}
