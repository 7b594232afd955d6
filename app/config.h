/* What is remembered between runs: an INI file, XDG_CONFIG_HOME/feltboard/feltboard.ini, that may
 * be edited by hand: comments, order and unknown keys are kept.
 *
 *     app_config_open(NULL, &config);
 *     double scale = app_config_number(config, "window", "scale", 1);
 *     app_config_set(config, "window", "theme", "light");
 *     app_config_save(config);
 *     app_config_close(&config);
 *
 * Threads: main.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "base/status.h"

#include <stdbool.h>

struct app_config;

/* path NULL: the user's. A file that is not there is an empty one; without a home nothing is kept.
 * FB_ERR_INPUT: it cannot be read. FB_ERR_NOMEM. */
FB_MUST_USE int app_config_open(const char *path, struct app_config **out);
void app_config_close(struct app_config **config);

/* The value, or fallback (which may be NULL); valid until the next change. */
const char *app_config_get(const struct app_config *config, const char *section, const char *key,
                           const char *fallback);
/* A value that is no number counts as none. */
double app_config_number(const struct app_config *config, const char *section, const char *key,
                         double fallback);
bool app_config_flag(const struct app_config *config, const char *section, const char *key,
                     bool fallback);

/* value NULL takes the key away. Line breaks in it become blanks. FB_ERR_NOMEM. */
FB_MUST_USE int app_config_set(struct app_config *config, const char *section, const char *key,
                               const char *value);
FB_MUST_USE int app_config_set_number(struct app_config *config, const char *section,
                                      const char *key, double value);

/* Writes it, 0600, whole or not at all; nothing if nothing was changed. FB_ERR_IO. */
FB_MUST_USE int app_config_save(struct app_config *config);
const char *app_config_path(const struct app_config *config);

/* A list kept as section/1, 2 ...: puts value first, without its older mention, at most n_max. */
FB_MUST_USE int app_config_remember(struct app_config *config, const char *section,
                                    const char *value, int n_max);

#endif
