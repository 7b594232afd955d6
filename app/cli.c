/* See cli.h. */
#include "cli.h"

#include "base/clock.h"
#include "base/log.h"
#include "network.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *program_name = "feltboard";
static atomic_llong interrupted_ns; /* 0: not yet */
enum { TWICE_NS = 500 * 1000 * 1000 }; /* a wish told twice by one sender, as timeout(1) does */
static bool is_bar_shown;

/* The first asks for a clean end, a second one a while later ends at once. */
static void on_signal(int number)
{
    (void)number;
    long long first_ns = 0, now_ns = fb_clock_now_ns();
    if (!atomic_compare_exchange_strong(&interrupted_ns, &first_ns, now_ns) && now_ns - first_ns > TWICE_NS)
        _exit(130);
}

bool app_is_interrupted(void)
{
    return atomic_load(&interrupted_ns) != 0;
}

void app_message(const char *format, ...)
{
    app_progress_end();
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static void print_log(void *user, enum fb_log_level level, const char *module, const char *line)
{
    (void)user;
    static const char *const words[] = {"", "error", "warning", "info", "debug"};
    _Static_assert(sizeof words / sizeof *words == FB_LOG_COUNT, "one word each");
    fprintf(stderr, "%s: %s: %s: %s\n", program_name, words[level], module, line);
}

static enum fb_log_level wanted_log_level(void)
{
    const char *wish = getenv("FELTBOARD_LOG");
    if (!wish)
        return FB_LOG_WARN;
    return !strcmp(wish, "debug")  ? FB_LOG_DEBUG
           : !strcmp(wish, "info") ? FB_LOG_INFO
                                   : FB_LOG_WARN;
}

static void print_program_help(const struct app_program *program)
{
    printf("%s %s - %s\n\nUsage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n", program->name,
           FB_VERSION, program->summary, program->name);
    for (int i = 0; i < program->n_commands; i++) {
        const struct app_command *command = &program->commands[i];
        char left[64];
        snprintf(left, sizeof left, "%s %s", command->name, command->arguments);
        printf("  %-30s %s%s\n", left, command->summary,
               program->default_command && !strcmp(command->name, program->default_command)
                   ? " (the default)"
                   : "");
    }
    printf(
        "\n'%s COMMAND --help' tells the options of one.\n"
        "Exit codes: 0 done; 1 failed; 2 usage; 3 input unreadable or invalid; 4 device missing or "
        "lost;\n"
        "5 passphrase missing or wrong; 6 sealed file changed; 130 interrupted.\n"
        "In the European Union it is illegal to use this on pupils, students, teachers or "
        "employees\n"
        "(AI Act Art. 5(1)(f)); consent does not change that. See README.md.\n",
        program->name);
}

static const struct app_command *find_command(const struct app_program *program, const char *name)
{
    for (int i = 0; i < program->n_commands; i++)
        if (!strcmp(program->commands[i].name, name))
            return &program->commands[i];
    return NULL;
}

static int run_command(const struct app_program *program, int argc, char **argv)
{
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        print_program_help(program);
        return FB_OK;
    }
    if (argc > 1 && !strcmp(argv[1], "--version")) {
        printf("%s %s\n", program->name, FB_VERSION);
        return FB_OK;
    }
    const struct app_command *command = argc > 1 ? find_command(program, argv[1]) : NULL;
    if (command)
        return command->run(argc - 1, argv + 1);
    if (!program->default_command)
        return argc > 1 ? fb_fail(FB_ERR_USAGE, "unknown command '%s'; see '%s --help'", argv[1],
                                  program->name)
                        : fb_fail(FB_ERR_USAGE, "no command; see '%s --help'", program->name);
    return find_command(program, program->default_command)->run(argc, argv);
}

int app_main(const struct app_program *program, int argc, char **argv)
{
    program_name = program->name;
    umask(077);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    fb_log_set(print_log, NULL, wanted_log_level());

    bool wants_network = program->wants_network && program->wants_network(argc, argv);
    int status = wants_network ? FB_OK : app_network_off();
    if (!status)
        status = run_command(program, argc, argv);
    app_progress_end();
    if (status < 0)
        app_message("%s", fb_error_text());
    if (fflush(stdout) || ferror(stdout)) {
        app_message("cannot write the results to standard output");
        return status < 0 ? fb_status_exit_code(status) : 1;
    }
    return fb_status_exit_code(status);
}

void app_print_help(const char *usage, const char *text, const struct app_help *options)
{
    printf("Usage: %s %s\n\n%s\n\n", program_name, usage, text);
    for (; options->option; options++)
        printf("  %-26s %s\n", options->option, options->text);
    printf("  %-26s %s\n", "--help", "this text");
}

int app_bad_option(int argc, char **argv, int c)
{
    const char *given = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    if (c == ':')
        return fb_fail(FB_ERR_USAGE, "%s: the option '%s' needs a value; see '%s %s --help'",
                       argv[0], given, program_name, argv[0]);
    return fb_fail(FB_ERR_USAGE, "%s: unknown option '%s'; see '%s %s --help'", argv[0], given,
                   program_name, argv[0]);
}

int app_parse_int(const char *option, const char *text, long min, long max, int *out)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return fb_fail(FB_ERR_USAGE, "%s: '%s' is not a whole number from %ld to %ld", option, text,
                       min, max);
    *out = (int)value;
    return FB_OK;
}

int app_parse_double(const char *option, const char *text, double min, double max, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= min && value <= max))
        return fb_fail(FB_ERR_USAGE, "%s: '%s' is not a number from %g to %g", option, text, min,
                       max);
    *out = value;
    return FB_OK;
}

int app_parse_size(const char *option, const char *text, int *width, int *height)
{
    char rest;
    if (sscanf(text, "%dx%d%c", width, height, &rest) != 2 || *width < 16 || *height < 16 ||
        *width > 16384 || *height > 16384)
        return fb_fail(FB_ERR_USAGE, "%s: '%s' is not a size such as 1280x720", option, text);
    return FB_OK;
}

int app_parse_seed(const char *option, const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-')
        return fb_fail(FB_ERR_USAGE, "%s: '%s' is not a whole number from 0 on", option, text);
    *out = value;
    return FB_OK;
}

/* "12 s", "3:05", "2:03:00" */
static void format_time(double seconds, char *text, size_t n_bytes)
{
    long total = seconds < 1e6 ? (long)(seconds + 0.5) : 1000000;
    if (total < 60)
        snprintf(text, n_bytes, "%ld s", total);
    else if (total < 3600)
        snprintf(text, n_bytes, "%ld:%02ld", total / 60, total % 60);
    else
        snprintf(text, n_bytes, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
}

/* What is left at the rate since start_done, which need not be 0: a training may have been resumed. */
static void draw_bar(const char *label, double start_done, double done, double total, double elapsed_s)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1], left[32];
    double share = done > total ? 1 : done / total;
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < (int)(share * WIDTH) ? '#' : '.';
    bar[WIDTH] = 0;
    format_time(done > start_done ? elapsed_s * (total - done) / (done - start_done) : 0, left, sizeof left);
    fprintf(stderr, "\r\033[K%s [%s] %3.0f %%  %s left", label, bar, share * 100, left);
}

void app_progress(const char *label, double done, double total)
{
    static int64_t last_ns, start_ns;
    static double last_done, start_done;
    int64_t now_ns = fb_clock_now_ns();
    if (!start_ns || done < last_done) {
        start_ns = now_ns;
        start_done = done;
    }
    last_done = done;
    if (!isatty(STDERR_FILENO) || now_ns - last_ns < FB_NS_PER_S / 10 ||
        now_ns - start_ns < FB_NS_PER_S)
        return;
    last_ns = now_ns;
    is_bar_shown = true;
    if (total <= 0)
        fprintf(stderr, "\r\033[K%s: %.1f", label, done);
    else
        draw_bar(label, start_done, done, total, (double)(now_ns - start_ns) * 1e-9);
}

void app_progress_end(void)
{
    if (is_bar_shown)
        fputs("\r\033[K", stderr);
    is_bar_shown = false;
}
