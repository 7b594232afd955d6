/* The options of feltboard's commands: one table says which command takes what, with its help.
 * A new option: a line in the table of options.c and a field here. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "stages.h"
#include "vis/source.h"

#include <stdbool.h>

/* Which commands take an option. */
enum app_option_users {
    APP_FOR_WATCH = 1,
    APP_FOR_ANALYZE = 2,
    APP_FOR_PREDICT = 4,
    APP_FOR_REPORT = 8,
    APP_FOR_EXPORT = 16,
    APP_FOR_SESSIONS = 32,
    APP_FOR_DEVICES = 64,
    APP_FOR_REPLAY = 128,
};

struct app_options {
    const char *out; /* --out, -o */
    const char *model, *session, *chart, *format, *stats, *stats_log;
    bool is_following; /* devices */
    bool is_json, has_video, is_recording, is_fullscreen, is_mirrored;
    bool has_clear_faces, is_clean; /* of what is recorded */
    bool is_resuming;  /* analyze */
    const char *list;
    int n_jobs, every; /* n_jobs 0: not given */
    int width, height; /* --size; 0: the default */
    double fps, duration_s, scale; /* scale 0: not given */
    const char *theme, *roster;
    bool is_statement_accepted;
    int n_faces; /* demo class */
    uint64_t seed;
    bool allow_network;
    bool is_locked, has_passphrase_fd; /* see unlock.h */
    const char *passphrase_file;
    int passphrase_fd;
    struct seal_key *key; /* of new sessions, once a command has asked for it (app_unlock_new); NULL: plain */
    struct app_find_settings find;
    bool is_help;     /* --help was printed: return FB_OK */
    char **arguments; /* what is not an option; borrowed from argv */
    int n_arguments;
};

/* user: one of app_option_users. usage, text: for --help. FB_ERR_USAGE. */
FB_MUST_USE int app_options_parse(int argc, char **argv, enum app_option_users user,
                                  const char *usage, const char *text, struct app_options *options);

/* Whether --allow-network is among the arguments: asked before anything else is done. */
bool app_options_want_network(int argc, char **argv);

/* Source settings as the options wish them. */
struct vis_source_settings app_source_settings(const struct app_options *options);
/* Analyzer settings as the options wish them. */
struct app_analyzer_settings app_analyzer_settings(const struct app_options *options);

#endif
