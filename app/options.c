/* See options.h. */
#include "options.h"

#include "cli.h"
#include "paths.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    ALL_SOURCES = APP_FOR_WATCH | APP_FOR_ANALYZE,
    DETECTS = ALL_SOURCES | APP_FOR_PREDICT,
    OPENS_SESSIONS = APP_FOR_REPORT | APP_FOR_EXPORT | APP_FOR_SESSIONS | APP_FOR_REPLAY,
};

enum option_id {
    OPT_NONE = 256,
    OPT_MODEL,
    OPT_SESSION,
    OPT_RECORD,
    OPT_BLUR,
    OPT_NO_BLUR,
    OPT_CLEAN,
    OPT_FULLSCREEN,
    OPT_MIRROR,
    OPT_SCALE,
    OPT_OUT,
    OPT_VIDEO,
    OPT_JOBS,
    OPT_EVERY,
    OPT_JSON,
    OPT_CHART,
    OPT_FORMAT,
    OPT_SIZE,
    OPT_FPS,
    OPT_DURATION,
    OPT_FACES,
    OPT_SEED,
    OPT_ALLOW_NETWORK,
    OPT_MIN_FACE,
    OPT_STATS,
    OPT_STATS_LOG,
    OPT_FOLLOW,
    OPT_DETECTOR,
    OPT_ACCEPT_STATEMENT,
    OPT_ROSTER,
    OPT_THEME,
    OPT_RESUME,
    OPT_LIST,
    OPT_LOCK,
    OPT_PASSPHRASE_FILE,
    OPT_PASSPHRASE_FD,
    OPT_HELP,
};

static const struct option_row {
    const char *name;
    bool has_value;
    enum option_id id;
    int users;
    const char *help;
} rows[] = {
    {"out", true, OPT_OUT, APP_FOR_ANALYZE | APP_FOR_WATCH, "folder for the sessions"},
    {"out", true, OPT_OUT, APP_FOR_REPORT | APP_FOR_EXPORT | APP_FOR_SESSIONS,
     "file to write (also -o)"},
    {"session", true, OPT_SESSION, ALL_SOURCES, "name of the session"},
    {"record", false, OPT_RECORD, APP_FOR_WATCH, "record from the start"},
    {"video", false, OPT_VIDEO, APP_FOR_ANALYZE, "write the annotated video too"},
    {"blur", false, OPT_BLUR, ALL_SOURCES, "faces are pixelated in recorded video (the default)"},
    {"no-blur", false, OPT_NO_BLUR, ALL_SOURCES, "record faces clear"},
    {"no-blur", false, OPT_NO_BLUR, APP_FOR_REPORT, "show the faces of those without a name, too"},
    {"clean", false, OPT_CLEAN, ALL_SOURCES, "record without boxes and names in the picture"},
    {"every", true, OPT_EVERY, APP_FOR_ANALYZE, "analyse every n-th frame (1)"},
    {"jobs", true, OPT_JOBS, APP_FOR_ANALYZE, "sources at the same time (a processor each)"},
    {"list", true, OPT_LIST, APP_FOR_ANALYZE, "text file of further sources, one a line"},
    {"resume", false, OPT_RESUME, APP_FOR_ANALYZE, "leave out what is finished in the folder, do again what broke off"},
    {"model", true, OPT_MODEL, DETECTS, "network, a .safetensors file (the shipped one)"},
    {"detector", true, OPT_DETECTOR, DETECTS, "what finds faces: haar, net or both (net)"},
    {"min-face", true, OPT_MIN_FACE, DETECTS, "smallest face looked for, in px"},
    {"json", false, OPT_JSON, APP_FOR_PREDICT | APP_FOR_SESSIONS | APP_FOR_DEVICES,
     "one JSON object a line"},
    {"chart", true, OPT_CHART, APP_FOR_PREDICT, "probability bars as FILE.png or FILE.svg"},
    {"format", true, OPT_FORMAT, APP_FOR_EXPORT, "csv (a row per frame), runs, jsonl, vtt, chapters, eaf or boris"},
    {"size", true, OPT_SIZE, ALL_SOURCES, "camera or demo picture, such as 1280x720"},
    {"fps", true, OPT_FPS, ALL_SOURCES, "camera, demo or image folder frames a second (30)"},
    {"duration", true, OPT_DURATION, ALL_SOURCES, "seconds of the demo class (analyze: 30)"},
    {"faces", true, OPT_FACES, ALL_SOURCES, "students of the demo class, 1 to 40 (8)"},
    {"seed", true, OPT_SEED, ALL_SOURCES, "of the demo class (1)"},
    {"allow-network", false, OPT_ALLOW_NETWORK, ALL_SOURCES,
     "let rtsp:// and http:// sources connect"},
    {"fullscreen", false, OPT_FULLSCREEN, APP_FOR_WATCH | APP_FOR_REPLAY, "start in full screen"},
    {"mirror", false, OPT_MIRROR, APP_FOR_WATCH, "show the picture mirrored"},
    {"scale", true, OPT_SCALE, APP_FOR_WATCH | APP_FOR_REPLAY, "size of text and controls, 1 to 2 (as last time)"},
    {"stats", true, OPT_STATS, APP_FOR_WATCH, "write frame rates, delays and load as JSON at the end"},
    {"stats-log", true, OPT_STATS_LOG, APP_FOR_WATCH, "write rates, delays, losses and memory as a CSV line a second"},
    {"follow", false, OPT_FOLLOW, APP_FOR_DEVICES, "go on and tell what is plugged in and out"},
    {"theme", true, OPT_THEME, APP_FOR_WATCH | APP_FOR_REPLAY, "dark or light (as last time)"},
    {"roster", true, OPT_ROSTER, APP_FOR_WATCH | APP_FOR_REPLAY,
     "text file of names to choose from, one a line"},
    {"accept-statement", false, OPT_ACCEPT_STATEMENT, APP_FOR_WATCH | APP_FOR_REPLAY,
     "first start without the dialog"},
    {"lock", false, OPT_LOCK, ALL_SOURCES, "seal what is recorded with a passphrase, asked for on the terminal"},
    {"passphrase-file", true, OPT_PASSPHRASE_FILE, ALL_SOURCES, "seal it with the first line of this file"},
    {"passphrase-fd", true, OPT_PASSPHRASE_FD, ALL_SOURCES, "or of this open file descriptor"},
    {"passphrase-file", true, OPT_PASSPHRASE_FILE, OPENS_SESSIONS,
     "passphrase of a sealed session, the first line of this file (asked for)"},
    {"passphrase-fd", true, OPT_PASSPHRASE_FD, OPENS_SESSIONS, "or of this open file descriptor"},
    {"help", false, OPT_HELP, ~0, NULL},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void print_help(enum app_option_users user, const char *usage, const char *text)
{
    struct app_help help[N_ROWS + 1];
    char names[N_ROWS][32];
    int n = 0;
    for (int i = 0; i < N_ROWS; i++) {
        if (!(rows[i].users & (int)user) || !rows[i].help)
            continue;
        snprintf(names[n], sizeof names[n], "--%s%s", rows[i].name, rows[i].has_value ? " X" : "");
        help[n] = (struct app_help){names[n], rows[i].help};
        n++;
    }
    help[n] = (struct app_help){0};
    app_print_help(usage, text, help);
}

static int take_chart(const char *value, struct app_options *options)
{
    const char *dot = strrchr(value, '.');
    if (!dot || (strcmp(dot, ".png") && strcmp(dot, ".svg")))
        return fb_fail(FB_ERR_USAGE, "--chart: '%s' must end with .png or .svg", value);
    options->chart = value;
    return FB_OK;
}

static int take_detector(const char *value, struct app_options *options)
{
    options->find.kind = app_find_from_name(value);
    if (options->find.kind)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "--detector: '%s' is not known; it is one of haar, net, both", value);
}

static int take_theme(const char *value, struct app_options *options)
{
    if (strcmp(value, "dark") && strcmp(value, "light"))
        return fb_fail(FB_ERR_USAGE, "--theme: '%s' is neither dark nor light", value);
    options->theme = value;
    return FB_OK;
}

static int take_option(enum option_id id, const char *value, struct app_options *options)
{
    switch (id) {
    case OPT_MODEL:
        options->model = value;
        return FB_OK;
    case OPT_SESSION:
        options->session = value;
        return FB_OK;
    case OPT_RECORD:
        options->is_recording = true;
        return FB_OK;
    case OPT_BLUR:
        options->has_clear_faces = false;
        return FB_OK;
    case OPT_NO_BLUR:
        options->has_clear_faces = true;
        return FB_OK;
    case OPT_CLEAN:
        options->is_clean = true;
        return FB_OK;
    case OPT_FULLSCREEN:
        options->is_fullscreen = true;
        return FB_OK;
    case OPT_MIRROR:
        options->is_mirrored = true;
        return FB_OK;
    case OPT_SCALE:
        return app_parse_double("--scale", value, 1, 2, &options->scale);
    case OPT_OUT:
        options->out = value;
        return FB_OK;
    case OPT_VIDEO:
        options->has_video = true;
        return FB_OK;
    case OPT_JOBS:
        return app_parse_int("--jobs", value, 1, 256, &options->n_jobs);
    case OPT_EVERY:
        return app_parse_int("--every", value, 1, 1000, &options->every);
    case OPT_JSON:
        options->is_json = true;
        return FB_OK;
    case OPT_CHART:
        return take_chart(value, options);
    case OPT_FORMAT:
        options->format = value;
        return FB_OK;
    case OPT_SIZE:
        return app_parse_size("--size", value, &options->width, &options->height);
    case OPT_FPS:
        return app_parse_double("--fps", value, 0.1, 240, &options->fps);
    case OPT_DURATION:
        return app_parse_double("--duration", value, 0.1, 86400, &options->duration_s);
    case OPT_FACES:
        return app_parse_int("--faces", value, 1, 40, &options->n_faces);
    case OPT_SEED:
        return app_parse_seed("--seed", value, &options->seed);
    case OPT_ALLOW_NETWORK:
        options->allow_network = true;
        return FB_OK;
    case OPT_MIN_FACE:
        return app_parse_int("--min-face", value, 12, 4096, &options->find.haar.min_face_px);
    case OPT_DETECTOR:
        return take_detector(value, options);
    case OPT_STATS:
        options->stats = value;
        return FB_OK;
    case OPT_STATS_LOG:
        options->stats_log = value;
        return FB_OK;
    case OPT_FOLLOW:
        options->is_following = true;
        return FB_OK;
    case OPT_ACCEPT_STATEMENT:
        options->is_statement_accepted = true;
        return FB_OK;
    case OPT_ROSTER:
        options->roster = value;
        return FB_OK;
    case OPT_THEME:
        return take_theme(value, options);
    case OPT_RESUME:
        options->is_resuming = true;
        return FB_OK;
    case OPT_LIST:
        options->list = value;
        return FB_OK;
    case OPT_LOCK:
        options->is_locked = true;
        return FB_OK;
    case OPT_PASSPHRASE_FILE:
        options->passphrase_file = value;
        return FB_OK;
    case OPT_PASSPHRASE_FD:
        options->has_passphrase_fd = true;
        return app_parse_int("--passphrase-fd", value, 0, 65535, &options->passphrase_fd);
    case OPT_HELP:
        options->is_help = true;
        return FB_OK;
    case OPT_NONE:
        break;
    }
    return fb_fail(FB_ERR_USAGE, "unknown option");
}

/* An address with a password in it is nobody else's business: what `ps` shows of it is wiped. */
static int hide_arguments(int n, char **arguments)
{
    for (int i = 0; i < n; i++) {
        if (!strstr(arguments[i], "://"))
            continue;
        char *copy = strdup(arguments[i]);
        if (!copy)
            return fb_fail_nomem("an argument", strlen(arguments[i]));
        size_t n_bytes = strlen(arguments[i]);
        vis_hide_credentials(arguments[i]);
        size_t n_left = strlen(arguments[i]);
        memset(arguments[i] + n_left, 0, n_bytes - n_left);
        arguments[i] = copy; /* lives as long as the process */
    }
    return FB_OK;
}

int app_options_parse(int argc, char **argv, enum app_option_users user, const char *usage,
                      const char *text, struct app_options *options)
{
    *options = (struct app_options){
        .every = 1, .format = "csv", .find = app_default_find_settings()};
    struct option table[N_ROWS + 2];
    int n = 0;
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].users & (int)user)
            table[n++] = (struct option){rows[i].name, rows[i].has_value, NULL, (int)rows[i].id};
    table[n] = (struct option){0};

    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":o:h", table, NULL)) != -1;) {
        enum option_id id = c == 'o' ? OPT_OUT : c == 'h' ? OPT_HELP : (enum option_id)c;
        if (c == '?' || c == ':')
            return app_bad_option(argc, argv, c);
        int status = take_option(id, optarg, options);
        if (status)
            return status;
    }
    if (options->is_help)
        print_help(user, usage, text);
    options->arguments = argv + optind;
    options->n_arguments = argc - optind;
    return hide_arguments(options->n_arguments, options->arguments);
}

/* getopt_long takes an option cut short, too. */
bool app_options_want_network(int argc, char **argv)
{
    static const char option[] = "--allow-network";
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (strlen(argv[i]) > 2 && !strncmp(option, argv[i], strlen(argv[i])))
            return true;
    return false;
}

struct vis_source_settings app_source_settings(const struct app_options *options)
{
    struct vis_source_settings settings = vis_default_source_settings();
    settings.assets_dir = app_assets_dir();
    settings.allow_network = options->allow_network;
    settings.duration_s = options->duration_s;
    if (options->width) {
        settings.width = options->width;
        settings.height = options->height;
    }
    if (options->fps > 0)
        settings.fps = options->fps;
    if (options->n_faces)
        settings.n_faces = options->n_faces;
    if (options->seed)
        settings.seed = options->seed;
    return settings;
}

struct app_analyzer_settings app_analyzer_settings(const struct app_options *options)
{
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    settings.model = options->model ? options->model : app_default_model();
    settings.find = options->find;
    return settings;
}
