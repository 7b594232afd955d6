/* cas_resize_plain for eight pixels at a time: each pair of neighbours is shuffled into place and
 * weighted first along the row (8 + 8 bits, exact), then the two rows (8 + 16 bits, exact). */
#include "levels.h"

#if defined(__x86_64__)
#pragma GCC target("avx2")
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i weigh_row(const uint8_t *row, const struct cas_tap8 *taps, bool is_narrow)
{
    __m256i pixels;
    if (is_narrow)
        pixels = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const void *)(row + taps->from[0]))),
            _mm_loadu_si128((const void *)(row + taps->from[4])), 1);
    else
        pixels = _mm256_i32gather_epi32((const void *)row,
                                        _mm256_loadu_si256((const void *)taps->from), 1);
    pixels = _mm256_shuffle_epi8(pixels, _mm256_loadu_si256((const void *)taps->shuffle));
    return _mm256_madd_epi16(pixels, _mm256_loadu_si256((const void *)taps->weights));
}

/* Eight pixels in 32 bits. Sums of a row lie in 0..65280; less 32768 they are signed words. */
INLINE __m256i weigh8(const uint8_t *above, const uint8_t *below, const struct cas_tap8 *taps,
                      bool is_narrow, __m256i weights)
{
    __m256i both = _mm256_or_si256(weigh_row(above, taps, is_narrow),
                                   _mm256_slli_epi32(weigh_row(below, taps, is_narrow), 16));
    both = _mm256_xor_si256(both, _mm256_set1_epi32((int)0x80008000));
    __m256i sum = _mm256_madd_epi16(both, weights);
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768 * 256 + 32768)), 16);
}

INLINE void resize_row(const struct cas_level *level, const uint8_t *above, const uint8_t *below,
                       int weight, bool is_narrow, uint8_t *out)
{
    const __m256i weights = _mm256_set1_epi32(weight << 16 | (256 - weight));
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 0, 0, 0, 0);
    const struct cas_tap8 *taps = level->columns8;
    for (int x = 0; x < level->width; x += 16, taps += 2) {
        __m256i a = weigh8(above, below, taps, is_narrow, weights);
        __m256i b = weigh8(above, below, taps + 1, is_narrow, weights);
        __m256i bytes = _mm256_packus_epi32(a, b);
        bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(bytes, bytes), order);
        _mm_storeu_si128((void *)(out + x), _mm256_castsi256_si128(bytes));
    }
}

void cas_resize_avx2(const struct cas_level *level, const uint8_t *picture, int stride,
                     int first_row, int end_row)
{
    if (!level->is_vectored) {
        cas_resize_plain(level, picture, stride, first_row, end_row);
        return;
    }
    for (int y = first_row; y < end_row; y++) {
        const struct cas_tap row = level->rows[y];
        const uint8_t *above = picture + (ptrdiff_t)row.first * stride;
        const uint8_t *below = row.weight ? above + stride : above;
        uint8_t *out = level->pixels + (ptrdiff_t)y * level->stride;
        if (level->is_narrow)
            resize_row(level, above, below, row.weight, true, out);
        else
            resize_row(level, above, below, row.weight, false, out);
    }
}

#else

void cas_resize_avx2(const struct cas_level *level, const uint8_t *picture, int stride,
                     int first_row, int end_row)
{
    cas_resize_plain(level, picture, stride, first_row, end_row);
}

#endif
