/* feltlab train: options and help; train_job.c does the work. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_args.h"
#include "lab/train_job.h"

#include <string.h>

/* What is given as a word and looked up after parsing. */
struct words {
    const char *schedule, *optimizer, *loss, *augment, *preprocess, *labels, *weights, *view;
};

static int default_options(struct app_train_options *o)
{
    *o = (struct app_train_options){
        .trainer = nn_default_trainer_settings(),
        .preprocess = NN_PREPROCESS_FIXED,
        .labels = NN_LABELS_VOTES,
        .crop_factor = 1, /* FER2013's own framing: the face box's larger side */
        .teacher_share = 0.7,
    };
    o->trainer.optimizer.weight_decay = 5e-4;
    o->trainer.optimizer.ema_decay = 0.999;
    o->trainer.schedule.rate = 0; /* not given */
    return nn_augment_preset("strong", &o->augment);
}

static int look_up_training(const struct words *w, struct nn_trainer_settings *trainer)
{
    if (w->schedule && !(trainer->schedule.kind = nn_schedule_from_name(w->schedule)))
        return app_args_unknown("--schedule", w->schedule, "constant, cosine, one-cycle, step, plateau");
    if (w->optimizer && !(trainer->optimizer.kind = nn_optimizer_from_name(w->optimizer)))
        return app_args_unknown("--optimizer", w->optimizer, "sgd, adam");
    if (w->loss && !(trainer->loss = nn_loss_from_name(w->loss)))
        return app_args_unknown("--loss", w->loss, "cross-entropy, binary");
    return FB_OK;
}

static int look_up_data(const struct words *w, struct app_train_options *o)
{
    if (w->labels && !(o->labels = nn_labels_from_name(w->labels)))
        return app_args_unknown("--labels", w->labels, "majority, plurality, votes");
    if (w->weights && strcmp(w->weights, "balanced") && strcmp(w->weights, "none"))
        return app_args_unknown("--class-weights", w->weights, "none, balanced");
    if (w->view && strcmp(w->view, "clean") && strcmp(w->view, "same"))
        return app_args_unknown("--teacher-view", w->view, "clean, same");
    if (w->preprocess && nn_preprocess_from_name(w->preprocess, &o->preprocess))
        return app_args_unknown("--preprocess", w->preprocess, "fixed, contrast");
    o->is_class_balanced = w->weights && !strcmp(w->weights, "balanced");
    o->is_teacher_seeing_same = w->view && !strcmp(w->view, "same");
    return w->augment ? nn_augment_parse(w->augment, &o->augment) : FB_OK;
}

/* The schedule's numbers follow from its kind, the rate from the optimizer. */
static int complete(const struct words *words, struct app_train_options *o)
{
    int status = look_up_training(words, &o->trainer);
    if (!status)
        status = look_up_data(words, o);
    double rate = o->trainer.schedule.rate;
    if (rate == 0)
        rate = o->trainer.optimizer.kind == NN_OPTIMIZER_ADAM ? 1e-3 : 0.05;
    o->trainer.schedule = nn_schedule_make(o->trainer.schedule.kind, rate);
    return status;
}

int app_cmd_train(int argc, char **argv)
{
    struct app_train_options o;
    struct words w = {0};
    bool is_help;
    struct nn_trainer_settings *t = &o.trainer;
    const struct app_arg args[] = {
        {"net", APP_ARG_NEEDED, &o.net_path, 0, 0, "FILE.net", "the network's description", 0},
        {"data", APP_ARG_NEEDED, &o.data_path, 0, 0, "DIR", "FER+ data, or train/CLASS/ and valid/CLASS/ with pictures", 0},
        {"out", APP_ARG_NEEDED, &o.out_path, 0, 0, "FILE", "the best .safetensors so far; beside it a .csv log, a checkpoint", 'o'},
        {"epochs", APP_ARG_INT, &t->n_epochs, 1, 100000, "N", "(40)", 0},
        {"batch", APP_ARG_INT, &t->batch, 1, 4096, "N", "pictures a step (64)", 0},
        {"seed", APP_ARG_SEED, &t->seed, 0, 0, "N", "of weights, order, augmentation and dropout (0)", 0},
        {"lr", APP_ARG_DOUBLE, &t->schedule.rate, 1e-9, 100, "RATE", "highest learning rate (0.05 for sgd, 0.001 for adam)", 0},
        {"schedule", APP_ARG_TEXT, &w.schedule, 0, 0, "NAME", "constant, cosine, one-cycle, step, plateau (one-cycle)", 0},
        {"optimizer", APP_ARG_TEXT, &w.optimizer, 0, 0, "NAME", "sgd with Nesterov's momentum, adam (sgd)", 0},
        {"weight-decay", APP_ARG_DOUBLE, &t->optimizer.weight_decay, 0, 0.99, "X", "(0.0005)", 0},
        {"average", APP_ARG_DOUBLE, &t->optimizer.ema_decay, 0, 0.999999, "X", "decay of the weights' moving average, which is what is saved (0.999)", 0},
        {"clip", APP_ARG_DOUBLE, &t->optimizer.clip_norm, 0, 1e9, "X", "longest gradient (0, off)", 0},
        {"sam", APP_ARG_DOUBLE, &t->sam, 0, 10, "RADIUS", "sharpness-aware steps, 0.05 usual, twice the time (0, off)", 0},
        {"loss", APP_ARG_TEXT, &w.loss, 0, 0, "NAME", "cross-entropy, binary (cross-entropy)", 0},
        {"augment", APP_ARG_TEXT, &w.augment, 0, 0, "TEXT", "none, light, strong, and changes: strong,erase=0.3,mixup=0 (strong)", 0},
        {"preprocess", APP_ARG_TEXT, &w.preprocess, 0, 0, "NAME", "fixed, contrast (fixed)", 0},
        {"labels", APP_ARG_TEXT, &w.labels, 0, 0, "NAME", "majority, plurality, votes (votes)", 0},
        {"class-weights", APP_ARG_TEXT, &w.weights, 0, 0, "NAME", "none, balanced (none)", 0},
        {"oversample", APP_ARG_DOUBLE, &o.oversample, 0, 1, "X", "repeat rare classes up to this share of the largest (0)", 0},
        {"without-outliers", APP_ARG_DOUBLE, &o.outlier_share, 0, 100, "X", "leave out training pictures of which 100 components leave more than this share (0, none)", 0},
        {"without", APP_ARG_TEXT, &o.left_out, 0, 0, "FILE", "leave out the training pictures named in it, one a line", 0},
        {"teacher", APP_ARG_TEXT, &o.teachers, 0, 0, "FILE,...", "models whose mean answer is part of each target", 0},
        {"teacher-share", APP_ARG_DOUBLE, &o.teacher_share, 0, 1, "X", "that part (0.7)", 0},
        {"teacher-view", APP_ARG_TEXT, &w.view, 0, 0, "NAME", "clean: they see each picture once, as it is; same: each batch as the student does, their time a step more (clean)", 0},
        {"flip", APP_ARG_FLAG, &o.is_flipped, 0, 0, NULL, "the model answers with the mean over a crop and its mirror image, twice the time", 0},
        {"patience", APP_ARG_INT, &o.patience, 0, 100000, "N", "end after N epochs without a better validation (0, never)", 0},
        {"threads", APP_ARG_INT, &o.n_threads, 0, 256, "N", "(one per core)", 0},
        {"init", APP_ARG_TEXT, &o.init_path, 0, 0, "FILE", "start from this file's tensors that fit by name (ours or PyTorch's) and shape", 0},
        {"freeze", APP_ARG_TEXT, &t->optimizer.freeze, 0, 0, "PATTERN,...", "parameters to leave as they are, such as 'conv*,bn1*'", 0},
        {"resume", APP_ARG_FLAG, &o.is_resuming, 0, 0, NULL, "go on from the checkpoint beside --out, with the same options", 0},
        {"overwrite", APP_ARG_FLAG, &o.is_overwriting, 0, 0, NULL, "start anew though there is a checkpoint", 0},
    };
    int status = default_options(&o);
    if (!status)
        status = app_args_only(argc, argv, "train --net FILE.net --data DIR --out FILE.safetensors [OPTION]...",
                               "Trains a network and keeps the epoch that is best on validation.", args, APP_ARGS_COUNT(args), &is_help);
    if (status || is_help)
        return status;
    status = complete(&w, &o);
    return status ? status : app_train(&o);
}
