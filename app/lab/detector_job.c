/* See detector_job.h. An epoch: crops of every training picture, then the averaged weights find the faces of the validation
 * part; the best ones so far are kept as a model, everything else in a checkpoint. */
#include "detector_job.h"

#include "base/clock.h"
#include "cli.h"
#include "face_pictures.h"
#include "nn/detector.h"
#include "nn/detector_loss.h"
#include "nn/detector_score.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, MAX_BOXES = 300 };
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
    char checkpoint_path[PATH_BYTES], log_path[PATH_BYTES];
    struct fb_pool *pool;
    struct nn_faces *faces;
    struct nn_face_crops *crops;
    struct nn_net *net;
    struct nn_detector_loss *loss;
    struct nn_trainer *trainer;
    FILE *log;
    struct nn_model_info info;
    struct nn_checkpoint_extra extra; /* best_accuracy: the mean of both recalls */
    struct progress progress;
    int n_train, n_valid;
    int64_t epoch_start_ns, first_step;
};

/* --- set-up --- */

/* "models/x.safetensors" and ".csv" give "models/x.csv". */
static int sibling_path(const char *path, const char *suffix, char *out)
{
    static const char ending[] = ".safetensors";
    size_t n = strlen(path);
    if (n > sizeof ending && !strcmp(path + n - (sizeof ending - 1), ending))
        n -= sizeof ending - 1;
    if (n + strlen(suffix) >= PATH_BYTES)
        return fb_fail(FB_ERR_USAGE, "--out is too long a path");
    memcpy(out, path, n);
    strcpy(out + n, suffix); /* fits, see above */
    return FB_OK;
}

static int check_paths(struct job *job)
{
    const struct app_detector_options *options = job->options;
    int status = sibling_path(options->out_path, ".checkpoint.safetensors", job->checkpoint_path);
    if (!status)
        status = sibling_path(options->out_path, ".csv", job->log_path);
    if (status)
        return status;
    bool has_checkpoint = !access(job->checkpoint_path, F_OK);
    if (options->is_resuming && !has_checkpoint)
        return fb_fail(FB_ERR_INPUT, "%s: there is no checkpoint to resume from; leave --resume away to start anew",
                       job->checkpoint_path);
    if (!options->is_resuming && !options->is_overwriting && has_checkpoint)
        return fb_fail(FB_ERR_USAGE, "%s is an unfinished training; go on with --resume, or start anew with --overwrite",
                       job->checkpoint_path);
    return FB_OK;
}

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
        fprintf(job->log, "epoch,seconds,rate,score_loss,box_loss,overlap,recall_24,recall_48,min_score,n_valid,"
                          "crops_per_s\n");
    return FB_OK;
}

static void describe(struct job *job)
{
    const struct app_detector_options *o = job->options;
    const struct nn_optimizer_settings *optimizer = &o->trainer.optimizer;
    const char *slash = strrchr(o->net_path, '/'), *file = slash ? slash + 1 : o->net_path;
    job->info = nn_model_default_info();
    job->info.kind = NN_MODEL_DETECTOR;
    job->info.seed = o->trainer.seed;
    snprintf(job->info.name, sizeof job->info.name, "%.*s", (int)strcspn(file, "."), file);
    snprintf(job->info.data, sizeof job->info.data, "%d pictures with boxes (%d more for validation, by name)",
             job->n_train, job->n_valid);
    snprintf(job->info.recipe, sizeof job->info.recipe,
             "optimizer %s, rate %g, schedule %s, batch %d, weight decay %g, average %g, crops of %d px, %d a picture and "
             "epoch%s%.128s", nn_optimizer_name(optimizer->kind), o->trainer.schedule.rate,
             nn_schedule_name(o->trainer.schedule.kind), o->trainer.batch, optimizer->weight_decay, optimizer->ema_decay,
             nn_net_input(job->net).h, o->crops.n_per_picture, o->init_path ? ", start from " : "",
             o->init_path ? o->init_path : "");
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
        status = make_trainer(job);
    if (status)
        return status;
    describe(job);
    return open_log(job);
}

static void tear_down(struct job *job)
{
    nn_trainer_destroy(&job->trainer);
    nn_detector_loss_destroy(&job->loss);
    nn_face_crops_destroy(&job->crops);
    nn_faces_destroy(&job->faces);
    nn_net_destroy(&job->net);
    fb_pool_destroy(&job->pool);
    if (job->log)
        fclose(job->log);
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
    double seconds = (double)(fb_clock_now_ns() - job->epoch_start_ns) * 1e-9, n = job->progress.n_batches;
    double per_s = (double)(report->n_steps - job->first_step) * job->options->trainer.batch / seconds;
    int epoch = report->epoch + 1;
    fprintf(job->log, "%d,%.1f,%.6g,%.5f,%.5f,%.5f,%.5f,%.5f,%.4f,%d,%.1f\n", epoch, seconds, report->rate,
            job->progress.score / n, job->progress.box / n, job->progress.overlap / n, v->recall_24, v->recall_48,
            (double)v->min_score, v->n_pictures, per_s);
    fflush(job->log);
    app_progress_end();
    printf("epoch %d/%d  rate %.5f  loss: score %.3f, box %.3f (overlap %.3f)  valid, %.1f false a picture: recall %.4f at "
           "24-47 px, %.4f from 48 px (score %.2f)%s  %.0f s\n", epoch, job->options->trainer.n_epochs, report->rate,
           job->progress.score / n, job->progress.box / n, job->progress.overlap / n, FALSE_PER_PICTURE, v->recall_24,
           v->recall_48, (double)v->min_score, job->extra.best_epoch == epoch ? "  best" : "", seconds);
    fflush(stdout);
}

static double quality(const struct nn_detector_result *v)
{
    return (v->recall_24 + v->recall_48) / 2;
}

/* Called with the averaged weights in the net. */
static int save_if_best(struct job *job, int epoch, const struct nn_detector_result *v)
{
    job->extra.n_stale_epochs++;
    if (job->extra.best_epoch && v->n_pictures && quality(v) <= job->extra.best_accuracy)
        return FB_OK;
    job->extra = (struct nn_checkpoint_extra){quality(v), epoch, 0};
    job->info.epochs = epoch;
    job->info.accuracy = v->recall_48;
    job->info.n_accuracy = v->n_faces[NN_FACE_48] + v->n_faces[NN_FACE_96];
    job->info.threshold = fmin(fmax((double)v->min_score, LOWEST_SCORE), 0.99); /* 1: it finds nothing */
    snprintf(job->info.accuracy_of, sizeof job->info.accuracy_of, "recall from 48 px, %.1f false a picture",
             FALSE_PER_PICTURE);
    snprintf(job->info.metrics, sizeof job->info.metrics,
             "{\"recall_24\":%.4f,\"n_24\":%d,\"recall_48\":%.4f,\"n_48\":%d,\"false_per_picture\":%.3f,\"n_pictures\":%d,"
             "\"overlap\":%.4f}", v->recall_24, v->n_faces[NN_FACE_24], v->recall_48, job->info.n_accuracy,
             v->false_per_picture, v->n_pictures, v->overlap);
    return nn_model_save(job->options->out_path, job->net, &job->info);
}

static int finish_epoch(struct job *job, const struct nn_train_report *report)
{
    struct nn_detector_result validation = {0};
    nn_trainer_use_average(job->trainer, true);
    int status = validate(job, &validation);
    if (!status)
        status = save_if_best(job, report->epoch + 1, &validation);
    nn_trainer_use_average(job->trainer, false);
    if (status)
        return status;
    nn_trainer_end_epoch(job->trainer, quality(&validation));
    log_epoch(job, report, &validation);
    job->epoch_start_ns = fb_clock_now_ns();
    job->first_step = 0;
    job->progress = (struct progress){0};
    return nn_checkpoint_save(job->checkpoint_path, job->trainer, &job->info, &job->extra);
}

static int stop(struct job *job)
{
    int status = nn_checkpoint_save(job->checkpoint_path, job->trainer, &job->info, &job->extra);
    if (status)
        return status;
    return fb_fail(FB_ERR_INTERRUPTED, "stopped in epoch %d after %lld of %lld steps, kept in %s; the same command with "
                                       "--resume goes on from there", nn_trainer_epoch(job->trainer) + 1,
                   (long long)nn_trainer_step_in_epoch(job->trainer),
                   (long long)nn_trainer_steps_per_epoch(job->trainer), job->checkpoint_path);
}

static void show_progress(const struct job *job, const struct nn_train_report *report)
{
    char label[96];
    double n = job->progress.n_batches;
    snprintf(label, sizeof label, "epoch %d/%d  score %.3f box %.3f", report->epoch + 1, job->options->trainer.n_epochs,
             job->progress.score / n, job->progress.box / n);
    app_progress(label, (double)report->step, (double)report->n_steps);
}

static int run_epochs(struct job *job)
{
    job->epoch_start_ns = fb_clock_now_ns();
    job->first_step = nn_trainer_step_in_epoch(job->trainer);
    while (!nn_trainer_is_done(job->trainer)) {
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

int app_train_detector(const struct app_detector_options *options)
{
    struct job job = {.options = options};
    int status = set_up(&job);
    if (!status) {
        app_message("%s: %zu weights, %.1f M multiply-adds a crop; %d training pictures, %d for validation; %d threads",
                    options->net_path, nn_net_n_weights(job.net), nn_net_n_macs(job.net) * 1e-6, job.n_train,
                    job.n_valid, fb_pool_n_threads(job.pool));
        status = run_epochs(&job);
    }
    if (!status) {
        printf("%s: epoch %d, mean recall %.4f on %d pictures\n", options->out_path, job.extra.best_epoch,
               job.extra.best_accuracy, job.n_valid);
        unlink(job.checkpoint_path); /* it is finished: nothing to resume */
    }
    tear_down(&job);
    return status;
}
