/* The inner loop of every fast kernel: a tile of sums held in registers.
 *
 *     sum[r][v] += x[r][d] * w[d][v]      r < n_rows, v < n_vectors, d < depth
 *
 * One float of x per row is broadcast and multiplied with n_vectors registers of weights, so that a step of d
 * loads n_rows + n_vectors values for n_rows * n_vectors multiply-adds. n_rows and n_vectors are constants where
 * it is inlined; the sums are 24 registers of AVX-512's 32, 12 of the 16 elsewhere (after Goto and van de Geijn,
 * "Anatomy of high-performance matrix multiplication", 2008). */
#ifndef NN_KERNELS_TILE_H
#define NN_KERNELS_TILE_H

#include "kernels/vec.h"

#include <stdbool.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define TILE_IS_SANITIZED 1 /* what they make of the large tiles takes minutes to compile */
#else
#define TILE_IS_SANITIZED 0
#endif

/* TILE_ROWS: most rows of a tile that is one vector wide, two, three, four. */
#if NN_LANES == 16
enum { MAX_VECTORS = 4, MAX_ROWS = 12 };
#if TILE_IS_SANITIZED
#define TILE_ROWS {0, 4, 4, 4, 4}
#else
#define TILE_ROWS {0, 12, 12, 8, 6}
#endif
#else
enum { MAX_VECTORS = 2, MAX_ROWS = 12 };
#if TILE_IS_SANITIZED
#define TILE_ROWS {0, 4, 4}
#else
#define TILE_ROWS {0, 12, 6}
#endif
#endif

typedef vec tile_sums[MAX_ROWS][MAX_VECTORS];

INLINE void tile_clear(tile_sums sum, int n_rows, int n_vectors)
{
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++)
            sum[r][v] = vec_zero();
}

/* Each row starts as the same registers. */
INLINE void tile_start(tile_sums sum, int n_rows, int n_vectors, const float *values)
{
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++)
            sum[r][v] = vec_load(values + v * NN_LANES);
}

/* x: n_rows pointers; steps of d are x_step floats in x and w_step numbers in w, which are floats or halves. */
INLINE void tile_add(tile_sums sum, int n_rows, int n_vectors, const float *const *x, ptrdiff_t x_step, const void *w,
                     ptrdiff_t w_step, int depth, bool is_half)
{
    const float *floats = w;
    const uint16_t *halves = w;
#pragma GCC unroll 1
    for (ptrdiff_t d = 0; d < depth; d++, floats += w_step, halves += w_step) {
        vec weights[MAX_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++)
            weights[v] = is_half ? (vec)vec_load_half(halves + v * NN_LANES) : (vec)vec_load(floats + v * NN_LANES);
#pragma GCC unroll 12
        for (int r = 0; r < n_rows; r++) {
            vec value = vec_set(x[r][d * x_step]);
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++)
                sum[r][v] = vec_fma(value, weights[v], sum[r][v]);
        }
    }
}

/* How many of n_left rows the next tile takes, at most `most`: the last two tiles share what is left. */
INLINE int tile_rows(int n_left, int most)
{
    if (n_left <= most)
        return n_left;
    return n_left < 2 * most ? (n_left + 1) / 2 : most;
}

/* A table of a tile function's variants: TILE_TABLE(name) needs a function `name` whose last two arguments are n_rows
 * and n_vectors; TILE_ARGS its other parameters, TILE_PASS the same as arguments. */
#define TILE_VARIANT(name, r, v)                                                                               \
    static void name##_##r##x##v(TILE_ARGS)                                                                    \
    {                                                                                                          \
        name(TILE_PASS, r, v);                                                                                 \
    }
#define TILE_COLUMN4(name, v)                                                                                  \
    TILE_VARIANT(name, 1, v) TILE_VARIANT(name, 2, v) TILE_VARIANT(name, 3, v) TILE_VARIANT(name, 4, v)
#define TILE_COLUMN6(name, v) TILE_COLUMN4(name, v) TILE_VARIANT(name, 5, v) TILE_VARIANT(name, 6, v)
#define TILE_COLUMN8(name, v) TILE_COLUMN6(name, v) TILE_VARIANT(name, 7, v) TILE_VARIANT(name, 8, v)
#define TILE_COLUMN12(name, v)                                                                                 \
    TILE_COLUMN8(name, v) TILE_VARIANT(name, 9, v) TILE_VARIANT(name, 10, v) TILE_VARIANT(name, 11, v)         \
    TILE_VARIANT(name, 12, v)
#define TILE_NAMES4(name, v) NULL, name##_1x##v, name##_2x##v, name##_3x##v, name##_4x##v
#define TILE_NAMES6(name, v) TILE_NAMES4(name, v), name##_5x##v, name##_6x##v
#define TILE_NAMES8(name, v) TILE_NAMES6(name, v), name##_7x##v, name##_8x##v
#define TILE_NAMES12(name, v)                                                                                  \
    TILE_NAMES8(name, v), name##_9x##v, name##_10x##v, name##_11x##v, name##_12x##v
#define TILE_FUNCTIONS(name) (*const name##_table[MAX_VECTORS + 1][MAX_ROWS + 1])(TILE_ARGS)

#if NN_LANES == 16 && TILE_IS_SANITIZED
#define TILE_TABLE(name)                                                                                       \
    TILE_COLUMN4(name, 1) TILE_COLUMN4(name, 2) TILE_COLUMN4(name, 3) TILE_COLUMN4(name, 4)                    \
    static void TILE_FUNCTIONS(name) = {                                                                       \
        {NULL}, {TILE_NAMES4(name, 1)}, {TILE_NAMES4(name, 2)}, {TILE_NAMES4(name, 3)}, {TILE_NAMES4(name, 4)}};
#elif NN_LANES == 16
#define TILE_TABLE(name)                                                                                       \
    TILE_COLUMN12(name, 1) TILE_COLUMN12(name, 2) TILE_COLUMN8(name, 3) TILE_COLUMN6(name, 4)                  \
    static void TILE_FUNCTIONS(name) = {                                                                       \
        {NULL}, {TILE_NAMES12(name, 1)}, {TILE_NAMES12(name, 2)}, {TILE_NAMES8(name, 3)}, {TILE_NAMES6(name, 4)}};
#elif TILE_IS_SANITIZED
#define TILE_TABLE(name)                                                                                       \
    TILE_COLUMN4(name, 1) TILE_COLUMN4(name, 2)                                                                \
    static void TILE_FUNCTIONS(name) = {{NULL}, {TILE_NAMES4(name, 1)}, {TILE_NAMES4(name, 2)}};
#else
#define TILE_TABLE(name)                                                                                       \
    TILE_COLUMN12(name, 1) TILE_COLUMN6(name, 2)                                                               \
    static void TILE_FUNCTIONS(name) = {{NULL}, {TILE_NAMES12(name, 1)}, {TILE_NAMES6(name, 2)}};
#endif

#endif
