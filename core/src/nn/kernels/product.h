/* Matrix product over tile.h's tiles: c[r][k] (+)= sum over d of a[r a_row + d a_step] * b[d][k]. b and c have rows of
 * `width` registers at most MAX_VECTORS wide. */
#ifndef NN_KERNELS_PRODUCT_H
#define NN_KERNELS_PRODUCT_H

#include "kernels/tile.h"

#include <stdbool.h>

struct product {
    const float *a, *b;
    float *c;
    ptrdiff_t a_row, a_step, b_step, c_row; /* floats */
    int depth;
    bool is_adding;
};

#define TILE_ARGS const struct product *p
#define TILE_PASS p

INLINE void product_tile(const struct product *p, int n_rows, int n_vectors)
{
    const float *a[MAX_ROWS];
    tile_sums sum;
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++)
        a[r] = p->a + r * p->a_row;
    tile_clear(sum, n_rows, n_vectors);
    tile_add(sum, n_rows, n_vectors, a, p->a_step, p->b, p->b_step, p->depth, false);
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++) {
            float *c = p->c + r * p->c_row + v * NN_LANES;
            if (p->is_adding)
                sum[r][v] += vec_load(c);
            vec_store(c, sum[r][v]);
        }
}

TILE_TABLE(product_tile)
#undef TILE_ARGS
#undef TILE_PASS

static void product_rows(struct product p, int n_rows, int width)
{
    static const int most_rows[MAX_VECTORS + 1] = TILE_ROWS;
    for (int done = 0; done < n_rows;) {
        int n = tile_rows(n_rows - done, most_rows[width]);
        product_tile_table[width][n](&p);
        p.a += n * p.a_row;
        p.c += n * p.c_row;
        done += n;
    }
}

#endif
