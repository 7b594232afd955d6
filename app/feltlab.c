/* feltlab: explore the data, train, evaluate and compare networks. */
#include "feltlab.h"

#include "cli.h"

static const struct app_command commands[] = {
    {"train", app_cmd_train, "--net FILE --data DIR --out FILE", "train a network on FER+"},
    {"bench", app_cmd_bench, "--model FILE | --net FILE", "speed over batch sizes and threads"},
};

int main(int argc, char **argv)
{
    static const struct app_program program = {
        .name = "feltlab",
        .summary = "trains, measures and compares facial expression networks",
        .commands = commands,
        .n_commands = sizeof commands / sizeof *commands,
    };
    return app_main(&program, argc, argv);
}
