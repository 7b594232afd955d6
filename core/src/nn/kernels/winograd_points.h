/* The one-dimensional transforms of Winograd's minimal filtering F(4, 3), six points (0, 1, -1, 2, -2 and infinity), and F(2, 3),
 * four points (0, 1, -1, infinity), for registers of independent problems:
 *
 *     y = A^T [(G g) * (B^T d)],   d: size + 2 inputs, g: 3 weights, y: size outputs
 *
 * (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016). As the product is linear in each factor, its
 * gradient by the weights needs the transposes: dg = G^T [(A dy) * (B^T d)]. Applied along the rows and then the columns
 * of a tile they give the two-dimensional transforms. `size` is a constant where they are inlined; `s` is the distance in
 * registers from one value to the next. */
#ifndef NN_KERNELS_WINOGRAD_POINTS_H
#define NN_KERNELS_WINOGRAD_POINTS_H

#include "kernels/vec.h"

enum { MAX_POINTS = 6 };

/* B^T d, in place. */
INLINE void points_of_input(vec *d, int s, int size)
{
    vec d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];
    if (size == 2) {
        d[0] = d0 - d2;
        d[s] = d1 + d2;
        d[2 * s] = d2 - d1;
        d[3 * s] = d1 - d3;
        return;
    }
    vec d4 = d[4 * s], d5 = d[5 * s], four = vec_set(4), five = vec_set(5), two = vec_set(2);
    vec a = vec_fnma(four, d2, d4), b = vec_fnma(four, d1, d3), c = d4 - d2, e = two * (d3 - d1);
    d[0] = vec_fma(four, d0, vec_fnma(five, d2, d4));
    d[s] = a + b;
    d[2 * s] = a - b;
    d[3 * s] = c + e;
    d[4 * s] = c - e;
    d[5 * s] = vec_fma(four, d1, vec_fnma(five, d3, d5));
}

/* A^T m: from size + 2 values to size. */
INLINE void output_of_points(const vec *m, int s, vec *y, int y_s, int size)
{
    vec a = m[s] + m[2 * s], b = m[s] - m[2 * s];
    if (size == 2) {
        y[0] = m[0] + a;
        y[y_s] = b - m[3 * s];
        return;
    }
    vec c = m[3 * s] + m[4 * s], e = m[3 * s] - m[4 * s];
    y[0] = m[0] + (a + c);
    y[y_s] = vec_fma(vec_set(2), e, b);
    y[2 * y_s] = vec_fma(vec_set(4), c, a);
    y[3 * y_s] = m[5 * s] + vec_fma(vec_set(8), e, b);
}

/* A dy: from size values to size + 2. */
INLINE void points_of_d_output(const vec *dy, int s, vec *m, int m_s, int size)
{
    if (size == 2) {
        m[0] = dy[0];
        m[m_s] = dy[0] + dy[s];
        m[2 * m_s] = dy[0] - dy[s];
        m[3 * m_s] = vec_zero() - dy[s];
        return;
    }
    vec y0 = dy[0], y1 = dy[s], y2 = dy[2 * s], y3 = dy[3 * s], two = vec_set(2), four = vec_set(4);
    vec even = y0 + y2, odd = y1 + y3, even2 = vec_fma(four, y2, y0), odd2 = two * vec_fma(four, y3, y1);
    m[0] = y0;
    m[m_s] = even + odd;
    m[2 * m_s] = even - odd;
    m[3 * m_s] = even2 + odd2;
    m[4 * m_s] = even2 - odd2;
    m[5 * m_s] = y3;
}

/* G g: from 3 values to size + 2. */
INLINE void points_of_weight(const vec *g, int s, vec *u, int u_s, int size)
{
    vec g0 = g[0], g1 = g[s], g2 = g[2 * s];
    u[0] = g0 * vec_set(size == 2 ? 1 : 1.f / 4);
    u[(size + 1) * u_s] = g2;
    vec even = (g0 + g2) * vec_set(size == 2 ? 1.f / 2 : -1.f / 6);
    vec odd = g1 * vec_set(size == 2 ? 1.f / 2 : -1.f / 6);
    u[u_s] = even + odd;
    u[2 * u_s] = even - odd;
    if (size == 2)
        return;
    vec even2 = vec_fma(g0, vec_set(1.f / 24), g2 * vec_set(1.f / 6)), odd2 = g1 * vec_set(1.f / 12);
    u[3 * u_s] = even2 + odd2;
    u[4 * u_s] = even2 - odd2;
}

/* G^T u: from size + 2 values to 3. */
INLINE void weight_of_points(const vec *u, int s, vec *g, int g_s, int size)
{
    vec sum = u[s] + u[2 * s], difference = u[s] - u[2 * s], half = vec_set(1.f / 2);
    if (size == 2) {
        g[0] = vec_fma(sum, half, u[0]);
        g[g_s] = difference * half;
        g[2 * g_s] = vec_fma(sum, half, u[3 * s]);
        return;
    }
    vec sum2 = u[3 * s] + u[4 * s], difference2 = u[3 * s] - u[4 * s], sixth = vec_set(1.f / 6);
    g[0] = vec_fma(u[0], vec_set(1.f / 4), vec_fnma(sum, sixth, sum2 * vec_set(1.f / 24)));
    g[g_s] = vec_fnma(difference, sixth, difference2 * vec_set(1.f / 12));
    g[2 * g_s] = vec_fma(sum2 - sum, sixth, u[5 * s]);
}

#endif
