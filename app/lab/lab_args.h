/* The options of one feltlab command as a table: parsing, ranges and --help from the same rows.
 *
 *     struct app_arg args[] = {
 *         {"data", APP_ARG_NEEDED, &data, .value = "DIR", .help = "the FER+ folder"},
 *         {"epochs", APP_ARG_INT, &epochs, 1, 10000, "N", "passes over the data (60)"},
 *     };
 *     bool is_help;
 *     int status = app_args_only(argc, argv, "train --data DIR", "Trains a net.", args, 2, &is_help);
 *     if (status < 0 || is_help) return status;
 */
#ifndef APP_LAB_ARGS_H
#define APP_LAB_ARGS_H

#include "base/status.h"

#include <stdbool.h>

/* NEEDED: a TEXT that app_args_only asks for. */
enum app_arg_kind { APP_ARG_FLAG, APP_ARG_TEXT, APP_ARG_NEEDED, APP_ARG_INT, APP_ARG_DOUBLE, APP_ARG_SEED };

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
#define APP_ARGS_COUNT(args) (int)(sizeof(args) / sizeof *(args))

struct app_arguments {
    bool is_help;           /* --help was printed: return FB_OK */
    int n;
    char **texts;           /* (n) what is no option; borrowed from argv */
};

/* usage: "train --net FILE ..."; text: a sentence or two. FB_ERR_USAGE with one line that names the
 * option. Permutes argv as getopt does. */
FB_MUST_USE int app_args_parse(int argc, char **argv, const char *usage, const char *text,
                               const struct app_arg *args, int n_args, struct app_arguments *rest);

/* The same for a command that takes options only: FB_ERR_USAGE for any other argument, then for a needed row
 * without a value. is_help as in app_arguments. */
FB_MUST_USE int app_args_only(int argc, char **argv, const char *usage, const char *text,
                              const struct app_arg *args, int n_args, bool *is_help);

/* FB_ERR_USAGE: a word that is none of those known ("a, b, c"). */
FB_MUST_USE int app_args_unknown(const char *option, const char *word, const char *known);

#endif
