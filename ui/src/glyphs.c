/* See glyphs.h. Shapes live in a square of -1..1, y down; a distance in that unit times half the
 * size is one in px, and half a px around the edge is the soft step that smooths it. */
#include "glyphs.h"

#include "base/expression.h"

#include <math.h>

_Static_assert(UI_GLYPH_NOT_SURE - UI_GLYPH_EXPRESSION == FB_EXPRESSION_COUNT, "one disc each");
_Static_assert(UI_GLYPH_DOT - UI_GLYPH_MARK == FB_EXPRESSION_COUNT, "one mark each");

struct point {
    float x, y;
};

enum { MAX_POINTS = 13 };

static const struct mark {
    int n_points;
    struct point points[MAX_POINTS];
} marks[FB_EXPRESSION_COUNT] = {
    [FB_NEUTRAL] = {2, {{-.46f, 0}, {.46f, 0}}},
    [FB_HAPPINESS] = {7,
                      {{-.5f, -.2f},
                       {-.4f, .04f},
                       {-.22f, .22f},
                       {0, .28f},
                       {.22f, .22f},
                       {.4f, .04f},
                       {.5f, -.2f}}},
    [FB_SURPRISE] = {13,
                     {{.36f, 0},
                      {.31f, .18f},
                      {.18f, .31f},
                      {0, .36f},
                      {-.18f, .31f},
                      {-.31f, .18f},
                      {-.36f, 0},
                      {-.31f, -.18f},
                      {-.18f, -.31f},
                      {0, -.36f},
                      {.18f, -.31f},
                      {.31f, -.18f},
                      {.36f, 0}}},
    [FB_SADNESS] = {7,
                    {{-.5f, .24f},
                     {-.4f, 0},
                     {-.22f, -.18f},
                     {0, -.24f},
                     {.22f, -.18f},
                     {.4f, 0},
                     {.5f, .24f}}},
    [FB_ANGER] = {3, {{-.46f, -.32f}, {0, .26f}, {.46f, -.32f}}},
    [FB_DISGUST] = {9,
                    {{-.56f, .1f},
                     {-.44f, -.12f},
                     {-.3f, -.18f},
                     {-.14f, -.08f},
                     {0, .06f},
                     {.14f, .18f},
                     {.3f, .2f},
                     {.44f, .1f},
                     {.56f, -.12f}}},
    [FB_FEAR] = {4, {{0, -.46f}, {.44f, .3f}, {-.44f, .3f}, {0, -.46f}}},
    [FB_CONTEMPT] = {3, {{-.46f, .22f}, {.04f, .22f}, {.46f, -.26f}}},
};

enum ui_glyph ui_glyph_of(int expression)
{
    return expression >= 0 && expression < FB_EXPRESSION_COUNT
               ? (enum ui_glyph)(UI_GLYPH_EXPRESSION + expression)
               : UI_GLYPH_NOT_SURE;
}

static float clamp01(float t)
{
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static float segment_distance(struct point p, struct point a, struct point b)
{
    float bx = b.x - a.x, by = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
    float t = clamp01((px * bx + py * by) / (bx * bx + by * by));
    return hypotf(px - t * bx, py - t * by);
}

/* To the mark's pen stroke. */
static float mark_distance(struct point p, int expression, float half_width)
{
    const struct mark *mark = &marks[expression];
    float d = 1e9f;
    for (int i = 1; i < mark->n_points; i++)
        d = fminf(d, segment_distance(p, mark->points[i - 1], mark->points[i]));
    return d - half_width;
}

static float disc_distance(struct point p, float radius)
{
    return hypotf(p.x, p.y) - radius;
}

static float box_distance(struct point p, float cx, float cy, float half_w, float half_h)
{
    float dx = fabsf(p.x - cx) - half_w, dy = fabsf(p.y - cy) - half_h;
    return fmaxf(dx, dy);
}

static float not_sure_distance(struct point p)
{
    float d = fabsf(hypotf(p.x, p.y) - .84f) - .1f;
    for (int i = -1; i <= 1; i++)
        d = fminf(d, hypotf(p.x - .36f * (float)i, p.y) - .13f);
    return d;
}

/* A convex triangle: inside all three edges. */
static float triangle_distance(struct point p, const struct point corners[3])
{
    float d = -1e9f;
    for (int i = 0; i < 3; i++) {
        struct point a = corners[i], b = corners[(i + 1) % 3];
        float ex = b.x - a.x, ey = b.y - a.y, length = hypotf(ex, ey);
        d = fmaxf(d, ((p.y - a.y) * ex - (p.x - a.x) * ey) / length);
    }
    return d;
}

static float warning_distance(struct point p)
{
    static const struct point corners[3] = {{0, -.86f}, {-.98f, .8f}, {.98f, .8f}};
    float d = triangle_distance(p, corners);
    d = fmaxf(d, -box_distance(p, 0, .02f, .1f, .3f));
    return fmaxf(d, -(hypotf(p.x, p.y - .54f) - .12f));
}

/* The control icons as lines of a pen, one after the other; a point of MOVE starts a new line. */
#define MOVE                                                                                       \
    {                                                                                              \
        9, 9                                                                                       \
    }

static const struct icon {
    float half_width;
    int n_points;
    struct point points[14];
} icons[UI_GLYPH_COUNT] = {
    [UI_GLYPH_HOME] = {.13f,
                       9,
                       {{-.86f, .02f},
                        {0, -.8f},
                        {.86f, .02f},
                        MOVE,
                        {-.6f, -.1f},
                        {-.6f, .78f},
                        {.6f, .78f},
                        {.6f, -.1f},
                        {.6f, -.1f}}},
    [UI_GLYPH_UNDO] = {.13f,
                       11,
                       {{-.3f, -.8f},
                        {-.76f, -.36f},
                        {-.3f, .08f},
                        MOVE,
                        {-.76f, -.36f},
                        {.2f, -.36f},
                        {.58f, -.2f},
                        {.74f, .16f},
                        {.58f, .54f},
                        {.2f, .7f},
                        {-.3f, .7f}}},
    [UI_GLYPH_LIST] = {.13f,
                       8,
                       {{-.76f, -.6f},
                        {.76f, -.6f},
                        MOVE,
                        {-.76f, 0},
                        {.76f, 0},
                        MOVE,
                        {-.76f, .6f},
                        {.76f, .6f}}},
    [UI_GLYPH_FULLSCREEN] = {.13f,
                             7,
                             {{.1f, -.76f},
                              {.76f, -.76f},
                              {.76f, -.1f},
                              MOVE,
                              {-.1f, .76f},
                              {-.76f, .76f},
                              {-.76f, .1f}}},
    [UI_GLYPH_HELP] = {.15f,
                       9,
                       {{-.4f, -.42f},
                        {-.28f, -.7f},
                        {0, -.82f},
                        {.3f, -.7f},
                        {.42f, -.42f},
                        {.28f, -.16f},
                        {0, .02f},
                        {0, .26f},
                        {0, .26f}}},
    [UI_GLYPH_CLOSE] = {.13f,
                        5,
                        {{-.62f, -.62f}, {.62f, .62f}, MOVE, {-.62f, .62f}, {.62f, -.62f}}},
    [UI_GLYPH_SEAT] = {.13f,
                       12,
                       {{-.4f, -.82f},
                        {.4f, -.82f},
                        {.28f, -.1f},
                        {.56f, .16f},
                        {-.56f, .16f},
                        {-.28f, -.1f},
                        {-.4f, -.82f},
                        MOVE,
                        {0, .16f},
                        {0, .88f},
                        {0, .88f},
                        {0, .88f}}},
    [UI_GLYPH_CAMERA] = {.13f,
                         10,
                         {{-.86f, -.46f},
                          {.3f, -.46f},
                          {.3f, .46f},
                          {-.86f, .46f},
                          {-.86f, -.46f},
                          MOVE,
                          {.3f, -.06f},
                          {.86f, -.4f},
                          {.86f, .4f},
                          {.3f, .06f}}},
    [UI_GLYPH_FILM] = {.13f,
                       9,
                       {{-.82f, -.62f},
                        {.82f, -.62f},
                        {.82f, .62f},
                        {-.82f, .62f},
                        {-.82f, -.62f},
                        MOVE,
                        {-.2f, -.24f},
                        {.3f, 0},
                        {-.2f, .24f}}},
    [UI_GLYPH_FOLDER] = {.13f,
                         7,
                         {{-.84f, .64f},
                          {-.84f, -.62f},
                          {-.2f, -.62f},
                          {0, -.38f},
                          {.84f, -.38f},
                          {.84f, .64f},
                          {-.84f, .64f}}},
};

static float icon_distance(struct point p, const struct icon *icon)
{
    float d = 1e9f;
    for (int i = 1; i < icon->n_points; i++) {
        struct point a = icon->points[i - 1], b = icon->points[i];
        if (a.x < 9 && b.x < 9)
            d = fminf(d, a.x == b.x && a.y == b.y ? hypotf(p.x - a.x, p.y - a.y)
                                                  : segment_distance(p, a, b));
    }
    return d - icon->half_width;
}

static float theme_distance(struct point p)
{
    float ring = fabsf(hypotf(p.x, p.y) - .74f) - .11f;
    return fminf(ring, fmaxf(disc_distance(p, .74f), -p.x));
}

static float glyph_distance(enum ui_glyph glyph, struct point p)
{
    static const struct point play[3] = {{-.6f, -.8f}, {-.6f, .8f}, {.8f, 0}};
    static const struct point marker[3] = {{-.9f, -.9f}, {0, .9f}, {.9f, -.9f}};
    if (glyph >= UI_GLYPH_EXPRESSION && glyph < UI_GLYPH_NOT_SURE)
        return fmaxf(disc_distance(p, .96f),
                     -mark_distance(p, (int)glyph - UI_GLYPH_EXPRESSION, .14f));
    if (glyph >= UI_GLYPH_MARK && glyph < UI_GLYPH_DOT) {
        struct point larger = {p.x * .62f, p.y * .62f};
        return mark_distance(larger, (int)glyph - UI_GLYPH_MARK, .14f) / .62f;
    }
    switch (glyph) {
    case UI_GLYPH_NOT_SURE:
        return not_sure_distance(p);
    case UI_GLYPH_DOT:
        return disc_distance(p, .9f);
    case UI_GLYPH_PLAY:
        return triangle_distance(p, play);
    case UI_GLYPH_PAUSE:
        return fminf(box_distance(p, -.42f, 0, .24f, .76f), box_distance(p, .42f, 0, .24f, .76f));
    case UI_GLYPH_MARKER:
        return triangle_distance(p, marker);
    case UI_GLYPH_WARNING:
        return warning_distance(p);
    case UI_GLYPH_THEME:
        return theme_distance(p);
    case UI_GLYPH_HELP:
        return fminf(icon_distance(p, &icons[glyph]), hypotf(p.x, p.y - .72f) - .18f);
    default:
        return glyph < UI_GLYPH_COUNT && icons[glyph].n_points ? icon_distance(p, &icons[glyph])
                                                               : 1;
    }
}

static uint8_t coverage(float distance_px)
{
    return (uint8_t)(clamp01(.5f - distance_px) * 255.f + .5f);
}

void ui_glyph_raster(enum ui_glyph glyph, int size, uint8_t *alpha, int stride)
{
    float half = (float)size / 2;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            struct point p = {((float)x + .5f) / half - 1, ((float)y + .5f) / half - 1};
            alpha[y * stride + x] = coverage(glyph_distance(glyph, p) * half);
        }
}

void ui_disc_raster(int radius, float stroke, uint8_t *alpha, int stride)
{
    float outer = (float)radius, inner = stroke > 0 ? outer - stroke : -1;
    for (int y = 0; y < 2 * radius; y++)
        for (int x = 0; x < 2 * radius; x++) {
            float d = hypotf((float)x + .5f - outer, (float)y + .5f - outer);
            float distance = d - outer;
            if (inner >= 0)
                distance = fmaxf(distance, inner - d);
            alpha[y * stride + x] = coverage(distance);
        }
}
