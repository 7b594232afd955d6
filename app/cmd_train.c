/* feltlab train: options and help; train_job.c does the work. */
#include "feltlab.h"

#include "cli.h"
#include "train_job.h"

#include <getopt.h>
#include <string.h>

static const struct app_help help[] = {
    {"--net FILE.net", "the network's description"},
    {"--data DIR", "FER+ data: fer2013new.csv and FER2013Train, FER2013Valid (or fer2013.csv)"},
    {"--out FILE.safetensors", "the best model so far; beside it a .csv log and a checkpoint"},
    {"--epochs N", "default 40"},
    {"--batch N", "pictures a step, default 64"},
    {"--seed N", "of weights, order, augmentation and dropout; default 0"},
    {"--lr RATE", "highest learning rate; default 0.05 for sgd, 0.001 for adam"},
    {"--schedule NAME", "constant, cosine, one-cycle (default), step, plateau"},
    {"--optimizer NAME", "sgd (Nesterov, default), adam"},
    {"--weight-decay X", "default 0.0005"},
    {"--average X", "decay of the weights' moving average, which is what is saved; 0: off; default 0.999"},
    {"--clip X", "longest gradient; default 0, off"},
    {"--loss NAME", "cross-entropy (default), binary"},
    {"--augment TEXT", "none, light, strong (default), and changes: strong,erase=0.3,mixup=0"},
    {"--preprocess NAME", "fixed (default), contrast"},
    {"--labels NAME", "majority, plurality, votes (default)"},
    {"--class-weights NAME", "none (default), balanced"},
    {"--oversample X", "repeat rare classes up to this share of the largest; default 0"},
    {"--patience N", "end after N epochs without a better validation; default 0, never"},
    {"--threads N", "default 0, one per core"},
    {"--init FILE", "start from the tensors of this model that fit by name and shape"},
    {"--freeze PATTERN", "parameters to leave as they are, such as 'conv*'"},
    {"--resume", "go on from the checkpoint beside --out, with the same options"},
    {"--overwrite", "start anew though there is a checkpoint"},
    {0},
};

enum train_option {
    OPTION_NET = 1000, OPTION_DATA, OPTION_OUT, OPTION_EPOCHS, OPTION_BATCH, OPTION_SEED, OPTION_RATE,
    OPTION_SCHEDULE, OPTION_OPTIMIZER, OPTION_DECAY, OPTION_AVERAGE, OPTION_CLIP, OPTION_LOSS,
    OPTION_AUGMENT, OPTION_PREPROCESS, OPTION_LABELS, OPTION_WEIGHTS, OPTION_OVERSAMPLE,
    OPTION_PATIENCE, OPTION_THREADS, OPTION_INIT, OPTION_FREEZE, OPTION_RESUME, OPTION_OVERWRITE,
    OPTION_HELP,
};

static const struct option long_options[] = {
    {"net", required_argument, NULL, OPTION_NET},
    {"data", required_argument, NULL, OPTION_DATA},
    {"out", required_argument, NULL, OPTION_OUT},
    {"epochs", required_argument, NULL, OPTION_EPOCHS},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"lr", required_argument, NULL, OPTION_RATE},
    {"schedule", required_argument, NULL, OPTION_SCHEDULE},
    {"optimizer", required_argument, NULL, OPTION_OPTIMIZER},
    {"weight-decay", required_argument, NULL, OPTION_DECAY},
    {"average", required_argument, NULL, OPTION_AVERAGE},
    {"clip", required_argument, NULL, OPTION_CLIP},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"augment", required_argument, NULL, OPTION_AUGMENT},
    {"preprocess", required_argument, NULL, OPTION_PREPROCESS},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"class-weights", required_argument, NULL, OPTION_WEIGHTS},
    {"oversample", required_argument, NULL, OPTION_OVERSAMPLE},
    {"patience", required_argument, NULL, OPTION_PATIENCE},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"init", required_argument, NULL, OPTION_INIT},
    {"freeze", required_argument, NULL, OPTION_FREEZE},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static int default_options(struct app_train_options *o)
{
    *o = (struct app_train_options){
        .trainer = nn_default_trainer_settings(),
        .preprocess = NN_PREPROCESS_FIXED,
        .labels = NN_LABELS_VOTES,
        .crop_factor = 1, /* FER2013's own framing: the face box's larger side */
    };
    o->trainer.optimizer.weight_decay = 5e-4;
    o->trainer.optimizer.ema_decay = 0.999;
    o->trainer.schedule.rate = 0; /* not given */
    return nn_augment_preset("strong", &o->augment);
}

static int fail_name(const char *option, const char *text, const char *known)
{
    return fb_fail(FB_ERR_USAGE, "%s: '%s' is not known; it is one of %s", option, text, known);
}

static int set_name(int c, const char *text, struct app_train_options *o)
{
    switch (c) {
    case OPTION_SCHEDULE:
        o->trainer.schedule.kind = nn_schedule_from_name(text);
        return o->trainer.schedule.kind ? FB_OK
                                        : fail_name("--schedule", text,
                                                    "constant, cosine, one-cycle, step, plateau");
    case OPTION_OPTIMIZER:
        o->trainer.optimizer.kind = nn_optimizer_from_name(text);
        return o->trainer.optimizer.kind ? FB_OK : fail_name("--optimizer", text, "sgd, adam");
    case OPTION_LOSS:
        o->trainer.loss = nn_loss_from_name(text);
        return o->trainer.loss ? FB_OK : fail_name("--loss", text, "cross-entropy, binary");
    case OPTION_LABELS:
        o->labels = nn_labels_from_name(text);
        return o->labels ? FB_OK : fail_name("--labels", text, "majority, plurality, votes");
    case OPTION_WEIGHTS:
        o->is_class_balanced = !strcmp(text, "balanced");
        return o->is_class_balanced || !strcmp(text, "none")
                   ? FB_OK : fail_name("--class-weights", text, "none, balanced");
    case OPTION_PREPROCESS:
        return nn_preprocess_from_name(text, &o->preprocess)
                   ? fail_name("--preprocess", text, "fixed, contrast") : FB_OK;
    default:
        return nn_augment_parse(text, &o->augment);
    }
}

static int set_number(int c, const char *text, struct app_train_options *o)
{
    double oversample = 0;
    int status;
    switch (c) {
    case OPTION_EPOCHS:
        return app_parse_int("--epochs", text, 1, 100000, &o->trainer.n_epochs);
    case OPTION_BATCH:
        return app_parse_int("--batch", text, 1, 4096, &o->trainer.batch);
    case OPTION_SEED:
        return app_parse_seed("--seed", text, &o->trainer.seed);
    case OPTION_RATE:
        return app_parse_double("--lr", text, 1e-9, 100, &o->trainer.schedule.rate);
    case OPTION_DECAY:
        return app_parse_double("--weight-decay", text, 0, 0.99, &o->trainer.optimizer.weight_decay);
    case OPTION_AVERAGE:
        return app_parse_double("--average", text, 0, 0.999999, &o->trainer.optimizer.ema_decay);
    case OPTION_CLIP:
        return app_parse_double("--clip", text, 0, 1e9, &o->trainer.optimizer.clip_norm);
    case OPTION_PATIENCE:
        return app_parse_int("--patience", text, 0, 100000, &o->patience);
    case OPTION_THREADS:
        return app_parse_int("--threads", text, 0, 256, &o->n_threads);
    default:
        status = app_parse_double("--oversample", text, 0, 1, &oversample);
        o->oversample = (float)oversample;
        return status;
    }
}

/* FB_OK, a failure, or 1 for an option that set_name and set_number take. */
static int set_plain(int c, char *text, struct app_train_options *o)
{
    switch (c) {
    case OPTION_NET:
        o->net_path = text;
        return FB_OK;
    case OPTION_DATA:
        o->data_path = text;
        return FB_OK;
    case OPTION_OUT:
        o->out_path = text;
        return FB_OK;
    case OPTION_INIT:
        o->init_path = text;
        return FB_OK;
    case OPTION_FREEZE:
        o->trainer.optimizer.freeze = text;
        return FB_OK;
    case OPTION_RESUME:
        o->is_resuming = true;
        return FB_OK;
    case OPTION_OVERWRITE:
        o->is_overwriting = true;
        return FB_OK;
    default:
        return 1;
    }
}

static int set_option(int c, char *text, struct app_train_options *o)
{
    int status = set_plain(c, text, o);
    if (status <= 0)
        return status;
    switch (c) {
    case OPTION_SCHEDULE:
    case OPTION_OPTIMIZER:
    case OPTION_LOSS:
    case OPTION_LABELS:
    case OPTION_WEIGHTS:
    case OPTION_PREPROCESS:
    case OPTION_AUGMENT:
        return set_name(c, text, o);
    default:
        return set_number(c, text, o);
    }
}

/* The schedule's numbers follow from its kind, the rate from the optimizer. */
static int complete(int argc, char **argv, struct app_train_options *o)
{
    double rate = o->trainer.schedule.rate;
    if (rate == 0)
        rate = o->trainer.optimizer.kind == NN_OPTIMIZER_ADAM ? 1e-3 : 0.05;
    o->trainer.schedule = nn_schedule_make(o->trainer.schedule.kind, rate);
    if (optind < argc)
        return fb_fail(FB_ERR_USAGE, "train: '%s' is no option; see 'feltlab train --help'", argv[optind]);
    if (!o->net_path || !o->data_path || !o->out_path)
        return fb_fail(FB_ERR_USAGE, "train needs %s; see 'feltlab train --help'",
                       !o->net_path ? "--net FILE.net" : !o->data_path ? "--data DIR"
                                                                       : "--out FILE.safetensors");
    return FB_OK;
}

int app_cmd_train(int argc, char **argv)
{
    struct app_train_options options;
    int status = default_options(&options);
    if (status)
        return status;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (c == OPTION_HELP) {
            app_print_help("train --net FILE.net --data DIR --out FILE.safetensors [OPTION]...",
                           "Trains a network on FER+ and keeps the epoch that is best on validation.", help);
            return FB_OK;
        }
        if (c == '?' || c == ':')
            return app_bad_option(argc, argv, c);
        if ((status = set_option(c, optarg, &options)))
            return status;
    }
    status = complete(argc, argv, &options);
    return status ? status : app_train(&options);
}
