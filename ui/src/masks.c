/* See masks.h. A fixed table of entries under a small hash; the oldest used entry is replaced. Ages
 * are searched linearly: that happens only when something new is drawn. */
#include "masks.h"

#include "fonts.h"
#include "glyphs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_ENTRIES = 768, N_BUCKETS = 1024, KEY_BYTES = 512, HATCH_TILES = 8 };

enum kind { KIND_NONE, KIND_TEXT, KIND_GLYPH, KIND_DISC, KIND_HATCH };

struct key {
    enum kind kind;
    int a, b;
    char text[KEY_BYTES]; /* the bytes after its end are not compared */
};

struct entry {
    struct key key;
    struct ui_mask mask;
    uint64_t last_used;
    int next; /* in the bucket; -1: last */
    unsigned bucket;
};

struct ui_masks {
    struct ui_fonts *fonts;
    ui_masks_free_texture *free_texture;
    uint64_t clock;
    int n_entries;
    int buckets[N_BUCKETS];
    struct entry entries[N_ENTRIES];
};

int ui_masks_create(struct ui_fonts *fonts, ui_masks_free_texture *free_texture,
                    struct ui_masks **out)
{
    struct ui_masks *masks = *out = calloc(1, sizeof *masks);
    if (!masks)
        return fb_fail_nomem("the text cache", sizeof *masks);
    masks->fonts = fonts;
    masks->free_texture = free_texture;
    for (int i = 0; i < N_BUCKETS; i++)
        masks->buckets[i] = -1;
    return FB_OK;
}

static void free_texture(struct ui_masks *masks, struct ui_mask *mask)
{
    if (mask->texture && masks->free_texture)
        masks->free_texture(mask->texture);
    mask->texture = NULL;
}

void ui_masks_drop_textures(struct ui_masks *masks)
{
    for (int i = 0; i < masks->n_entries; i++)
        free_texture(masks, &masks->entries[i].mask);
}

void ui_masks_destroy(struct ui_masks **masks)
{
    if (!*masks)
        return;
    ui_masks_drop_textures(*masks);
    for (int i = 0; i < (*masks)->n_entries; i++)
        free((*masks)->entries[i].mask.alpha);
    free(*masks);
    *masks = NULL;
}

static unsigned bucket_of(const struct key *key)
{
    uint32_t hash = 2166136261u ^ (uint32_t)key->kind * 31u ^ (uint32_t)key->a * 65599u ^
                    (uint32_t)key->b * 40503u;
    for (const char *at = key->text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return (hash ^ hash >> 15) % N_BUCKETS;
}

static bool is_same(const struct key *a, const struct key *b)
{
    return a->kind == b->kind && a->a == b->a && a->b == b->b && !strcmp(a->text, b->text);
}

static void unlink_entry(struct ui_masks *masks, int index)
{
    int *link = &masks->buckets[masks->entries[index].bucket];
    while (*link != index)
        link = &masks->entries[*link].next;
    *link = masks->entries[index].next;
}

/* An entry to fill: a fresh one, or the one unused for longest. */
static int take_entry(struct ui_masks *masks)
{
    if (masks->n_entries < N_ENTRIES)
        return masks->n_entries++;
    int oldest = 0;
    for (int i = 1; i < N_ENTRIES; i++)
        if (masks->entries[i].last_used < masks->entries[oldest].last_used)
            oldest = i;
    unlink_entry(masks, oldest);
    free_texture(masks, &masks->entries[oldest].mask);
    free(masks->entries[oldest].mask.alpha);
    return oldest;
}

static bool alloc_mask(struct ui_mask *mask, int side)
{
    *mask = (struct ui_mask){.width = side, .height = side, .stride = side};
    mask->alpha = calloc((size_t)side, (size_t)side);
    return mask->alpha != NULL;
}

/* 45 degree lines a third as wide as their distance, smoothed along x; tiles in both directions. */
static void raster_hatch(struct ui_mask *mask, int distance)
{
    float width = (float)distance * .36f;
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++) {
            float t = (float)((x + y) % distance) + .5f;
            float d = fabsf(t - (float)distance / 2) - width / 2;
            float c = .5f - d;
            mask->alpha[y * mask->stride + x] = (uint8_t)(255 * (c < 0 ? 0 : c > 1 ? 1 : c));
        }
}

static bool raster(struct ui_masks *masks, const struct key *key, const char *text,
                   struct ui_mask *mask)
{
    switch (key->kind) {
    case KIND_TEXT:
        return ui_text_raster(masks->fonts, key->a, text, mask);
    case KIND_GLYPH:
        if (!alloc_mask(mask, key->b))
            return false;
        ui_glyph_raster((enum ui_glyph)key->a, key->b, mask->alpha, mask->stride);
        return true;
    case KIND_DISC:
        if (!alloc_mask(mask, 2 * key->a))
            return false;
        ui_disc_raster(key->a, (float)key->b / 4, mask->alpha, mask->stride);
        return true;
    case KIND_HATCH:
        if (!alloc_mask(mask, key->a * HATCH_TILES))
            return false;
        raster_hatch(mask, key->a);
        return true;
    default:
        return false;
    }
}

static struct ui_mask *get(struct ui_masks *masks, const struct key *key, const char *text)
{
    unsigned bucket = bucket_of(key);
    for (int i = masks->buckets[bucket]; i >= 0; i = masks->entries[i].next)
        if (is_same(&masks->entries[i].key, key)) {
            masks->entries[i].last_used = ++masks->clock;
            return &masks->entries[i].mask;
        }
    struct ui_mask mask;
    if (!raster(masks, key, text, &mask))
        return NULL;
    int index = take_entry(masks);
    struct entry *entry = &masks->entries[index];
    *entry = (struct entry){.key = *key,
                            .mask = mask,
                            .last_used = ++masks->clock,
                            .next = masks->buckets[bucket],
                            .bucket = bucket};
    masks->buckets[bucket] = index;
    return &entry->mask;
}

struct ui_mask *ui_masks_text(struct ui_masks *masks, int font, const char *text)
{
    struct key key = {.kind = KIND_TEXT, .a = font};
    snprintf(key.text, sizeof key.text, "%s", text); /* longer ones share a key: cut alike too */
    return get(masks, &key, key.text);
}

struct ui_mask *ui_masks_glyph(struct ui_masks *masks, int glyph, int size)
{
    if (size < 1)
        return NULL;
    return get(masks, &(struct key){.kind = KIND_GLYPH, .a = glyph, .b = size}, "");
}

struct ui_mask *ui_masks_disc(struct ui_masks *masks, int radius, float stroke)
{
    if (radius < 1)
        return NULL;
    return get(masks, &(struct key){.kind = KIND_DISC, .a = radius, .b = (int)lroundf(stroke * 4)},
               "");
}

struct ui_mask *ui_masks_hatch(struct ui_masks *masks, int distance)
{
    if (distance < 2)
        distance = 2;
    return get(masks, &(struct key){.kind = KIND_HATCH, .a = distance}, "");
}
