/* A register of NN_LANES floats and what the fast kernels do with it. The kernels include this and are compiled
 * once per instruction set (see meson.build): 16 lanes AVX-512, 8 lanes AVX2 with FMA, 4 lanes anything else. */
#ifndef NN_KERNELS_VEC_H
#define NN_KERNELS_VEC_H

#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* nn_direct_avx512 and so on: each public name once per instruction set. */
#define NN_PASTE_(name, isa) name##_##isa
#define NN_PASTE(name, isa) NN_PASTE_(name, isa)
#define NN_FAST(name) NN_PASTE(name, NN_ISA)

#if NN_LANES == 16

#include <immintrin.h>
typedef __m512 vec;
#define vec_load(p) _mm512_load_ps(p)
#define vec_load_unaligned(p) _mm512_loadu_ps(p)
#define vec_load_half(p) _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)(p))) /* IEEE binary16 */
#define vec_store(p, v) _mm512_store_ps(p, v)
#define vec_store_unaligned(p, v) _mm512_storeu_ps(p, v)
#define vec_set(x) _mm512_set1_ps(x)
#define vec_fma(a, b, c) _mm512_fmadd_ps(a, b, c)   /* a b + c */
#define vec_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c) /* c - a b */
#define vec_max(a, b) _mm512_max_ps(a, b)
/* The first n of the lanes, 0 < n <= NN_LANES; the rest are zero, and not read or written in memory. */
#define vec_load_first(p, n) _mm512_maskz_loadu_ps((__mmask16)(0xffffu >> (16 - (n))), p)
#define vec_store_first(p, n, v) _mm512_mask_storeu_ps(p, (__mmask16)(0xffffu >> (16 - (n))), v)

#elif NN_LANES == 8

#include <immintrin.h>
typedef __m256 vec;
#define vec_load(p) _mm256_load_ps(p)
#define vec_load_unaligned(p) _mm256_loadu_ps(p)
#define vec_load_half(p) _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)(p)))
#define vec_store(p, v) _mm256_store_ps(p, v)
#define vec_store_unaligned(p, v) _mm256_storeu_ps(p, v)
#define vec_set(x) _mm256_set1_ps(x)
#define vec_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define vec_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define vec_max(a, b) _mm256_max_ps(a, b)
static inline __m256i vec_mask(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#define vec_load_first(p, n) _mm256_maskload_ps(p, vec_mask(n))
#define vec_store_first(p, n, v) _mm256_maskstore_ps(p, vec_mask(n), v)

#elif NN_LANES == 4

#include "kernels/half.h"

#include <string.h>
typedef float vec __attribute__((vector_size(16), may_alias));
INLINE vec vec_load(const float *p)
{
    return *(const vec *)(const void *)p;
}
INLINE vec vec_load_half(const uint16_t *p)
{
    vec v;
    for (int i = 0; i < 4; i++)
        v[i] = half_to_float(p[i]);
    return v;
}
INLINE vec vec_load_unaligned(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void vec_store(float *p, vec v)
{
    *(vec *)(void *)p = v;
}
INLINE void vec_store_unaligned(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}
INLINE vec vec_set(float x)
{
    return (vec){x, x, x, x};
}
INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c;
}
INLINE vec vec_fnma(vec a, vec b, vec c)
{
    return c - a * b;
}
INLINE vec vec_max(vec a, vec b)
{
    typedef int32_t mask __attribute__((vector_size(16)));
    mask is_a = a > b;
    return (vec)((is_a & (mask)a) | (~is_a & (mask)b));
}
INLINE vec vec_load_first(const float *p, int n)
{
    vec v = {0, 0, 0, 0};
    for (int i = 0; i < n; i++)
        v[i] = p[i];
    return v;
}
INLINE void vec_store_first(float *p, int n, vec v)
{
    for (int i = 0; i < n; i++)
        p[i] = v[i];
}

#else
#error "NN_LANES must be 16, 8 or 4"
#endif

/* GCC's vector operators (+, -, *) work on all three types. */
INLINE vec vec_zero(void)
{
    return vec_set(0);
}

/* Lane i is lane which[i] of a and b one after the other. */
#ifdef __clang__ /* only for the fuzz targets: it knows shuffles with constant lanes alone */
#define VEC_PICK(a, b, which)                                                                                        \
    ({                                                                                                               \
        vec picked = vec_zero();                                                                                     \
        for (int lane = 0; lane < NN_LANES; lane++)                                                                  \
            picked[lane] = (which)[lane] < NN_LANES ? (a)[(which)[lane]] : (b)[(which)[lane] - NN_LANES];            \
        picked;                                                                                                      \
    })
#else
#define VEC_PICK(a, b, which) __builtin_shuffle(a, b, which)
#endif

/* A square of registers transposed in place: log2(NN_LANES) rounds that swap blocks of 1, 2, 4 ... lanes. */
INLINE void vec_transpose(vec rows[NN_LANES])
{
    typedef int32_t lanes __attribute__((vector_size(NN_LANES * 4)));
#pragma GCC unroll 4
    for (int s = 1; s < NN_LANES; s *= 2) {
        lanes low, high;
#pragma GCC unroll 16
        for (int j = 0; j < NN_LANES; j++) {
            low[j] = j & s ? NN_LANES + j - s : j;
            high[j] = j & s ? NN_LANES + j : j + s;
        }
#pragma GCC unroll 16
        for (int i = 0; i < NN_LANES; i++)
            if (!(i & s)) {
                vec a = rows[i], b = rows[i + s];
                rows[i] = VEC_PICK(a, b, low);
                rows[i + s] = VEC_PICK(a, b, high);
            }
    }
}

#endif
