/* feltlab: explore FER+, train and compare networks, check every number, export models. */
#include "feltlab.h"

#include "cli.h"

static const struct app_command commands[] = {
    {"explore", app_cmd_explore, "--data DIR", "counts, balance, samples, outliers of a data set"},
    {"train", app_cmd_train, "--net FILE --data DIR --out FILE", "train a network on FER+"},
    {"train-detector", app_cmd_train_detector, "--net FILE --data DIR --out FILE", "train a face detector"},
    {"evaluate", app_cmd_evaluate, "--data DIR", "a model's accuracy, calibration and confusion"},
    {"evaluate-detector", app_cmd_evaluate_detector, "DIR|BOXES.csv...", "faces found and false boxes, by face size"},
    {"compare", app_cmd_compare, "MODEL... --data DIR", "several models on the same faces"},
    {"calibrate", app_cmd_calibrate, "--model FILE -o FILE", "a model's temperature and mirror images anew"},
    {"outliers", app_cmd_outliers, "--data DIR", "pictures unlike the rest, by principal components"},
    {"model", app_cmd_model, "--default", "the shipped model: path, card, metrics"},
    {"export", app_cmd_export_onnx, "--model FILE -o FILE.onnx", "a network for ONNX Runtime, OpenCV and others"},
    {"basis", app_cmd_basis, "--data DIR -o FILE", "the demo class's faces from a training set"},
    {"bench", app_cmd_bench, "--model FILE | --net FILE", "speed over batch sizes and threads"},
};

int main(int argc, char **argv)
{
    static const struct app_program program = {
        .name = "feltlab",
        .summary = "trains, measures and exports facial expression networks",
        .commands = commands,
        .n_commands = sizeof commands / sizeof *commands,
    };
    return app_main(&program, argc, argv);
}
