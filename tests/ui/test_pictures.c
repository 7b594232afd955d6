/* Whole windows against the pictures in reference/, drawn by SDL's software renderer with the
 * bundled font, which gives the same pixels on every driver. A difference leaves NAME.actual.png
 * and NAME.diff.png in the build folder. New references: draw_scenes ASSETS reference (look at
 * them!). */
#include "png_file.h"
#include "scenes.h"
#include "test.h"

#include <stdio.h>

/* FreeType and SDL versions may shade edges a little differently; a moved or lost item is more. */
enum { CHANNEL_TOLERANCE = 48 };
static const double most_differing = .0002;

static uint8_t *draw(const struct scene *scene)
{
    char assets[1024];
    struct test_view v;
    struct ui_canvas *canvas;
    struct ui_canvas_settings settings = scene->canvas;
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    settings.assets_dir = assets;
    uint8_t *rgb = malloc((size_t)settings.width * (size_t)settings.height * 3);
    test_view_init(&v, &scene->view);
    if (scene->change)
        scene->change(&v.view);
    CHECK_MSG(ui_canvas_create_with(&settings, &canvas) == FB_OK &&
                  ui_canvas_draw(canvas, &v.view, rgb) == FB_OK,
              "%s: %s", scene->name, fb_error_text());
    ui_canvas_destroy(&canvas);
    test_view_finish(&v);
    return rgb;
}

static void leave_pictures(const struct scene *scene, const uint8_t *actual, uint8_t *reference)
{
    char path[256];
    int n = scene->canvas.width * scene->canvas.height * 3;
    snprintf(path, sizeof path, "%s.actual.png", scene->name);
    png_write(path, actual, scene->canvas.width, scene->canvas.height);
    for (int i = 0; i < n; i++)
        reference[i] = (uint8_t)(actual[i] > reference[i] ? actual[i] - reference[i]
                                                          : reference[i] - actual[i]);
    snprintf(path, sizeof path, "%s.diff.png", scene->name);
    png_write(path, reference, scene->canvas.width, scene->canvas.height);
    fprintf(stderr, "see %s.actual.png and %s in the build folder's tests/ui\n", scene->name, path);
}

static void compare(const struct scene *scene)
{
    char path[1024];
    int width = 0, height = 0;
    snprintf(path, sizeof path, "%s/tests/ui/reference/%s.png", getenv("FELTBOARD_SOURCE_ROOT"),
             scene->name);
    uint8_t *reference = png_read(path, &width, &height), *actual = draw(scene);
    bool is_same_size = width == scene->canvas.width && height == scene->canvas.height;
    if (CHECK_MSG(reference != NULL, "%s: missing", path) &&
        CHECK_MSG(is_same_size, "%s: %dx%d", path, width, height)) {
        int n_differing = 0;
        for (int i = 0; i < width * height; i++) {
            int most = 0;
            for (int c = 0; c < 3; c++) {
                int d = abs(actual[3 * i + c] - reference[3 * i + c]);
                most = d > most ? d : most;
            }
            n_differing += most > CHANNEL_TOLERANCE;
        }
        double share = (double)n_differing / width / height;
        if (!CHECK_MSG(share <= most_differing, "%s: %d px differ (%.3f %%)", scene->name,
                       n_differing, 100 * share))
            leave_pictures(scene, actual, reference);
    }
    free(reference);
    free(actual);
}

static void references(void)
{
    for (int i = 0; i < n_scenes; i++)
        if (scenes[i].is_reference)
            compare(&scenes[i]);
}

static struct scene scene_named(const char *name)
{
    int i = 0;
    while (i < n_scenes - 1 && strcmp(scenes[i].name, name))
        i++;
    return scenes[i];
}

/* The comparison itself must see a small thing: one label's word. */
static void a_word_is_seen(void)
{
    struct scene changed = scene_named("one");
    int n = changed.canvas.width * changed.canvas.height, n_differing = 0;
    uint8_t *before = draw(&changed);
    changed.view.seed = 77;
    uint8_t *after = draw(&changed);
    for (int i = 0; i < 3 * n; i += 3)
        n_differing += abs(before[i] - after[i]) > CHANNEL_TOLERANCE;
    CHECK_MSG(n_differing > most_differing * n, "%d of %d px", n_differing, n);
    free(before);
    free(after);
}

/* The same view twice is the same picture, whatever was drawn between. */
static void is_repeatable(void)
{
    struct scene scene = scene_named("eight-recording");
    uint8_t *a = draw(&scene), *b = draw(&scene);
    size_t n = (size_t)scene.canvas.width * (size_t)scene.canvas.height * 3;
    CHECK(memcmp(a, b, n) == 0);
    free(a);
    free(b);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"references", references},
        {"a_word_is_seen", a_word_is_seen},
        {"is_repeatable", is_repeatable},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
