/* See fonts.h. SDL_ttf shares one FreeType library in the process; opening and closing faces
 * changes it, so that both, and looking for fonts, take one lock. Drawing with a face touches that
 * face alone. */
#include "fonts.h"

#include "base/log.h"

#include <SDL_ttf.h>
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FALLBACKS = 12, NO_FALLBACK = -1, N_MISSING = 256, N_WIDTHS = 1024, PATH_BYTES = 1024 };

struct fallback {
    char path[PATH_BYTES];
    TTF_Font *faces[UI_FONT_COUNT]; /* opened when first needed */
};

struct missing {
    FcChar32 letter;
    int fallback; /* index, or NO_FALLBACK */
};

struct width {
    uint64_t hash;
    int width;
};

struct ui_fonts {
    TTF_Font *faces[UI_FONT_COUNT];
    int sizes[UI_FONT_COUNT];
    struct fallback fallbacks[MAX_FALLBACKS];
    int n_fallbacks;
    struct missing missing[N_MISSING]; /* a ring; characters the family lacks */
    unsigned next_missing;
    struct width widths[N_WIDTHS];
};

static const struct {
    const char *file;
    bool is_medium;
    float size_px;
} roles[UI_FONT_COUNT] = {
    [UI_FONT_SMALL] = {"Roboto-Regular.ttf", false, 11.5f},
    [UI_FONT_BODY] = {"Roboto-Regular.ttf", false, 13},
    [UI_FONT_STRONG] = {"Roboto-Medium.ttf", true, 13},
    [UI_FONT_TITLE] = {"Roboto-Medium.ttf", true, 16},
};

static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

static TTF_Font *open_face(const char *path, int size)
{
    pthread_mutex_lock(&library_lock);
    TTF_Font *face = TTF_OpenFont(path, size);
    pthread_mutex_unlock(&library_lock);
    if (face)
        TTF_SetFontHinting(face, TTF_HINTING_LIGHT_SUBPIXEL);
    return face;
}

static void close_face(TTF_Font *face)
{
    if (!face)
        return;
    pthread_mutex_lock(&library_lock);
    TTF_CloseFont(face);
    pthread_mutex_unlock(&library_lock);
}

static FcCharSet *letters_of(const char *text)
{
    FcCharSet *letters = FcCharSetCreate();
    for (const char *at = text; *at;) {
        FcChar32 letter;
        int n = FcUtf8ToUcs4((const FcChar8 *)at, &letter, (int)strlen(at));
        if (n <= 0)
            break;
        FcCharSetAddChar(letters, letter);
        at += n;
    }
    return letters;
}

/* The installed sans-serif that has most of the text's characters. */
static bool match_font(const char *text, bool is_medium, char path[PATH_BYTES])
{
    bool is_found = false;
    FcPattern *pattern = FcPatternCreate(), *match = NULL;
    FcCharSet *letters = letters_of(text);
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"DejaVu Sans");
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"sans-serif");
    FcPatternAddInteger(pattern, FC_WEIGHT, is_medium ? FC_WEIGHT_MEDIUM : FC_WEIGHT_REGULAR);
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    FcPatternAddCharSet(pattern, FC_CHARSET, letters);
    FcConfigSubstitute(NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcChar8 *file;
    match = FcFontMatch(NULL, pattern, &result);
    if (match && FcPatternGetString(match, FC_FILE, 0, &file) == FcResultMatch) {
        int n = snprintf(path, PATH_BYTES, "%s", (const char *)file);
        is_found = n > 0 && n < PATH_BYTES;
    }
    if (match)
        FcPatternDestroy(match);
    FcCharSetDestroy(letters);
    FcPatternDestroy(pattern);
    return is_found;
}

static bool find_font(const char *text, bool is_medium, char path[PATH_BYTES])
{
    pthread_mutex_lock(&library_lock);
    bool is_found = match_font(text, is_medium, path);
    pthread_mutex_unlock(&library_lock);
    return is_found;
}

static TTF_Font *open_role(const char *assets_dir, int role, int size)
{
    char path[PATH_BYTES];
    if (assets_dir) {
        int n = snprintf(path, sizeof path, "%s/fonts/%s", assets_dir, roles[role].file);
        TTF_Font *face = n < (int)sizeof path ? open_face(path, size) : NULL;
        if (face)
            return face;
    }
    return find_font("Aa0", roles[role].is_medium, path) ? open_face(path, size) : NULL;
}

int ui_fonts_create(const char *assets_dir, float scale, struct ui_fonts **out)
{
    *out = NULL;
    pthread_mutex_lock(&library_lock);
    int is_failed = TTF_Init(); /* counts its users */
    pthread_mutex_unlock(&library_lock);
    if (is_failed)
        return fb_fail(FB_ERR_FAILED, "type cannot be set: %s", TTF_GetError());
    struct ui_fonts *fonts = calloc(1, sizeof *fonts);
    if (!fonts) {
        TTF_Quit();
        return fb_fail_nomem("fonts", sizeof *fonts);
    }
    for (int i = 0; i < UI_FONT_COUNT; i++) {
        fonts->sizes[i] = (int)lroundf(roles[i].size_px * scale);
        fonts->faces[i] = open_role(assets_dir, i, fonts->sizes[i]);
        if (!fonts->faces[i]) {
            ui_fonts_destroy(&fonts);
            return fb_fail(
                FB_ERR_INPUT,
                "no font: neither %s/fonts/%s nor an installed one can be opened; install "
                "fonts-dejavu-core",
                assets_dir ? assets_dir : "(no assets)", roles[i].file);
        }
    }
    *out = fonts;
    return FB_OK;
}

void ui_fonts_destroy(struct ui_fonts **fonts)
{
    struct ui_fonts *f = *fonts;
    if (!f)
        return;
    for (int i = 0; i < UI_FONT_COUNT; i++) {
        close_face(f->faces[i]);
        for (int j = 0; j < f->n_fallbacks; j++)
            close_face(f->fallbacks[j].faces[i]);
    }
    pthread_mutex_lock(&library_lock);
    TTF_Quit();
    pthread_mutex_unlock(&library_lock);
    free(f);
    *fonts = NULL;
}

/* The first character of text that face has no glyph for; 0: none, or the rest is no UTF-8. */
static FcChar32 missing_letter(TTF_Font *face, const char *text)
{
    for (const char *at = text; *at;) {
        FcChar32 letter;
        int n = FcUtf8ToUcs4((const FcChar8 *)at, &letter, (int)strlen(at));
        if (n <= 0)
            return 0;
        if (!TTF_GlyphIsProvided32(face, letter))
            return letter;
        at += n;
    }
    return 0;
}

static int add_fallback(struct ui_fonts *fonts, int font, const char *text)
{
    char path[PATH_BYTES];
    if (!find_font(text, roles[font].is_medium, path))
        return NO_FALLBACK;
    for (int i = 0; i < fonts->n_fallbacks; i++)
        if (!strcmp(fonts->fallbacks[i].path, path))
            return i;
    if (fonts->n_fallbacks == MAX_FALLBACKS)
        return NO_FALLBACK;
    fb_log(FB_LOG_DEBUG, "ui", "font for \"%s\": %s", text, path);
    memcpy(fonts->fallbacks[fonts->n_fallbacks].path, path, sizeof path);
    return fonts->n_fallbacks++;
}

/* Looked for once for each missing character: a search takes milliseconds, found or not. */
static int fallback_for(struct ui_fonts *fonts, int font, const char *text, FcChar32 letter)
{
    for (int i = 0; i < N_MISSING; i++)
        if (fonts->missing[i].letter == letter)
            return fonts->missing[i].fallback;
    struct missing *entry = &fonts->missing[fonts->next_missing++ % N_MISSING];
    *entry = (struct missing){letter, add_fallback(fonts, font, text)};
    return entry->fallback;
}

static TTF_Font *face_for(struct ui_fonts *fonts, int font, const char *text)
{
    TTF_Font *own = fonts->faces[font];
    FcChar32 letter = missing_letter(own, text);
    int i = letter ? fallback_for(fonts, font, text, letter) : NO_FALLBACK;
    if (i == NO_FALLBACK)
        return own;
    struct fallback *fallback = &fonts->fallbacks[i];
    if (!fallback->faces[font])
        fallback->faces[font] = open_face(fallback->path, fonts->sizes[font]);
    return fallback->faces[font] ? fallback->faces[font] : own;
}

static uint64_t hash_text(int font, const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(font + 1);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

int ui_text_width(struct ui_fonts *fonts, int font, const char *text)
{
    if (!*text)
        return 0;
    uint64_t hash = hash_text(font, text);
    struct width *known = &fonts->widths[hash % N_WIDTHS];
    if (known->hash != hash) {
        int width = 0, height;
        TTF_SizeUTF8(face_for(fonts, font, text), text, &width, &height);
        *known = (struct width){hash, width};
    }
    return known->width;
}

int ui_text_height(const struct ui_fonts *fonts, int font)
{
    return TTF_FontHeight(fonts->faces[font]);
}

static int previous_letter(const char *text, int end)
{
    do
        end--;
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80);
    return end;
}

void ui_text_fit(struct ui_fonts *fonts, int font, const char *text, float max_px, char *out,
                 int n_out)
{
    static const char ellipsis[] = "\u2026";
    int end = (int)strnlen(text, (size_t)n_out - sizeof ellipsis);
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--; /* cut by n_out inside a character */
    memcpy(out, text, (size_t)end);
    out[end] = '\0';
    if (!text[end] && (float)ui_text_width(fonts, font, out) <= max_px)
        return;
    do {
        if (end == 0) {
            out[0] = '\0';
            return;
        }
        end = previous_letter(out, end);
        while (end > 0 && out[end - 1] == ' ')
            end--;
        memcpy(out + end, ellipsis, sizeof ellipsis);
    } while ((float)ui_text_width(fonts, font, out) > max_px);
}

bool ui_text_raster(struct ui_fonts *fonts, int font, const char *text, struct ui_mask *mask)
{
    TTF_Font *face = face_for(fonts, font, text);
    static const SDL_Color white = {255, 255, 255, 255};
    SDL_Surface *surface = TTF_RenderUTF8_Blended(face, text, white); /* always ARGB8888 */
    *mask = (struct ui_mask){0};
    if (!surface)
        return false;
    mask->width = mask->stride = surface->w;
    mask->height = surface->h;
    mask->top = TTF_FontAscent(fonts->faces[font]) - TTF_FontAscent(face);
    mask->alpha = malloc((size_t)surface->w * (size_t)surface->h + 1);
    if (mask->alpha)
        for (int y = 0; y < surface->h; y++) {
            const uint32_t *row =
                (const void *)((const char *)surface->pixels + (ptrdiff_t)y * surface->pitch);
            for (int x = 0; x < surface->w; x++)
                mask->alpha[y * surface->w + x] = (uint8_t)(row[x] >> 24);
        }
    SDL_FreeSurface(surface);
    return mask->alpha != NULL;
}
