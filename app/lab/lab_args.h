/* The options of one feltlab command as a table: parsing, ranges and --help from the same rows.
 *
 *     struct app_arg args[] = {
 *         {"data", APP_ARG_TEXT, &data, .value = "DIR", .help = "the FER+ folder"},
 *         {"epochs", APP_ARG_INT, &epochs, 1, 10000, "N", "passes over the data (60)"},
 *     };
 *     struct app_arguments rest;
 *     int status = app_args_parse(argc, argv, "train --data DIR", "Trains a net.", args, 2, &rest);
 *     if (status < 0 || rest.is_help) return status;
 */
#ifndef APP_LAB_ARGS_H
#define APP_LAB_ARGS_H

#include "base/status.h"

#include <stdbool.h>

enum app_arg_kind { APP_ARG_FLAG, APP_ARG_TEXT, APP_ARG_INT, APP_ARG_DOUBLE, APP_ARG_SEED };

struct app_arg {
    const char *name;       /* without dashes */
    enum app_arg_kind kind;
    void *to;               /* bool, const char *, int, double, uint64_t; keeps its value if not given */
    double min, max;        /* of INT and DOUBLE */
    const char *value;      /* "FILE", for --help; not of FLAG */
    const char *help;
    char letter;            /* short form, 0: none */
};

#define APP_MAX_ARGS 48

struct app_arguments {
    bool is_help;           /* --help was printed: return FB_OK */
    int n;
    char **texts;           /* (n) what is no option; borrowed from argv */
};

/* usage: "train --net FILE ..."; text: a sentence or two. FB_ERR_USAGE with one line that names the
 * option. Permutes argv as getopt does. */
FB_MUST_USE int app_args_parse(int argc, char **argv, const char *usage, const char *text,
                               const struct app_arg *args, int n_args, struct app_arguments *rest);

/* FB_ERR_USAGE unless there is no argument besides options. */
FB_MUST_USE int app_args_none(const struct app_arguments *rest, const char *command);

/* FB_ERR_USAGE "COMMAND: --NAME is needed" when value is NULL. */
FB_MUST_USE int app_args_need(const char *command, const char *name, const char *value);

#endif
