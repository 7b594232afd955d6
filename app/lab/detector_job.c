/* See detector_job.h. An epoch: crops of every training picture, then the averaged weights find the faces of the validation
 * part; the best ones so far are kept as a model, everything else in a checkpoint. */
#include "detector_job.h"

#include "cli.h"
#include "face_pictures.h"
#include "nn/detector.h"
#include "nn/detector_loss.h"
#include "nn/detector_score.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "epoch,seconds,rate,score_loss,box_loss,overlap,recall_24,recall_48,min_score,n_valid,crops_per_s"

enum { MAX_BOXES = 300 };
#define FALSE_PER_PICTURE 0.2
#define LOWEST_SCORE 0.02
#define FIRST_LOGIT (-3.0f) /* scores start low: nearly all cells are nobody's */

/* Sums since the epoch began. */
struct progress {
    double score, box, overlap;
    int n_batches;
};

struct job {
    const struct app_detector_options *options;
    struct app_training training;
    struct fb_pool *pool;
    struct nn_faces *faces;
    struct nn_face_crops *crops;
    struct nn_net *net;
    struct nn_detector_loss *loss;
    struct progress progress;
    int n_train, n_valid;
};

/* --- set-up --- */

static int load_init(struct job *job)
{
    struct nn_safetensors *file;
    int n_loaded = 0, status = nn_safetensors_read(job->options->init_path, &file);
    if (status)
        return status;
    status = nn_model_load_params(file, job->net, &n_loaded);
    nn_safetensors_destroy(&file);
    if (!status)
        app_message("%d of %d tensors start from %s", n_loaded, nn_net_n_params(job->net), job->options->init_path);
    return status;
}

static void init_weights(struct job *job)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, job->options->trainer.seed);
    nn_net_init_weights(job->net, &rng);
    for (int i = 0; i < nn_net_n_params(job->net); i++) {
        const struct nn_param *param = nn_net_param(job->net, i);
        if (param->kind == NN_PARAM_BIAS && param->n == NN_DETECTOR_CHANNELS)
            param->value[0] = FIRST_LOGIT;
    }
}

/* The net at the crops' size. */
static int make_net(struct job *job)
{
    struct nn_net *net;
    int status = nn_net_load(job->options->net_path, &net);
    if (status)
        return status;
    int side = job->options->crops.side ? job->options->crops.side : nn_net_input(net).h;
    status = nn_net_resize(net, side, side, &job->net);
    nn_net_destroy(&net);
    if (!status)
        status = nn_detector_check_net(job->net);
    if (status)
        return fb_fail_context(status, "%s", job->options->net_path);
    init_weights(job);
    return job->options->init_path ? load_init(job) : FB_OK;
}

static int load_data(struct job *job)
{
    struct nn_face_crops_settings settings = job->options->crops;
    settings.side = nn_net_input(job->net).h;
    settings.seed = job->options->trainer.seed;
    int status = app_faces_load_folder(job->options->data_path, APP_FACES_ALL, job->pool, &job->faces);
    if (status)
        return status;
    for (int i = 0; i < job->faces->n_pictures; i++)
        job->n_valid += job->faces->pictures[i].is_valid_split;
    job->n_train = job->faces->n_pictures - job->n_valid;
    return nn_face_crops_create(job->faces, &settings, &job->crops);
}

static double learn(void *user, const float *outputs, const float *target, int n, float *d_outputs)
{
    struct job *job = user;
    struct nn_detector_loss_result r = nn_detector_loss_run(job->loss, outputs, target, n, d_outputs);
    job->progress.score += r.score;
    job->progress.box += r.box;
    job->progress.overlap += r.overlap;
    job->progress.n_batches++;
    return (r.score + r.box) * n;
}

static int make_trainer(struct job *job)
{
    struct nn_trainer_settings settings = job->options->trainer;
    struct nn_batch_source source = nn_face_crops_source(job->crops);
    struct nn_shape in = nn_net_input(job->net);
    settings.pool = job->pool;
    settings.own_loss = learn;
    settings.loss_user = job;
    int status = nn_detector_loss_create(in.h, in.w, settings.batch, &job->loss);
    if (!status)
        status = nn_trainer_create(job->net, &source, &settings, &job->training.trainer);
    return status ? status : app_training_resume(&job->training);
}

static void describe(struct job *job)
{
    struct nn_model_info *info = &job->training.info;
    const struct app_detector_options *o = job->options;
    const struct nn_optimizer_settings *optimizer = &o->trainer.optimizer;
    *info = nn_model_default_info();
    info->kind = NN_MODEL_DETECTOR;
    info->seed = o->trainer.seed;
    app_training_name(&job->training, o->net_path);
    snprintf(info->data, sizeof info->data, "%d pictures with boxes (%d more for validation, by name)",
             job->n_train, job->n_valid);
    snprintf(info->recipe, sizeof info->recipe,
             "optimizer %s, rate %g, schedule %s, batch %d, weight decay %g, average %g, crops of %d px, %d a picture and "
             "epoch%s%.128s", nn_optimizer_name(optimizer->kind), o->trainer.schedule.rate,
             nn_schedule_name(o->trainer.schedule.kind), o->trainer.batch, optimizer->weight_decay, optimizer->ema_decay,
             nn_net_input(job->net).h, o->crops.n_per_picture, o->init_path ? ", start from " : "",
             o->init_path ? o->init_path : "");
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
        status = make_trainer(job);
    if (status)
        return status;
    describe(job);
    return app_training_open_log(&job->training, COLUMNS);
}

static void tear_down(struct job *job)
{
    app_training_finish(&job->training);
    nn_detector_loss_destroy(&job->loss);
    nn_face_crops_destroy(&job->crops);
    nn_faces_destroy(&job->faces);
    nn_net_destroy(&job->net);
    fb_pool_destroy(&job->pool);
}

/* --- the epochs --- */

static int validate_picture(const struct job *job, int i, struct nn_detector *detector, struct nn_detector_score *score)
{
    const struct nn_faces_picture *p = &job->faces->pictures[i];
    struct nn_detection detections[MAX_BOXES];
    int n = nn_detector_run(detector, p->pixels, p->width, p->height, p->width, detections, MAX_BOXES);
    return n < 0 ? n : nn_detector_score_add(score, job->faces->faces + p->first, p->n, detections, n);
}

/* By size, so that the detector seldom has to adapt. */
static int validate_all(const struct job *job, struct nn_detector *detector, struct nn_detector_score *score)
{
    const struct nn_faces *faces = job->faces;
    int status = FB_OK;
    for (int i = 0; i < faces->n_pictures && !status; i++) {
        const struct nn_faces_picture *p = &faces->pictures[i];
        bool is_done = !p->is_valid_split;
        for (int j = 0; j < i && !is_done; j++)
            is_done = faces->pictures[j].is_valid_split && faces->pictures[j].width == p->width &&
                      faces->pictures[j].height == p->height;
        for (int j = i; j < faces->n_pictures && !is_done && !status; j++)
            if (faces->pictures[j].is_valid_split && faces->pictures[j].width == p->width &&
                faces->pictures[j].height == p->height)
                status = validate_picture(job, j, detector, score);
    }
    return status;
}

static int validate(struct job *job, struct nn_detector_result *result)
{
    struct nn_detector_settings settings = nn_default_detector_settings();
    struct nn_detector *detector = NULL;
    struct nn_detector_score *score = NULL;
    settings.min_score = (float)LOWEST_SCORE;
    int status = nn_detector_score_create(NN_SCORE_OVERLAP, &score);
    if (!status)
        status = nn_detector_create_from_net(job->net, &settings, job->pool, &detector);
    if (!status)
        status = validate_all(job, detector, score);
    if (!status)
        nn_detector_score_at(score, FALSE_PER_PICTURE, result);
    nn_detector_destroy(&detector);
    nn_detector_score_destroy(&score);
    return status;
}

static void log_epoch(struct job *job, const struct nn_train_report *report, const struct nn_detector_result *v)
{
    double seconds = app_training_seconds(&job->training), n = job->progress.n_batches;
    double per_s = (double)(report->n_steps - job->training.first_step) * job->options->trainer.batch / seconds;
    int epoch = report->epoch + 1;
    fprintf(job->training.log, "%d,%.1f,%.6g,%.5f,%.5f,%.5f,%.5f,%.5f,%.4f,%d,%.1f\n", epoch, seconds, report->rate,
            job->progress.score / n, job->progress.box / n, job->progress.overlap / n, v->recall_24, v->recall_48,
            (double)v->min_score, v->n_pictures, per_s);
    fflush(job->training.log);
    app_progress_end();
    printf("epoch %d/%d  rate %.5f  loss: score %.3f, box %.3f (overlap %.3f)  valid, %.1f false a picture: recall %.4f at "
           "24-47 px, %.4f from 48 px (score %.2f)%s  %.0f s\n", epoch, job->options->trainer.n_epochs, report->rate,
           job->progress.score / n, job->progress.box / n, job->progress.overlap / n, FALSE_PER_PICTURE, v->recall_24,
           v->recall_48, (double)v->min_score, job->training.extra.best_epoch == epoch ? "  best" : "", seconds);
    fflush(stdout);
}

static double quality(const struct nn_detector_result *v)
{
    return (v->recall_24 + v->recall_48) / 2;
}

/* Called with the averaged weights in the net. */
static int save_if_best(struct job *job, int epoch, const struct nn_detector_result *v)
{
    struct nn_model_info *info = &job->training.info;
    job->training.extra.n_stale_epochs++;
    if (job->training.extra.best_epoch && v->n_pictures && quality(v) <= job->training.extra.best_accuracy)
        return FB_OK;
    job->training.extra = (struct nn_checkpoint_extra){quality(v), epoch, 0};
    info->epochs = epoch;
    info->accuracy = v->recall_48;
    info->n_accuracy = v->n_faces[NN_FACE_48] + v->n_faces[NN_FACE_96];
    info->threshold = fmin(fmax((double)v->min_score, LOWEST_SCORE), 0.99); /* 1: it finds nothing */
    snprintf(info->accuracy_of, sizeof info->accuracy_of, "recall from 48 px, %.1f false a picture",
             FALSE_PER_PICTURE);
    snprintf(info->metrics, sizeof info->metrics,
             "{\"recall_24\":%.4f,\"n_24\":%d,\"recall_48\":%.4f,\"n_48\":%d,\"false_per_picture\":%.3f,\"n_pictures\":%d,"
             "\"overlap\":%.4f}", v->recall_24, v->n_faces[NN_FACE_24], v->recall_48, info->n_accuracy,
             v->false_per_picture, v->n_pictures, v->overlap);
    return nn_model_save(job->options->out_path, job->net, info);
}

static int finish_epoch(void *user, const struct nn_train_report *report)
{
    struct job *job = user;
    struct nn_detector_result validation = {0};
    nn_trainer_use_average(job->training.trainer, true);
    int status = validate(job, &validation);
    if (!status)
        status = save_if_best(job, report->epoch + 1, &validation);
    nn_trainer_use_average(job->training.trainer, false);
    if (status)
        return status;
    nn_trainer_end_epoch(job->training.trainer, quality(&validation));
    log_epoch(job, report, &validation);
    job->progress = (struct progress){0};
    return FB_OK;
}

static void show_progress(void *user, const struct nn_train_report *report)
{
    const struct job *job = user;
    char label[96];
    double n = job->progress.n_batches;
    snprintf(label, sizeof label, "epoch %d/%d  score %.3f box %.3f", report->epoch + 1, job->options->trainer.n_epochs,
             job->progress.score / n, job->progress.box / n);
    app_progress(label, (double)report->step, (double)report->n_steps);
}

int app_train_detector(const struct app_detector_options *options)
{
    struct job job = {
        .options = options,
        .training = {.out_path = options->out_path, .is_resuming = options->is_resuming,
                     .is_overwriting = options->is_overwriting},
    };
    struct app_training_events events = {show_progress, finish_epoch, &job};
    int status = set_up(&job);
    if (!status) {
        app_message("%s: %zu weights, %.1f M multiply-adds a crop; %d training pictures, %d for validation; %d threads",
                    options->net_path, nn_net_n_weights(job.net), nn_net_n_macs(job.net) * 1e-6, job.n_train,
                    job.n_valid, fb_pool_n_threads(job.pool));
        status = app_training_run(&job.training, &events);
    }
    if (!status)
        printf("%s: epoch %d, mean recall %.4f on %d pictures\n", options->out_path, job.training.extra.best_epoch,
               job.training.extra.best_accuracy, job.n_valid);
    tear_down(&job);
    return status;
}
