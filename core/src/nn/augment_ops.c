/* See augment_ops.h. */
#include "augment_ops.h"

#include <math.h>

#define MAX_SIDE NN_AUGMENT_MAX_SIDE

struct nn_affine nn_affine_compose(struct nn_affine a, struct nn_affine b)
{
    const float *p = a.m, *q = b.m;
    return (struct nn_affine){{p[0] * q[0] + p[1] * q[3], p[0] * q[1] + p[1] * q[4],
                            p[0] * q[2] + p[1] * q[5] + p[2], p[3] * q[0] + p[4] * q[3],
                            p[3] * q[1] + p[4] * q[4], p[3] * q[2] + p[4] * q[5] + p[5]}};
}

static float clamp(float value, float high)
{
    return value < 0.0f ? 0.0f : value > high ? high : value;
}

void nn_affine_sample(const float *from, int from_side, const struct nn_affine *map, float *to, int to_side)
{
    const float *m = map->m, size = (float)from_side, high = size - 1.0f;
    float step_u = m[0] * size / (float)to_side, step_v = m[3] * size / (float)to_side;
    int last = from_side - 2;
    for (int j = 0; j < to_side; j++) {
        float y = ((float)j + 0.5f) / (float)to_side - 0.5f, x = 0.5f / (float)to_side - 0.5f;
        float u0 = (m[0] * x + m[1] * y + m[2] + 0.5f) * size - 0.5f;
        float v0 = (m[3] * x + m[4] * y + m[5] + 0.5f) * size - 0.5f;
        for (int i = 0; i < to_side; i++) {
            float u = clamp(u0 + (float)i * step_u, high), v = clamp(v0 + (float)i * step_v, high);
            int iu = (int)u, iv = (int)v;
            iu = iu > last ? last : iu;
            iv = iv > last ? last : iv;
            float tu = u - (float)iu, tv = v - (float)iv;
            const float *p = from + iv * from_side + iu, *q = p + from_side;
            float top = p[0] + tu * (p[1] - p[0]), bottom = q[0] + tu * (q[1] - q[0]);
            to[j * to_side + i] = top + tv * (bottom - top);
        }
    }
}

void nn_add_light(float *x, int side, float angle, float strength)
{
    float du = cosf(angle) * strength / (float)side, dv = sinf(angle) * strength / (float)side;
    float centre = ((float)side - 1.0f) / 2.0f;
    for (int j = 0; j < side; j++) {
        float row = ((float)j - centre) * dv;
        for (int i = 0; i < side; i++)
            x[j * side + i] += row + ((float)i - centre) * du;
    }
}

/* Mean over each of n_to equal spans of n_from values at from[i * stride]. */
static void shrink_line(const float *from, int n_from, int stride, float *to, int n_to, int to_stride)
{
    float span = (float)n_from / (float)n_to;
    for (int i = 0; i < n_to; i++) {
        float begin = (float)i * span, end = begin + span, sum = 0.0f;
        int first = (int)begin, last = (int)end < n_from - 1 ? (int)end : n_from - 1;
        for (int k = first; k <= last; k++) {
            float low = (float)k > begin ? (float)k : begin;
            float high = (float)k + 1.0f < end ? (float)k + 1.0f : end;
            if (high > low)
                sum += (high - low) * from[k * stride];
        }
        to[i * to_stride] = sum / span;
    }
}

void nn_lower_resolution(float *x, int side, int low_side)
{
    float narrow[MAX_SIDE * MAX_SIDE], small[MAX_SIDE * MAX_SIDE];
    const struct nn_affine identity = {{1, 0, 0, 0, 1, 0}};
    for (int j = 0; j < side; j++)
        shrink_line(x + j * side, side, 1, narrow + j * low_side, low_side, 1);
    for (int i = 0; i < low_side; i++)
        shrink_line(narrow + i, side, low_side, small + i, low_side, low_side);
    nn_affine_sample(small, low_side, &identity, x, side);
}

void nn_cover(float *x, int side, int x0, int y0, int x1, int y1, float grey)
{
    for (int j = y0; j < y1; j++)
        for (int i = x0; i < x1; i++)
            x[j * side + i] = grey;
}
