/* See colour.h. One affine map per sample: Y' takes Y and, when the matrices differ, its chroma
 * pair; libswscale would go through RGB for that. In float, and in blocks of rows, since that is
 * what a compiler turns into vector code on every x86-64 (SSE2 multiplies no 32-bit integers). */
#include "colour.h"

#include <stddef.h>
#include <string.h>

enum { BLOCK = 64 }; /* px of a row at a time; even */

const struct vis_matrix vis_matrix_bt601 = {0.299, 0.114};
const struct vis_matrix vis_matrix_bt709 = {0.2126, 0.0722};
const struct vis_matrix vis_matrix_bt2020 = {0.2627, 0.0593};

struct map {
    float y, y_u, y_v; /* luma's weights of Y - black, U - 128, V - 128 */
    float black;
    float u_u, u_v, v_u, v_v;
    bool is_mixing; /* chroma has a part in luma */
};

static struct map make_map(struct vis_matrix m, bool is_full_range)
{
    const struct vis_matrix to = vis_matrix_bt601;
    bool is_same = m.kr == to.kr && m.kb == to.kb;
    double kg = 1 - m.kr - m.kb, to_kg = 1 - to.kr - to.kb;
    double blue = 2 * (1 - m.kb), red = 2 * (1 - m.kr); /* of the chroma axes */
    double y_u = is_same ? 0 : to.kb * blue - to_kg * blue * m.kb / kg;
    double y_v = is_same ? 0 : to.kr * red - to_kg * red * m.kr / kg;
    double y_gain = is_full_range ? 1 : 255. / 219, c_gain = is_full_range ? 1 : 255. / 224;
    double to_blue = 2 * (1 - to.kb), to_red = 2 * (1 - to.kr);
    return (struct map){
        .y = (float)y_gain,
        .y_u = (float)(c_gain * y_u),
        .y_v = (float)(c_gain * y_v),
        .black = is_full_range ? 0 : 16,
        .u_u = (float)(c_gain * (blue - y_u) / to_blue),
        .u_v = (float)(c_gain * -y_v / to_blue),
        .v_u = (float)(c_gain * -y_u / to_red),
        .v_v = (float)(c_gain * (red - y_v) / to_red),
        .is_mixing = !is_same,
    };
}

static inline uint8_t to_byte(float x)
{
    x += 0.5f;
    x = x > 0 ? x : 0;
    x = x < 255 ? x : 255;
    return (uint8_t)(int)x;
}

/* What chroma adds to each px of a block of a luma row. n: px */
static void spread_chroma(const struct map *m, const uint8_t *u, const uint8_t *v, int n,
                          float *add)
{
    float pairs[BLOCK / 2];
    int n_pairs = (n + 1) / 2;
    for (int i = 0; i < n_pairs; i++)
        pairs[i] = m->y_u * ((float)u[i] - 128) + m->y_v * ((float)v[i] - 128);
    for (int i = 0; i < n_pairs; i++)
        add[2 * i] = add[2 * i + 1] = pairs[i];
}

static void map_luma_row(const struct map *m, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                         uint8_t *out, int width)
{
    float add[BLOCK] = {0}, gain = m->y, black = m->black;
    for (int at = 0; at < width; at += BLOCK) {
        int n = width - at < BLOCK ? width - at : BLOCK;
        if (m->is_mixing)
            spread_chroma(m, u + at / 2, v + at / 2, n, add);
        for (int i = 0; i < n; i++)
            out[at + i] = to_byte(gain * ((float)y[at + i] - black) + add[i]);
    }
}

/* By way of a block of its own: out may be the same memory as u and v. */
static void map_chroma_row(const struct map *m, const uint8_t *u, const uint8_t *v, uint8_t *out_u,
                           uint8_t *out_v, int width)
{
    uint8_t block_u[BLOCK], block_v[BLOCK];
    for (int at = 0; at < width; at += BLOCK) {
        int n = width - at < BLOCK ? width - at : BLOCK;
        for (int i = 0; i < n; i++) {
            float a = (float)u[at + i] - 128, b = (float)v[at + i] - 128;
            block_u[i] = to_byte(m->u_u * a + m->u_v * b + 128);
            block_v[i] = to_byte(m->v_u * a + m->v_v * b + 128);
        }
        memcpy(out_u + at, block_u, (size_t)n);
        memcpy(out_v + at, block_v, (size_t)n);
    }
}

static void copy_plane(const uint8_t *from, int from_stride, uint8_t *to, int to_stride, int width,
                       int height)
{
    for (int row = 0; row < height && from != to; row++)
        memcpy(to + (size_t)row * (size_t)to_stride, from + (size_t)row * (size_t)from_stride,
               (size_t)width);
}

static void copy_planes(const struct vis_planes *from, const struct vis_planes *to)
{
    int uv_width = (from->width + 1) / 2, uv_height = (from->height + 1) / 2;
    copy_plane(from->y, from->y_stride, to->y, to->y_stride, from->width, from->height);
    copy_plane(from->u, from->uv_stride, to->u, to->uv_stride, uv_width, uv_height);
    copy_plane(from->v, from->uv_stride, to->v, to->uv_stride, uv_width, uv_height);
}

void vis_colour_convert(const struct vis_planes *from, struct vis_matrix matrix, bool is_full_range,
                        const struct vis_planes *to)
{
    struct map map = make_map(matrix, is_full_range);
    if (is_full_range && !map.is_mixing) {
        copy_planes(from, to);
        return;
    }
    for (int row = 0; row < (from->height + 1) / 2; row++) {
        ptrdiff_t from_uv = (ptrdiff_t)row * from->uv_stride,
                  to_uv = (ptrdiff_t)row * to->uv_stride;
        const uint8_t *u = from->u + from_uv, *v = from->v + from_uv;
        for (int i = 2 * row; i < 2 * row + 2 && i < from->height; i++)
            map_luma_row(&map, from->y + (ptrdiff_t)i * from->y_stride, u, v,
                         to->y + (ptrdiff_t)i * to->y_stride, from->width);
        map_chroma_row(&map, u, v, to->u + to_uv, to->v + to_uv, (from->width + 1) / 2);
    }
}
