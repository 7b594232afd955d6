/* feltlab train-detector: options and help; detector_job.c does the work. */
#include "feltlab.h"

#include "cli.h"
#include "lab/detector_job.h"
#include "lab/lab_args.h"

static int complete(struct app_detector_options *o, const char *schedule, const char *optimizer, double rate)
{
    enum nn_schedule_kind kind = nn_schedule_from_name(schedule);
    o->trainer.optimizer.kind = nn_optimizer_from_name(optimizer);
    if (!kind)
        return app_args_unknown("--schedule", schedule, "constant, cosine, one-cycle, step, plateau");
    if (!o->trainer.optimizer.kind)
        return app_args_unknown("--optimizer", optimizer, "sgd, adam");
    if (rate == 0)
        rate = o->trainer.optimizer.kind == NN_OPTIMIZER_ADAM ? 2e-3 : 0.02;
    o->trainer.schedule = nn_schedule_make(kind, rate);
    return FB_OK;
}

int app_cmd_train_detector(int argc, char **argv)
{
    struct app_detector_options o = {.trainer = nn_default_trainer_settings(), .crops = nn_default_face_crops_settings()};
    const char *schedule = "one-cycle", *optimizer = "adam";
    double rate = 0;
    bool is_help;
    o.crops.side = 0;
    o.trainer.batch = 16;
    o.trainer.n_epochs = 60;
    o.trainer.optimizer.weight_decay = 0.05; /* Adam's is decoupled: a share of the rate */
    o.trainer.optimizer.ema_decay = 0.999;
    o.trainer.optimizer.clip_norm = 20;
    const struct app_arg args[] = {
        {"net", APP_ARG_NEEDED, &o.net_path, .value = "FILE.net", .help = "the network's description"},
        {"data", APP_ARG_NEEDED, &o.data_path, .value = "DIR", .help = "boxes.csv and images/"},
        {"out", APP_ARG_NEEDED, &o.out_path, .value = "FILE.safetensors",
         .help = "the best model so far; beside it a .csv log and a checkpoint"},
        {"epochs", APP_ARG_INT, &o.trainer.n_epochs, .min = 1, .max = 100000, .value = "N", .help = "default 60"},
        {"batch", APP_ARG_INT, &o.trainer.batch, .min = 1, .max = 1024, .value = "N", .help = "crops a step, default 16"},
        {"side", APP_ARG_INT, &o.crops.side, .min = 64, .max = 1024, .value = "PX", .help = "of a crop, a multiple of 32; default the net's input"},
        {"crops", APP_ARG_INT, &o.crops.n_per_picture, .min = 1, .max = 1000, .value = "N", .help = "of each picture in an epoch, default 4"},
        {"seed", APP_ARG_SEED, &o.trainer.seed, .value = "N", .help = "of weights, order and crops; default 0"},
        {"lr", APP_ARG_DOUBLE, &rate, .min = 1e-9, .max = 100, .value = "RATE", .help = "highest learning rate; default 0.002 for adam, 0.02 for sgd"},
        {"schedule", APP_ARG_TEXT, &schedule, .value = "NAME",
         .help = "constant, cosine, one-cycle (default), step, plateau"},
        {"optimizer", APP_ARG_TEXT, &optimizer, .value = "NAME", .help = "adam (default), sgd"},
        {"weight-decay", APP_ARG_DOUBLE, &o.trainer.optimizer.weight_decay, .min = 0, .max = 0.99, .value = "X", .help = "default 0.05"},
        {"average", APP_ARG_DOUBLE, &o.trainer.optimizer.ema_decay, .min = 0, .max = 0.999999, .value = "X", .help = "decay of the weights' moving average, which is what is saved; default 0.999"},
        {"clip", APP_ARG_DOUBLE, &o.trainer.optimizer.clip_norm, .min = 0, .max = 1e9, .value = "X", .help = "longest gradient; 0: off; default 20"},
        {"threads", APP_ARG_INT, &o.n_threads, .min = 0, .max = 256, .value = "N", .help = "default 0, one per core"},
        {"init", APP_ARG_TEXT, &o.init_path, .value = "FILE",
         .help = "start from the tensors of this model that fit by name and shape"},
        {"resume", APP_ARG_FLAG, &o.is_resuming, .help = "go on from the checkpoint beside --out, with the same options"},
        {"overwrite", APP_ARG_FLAG, &o.is_overwriting, .help = "start anew though there is a checkpoint"},
    };
    int status = app_args_only(argc, argv, "train-detector --data DIR --net FILE.net --out FILE.safetensors [OPTION]...",
                               "Trains a face detector and keeps the epoch that is best on the validation part, a tenth of "
                               "the files by a hash of their names.", args, APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    status = complete(&o, schedule, optimizer, rate);
    return status ? status : app_train_detector(&o);
}
