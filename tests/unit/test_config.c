/* The settings: what is read, what is kept of a file edited by hand, and what is written. */
#include "config.h"
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[128];

static void start(const char *text)
{
    snprintf(dir, sizeof dir, "/tmp/test_config_XXXXXX");
    if (!mkdtemp(dir))
        exit(1);
    snprintf(path, sizeof path, "%s/a/b/feltboard.ini", dir);
    if (!text)
        return;
    snprintf(path, sizeof path, "%s/feltboard.ini", dir);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void finish(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command))
        exit(1);
}

static const char *content(void)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = 0;
    if (file)
        fclose(file);
    return text;
}

static void keeps_what_it_does_not_know(void)
{
    static const char text[] =
        "# mine\n[window]\nscale = 1.25 \n  theme=light\nodd line\n\n[other]\n"
        "x = 1\n";
    struct app_config *config;
    start(text);
    CHECK_INT(app_config_open(path, &config), FB_OK);
    CHECK_NEAR(app_config_number(config, "window", "scale", 1), 1.25, 0);
    CHECK_STR(app_config_get(config, "window", "theme", "dark"), "light");
    CHECK_STR(app_config_get(config, "other", "theme", "dark"), "dark");
    CHECK_NEAR(app_config_number(config, "window", "theme", 7), 7, 0);
    CHECK_INT(app_config_save(config), FB_OK);
    CHECK_STR(content(), text);
    CHECK_INT(app_config_set(config, "window", "theme", "dark"), FB_OK);
    CHECK_INT(app_config_set_number(config, "window", "width", 1280), FB_OK);
    CHECK_INT(app_config_set(config, "statement", "accepted", "1"), FB_OK);
    CHECK_INT(app_config_set(config, "other", "x", NULL), FB_OK);
    CHECK_INT(app_config_save(config), FB_OK);
    CHECK_STR(content(), "# mine\n[window]\nscale = 1.25 \ntheme = dark\nodd line\nwidth = 1280\n\n"
                         "[other]\n\n[statement]\naccepted = 1\n");
    app_config_close(&config);
    CHECK(config == NULL);
    finish();
}

static void makes_a_private_file(void)
{
    struct app_config *config;
    struct stat info;
    start(NULL);
    CHECK_INT(app_config_open(path, &config), FB_OK);
    CHECK(!app_config_flag(config, "view", "mirrored", false));
    CHECK_INT(app_config_save(config), FB_OK);
    CHECK(stat(path, &info) != 0); /* nothing to keep: no file */
    CHECK_INT(app_config_set(config, "view", "mirrored", "yes\nplus"), FB_OK);
    CHECK_STR(app_config_get(config, "view", "mirrored", ""), "yes plus");
    CHECK_INT(app_config_set(config, "view", "mirrored", "yes"), FB_OK);
    CHECK_INT(app_config_save(config), FB_OK);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    app_config_close(&config);
    CHECK_INT(app_config_open(path, &config), FB_OK);
    CHECK(app_config_flag(config, "view", "mirrored", false));
    app_config_close(&config);
    finish();
}

static void remembers_the_newest_first(void)
{
    struct app_config *config;
    start(NULL);
    CHECK_INT(app_config_open(path, &config), FB_OK);
    const char *const order[] = {"a", "b", "c", "a", "d", "d"};
    for (int i = 0; i < 6; i++)
        CHECK_INT(app_config_remember(config, "recent", order[i], 3), FB_OK);
    CHECK_STR(app_config_get(config, "recent", "1", ""), "d");
    CHECK_STR(app_config_get(config, "recent", "2", ""), "a");
    CHECK_STR(app_config_get(config, "recent", "3", ""), "c");
    CHECK(app_config_get(config, "recent", "4", NULL) == NULL);
    app_config_close(&config);
    finish();
}

static void follows_xdg(void)
{
    struct app_config *config;
    start(NULL);
    setenv("XDG_CONFIG_HOME", dir, 1);
    CHECK_INT(app_config_open(NULL, &config), FB_OK);
    CHECK(strstr(app_config_path(config), "/feltboard/feltboard.ini") != NULL);
    CHECK(strncmp(app_config_path(config), dir, strlen(dir)) == 0);
    app_config_close(&config);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    setenv("HOME", "/nonexistent", 1);
    CHECK_INT(app_config_open(NULL, &config), FB_OK);
    CHECK_STR(app_config_path(config), "/nonexistent/.config/feltboard/feltboard.ini");
    CHECK_INT(app_config_set(config, "a", "b", "c"), FB_OK);
    if (geteuid())
        CHECK_INT(app_config_save(config), FB_ERR_IO);
    app_config_close(&config);
    unsetenv("HOME");
    CHECK_INT(app_config_open(NULL, &config), FB_OK); /* nothing is kept, nothing fails */
    CHECK_INT(app_config_set(config, "a", "b", "c"), FB_OK);
    CHECK_INT(app_config_save(config), FB_OK);
    app_config_close(&config);
    finish();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"keeps_what_it_does_not_know", keeps_what_it_does_not_know},
        {"makes_a_private_file", makes_a_private_file},
        {"remembers_the_newest_first", remembers_the_newest_first},
        {"follows_xdg", follows_xdg},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
