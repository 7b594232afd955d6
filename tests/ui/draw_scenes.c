/* Draws the test pictures into a folder, for looking at:
 *   draw_scenes ASSETS OUT [NAME [WIDTH HEIGHT SCALE light|dark [LOCALES]]]
 * in their own sizes, or all in the one that is told; LOCALES: the catalogues' folder, for the
 * language of the environment. */
#include "png_file.h"
#include "scenes.h"

#include "base/clock.h"
#include "base/words.h"

#include <locale.h>
#include <stdio.h>

static void change_canvas(struct ui_canvas_settings *canvas, char **words)
{
    float x = canvas->pointer_x / (float)canvas->width, y = canvas->pointer_y / (float)canvas->height;
    canvas->width = atoi(words[0]);
    canvas->height = atoi(words[1]);
    canvas->scale = (float)atof(words[2]);
    canvas->is_light_theme = !strcmp(words[3], "light");
    canvas->pointer_x = x * (float)canvas->width;
    canvas->pointer_y = y * (float)canvas->height;
}

static int draw(const struct scene *scene, const char *assets, const char *out)
{
    struct test_view v;
    struct ui_canvas *canvas;
    struct ui_canvas_settings settings = scene->canvas;
    settings.assets_dir = assets;
    test_view_init(&v, &scene->view);
    if (scene->change)
        scene->change(&v.view);
    uint8_t *rgb = malloc((size_t)settings.width * (size_t)settings.height * 3);
    int status = ui_canvas_create_with(&settings, &canvas);
    if (!status)
        status = ui_canvas_draw(canvas, &v.view, rgb);
    int64_t start = fb_clock_now_ns();
    for (int i = 0; i < 5 && !status; i++)
        status = ui_canvas_draw(canvas, &v.view, rgb);
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.png", out, scene->name);
    if (status)
        fprintf(stderr, "%s: %s\n", scene->name, fb_error_text());
    else if (!png_write(path, rgb, settings.width, settings.height))
        fprintf(stderr, "%s: cannot be written\n", path);
    else
        printf("%s: %.1f ms a picture\n", path,
               (double)(fb_clock_now_ns() - start) / 5 / (double)FB_NS_PER_MS);
    ui_canvas_destroy(&canvas);
    test_view_finish(&v);
    free(rgb);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 3 || (argc > 4 && argc < 8)) {
        fprintf(stderr, "usage: draw_scenes ASSETS OUT [NAME [WIDTH HEIGHT SCALE light|dark [LOCALES]]]\n");
        return 2;
    }
    if (argc > 8 && setlocale(LC_ALL, "")) {
        bindtextdomain(FB_TEXT_DOMAIN, argv[8]);
        bind_textdomain_codeset(FB_TEXT_DOMAIN, "UTF-8");
    }
    for (int i = 0; i < n_scenes; i++) {
        struct scene scene = scenes[i];
        if (argc > 3 && !strstr(scene.name, argv[3]))
            continue;
        if (argc > 4)
            change_canvas(&scene.canvas, argv + 4);
        status |= draw(&scene, argv[1], argv[2]);
    }
    return status ? 1 : 0;
}
