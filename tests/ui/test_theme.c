/* The colour table is told apart by all eyes, and the glyphs by shape alone. */
#include "glyphs.h"
#include "test.h"
#include "theme.h"

#include "base/expression.h"

/* Machado, Oliveira and Fernandes 2009, severity 1, in linear RGB. */
static const double eyes[4][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
    {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
    {{1.255528, -.076749, -.178779}, {-.078411, .930809, .147602}, {.004733, .691367, .303900}},
};
static const char *const eye_names[] = {"normal", "protan", "deutan", "tritan"};

static double linear(double c)
{
    c /= 255;
    return c <= .04045 ? c / 12.92 : pow((c + .055) / 1.055, 2.4);
}

static void to_oklab(struct ui_colour colour, const double eye[3][3], double lab[3])
{
    double in[3] = {linear(colour.r), linear(colour.g), linear(colour.b)}, rgb[3];
    for (int i = 0; i < 3; i++)
        rgb[i] = fmin(1, fmax(0, eye[i][0] * in[0] + eye[i][1] * in[1] + eye[i][2] * in[2]));
    double l = cbrt(.4122214708 * rgb[0] + .5363325363 * rgb[1] + .0514459929 * rgb[2]);
    double m = cbrt(.2119034982 * rgb[0] + .6806995451 * rgb[1] + .1073969566 * rgb[2]);
    double s = cbrt(.0883024619 * rgb[0] + .2817188376 * rgb[1] + .6299787005 * rgb[2]);
    lab[0] = .2104542553 * l + .7936177850 * m - .0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + .4505937099 * s;
    lab[2] = .0259040371 * l + .7827717662 * m - .8086757660 * s;
}

static double distance(struct ui_colour a, struct ui_colour b, int eye)
{
    double la[3], lb[3], sum = 0;
    to_oklab(a, eyes[eye], la);
    to_oklab(b, eyes[eye], lb);
    for (int i = 0; i < 3; i++)
        sum += (la[i] - lb[i]) * (la[i] - lb[i]);
    return 100 * sqrt(sum);
}

static void colours_differ_for_all_eyes(void)
{
    double least = 1e9;
    for (int eye = 0; eye < 4; eye++)
        for (int a = 0; a < FB_EXPRESSION_COUNT; a++)
            for (int b = 0; b < a; b++) {
                double d = distance(ui_expression_colour(a), ui_expression_colour(b), eye);
                least = fmin(least, d);
                CHECK_MSG(d >= 10, "%s and %s are %.1f apart for %s eyes", fb_expression_name(a),
                          fb_expression_name(b), d, eye_names[eye]);
            }
    printf("# nearest pair: %.1f (OKLab x 100)\n", least);
}

static double luminance(struct ui_colour c)
{
    return .2126 * linear(c.r) + .7152 * linear(c.g) + .0722 * linear(c.b);
}

static double contrast(struct ui_colour a, struct ui_colour b) /* WCAG 2 */
{
    double la = luminance(a) + .05, lb = luminance(b) + .05;
    return la > lb ? la / lb : lb / la;
}

static void text_has_contrast(void)
{
    const struct ui_theme *themes[] = {ui_theme_dark(), ui_theme_light()};
    for (int i = 0; i < 2; i++) {
        const struct ui_theme *t = themes[i];
        CHECK(contrast(t->text, t->panel) >= 7);
        CHECK(contrast(t->text_soft, t->panel) >= 4.5);
        CHECK(contrast(t->text_faint, t->panel) >= 4.5);
        CHECK(contrast(t->text, t->raised) >= 7);
        CHECK(contrast(t->warn, t->panel) >= 4.5);
        CHECK(contrast(t->problem, t->panel) >= 4.5);
        CHECK(contrast(t->accent, t->panel) >= 4.5);
    }
    for (int e = 0; e < FB_EXPRESSION_COUNT; e++)
        CHECK_MSG(contrast(ui_expression_colour(e), ui_theme_dark()->panel) >= 3,
                  "%s has too little contrast on the dark panel", fb_expression_name(e));
}

enum { SIZE = 15 };

static void glyphs_differ_in_shape(void)
{
    uint8_t pictures[FB_EXPRESSION_COUNT + 1][SIZE * SIZE];
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++)
        ui_glyph_raster(ui_glyph_of(i < FB_EXPRESSION_COUNT ? i : -1), SIZE, pictures[i], SIZE);
    for (int a = 0; a <= FB_EXPRESSION_COUNT; a++)
        for (int b = 0; b < a; b++) {
            int sum = 0;
            for (int k = 0; k < SIZE * SIZE; k++)
                sum += abs(pictures[a][k] - pictures[b][k]);
            CHECK_MSG(sum / 255 >= 14, "glyphs %d and %d differ in %d px of %d only", a, b,
                      sum / 255, SIZE * SIZE);
        }
}

static void discs_are_round(void)
{
    uint8_t disc[32 * 32];
    long sum = 0;
    ui_disc_raster(16, 0, disc, 32);
    for (int i = 0; i < 32 * 32; i++)
        sum += disc[i];
    CHECK_NEAR((double)sum / 255, M_PI * 16 * 16, 4);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 32; x++)
            CHECK_INT(disc[y * 32 + x], disc[(31 - y) * 32 + (31 - x)]);
    ui_disc_raster(16, 2, disc, 32);
    CHECK_INT(disc[16 * 32 + 16], 0);
    CHECK_INT(disc[16 * 32 + 1], 255);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"colours_differ_for_all_eyes", colours_differ_for_all_eyes},
        {"text_has_contrast", text_has_contrast},
        {"glyphs_differ_in_shape", glyphs_differ_in_shape},
        {"discs_are_round", discs_are_round},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
