/* See train_job.h. */
#include "train_job.h"

#include "cli.h"
#include "nn/batches.h"
#include "lab_data.h"
#include "train_outliers.h"
#include "train_teacher.h"
#include "train_validation.h"
#include "training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "epoch,seconds,rate,train_loss,train_accuracy,valid_loss,valid_accuracy,n_valid,images_per_s"

struct job {
    const struct app_train_options *options;
    struct app_training training;
    struct fb_pool *pool;
    struct nn_data *data;
    bool *is_left_out; /* (data->n); NULL: nothing is */
    struct nn_selection *train_selection, *valid_selection;
    struct nn_batches *train_batches;
    struct nn_teacher *teacher; /* NULL: none */
    struct nn_net *net;
    struct app_validation *validation; /* NULL: no pictures for it */
};

/* --- set-up --- */

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
        status = nn_trainer_create(job->net, &source, &settings, &job->training.trainer);
    return status ? status : app_training_resume(&job->training);
}

static int describe(struct job *job)
{
    struct nn_model_info *info = &job->training.info;
    const struct app_train_options *o = job->options;
    char augment[512];
    int status = nn_augment_format(&o->augment, augment, sizeof augment);
    if (status)
        return status;
    *info = nn_model_default_info();
    info->preprocess = o->preprocess;
    info->crop_factor = o->crop_factor;
    info->is_flipped = o->is_flipped;
    info->seed = o->trainer.seed;
    app_training_name(&job->training, o->net_path);
    bool is_ferplus = job->data->report.layout != NN_DATA_CLASSES;
    snprintf(info->data, sizeof info->data, "%s train, %s labels, n = %d%s",
             is_ferplus ? "FER+" : "folders by class", nn_labels_name(o->labels), job->train_selection->n,
             job->is_left_out ? ", some left out" : "");
    int n = snprintf(info->recipe, sizeof info->recipe,
                     "optimizer %s, rate %g, schedule %s, batch %d, weight decay %g, average %g, sam %g, loss %s, "
                     "class weights %s, oversample %g, augment %s%s%.128s",
                     nn_optimizer_name(o->trainer.optimizer.kind), o->trainer.schedule.rate,
                     nn_schedule_name(o->trainer.schedule.kind), o->trainer.batch,
                     o->trainer.optimizer.weight_decay, o->trainer.optimizer.ema_decay, o->trainer.sam,
                     nn_loss_name(o->trainer.loss), o->is_class_balanced ? "balanced" : "none", o->oversample, augment,
                     o->init_path ? ", start from " : "", o->init_path ? o->init_path : "");
    if (o->teachers && n > 0 && n < (int)sizeof info->recipe)
        snprintf(info->recipe + n, sizeof info->recipe - (size_t)n, ", %g of the target from %s (%s) %.256s",
                 o->teacher_share, strchr(o->teachers, ',') ? "teachers" : "teacher",
                 o->is_teacher_seeing_same ? "same view" : "clean view", o->teachers);
    return FB_OK;
}

static int set_up(struct job *job)
{
    int status = app_training_check(&job->training);
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
    return status ? status : app_training_open_log(&job->training, COLUMNS);
}

static void tear_down(struct job *job)
{
    app_training_finish(&job->training);
    app_validation_destroy(&job->validation);
    nn_batches_destroy(&job->train_batches);
    nn_teacher_destroy(&job->teacher);
    nn_selection_destroy(&job->train_selection);
    nn_selection_destroy(&job->valid_selection);
    free(job->is_left_out);
    nn_data_destroy(&job->data);
    nn_net_destroy(&job->net);
    fb_pool_destroy(&job->pool);
}

/* --- the epochs --- */

static void log_epoch(struct job *job, const struct nn_train_report *report, struct app_validation_result v)
{
    double seconds = app_training_seconds(&job->training);
    double n_images = (double)(report->n_steps - job->training.first_step) * job->options->trainer.batch;
    int epoch = report->epoch + 1;
    fprintf(job->training.log, "%d,%.1f,%.6g,%.5f,%.5f,%.5f,%.5f,%d,%.1f\n", epoch, seconds, report->rate,
            report->epoch_loss, report->epoch_accuracy, v.loss, v.accuracy, v.n, n_images / seconds);
    fflush(job->training.log);
    app_progress_end();
    printf("epoch %d/%d  rate %.5f  train: loss %.4f, accuracy %.4f  valid: loss %.4f, accuracy %.4f "
           "(n = %d)%s  %.0f s\n", epoch, job->options->trainer.n_epochs, report->rate,
           report->epoch_loss, report->epoch_accuracy, v.loss, v.accuracy, v.n,
           job->training.extra.best_epoch == epoch ? "  best" : "", seconds);
    fflush(stdout);
}

/* Called with the averaged weights in the net. */
static int save_if_best(struct job *job, int epoch, struct app_validation_result v)
{
    struct nn_model_info *info = &job->training.info;
    job->training.extra.n_stale_epochs++;
    if (v.n && v.accuracy <= job->training.extra.best_accuracy)
        return FB_OK;
    int status = v.n ? app_validation_calibrate(job->validation, info) : FB_OK;
    if (status)
        return status;
    job->training.extra = (struct nn_checkpoint_extra){v.accuracy, epoch, 0};
    info->epochs = epoch;
    info->accuracy = v.accuracy;
    info->n_accuracy = v.n;
    snprintf(info->accuracy_of, sizeof info->accuracy_of, "%s", v.n ? "valid, majority" : "");
    return nn_model_save(job->options->out_path, job->net, info);
}

static int finish_epoch(void *user, const struct nn_train_report *report)
{
    struct job *job = user;
    struct app_validation_result validation;
    nn_trainer_use_average(job->training.trainer, true);
    int status = app_validation_run(job->validation, &validation);
    if (!status)
        status = save_if_best(job, report->epoch + 1, validation);
    nn_trainer_use_average(job->training.trainer, false);
    if (status)
        return status;
    nn_trainer_end_epoch(job->training.trainer, validation.accuracy);
    log_epoch(job, report, validation);
    return FB_OK;
}

static void show_progress(void *user, const struct nn_train_report *report)
{
    const struct job *job = user;
    char label[96];
    snprintf(label, sizeof label, "epoch %d/%d  loss %.3f", report->epoch + 1,
             job->options->trainer.n_epochs, report->epoch_loss);
    app_progress(label, (double)report->epoch * (double)report->n_steps + (double)report->step,
                 (double)job->options->trainer.n_epochs * (double)report->n_steps);
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
    if (app_training_is_out_of_patience(&job->training))
        app_message("no better validation in %d epochs: ended", job->options->patience);
    printf("%s: epoch %d, valid accuracy %.4f (majority, n = %d)\n", job->options->out_path,
           job->training.extra.best_epoch, job->training.extra.best_accuracy,
           job->valid_selection ? job->valid_selection->n : 0);
}

int app_train(const struct app_train_options *options)
{
    struct job job = {
        .options = options,
        .training = {.out_path = options->out_path, .is_resuming = options->is_resuming,
                     .is_overwriting = options->is_overwriting, .patience = options->patience},
    };
    struct app_training_events events = {show_progress, finish_epoch, &job};
    int status = set_up(&job);
    if (!status) {
        tell_start(&job);
        status = app_training_run(&job.training, &events);
    }
    if (!status)
        tell_end(&job);
    tear_down(&job);
    return status;
}
