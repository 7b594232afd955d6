/* See lab_args.h. */
#include "lab_args.h"

#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CODE 1000 /* getopt's value for row 0, above any letter */
#define HELP_CODE 999

static void print_help(const char *usage, const char *text, const struct app_arg *args, int n_args)
{
    char left[APP_MAX_ARGS][64];
    struct app_help rows[APP_MAX_ARGS + 1] = {{0}};
    for (int i = 0; i < n_args; i++) {
        char letter[8] = "";
        if (args[i].letter)
            snprintf(letter, sizeof letter, "-%c, ", args[i].letter);
        snprintf(left[i], sizeof left[i], "%s--%s%s%s", letter, args[i].name,
                 args[i].kind == APP_ARG_FLAG ? "" : " ", args[i].value ? args[i].value : "");
        rows[i] = (struct app_help){left[i], args[i].help};
    }
    app_print_help(usage, text, rows);
}

static int take(const struct app_arg *arg, const char *value)
{
    char option[64];
    snprintf(option, sizeof option, "--%s", arg->name);
    switch (arg->kind) {
    case APP_ARG_FLAG:
        *(bool *)arg->to = true;
        return FB_OK;
    case APP_ARG_TEXT:
    case APP_ARG_NEEDED:
        *(const char **)arg->to = value;
        return FB_OK;
    case APP_ARG_INT:
        return app_parse_int(option, value, (long)arg->min, (long)arg->max, arg->to);
    case APP_ARG_DOUBLE:
        return app_parse_double(option, value, arg->min, arg->max, arg->to);
    case APP_ARG_SEED:
        return app_parse_seed(option, value, arg->to);
    }
    return fb_fail(FB_ERR_USAGE, "%s: unknown kind of option", option);
}

static const struct app_arg *find(const struct app_arg *args, int n_args, int code)
{
    for (int i = 0; i < n_args; i++) {
        if (code == FIRST_CODE + i || (args[i].letter && code == args[i].letter))
            return &args[i];
    }
    return NULL;
}

static void make_getopt_tables(const struct app_arg *args, int n_args,
                               struct option longs[APP_MAX_ARGS + 2], char shorts[2 * APP_MAX_ARGS + 4])
{
    char *s = shorts;
    *s++ = ':';
    *s++ = 'h';
    for (int i = 0; i < n_args; i++) {
        bool has_value = args[i].kind != APP_ARG_FLAG;
        longs[i] = (struct option){args[i].name, has_value ? required_argument : no_argument, NULL,
                                   FIRST_CODE + i};
        if (args[i].letter)
            *s++ = args[i].letter;
        if (args[i].letter && has_value)
            *s++ = ':';
    }
    longs[n_args] = (struct option){"help", no_argument, NULL, HELP_CODE};
    *s = '\0';
}

int app_args_parse(int argc, char **argv, const char *usage, const char *text,
                   const struct app_arg *args, int n_args, struct app_arguments *rest)
{
    struct option longs[APP_MAX_ARGS + 2] = {{0}};
    char shorts[2 * APP_MAX_ARGS + 4];
    *rest = (struct app_arguments){0};
    if (n_args > APP_MAX_ARGS)
        return fb_fail(FB_ERR_USAGE, "%s: more than %d options in its table", argv[0], APP_MAX_ARGS);
    make_getopt_tables(args, n_args, longs, shorts);
    optind = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == HELP_CODE || code == 'h') {
            print_help(usage, text, args, n_args);
            rest->is_help = true;
            return FB_OK;
        }
        const struct app_arg *arg = find(args, n_args, code);
        int status = arg ? take(arg, optarg) : app_bad_option(argc, argv, code);
        if (status < 0)
            return status;
    }
    rest->n = argc - optind;
    rest->texts = argv + optind;
    return FB_OK;
}

static int check_needed(const char *command, const struct app_arg *args, int n_args)
{
    for (int i = 0; i < n_args; i++) {
        const char *value = args[i].kind == APP_ARG_NEEDED ? *(const char **)args[i].to : "given";
        if (!value || !value[0])
            return fb_fail(FB_ERR_USAGE, "%s: --%s is needed; see 'feltlab %s --help'", command, args[i].name, command);
    }
    return FB_OK;
}

int app_args_only(int argc, char **argv, const char *usage, const char *text, const struct app_arg *args, int n_args,
                  bool *is_help)
{
    struct app_arguments rest;
    int status = app_args_parse(argc, argv, usage, text, args, n_args, &rest);
    *is_help = rest.is_help;
    if (status < 0 || rest.is_help)
        return status;
    if (rest.n > 0)
        return fb_fail(FB_ERR_USAGE, "%s: '%s' is not an option; see 'feltlab %s --help'", argv[0], rest.texts[0], argv[0]);
    return check_needed(argv[0], args, n_args);
}

int app_args_unknown(const char *option, const char *word, const char *known)
{
    return fb_fail(FB_ERR_USAGE, "%s: '%s' is not known; it is one of %s", option, word, known);
}
