/* See theme.h. Neutrals are one blue-grey ramp; only data and warnings are coloured. */
#include "theme.h"

#include "base/expression.h"

#define RGB(hex)                                                                                   \
    {                                                                                              \
        (hex) >> 16 & 255, (hex) >> 8 & 255, (hex)&255, 255                                        \
    }
#define RGBA(hex, alpha)                                                                           \
    {                                                                                              \
        (hex) >> 16 & 255, (hex) >> 8 & 255, (hex)&255, (alpha)                                    \
    }

static const struct ui_colour expressions[] = {
    [FB_NEUTRAL] = RGB(0xB0D5C8), [FB_HAPPINESS] = RGB(0xF4DF4A), [FB_SURPRISE] = RGB(0x62B8FF),
    [FB_SADNESS] = RGB(0x5A55F7), [FB_ANGER] = RGB(0xF8580C),     [FB_DISGUST] = RGB(0x10A468),
    [FB_FEAR] = RGB(0xEA7DB6),    [FB_CONTEMPT] = RGB(0xA050B0),
};
_Static_assert(sizeof expressions / sizeof *expressions == FB_EXPRESSION_COUNT, "a colour each");

static const struct ui_colour not_sure = RGB(0x7C858F);

#define LABELS                                                                                     \
    .label = RGBA(0x12151A, 217), .label_text = RGB(0xFFFFFF), .label_soft = RGB(0xC3CAD2),        \
    .label_border = RGBA(0xFFFFFF, 36), .mark = RGBA(0x12151A, 225), .record = RGB(0xE5383B)

static const struct ui_theme dark = {
    .ground = RGB(0x0D0F12),
    .panel = RGB(0x16191E),
    .raised = RGB(0x23272E),
    .well = RGB(0x1E2228),
    .card = RGB(0x23272E),
    .line = RGB(0x2B3038),
    .text = RGB(0xE8EBEF),
    .text_soft = RGB(0xA6AEB8),
    .text_faint = RGB(0x848D98),
    .accent = RGB(0x6CB2F7),
    .on_accent = RGB(0x0D0F12),
    .good = RGB(0x4CC38A),
    .warn = RGB(0xF0B429),
    .problem = RGB(0xF2555A),
    .shade = RGBA(0x08090B, 184),
    .not_sure = RGB(0x59626C),
    LABELS,
};

static const struct ui_theme light = {
    .ground = RGB(0xDDE1E6),
    .panel = RGB(0xFAFBFC),
    .raised = RGB(0xECEFF3),
    .well = RGB(0xE4E8ED),
    .card = RGB(0xFFFFFF),
    .line = RGB(0xD5DAE0),
    .text = RGB(0x1A1F26),
    .text_soft = RGB(0x4C5663),
    .text_faint = RGB(0x5F6976),
    .accent = RGB(0x1769C4),
    .on_accent = RGB(0xFFFFFF),
    .good = RGB(0x1B8A5A),
    .warn = RGB(0xA86400),
    .problem = RGB(0xC62828),
    .shade = RGBA(0x2A3038, 128),
    .not_sure = RGB(0x9AA3AD),
    LABELS,
};

const struct ui_theme *ui_theme_dark(void)
{
    return &dark;
}

const struct ui_theme *ui_theme_light(void)
{
    return &light;
}

struct ui_colour ui_expression_colour(int expression)
{
    return expression >= 0 && expression < FB_EXPRESSION_COUNT ? expressions[expression] : not_sure;
}

static uint8_t mix_channel(uint8_t a, uint8_t b, float share)
{
    return (uint8_t)((float)a + ((float)b - (float)a) * share + .5f);
}

struct ui_colour ui_mix(struct ui_colour a, struct ui_colour b, float share)
{
    return (struct ui_colour){mix_channel(a.r, b.r, share), mix_channel(a.g, b.g, share),
                              mix_channel(a.b, b.b, share), mix_channel(a.a, b.a, share)};
}

struct ui_colour ui_faded(struct ui_colour colour, float alpha)
{
    colour.a = (uint8_t)((float)colour.a * alpha + .5f);
    return colour;
}
