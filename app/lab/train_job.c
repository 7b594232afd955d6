/* See train_job.h. */
#include "train_job.h"

#include "base/clock.h"
#include "cli.h"
#include "nn/batches.h"
#include "lab_data.h"
#include "train_outliers.h"
#include "train_teacher.h"
#include "train_validation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct job {
    const struct app_train_options *options;
    char checkpoint_path[PATH_BYTES], log_path[PATH_BYTES];
    struct fb_pool *pool;
    struct nn_data *data;
    bool *is_left_out; /* (data->n); NULL: nothing is */
    struct nn_selection *train_selection, *valid_selection;
    struct nn_batches *train_batches;
    struct nn_teacher *teacher; /* NULL: none */
    struct nn_net *net;
    struct nn_trainer *trainer;
    struct app_validation *validation; /* NULL: no pictures for it */
    FILE *log;
    struct nn_model_info info;
    struct nn_checkpoint_extra extra;
    int64_t epoch_start_ns;
    int64_t first_step; /* of the epoch, when it was begun by this process */
};

/* --- set-up --- */

/* "models/x.safetensors" and ".csv" give "models/x.csv". */
static int sibling_path(const char *path, const char *suffix, char *out)
{
    static const char ending[] = ".safetensors";
    size_t n = strlen(path);
    if (n >= sizeof ending && !strcmp(path + n - (sizeof ending - 1), ending))
        n -= sizeof ending - 1;
    if (n + strlen(suffix) >= PATH_BYTES)
        return fb_fail(FB_ERR_USAGE, "--out is too long a path");
    memcpy(out, path, n);
    strcpy(out + n, suffix); /* fits, see above */
    return FB_OK;
}

static int check_paths(struct job *job)
{
    const struct app_train_options *options = job->options;
    int status = sibling_path(options->out_path, ".checkpoint.safetensors", job->checkpoint_path);
    if (!status)
        status = sibling_path(options->out_path, ".csv", job->log_path);
    if (status)
        return status;
    bool has_checkpoint = !access(job->checkpoint_path, F_OK);
    if (options->is_resuming && !has_checkpoint)
        return fb_fail(FB_ERR_INPUT, "%s: there is no checkpoint to resume from; leave --resume away to "
                                     "start anew", job->checkpoint_path);
    if (!options->is_resuming && !options->is_overwriting && has_checkpoint)
        return fb_fail(FB_ERR_USAGE, "%s is an unfinished training; go on with --resume, or start anew "
                                     "with --overwrite", job->checkpoint_path);
    return FB_OK;
}

static int select_split(const struct job *job, enum nn_split split, struct nn_selection **selection)
{
    struct nn_select_settings settings = nn_select_default_settings();
    settings.split = split;
    settings.labels = NN_LABELS_MAJORITY; /* validation is always the FER+ paper's protocol */
    if (split == NN_SPLIT_TRAIN) {
        settings.labels = job->options->labels;
        settings.is_class_balanced = job->options->is_class_balanced;
        settings.oversample = (float)job->options->oversample;
        settings.is_left_out = job->is_left_out;
    }
    return nn_data_select(job->data, &settings, selection);
}

static int load_data(struct job *job)
{
    static const bool splits[NN_SPLIT_COUNT] = {[NN_SPLIT_TRAIN] = true, [NN_SPLIT_VALID] = true};
    int status = app_lab_load(job->options->data_path, splits, job->pool, &job->data);
    if (!status)
        status = app_leave_out(job->data, job->options->outlier_share, job->options->left_out, &job->is_left_out);
    if (!status)
        status = select_split(job, NN_SPLIT_TRAIN, &job->train_selection);
    if (!status && job->data->report.splits[NN_SPLIT_VALID].n_loaded > 0)
        status = select_split(job, NN_SPLIT_VALID, &job->valid_selection);
    if (!status && !job->valid_selection)
        app_message("no validation pictures in %s: every epoch is saved, without a check",
                    job->options->data_path);
    return status;
}

static int make_batches(struct job *job)
{
    struct nn_shape input = nn_net_input(job->net);
    if (input.c != 1 || input.h != input.w)
        return fb_fail(FB_ERR_INPUT, "%s: takes %dx%dx%d, but the pictures are grey squares (1xNxN)",
                       job->options->net_path, input.c, input.h, input.w);
    struct nn_batches_settings settings = nn_batches_default_settings();
    settings.side = input.h;
    settings.preprocess = job->options->preprocess;
    settings.seed = job->options->trainer.seed;
    settings.augment = job->options->augment;
    return nn_batches_create(job->data, job->train_selection, &settings, &job->train_batches);
}

static int load_init(struct job *job)
{
    struct nn_safetensors *file;
    int n_loaded = 0, status = nn_safetensors_read(job->options->init_path, &file);
    if (status)
        return status;
    status = nn_model_load_params(file, job->net, &n_loaded);
    nn_safetensors_destroy(&file);
    if (!status && !n_loaded)
        status = fb_fail(FB_ERR_INPUT, "%s: no tensor has a name and shape of %s",
                         job->options->init_path, job->options->net_path);
    if (!status)
        app_message("%d of %d tensors start from %s", n_loaded, nn_net_n_params(job->net),
                    job->options->init_path);
    return status;
}

static int make_net(struct job *job)
{
    int status = nn_net_load(job->options->net_path, &job->net);
    if (status)
        return status;
    struct fb_rng rng;
    fb_rng_seed(&rng, job->options->trainer.seed);
    nn_net_init_weights(job->net, &rng);
    return job->options->init_path ? load_init(job) : FB_OK;
}

static int make_validation(struct job *job)
{
    if (!job->valid_selection)
        return FB_OK;
    return app_validation_create(job->net, job->data, job->valid_selection, job->options->preprocess,
                                 job->options->is_flipped, job->pool, &job->validation);
}

/* Teachers that see clean pictures answer now, into the targets. */
static int make_teacher(struct job *job)
{
    if (!job->options->teachers)
        return FB_OK;
    /* one thread for each batch: it is prepared while the student's step uses the pool */
    struct fb_pool *pool = job->options->is_teacher_seeing_same ? NULL : job->pool;
    int status = nn_teacher_create(job->options->teachers, APP_TEACHER_BATCH, pool, &job->teacher);
    if (!status && !job->options->is_teacher_seeing_same)
        status = app_teach_selection(job->teacher, job->data, job->train_selection, job->options->teacher_share);
    return status;
}

static int make_source(struct job *job, struct nn_batch_source *source)
{
    *source = nn_batches_source(job->train_batches);
    if (!job->teacher || !job->options->is_teacher_seeing_same)
        return FB_OK;
    struct nn_batch_source inner = *source;
    return nn_teacher_source(job->teacher, &inner, nn_net_input(job->net).h, job->options->preprocess,
                             (float)job->options->teacher_share, source);
}

static int make_trainer(struct job *job)
{
    struct nn_trainer_settings settings = job->options->trainer;
    struct nn_batch_source source;
    settings.pool = job->pool;
    int status = make_source(job, &source);
    if (!status)
        status = nn_trainer_create(job->net, &source, &settings, &job->trainer);
    if (!status && job->options->is_resuming)
        status = nn_checkpoint_load(job->checkpoint_path, job->trainer, &job->extra);
    return status;
}

static int open_log(struct job *job)
{
    job->log = fopen(job->log_path, job->options->is_resuming ? "a" : "w");
    if (!job->log)
        return fb_fail(FB_ERR_IO, "%s: cannot be written: %s", job->log_path, strerror(errno));
    if (ftell(job->log) == 0)
        fprintf(job->log, "epoch,seconds,rate,train_loss,train_accuracy,valid_loss,valid_accuracy,"
                          "n_valid,images_per_s\n");
    return FB_OK;
}

static int describe(struct job *job)
{
    const struct app_train_options *o = job->options;
    char augment[512];
    int status = nn_augment_format(&o->augment, augment, sizeof augment);
    if (status)
        return status;
    const char *slash = strrchr(o->net_path, '/');
    const char *file = slash ? slash + 1 : o->net_path;
    job->info = nn_model_default_info();
    job->info.preprocess = o->preprocess;
    job->info.crop_factor = o->crop_factor;
    job->info.is_flipped = o->is_flipped;
    job->info.seed = o->trainer.seed;
    snprintf(job->info.name, sizeof job->info.name, "%.*s", (int)strcspn(file, "."), file);
    bool is_ferplus = job->data->report.layout != NN_DATA_CLASSES;
    snprintf(job->info.data, sizeof job->info.data, "%s train, %s labels, n = %d%s",
             is_ferplus ? "FER+" : "folders by class", nn_labels_name(o->labels), job->train_selection->n,
             job->is_left_out ? ", some left out" : "");
    int n = snprintf(job->info.recipe, sizeof job->info.recipe,
                     "optimizer %s, rate %g, schedule %s, batch %d, weight decay %g, average %g, sam %g, loss %s, "
                     "class weights %s, oversample %g, augment %s%s%.128s",
                     nn_optimizer_name(o->trainer.optimizer.kind), o->trainer.schedule.rate,
                     nn_schedule_name(o->trainer.schedule.kind), o->trainer.batch,
                     o->trainer.optimizer.weight_decay, o->trainer.optimizer.ema_decay, o->trainer.sam,
                     nn_loss_name(o->trainer.loss), o->is_class_balanced ? "balanced" : "none", o->oversample, augment,
                     o->init_path ? ", start from " : "", o->init_path ? o->init_path : "");
    if (o->teachers && n > 0 && n < (int)sizeof job->info.recipe)
        snprintf(job->info.recipe + n, sizeof job->info.recipe - (size_t)n, ", %g of the target from %s (%s) %.256s",
                 o->teacher_share, strchr(o->teachers, ',') ? "teachers" : "teacher",
                 o->is_teacher_seeing_same ? "same view" : "clean view", o->teachers);
    return FB_OK;
}

static int set_up(struct job *job)
{
    int status = check_paths(job);
    if (!status)
        status = fb_pool_create(job->options->n_threads, &job->pool);
    if (!status)
        status = make_net(job);
    if (!status)
        status = load_data(job);
    if (!status)
        status = make_teacher(job);
    if (!status)
        status = make_batches(job);
    if (!status)
        status = make_trainer(job);
    if (!status)
        status = make_validation(job);
    if (!status)
        status = describe(job);
    return status ? status : open_log(job);
}

static void tear_down(struct job *job)
{
    nn_trainer_destroy(&job->trainer);
    app_validation_destroy(&job->validation);
    nn_batches_destroy(&job->train_batches);
    nn_teacher_destroy(&job->teacher);
    nn_selection_destroy(&job->train_selection);
    nn_selection_destroy(&job->valid_selection);
    free(job->is_left_out);
    nn_data_destroy(&job->data);
    nn_net_destroy(&job->net);
    fb_pool_destroy(&job->pool);
    if (job->log)
        fclose(job->log);
}

/* --- the epochs --- */

static void log_epoch(struct job *job, const struct nn_train_report *report, struct app_validation_result v)
{
    double seconds = (double)(fb_clock_now_ns() - job->epoch_start_ns) * 1e-9;
    double n_images = (double)(report->n_steps - job->first_step) * job->options->trainer.batch;
    int epoch = report->epoch + 1;
    fprintf(job->log, "%d,%.1f,%.6g,%.5f,%.5f,%.5f,%.5f,%d,%.1f\n", epoch, seconds, report->rate,
            report->epoch_loss, report->epoch_accuracy, v.loss, v.accuracy, v.n, n_images / seconds);
    fflush(job->log);
    app_progress_end();
    printf("epoch %d/%d  rate %.5f  train: loss %.4f, accuracy %.4f  valid: loss %.4f, accuracy %.4f "
           "(n = %d)%s  %.0f s\n", epoch, job->options->trainer.n_epochs, report->rate,
           report->epoch_loss, report->epoch_accuracy, v.loss, v.accuracy, v.n,
           job->extra.best_epoch == epoch ? "  best" : "", seconds);
    fflush(stdout);
}

/* Called with the averaged weights in the net. */
static int save_if_best(struct job *job, int epoch, struct app_validation_result v)
{
    job->extra.n_stale_epochs++;
    if (v.n && v.accuracy <= job->extra.best_accuracy)
        return FB_OK;
    int status = v.n ? app_validation_calibrate(job->validation, &job->info) : FB_OK;
    if (status)
        return status;
    job->extra = (struct nn_checkpoint_extra){v.accuracy, epoch, 0};
    job->info.epochs = epoch;
    job->info.accuracy = v.accuracy;
    job->info.n_accuracy = v.n;
    snprintf(job->info.accuracy_of, sizeof job->info.accuracy_of, "%s", v.n ? "valid, majority" : "");
    return nn_model_save(job->options->out_path, job->net, &job->info);
}

static int finish_epoch(struct job *job, const struct nn_train_report *report)
{
    struct app_validation_result validation;
    nn_trainer_use_average(job->trainer, true);
    int status = app_validation_run(job->validation, &validation);
    if (!status)
        status = save_if_best(job, report->epoch + 1, validation);
    nn_trainer_use_average(job->trainer, false);
    if (status)
        return status;
    nn_trainer_end_epoch(job->trainer, validation.accuracy);
    log_epoch(job, report, validation);
    job->epoch_start_ns = fb_clock_now_ns();
    job->first_step = 0;
    return nn_checkpoint_save(job->checkpoint_path, job->trainer, &job->info, &job->extra);
}

static int stop(struct job *job)
{
    int status = nn_checkpoint_save(job->checkpoint_path, job->trainer, &job->info, &job->extra);
    if (status)
        return status;
    return fb_fail(FB_ERR_INTERRUPTED, "stopped in epoch %d after %lld of %lld steps, kept in %s; the same "
                                       "command with --resume goes on from there",
                   nn_trainer_epoch(job->trainer) + 1,
                   (long long)nn_trainer_step_in_epoch(job->trainer),
                   (long long)nn_trainer_steps_per_epoch(job->trainer), job->checkpoint_path);
}

static void show_progress(const struct job *job, const struct nn_train_report *report)
{
    char label[96];
    snprintf(label, sizeof label, "epoch %d/%d  loss %.3f", report->epoch + 1,
             job->options->trainer.n_epochs, report->epoch_loss);
    app_progress(label, (double)report->epoch * (double)report->n_steps + (double)report->step,
                 (double)job->options->trainer.n_epochs * (double)report->n_steps);
}

static bool is_out_of_patience(const struct job *job)
{
    return job->options->patience > 0 && job->extra.n_stale_epochs >= job->options->patience;
}

static int run_epochs(struct job *job)
{
    job->epoch_start_ns = fb_clock_now_ns();
    job->first_step = nn_trainer_step_in_epoch(job->trainer);
    while (!nn_trainer_is_done(job->trainer) && !is_out_of_patience(job)) {
        struct nn_train_report report;
        int status = nn_trainer_step(job->trainer, &report);
        if (!status) {
            show_progress(job, &report);
            if (report.is_epoch_end)
                status = finish_epoch(job, &report);
        }
        if (status)
            return status;
        if (app_is_interrupted() && !nn_trainer_is_done(job->trainer))
            return stop(job);
    }
    return FB_OK;
}

static void tell_start(const struct job *job)
{
    app_message("%s: %zu weights, %.1f M multiply-adds; %d training pictures (%d without a label, %d left out), %d for "
                "validation; %d threads", job->options->net_path, nn_net_n_weights(job->net),
                nn_net_n_macs(job->net) * 1e-6, job->train_selection->n,
                job->train_selection->n_unlabelled, job->train_selection->n_left_out, job->valid_selection ? job->valid_selection->n : 0,
                fb_pool_n_threads(job->pool));
}

static void tell_end(const struct job *job)
{
    if (is_out_of_patience(job))
        app_message("no better validation in %d epochs: ended", job->options->patience);
    printf("%s: epoch %d, valid accuracy %.4f (majority, n = %d)\n", job->options->out_path,
           job->extra.best_epoch, job->extra.best_accuracy,
           job->valid_selection ? job->valid_selection->n : 0);
    unlink(job->checkpoint_path); /* it is finished: nothing to resume */
}

int app_train(const struct app_train_options *options)
{
    struct job job = {.options = options};
    int status = set_up(&job);
    if (!status) {
        tell_start(&job);
        status = run_epochs(&job);
    }
    if (!status)
        tell_end(&job);
    tear_down(&job);
    return status;
}
