/* See colour.h. One affine map per sample in 14-bit fixed point: Y' takes Y and, when the matrices
 * differ, its chroma pair; libswscale would go through RGB for that, at about ten times the cost.
 */
#include "colour.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SHIFT = 14, HALF = 1 << (SHIFT - 1) };

const struct vis_matrix vis_matrix_bt601 = {0.299, 0.114};
const struct vis_matrix vis_matrix_bt709 = {0.2126, 0.0722};
const struct vis_matrix vis_matrix_bt2020 = {0.2627, 0.0593};

struct map {
    int y_black;     /* code of black */
    int y, y_u, y_v; /* luma's weights of Y - y_black, U - 128, V - 128 */
    int u_u, u_v, v_u, v_v;
};

static int fixed(double x)
{
    return (int)lrint(x * (1 << SHIFT));
}

static struct map make_map(struct vis_matrix m, bool is_full_range)
{
    const struct vis_matrix to = vis_matrix_bt601;
    double kg = 1 - m.kr - m.kb, to_kg = 1 - to.kr - to.kb;
    double blue = 2 * (1 - m.kb), red = 2 * (1 - m.kr); /* of the chroma axes */
    double y_u = to.kb * blue - to_kg * blue * m.kb / kg;
    double y_v = to.kr * red - to_kg * red * m.kr / kg;
    double y_gain = is_full_range ? 1 : 255. / 219, c_gain = is_full_range ? 1 : 255. / 224;
    double to_blue = 2 * (1 - to.kb), to_red = 2 * (1 - to.kr);
    return (struct map){
        .y_black = is_full_range ? 0 : 16,
        .y = fixed(y_gain),
        .y_u = fixed(c_gain * y_u),
        .y_v = fixed(c_gain * y_v),
        .u_u = fixed(c_gain * (blue - y_u) / to_blue),
        .u_v = fixed(c_gain * -y_v / to_blue),
        .v_u = fixed(c_gain * -y_u / to_red),
        .v_v = fixed(c_gain * (red - y_v) / to_red),
    };
}

static inline uint8_t clamp(int x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

static void map_luma_row(const struct map *m, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                         uint8_t *out, int width)
{
    int offset = HALF - m->y * m->y_black;
    for (int i = 0; i < width / 2; i++) {
        int chroma = m->y_u * (u[i] - 128) + m->y_v * (v[i] - 128) + offset;
        out[2 * i] = clamp((m->y * y[2 * i] + chroma) >> SHIFT);
        out[2 * i + 1] = clamp((m->y * y[2 * i + 1] + chroma) >> SHIFT);
    }
    if (width & 1) {
        int i = width / 2, chroma = m->y_u * (u[i] - 128) + m->y_v * (v[i] - 128) + offset;
        out[2 * i] = clamp((m->y * y[2 * i] + chroma) >> SHIFT);
    }
}

static void map_chroma_row(const struct map *m, const uint8_t *u, const uint8_t *v, uint8_t *out_u,
                           uint8_t *out_v, int width)
{
    const int offset = (128 << SHIFT) + HALF;
    for (int i = 0; i < width; i++) {
        int a = u[i] - 128, b = v[i] - 128;
        out_u[i] = clamp((m->u_u * a + m->u_v * b + offset) >> SHIFT);
        out_v[i] = clamp((m->v_u * a + m->v_v * b + offset) >> SHIFT);
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
    if (is_full_range && map.y_u == 0 && map.y_v == 0) {
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
