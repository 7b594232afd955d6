/* Fonts and the cache of masks. */
#include "draw_list.h"
#include "fonts.h"
#include "masks.h"
#include "test.h"

#include <stdio.h>

static struct ui_fonts *open_fonts(float scale)
{
    static char assets[1024];
    struct ui_fonts *fonts;
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    if (!CHECK_MSG(ui_fonts_create(assets, scale, &fonts) == FB_OK, "%s", fb_error_text()))
        exit(1);
    return fonts;
}

static bool is_utf8(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        int n = *at < 0x80 ? 0 : *at >> 5 == 6 ? 1 : *at >> 4 == 14 ? 2 : *at >> 3 == 30 ? 3 : -1;
        if (n < 0)
            return false;
        for (at++; n > 0; n--, at++)
            if (*at >> 6 != 2)
                return false;
    }
    return true;
}

static void fits(void)
{
    static const char *const names[] = {"Anna",
                                        "Zo\u00eb M\u00fcller-L\u00fcdenscheidt",
                                        "\u0410\u043b\u0435\u043a\u0441\u0435\u0439",
                                        "\u5c0f\u6797\u3055\u304f\u3089",
                                        "\U0001f600\U0001f600\U0001f600\U0001f600",
                                        ""};
    struct ui_fonts *fonts = open_fonts(1);
    for (int i = 0; i < TEST_COUNT(names); i++)
        for (float room = 0; room < 300; room += 7) {
            char out[64];
            ui_text_fit(fonts, UI_FONT_STRONG, names[i], room, out, sizeof out);
            CHECK_MSG((float)ui_text_width(fonts, UI_FONT_STRONG, out) <= room, "\"%s\" in %g px",
                      out, (double)room);
            CHECK_MSG(is_utf8(out), "\"%s\" was cut inside a character", out);
        }
    char out[16];
    ui_text_fit(fonts, UI_FONT_BODY, "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", 900,
                out, sizeof out);
    CHECK_MSG(is_utf8(out) && strlen(out) < sizeof out, "small buffer: \"%s\"", out);
    ui_text_fit(fonts, UI_FONT_BODY, "whole", 900, out, sizeof out);
    CHECK_STR(out, "whole");
    ui_fonts_destroy(&fonts);
}

static void scales(void)
{
    struct ui_fonts *one = open_fonts(1), *two = open_fonts(2);
    double a = ui_text_width(one, UI_FONT_BODY, "expression");
    double b = ui_text_width(two, UI_FONT_BODY, "expression");
    CHECK_NEAR(b / a, 2, .12);
    CHECK_NEAR((double)ui_text_height(two, UI_FONT_BODY) / ui_text_height(one, UI_FONT_BODY), 2,
               .2);
    CHECK_INT(ui_text_width(one, UI_FONT_BODY, "00:00"), ui_text_width(one, UI_FONT_BODY, "17:48"));
    ui_fonts_destroy(&one);
    ui_fonts_destroy(&two);
}

/* A folder without fonts: fontconfig's are used. */
static void falls_back(void)
{
    struct ui_fonts *fonts;
    if (!CHECK_MSG(ui_fonts_create("/nonexistent", 1, &fonts) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK(ui_text_width(fonts, UI_FONT_BODY, "text") > 10);
    ui_fonts_destroy(&fonts);
    CHECK(fonts == NULL);
    ui_fonts_destroy(&fonts);
}

static int n_freed;

static void count_freed(void *texture)
{
    (void)texture;
    n_freed++;
}

static void cache_forgets_the_oldest(void)
{
    struct ui_fonts *fonts = open_fonts(1);
    struct ui_masks *masks;
    CHECK_INT(ui_masks_create(fonts, count_freed, &masks), FB_OK);
    struct ui_mask *kept = ui_masks_text(masks, UI_FONT_BODY, "kept");
    kept->texture = &n_freed;
    uint8_t *alpha = kept->alpha;
    for (int i = 0; i < 3000; i++) {
        char text[32];
        snprintf(text, sizeof text, "text %d", i);
        struct ui_mask *mask = ui_masks_text(masks, UI_FONT_BODY, text);
        mask->texture = &n_freed;
        kept = ui_masks_text(masks, UI_FONT_BODY, "kept");
        CHECK(kept->alpha == alpha && kept->texture == &n_freed);
    }
    CHECK(n_freed > 2000 && n_freed < 3000);
    ui_masks_destroy(&masks);
    CHECK_INT(n_freed, 3001);
    ui_fonts_destroy(&fonts);
}

static void draw_list_leaves_out(void)
{
    struct ui_draw_list list;
    struct ui_colour white = {255, 255, 255, 255};
    CHECK_INT(ui_draw_list_init(&list, 4, 16), FB_OK);
    for (int i = 0; i < 6; i++)
        ui_draw_fill(&list, ui_rect(0, 0, 1, 1), 0, white);
    CHECK_INT(list.n_draws, 4);
    CHECK_INT(list.n_left_out, 2);
    ui_draw_list_clear(&list);
    ui_draw_text(&list, 0, 0, UI_FONT_BODY, white, "0123456789");
    ui_draw_text(&list, 0, 0, UI_FONT_BODY, white, "0123456789");
    ui_draw_text(&list, 0, 0, UI_FONT_BODY, white, "");
    CHECK_INT(list.n_draws, 1);
    CHECK_INT(list.n_left_out, 1);
    ui_draw_list_finish(&list);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"fits", fits},
        {"scales", scales},
        {"falls_back", falls_back},
        {"cache_forgets_the_oldest", cache_forgets_the_oldest},
        {"draw_list_leaves_out", draw_list_leaves_out},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
