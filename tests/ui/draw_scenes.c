/* Draws every test picture into a folder, for looking at: draw_scenes ASSETS OUT [NAME]. */
#include "png_file.h"
#include "scenes.h"

#include "base/clock.h"

#include <stdio.h>

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
    if (argc < 3) {
        fprintf(stderr, "usage: draw_scenes ASSETS OUT [NAME]\n");
        return 2;
    }
    for (int i = 0; i < n_scenes; i++)
        if (argc < 4 || strstr(scenes[i].name, argv[3]))
            status |= draw(&scenes[i], argv[1], argv[2]);
    return status ? 1 : 0;
}
