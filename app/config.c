/* See config.h. The file's lines are kept as they are; a change replaces one line or adds one at
 * its section's end. */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BYTES = 1 << 20, LINE_BYTES = 4096 };

struct app_config {
    char path[PATH_MAX]; /* "": nothing is kept */
    char **lines;
    int n_lines, capacity;
    bool is_changed;
    char value[LINE_BYTES];
};

static void find_path(char path[PATH_MAX])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    path[0] = 0;
    if (config && *config == '/') /* relative values are invalid, says the specification */
        snprintf(path, PATH_MAX, "%s/feltboard/feltboard.ini", config);
    else if (home && *home == '/')
        snprintf(path, PATH_MAX, "%s/.config/feltboard/feltboard.ini", home);
}

static int insert_line(struct app_config *config, int at, const char *text, size_t n)
{
    if (config->n_lines == config->capacity) {
        int capacity = config->capacity ? 2 * config->capacity : 64;
        char **lines = realloc(config->lines, (size_t)capacity * sizeof *lines);
        if (!lines)
            return fb_fail_nomem("the settings", (size_t)capacity * sizeof *lines);
        config->lines = lines;
        config->capacity = capacity;
    }
    char *line = strndup(text, n);
    if (!line)
        return fb_fail_nomem("the settings", n);
    memmove(config->lines + at + 1, config->lines + at,
            (size_t)(config->n_lines - at) * sizeof *config->lines);
    config->lines[at] = line;
    config->n_lines++;
    return FB_OK;
}

static int read_file(struct app_config *config)
{
    FILE *file;
    char line[LINE_BYTES];
    if (!config->path[0])
        return FB_OK;
    int status = fb_file_open(config->path, "make it readable or remove it", &file);
    if (status)
        return errno == ENOENT ? FB_OK : status;
    long n_bytes = 0;
    while (!status && fgets(line, sizeof line, file)) {
        size_t n = strcspn(line, "\r\n");
        n_bytes += (long)n;
        status = n_bytes > MAX_BYTES ? fb_fail(FB_ERR_INPUT, "%s: larger than %d bytes; remove it",
                                               config->path, MAX_BYTES)
                                     : insert_line(config, config->n_lines, line, n);
    }
    fclose(file);
    return status;
}

int app_config_open(const char *path, struct app_config **out)
{
    struct app_config *config = *out = calloc(1, sizeof *config);
    if (!config)
        return fb_fail_nomem("the settings", sizeof *config);
    if (path)
        snprintf(config->path, sizeof config->path, "%s", path);
    else
        find_path(config->path);
    int status = read_file(config);
    if (status)
        app_config_close(out);
    return status;
}

void app_config_close(struct app_config **config)
{
    if (!*config)
        return;
    for (int i = 0; i < (*config)->n_lines; i++)
        free((*config)->lines[i]);
    free((*config)->lines);
    free(*config);
    *config = NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

static bool is_section(const char *line, const char *section)
{
    size_t n = strlen(section);
    line = skip_blanks(line);
    return *line == '[' && !strncmp(line + 1, section, n) && line[1 + n] == ']';
}

/* The text after "key =", or NULL. */
static const char *value_of(const char *line, const char *key)
{
    size_t n = strlen(key);
    line = skip_blanks(line);
    if (strncmp(line, key, n))
        return NULL;
    line = skip_blanks(line + n);
    return *line == '=' ? skip_blanks(line + 1) : NULL;
}

/* Where the key stands, or -1; *end: where a new one would. */
static int find(const struct app_config *config, const char *section, const char *key, int *end)
{
    bool is_in = false;
    *end = -1;
    for (int i = 0; i < config->n_lines; i++) {
        const char *line = skip_blanks(config->lines[i]);
        if (*line == '[')
            is_in = is_section(line, section);
        else if (is_in && value_of(line, key))
            return i;
        if (is_in && *line)
            *end = i + 1;
    }
    return -1;
}

const char *app_config_get(const struct app_config *config, const char *section, const char *key,
                           const char *fallback)
{
    int end, at = find(config, section, key, &end);
    if (at < 0)
        return fallback;
    char *value = ((struct app_config *)config)->value;
    snprintf(value, LINE_BYTES, "%s", value_of(config->lines[at], key));
    for (size_t n = strlen(value); n > 0 && strchr(" \t", value[n - 1]);)
        value[--n] = 0;
    return value;
}

/* With a point, whatever the user's language. */
static double number_of(const char *text, char **end)
{
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    double value = c ? strtod_l(text, end, c) : strtod(text, end);
    if (c)
        freelocale(c);
    return value;
}

double app_config_number(const struct app_config *config, const char *section, const char *key,
                         double fallback)
{
    const char *text = app_config_get(config, section, key, "");
    char *end;
    double value = number_of(text, &end);
    return *text && !*end && value - value == 0 ? value : fallback;
}

bool app_config_flag(const struct app_config *config, const char *section, const char *key,
                     bool fallback)
{
    const char *text = app_config_get(config, section, key, "");
    if (!strcmp(text, "yes") || !strcmp(text, "true") || !strcmp(text, "1"))
        return true;
    if (!strcmp(text, "no") || !strcmp(text, "false") || !strcmp(text, "0"))
        return false;
    return fallback;
}

static void remove_line(struct app_config *config, int at)
{
    free(config->lines[at]);
    config->n_lines--;
    memmove(config->lines + at, config->lines + at + 1,
            (size_t)(config->n_lines - at) * sizeof *config->lines);
}

static int add_section(struct app_config *config, const char *section, int *end)
{
    char line[LINE_BYTES];
    int n = snprintf(line, sizeof line, "[%s]", section), status = FB_OK;
    if (config->n_lines && config->lines[config->n_lines - 1][0])
        status = insert_line(config, config->n_lines, "", 0);
    if (!status)
        status = insert_line(config, config->n_lines, line, (size_t)n);
    *end = config->n_lines;
    return status;
}

int app_config_set(struct app_config *config, const char *section, const char *key,
                   const char *value)
{
    char line[LINE_BYTES];
    int end, at = find(config, section, key, &end), status = FB_OK;
    if (at >= 0 && value && !strcmp(app_config_get(config, section, key, ""), value))
        return FB_OK;
    if (at < 0 && !value)
        return FB_OK;
    config->is_changed = true;
    if (at >= 0)
        remove_line(config, at);
    if (!value)
        return FB_OK;
    if (at < 0 && end < 0)
        status = add_section(config, section, &end);
    int n = snprintf(line, sizeof line, "%s = %s", key, value);
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    if (n >= (int)sizeof line)
        n = (int)sizeof line - 1;
    return status ? status : insert_line(config, at >= 0 ? at : end, line, (size_t)n);
}

int app_config_set_number(struct app_config *config, const char *section, const char *key,
                          double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    for (char *c = text; *c; c++)
        if (*c == ',')
            *c = '.';
    return app_config_set(config, section, key, text);
}

static int make_folder_of(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        if (mkdir(folder, 0700) && errno != EEXIST)
            return fb_fail(FB_ERR_IO, "%s: cannot make it: %s", folder, strerror(errno));
        *slash = '/';
    }
    return FB_OK;
}

static bool write_lines(const struct app_config *config, int fd)
{
    FILE *file = fdopen(fd, "w");
    if (!file) {
        close(fd);
        return false;
    }
    for (int i = 0; i < config->n_lines; i++)
        fprintf(file, "%s\n", config->lines[i]);
    bool is_good = !fflush(file) && !ferror(file) && !fsync(fd);
    return !fclose(file) && is_good;
}

int app_config_save(struct app_config *config)
{
    char part[PATH_MAX + 8];
    if (!config->is_changed || !config->path[0])
        return FB_OK;
    int status = make_folder_of(config->path);
    if (status)
        return status;
    snprintf(part, sizeof part, "%s.part", config->path);
    unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || !write_lines(config, fd) || rename(part, config->path))
        return fb_fail(FB_ERR_IO, "%s: cannot be written: %s", config->path, strerror(errno));
    config->is_changed = false;
    return FB_OK;
}

const char *app_config_path(const struct app_config *config)
{
    return config->path;
}

int app_config_remember(struct app_config *config, const char *section, const char *value,
                        int n_max)
{
    char carried[LINE_BYTES], next[LINE_BYTES], key[16];
    int status = FB_OK;
    snprintf(carried, sizeof carried, "%s", value);
    for (int i = 1; i <= n_max && !status && carried[0]; i++) {
        snprintf(key, sizeof key, "%d", i);
        snprintf(next, sizeof next, "%s", app_config_get(config, section, key, ""));
        status = app_config_set(config, section, key, carried);
        if (!strcmp(next, value))
            break;
        memcpy(carried, next, sizeof carried);
    }
    return status;
}
