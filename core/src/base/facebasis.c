/* See base/facebasis.h. */
#include "base/facebasis.h"

#include "base/file.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "FBBASIS1";
#define HEADER_BYTES 20

int fb_face_basis_create(int side, int n_components, struct fb_face_basis **out)
{
    *out = NULL;
    if (side < 8 || side > FB_FACE_BASIS_MAX_SIDE || n_components < 0 ||
        n_components > FB_FACE_BASIS_MAX_COMPONENTS)
        return fb_fail(FB_ERR_USAGE,
                       "a face basis of %dx%d px with %d components; 8..%d px and at "
                       "most %d components are possible",
                       side, side, n_components, FB_FACE_BASIS_MAX_SIDE,
                       FB_FACE_BASIS_MAX_COMPONENTS);
    size_t n_px = (size_t)(side * side), n_maps = (size_t)(FB_EXPRESSION_COUNT + n_components);
    struct fb_face_basis *basis = calloc(1, sizeof *basis);
    if (!basis)
        return fb_fail_nomem("face basis", sizeof *basis);
    basis->means = calloc(n_maps * n_px, sizeof *basis->means);
    if (!basis->means) {
        free(basis);
        return fb_fail_nomem("face basis", n_maps * n_px * sizeof *basis->means);
    }
    basis->components = basis->means + FB_EXPRESSION_COUNT * n_px;
    basis->side = side;
    basis->n_components = n_components;
    *out = basis;
    return FB_OK;
}

void fb_face_basis_destroy(struct fb_face_basis **basis)
{
    if (!*basis)
        return;
    free((*basis)->means);
    free(*basis);
    *basis = NULL;
}

/* ---- little-endian numbers ------------------------------------------------------------------- */

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static void put_float(uint8_t *to, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(to, bits);
}

static float get_float(const uint8_t *from)
{
    uint32_t bits = get_u32(from);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- maps ------------------------------------------------------------------------------------ */

static size_t map_bytes(int side)
{
    return 8 + (size_t)side * (size_t)side;
}

static void encode_map(const float *map, int n_px, uint8_t *to)
{
    float low = map[0], high = map[0];
    for (int i = 1; i < n_px; i++) {
        low = fminf(low, map[i]);
        high = fmaxf(high, map[i]);
    }
    float step = (high - low) / 255.0f;
    put_float(to, low);
    put_float(to + 4, step);
    for (int i = 0; i < n_px; i++)
        to[8 + i] = step > 0.0f ? (uint8_t)lrintf((map[i] - low) / step) : 0;
}

static int decode_map(const char *path, int index, const uint8_t *from, int n_px, float *map)
{
    float low = get_float(from), step = get_float(from + 4);
    if (!(fabsf(low) < 1e4f) || !(step >= 0.0f && step < 1e3f))
        return fb_fail(FB_ERR_INPUT,
                       "%s: map %d has the range %g + 255 * %g; the file is damaged, "
                       "make it anew with feltlab basis",
                       path, index, (double)low, (double)step);
    for (int i = 0; i < n_px; i++)
        map[i] = low + step * (float)from[8 + i];
    return FB_OK;
}

static int decode(const char *path, const uint8_t *bytes, long n_bytes, struct fb_face_basis **out)
{
    if (n_bytes < HEADER_BYTES || memcmp(bytes, magic, sizeof magic))
        return fb_fail(FB_ERR_INPUT, "%s: not a face basis (it does not begin with FBBASIS1)",
                       path);
    uint32_t side = get_u32(bytes + 8), n_components = get_u32(bytes + 12);
    if (side > FB_FACE_BASIS_MAX_SIDE || n_components > FB_FACE_BASIS_MAX_COMPONENTS)
        return fb_fail(FB_ERR_INPUT,
                       "%s: claims %ux%u px and %u components, over the limits; the file "
                       "is damaged",
                       path, side, side, n_components);
    long expected =
        (long)(HEADER_BYTES + (FB_EXPRESSION_COUNT + n_components) * map_bytes((int)side));
    if (n_bytes != expected)
        return fb_fail(FB_ERR_INPUT,
                       "%s: %ld bytes, expected %ld; the file is truncated or damaged", path,
                       n_bytes, expected);
    int status = fb_face_basis_create((int)side, (int)n_components, out);
    if (status < 0)
        return fb_fail_context(status == FB_ERR_NOMEM ? status : FB_ERR_INPUT, "%s", path);
    (*out)->n_images = (int)(get_u32(bytes + 16) & INT32_MAX);
    const uint8_t *from = bytes + HEADER_BYTES;
    int n_px = (int)(side * side), n_maps = FB_EXPRESSION_COUNT + (int)n_components;
    for (int i = 0; i < n_maps && status == FB_OK; i++, from += map_bytes((int)side))
        status = decode_map(path, i, from, n_px, (*out)->means + (size_t)i * (size_t)n_px);
    if (status < 0)
        fb_face_basis_destroy(out);
    return status;
}

int fb_face_basis_read(const char *path, struct fb_face_basis **out)
{
    const size_t max_bytes = HEADER_BYTES + (FB_EXPRESSION_COUNT + FB_FACE_BASIS_MAX_COMPONENTS) *
                                                map_bytes(FB_FACE_BASIS_MAX_SIDE);
    *out = NULL;
    FILE *file;
    int status = fb_file_open(path, "check the path", &file);
    if (status < 0)
        return status;
    uint8_t *bytes = malloc(max_bytes + 1);
    if (!bytes) {
        fclose(file);
        return fb_fail_nomem("face basis", max_bytes + 1);
    }
    size_t n_bytes = fread(bytes, 1, max_bytes + 1, file);
    status = ferror(file) ? fb_fail(FB_ERR_INPUT, "%s: cannot be read", path)
                              : decode(path, bytes, (long)n_bytes, out);
    free(bytes);
    fclose(file);
    return status;
}

int fb_face_basis_write(const char *path, const struct fb_face_basis *basis)
{
    size_t bytes_a_map = map_bytes(basis->side), n_px = (size_t)basis->side * (size_t)basis->side;
    uint8_t header[HEADER_BYTES];
    memcpy(header, magic, sizeof magic);
    put_u32(header + 8, (uint32_t)basis->side);
    put_u32(header + 12, (uint32_t)basis->n_components);
    put_u32(header + 16, (uint32_t)basis->n_images);
    uint8_t *map = malloc(bytes_a_map);
    if (!map)
        return fb_fail_nomem("face basis", bytes_a_map);
    FILE *file = fopen(path, "wbe");
    bool is_written = file && fwrite(header, sizeof header, 1, file) == 1;
    for (int i = 0; is_written && i < FB_EXPRESSION_COUNT + basis->n_components; i++) {
        encode_map(basis->means + (size_t)i * n_px, (int)n_px, map);
        is_written = fwrite(map, bytes_a_map, 1, file) == 1;
    }
    if (file && fclose(file))
        is_written = false;
    free(map);
    return is_written ? FB_OK : fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
}
