/* feltlab export: a model, or a net with seeded weights, as an ONNX file. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_args.h"
#include "nn/onnx.h"

#include <stdio.h>

static int export_model(const char *path, const char *out)
{
    struct nn_model *model;
    int status = nn_model_load(path, &model);
    if (status)
        return status;
    status = nn_onnx_write(out, model->net, &model->info);
    if (!status && model->info.is_flipped)
        app_message("%s answers with the mean over a crop and its mirror image; the ONNX file takes one at a time", path);
    nn_model_destroy(&model);
    return status;
}

static int export_net(const char *path, uint64_t seed, const char *out)
{
    struct nn_net *net;
    struct fb_rng rng;
    int status = nn_net_load(path, &net);
    if (status)
        return status;
    fb_rng_seed(&rng, seed);
    nn_net_init_weights(net, &rng);
    status = nn_onnx_write(out, net, NULL);
    nn_net_destroy(&net);
    return status;
}

int app_cmd_export_onnx(int argc, char **argv)
{
    const char *model = NULL, *net = NULL, *out = NULL;
    uint64_t seed = 0;
    const struct app_arg args[] = {
        {"model", APP_ARG_TEXT, &model, 0, 0, "FILE", "a trained model", 0},
        {"net", APP_ARG_TEXT, &net, 0, 0, "FILE.net", "or a network with random weights", 0},
        {"seed", APP_ARG_SEED, &seed, 0, 0, "N", "of those weights (0)", 0},
        {"out", APP_ARG_NEEDED, &out, 0, 0, "FILE.onnx", "what is written", 'o'},
    };
    bool is_help;
    int status = app_args_only(argc, argv, "export --model FILE | --net FILE.net [--seed N]  -o FILE.onnx",
                               "Writes a network for ONNX Runtime, OpenCV and others.", args, APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if (!model == !net)
        return fb_fail(FB_ERR_USAGE, "export: give --model FILE or --net FILE.net, one of them");
    status = model ? export_model(model, out) : export_net(net, seed, out);
    if (!status)
        printf("%s\n", out);
    return status;
}
