/* The settings file: read, asked, changed, saved, read again. */
#include "fuzz.h"

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct app_config *config = NULL;
    const char *path = fuzz_put("feltboard.ini", data, size);
    if (!app_config_open(path, &config)) {
        (void)!app_config_number(config, "window", "scale", 1);
        (void)!app_config_flag(config, "window", "maximized", false);
        (void)!app_config_remember(config, "recent", "/a/b.mp4", 6);
        (void)!app_config_set(config, "window", "theme", "light");
        (void)!app_config_set(config, "names", "roster", NULL);
        (void)!app_config_save(config);
    }
    app_config_close(&config);
    (void)!app_config_open(path, &config);
    app_config_close(&config);
    return 0;
}

void fuzz_seeds(void)
{
    fuzz_seed_text("usual", "# mine\n[window]\nwidth = 1280\nscale = 1.25\nmaximized = no\n\n[recent]\n1 = /a/b.mp4\n"
                            "2 = /c d.mkv\n[names]\nroster=/r.txt\n[statement]\naccepted = 1\n");
    fuzz_seed_text("odd", "key without section = 1\r\n[ window ]\n\tscale\t=\t1e999 \n[window\n=\n[]\n");
}
