/* What every command of both programs shares: dispatch, help, version, interrupts, messages.
 * Threads: main, except app_is_interrupted. */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct app_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an fb_status */
    const char *arguments, *summary;   /* for --help */
};

struct app_program {
    const char *name, *summary;
    const struct app_command *commands;
    int n_commands;
    const char *default_command; /* run when the first argument names none; NULL: an error */
    bool (*wants_network)(int argc, char **argv); /* NULL: never. Without it the network is off, see network.h */
};

/* Runs the command that argv names and turns its status into the exit code, with one line on stderr
 * for a failure. */
int app_main(const struct app_program *program, int argc, char **argv);

/* One option of a command's --help. */
struct app_help {
    const char *option, *text;
};
/* Prints "Usage: PROGRAM COMMAND ARGUMENTS", the text and the options (ends with {0}). */
void app_print_help(const char *usage, const char *text, const struct app_help *options);
/* FB_ERR_USAGE with a line that names the option getopt_long did not take; c: what it returned. */
int app_bad_option(int argc, char **argv, int c);

/* Numbers of options: "OPTION: 'text' is not ..., expected ..." and FB_ERR_USAGE. */
FB_MUST_USE int app_parse_int(const char *option, const char *text, long min, long max, int *out);
FB_MUST_USE int app_parse_double(const char *option, const char *text, double min, double max,
                                 double *out);
FB_MUST_USE int app_parse_size(const char *option, const char *text, int *width, int *height);
FB_MUST_USE int app_parse_seed(const char *option, const char *text, uint64_t *out);

/* True from the first SIGINT or SIGTERM on; the second one ends the process. Any thread. */
bool app_is_interrupted(void);

/* A line on stderr: "feltboard: ...". */
void app_message(const char *format, ...) FB_PRINTF(1, 2);

/* A progress bar on a terminal, nothing elsewhere; call often, it draws at most ten times a second.
 * done and total in any unit; total <= 0: unknown. label: short. */
void app_progress(const char *label, double done, double total);
/* Removes the bar. */
void app_progress_end(void);

#endif
