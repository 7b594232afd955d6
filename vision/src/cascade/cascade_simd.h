/* The cascade on 16 windows at a time. See program.h for the arithmetic, tile.h for the memory.
 * Included by one file per instruction set, which says with CASCADE_HAS_MASKS whether comparisons may
 * make mask registers, and names the kernel.
 *
 * A tile's windows go through the first stages in blocks of 16 neighbours ("dense"), as long as enough
 * of a block are alive; the rest are collected, sixteen from anywhere in the tile, their corners
 * transposed into a patch that fits the first-level cache, and finish there.
 */
#include "kernel.h"
#include "program.h"
#include "tile.h"

#include <stdlib.h>
#include <string.h>

#include <immintrin.h>

#define DENSE_MIN_ALIVE 2  /* fewer of a block go to a patch */
#define DENSE_MAX_STAGES 6
#define PATCH_MIN_ALIVE 5  /* fewer wait for company */
#define N_WIDE 4           /* blocks evaluated together, to share the loads of thresholds */

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 4")

/* ---- integral images of a tile */

INLINE __m256i load(const void *at)
{
    return _mm256_loadu_si256(at);
}

INLINE void store(void *at, __m256i v)
{
    _mm256_storeu_si256(at, v);
}

/* Running sums of 16 pixels' values; *carry is that of those before, in all lanes. */
INLINE __m256i prefix16(__m256i v, __m256i *carry)
{
    const __m256i last = _mm256_set1_epi16(0x0f0e);
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 2));
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 4));
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 8));
    __m256i low = _mm256_permute2x128_si256(v, v, 0x08);
    v = _mm256_add_epi16(v, _mm256_shuffle_epi8(low, last));
    __m256i total = _mm256_shuffle_epi8(_mm256_permute4x64_epi64(v, 0xff), last);
    v = _mm256_add_epi16(v, *carry);
    *carry = _mm256_add_epi16(*carry, total);
    return v;
}

INLINE __m256i prefix8(__m256i v, __m256i *carry)
{
    v = _mm256_add_epi32(v, _mm256_slli_si256(v, 4));
    v = _mm256_add_epi32(v, _mm256_slli_si256(v, 8));
    __m256i low = _mm256_permute2x128_si256(v, v, 0x08);
    v = _mm256_add_epi32(v, _mm256_shuffle_epi32(low, 0xff));
    __m256i total = _mm256_permutevar8x32_epi32(v, _mm256_set1_epi32(7));
    v = _mm256_add_epi32(v, *carry);
    *carry = _mm256_add_epi32(*carry, total);
    return v;
}

/* One row of an integral image, all columns, into both copies of a plane. */
static void spread_row(const struct tile *tile, const uint16_t *from, uint16_t *row)
{
    int copy = tile->program->geometry.copy_words, second = copy + CAS_LANES;
    if (tile->level->step == 1) {
        for (int x = 0; x <= tile->n_px; x += CAS_LANES) {
            __m256i v = load(from + x);
            store(row + x, v);
            store(row + second + x, v);
        }
        return;
    }
    for (int x = 0; x <= tile->n_px; x += CAS_LANES) {
        __m256i v = load(from + x);
        v = _mm256_packus_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xffff)), _mm256_srli_epi32(v, 16));
        v = _mm256_permute4x64_epi64(v, 0xd8);
        __m128i even = _mm256_castsi256_si128(v), odd = _mm256_extracti128_si256(v, 1);
        _mm_storeu_si128((void *)(row + x / 2), even);
        _mm_storeu_si128((void *)(row + copy / 2 + x / 2), odd);
        _mm_storeu_si128((void *)(row + second + x / 2), even);
        _mm_storeu_si128((void *)(row + second + copy / 2 + x / 2), odd);
    }
}

static void add_sums(struct tile *tile, const uint8_t *pixels)
{
    __m256i carry = _mm256_setzero_si256();
    for (int x = 0; x < tile->n_px; x += CAS_LANES) {
        uint16_t *at = tile->running + 1 + x;
        __m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(pixels + x)));
        store(at, _mm256_add_epi16(prefix16(v, &carry), load(at)));
    }
}

static void add_squares(const struct tile *tile, const uint8_t *pixels, const uint32_t *above,
                        uint32_t *row)
{
    __m256i carry = _mm256_setzero_si256();
    row[0] = 0;
    for (int x = 0; x < tile->n_px; x += CAS_LANES) {
        __m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(pixels + x)));
        v = _mm256_mullo_epi16(v, v);
        for (int k = 0; k < 2; k++) {
            __m128i half = k ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v);
            __m256i sums = prefix8(_mm256_cvtepu16_epi32(half), &carry);
            store(row + 1 + x + 8 * k, _mm256_add_epi32(sums, load(above + 1 + x + 8 * k)));
        }
    }
}

/* Row y >= 1 of the tilted integral of a picture that ends at the tile's edges: what lies outside
 * cancels in every feature. One word before and one behind each row stand for the triangles whose
 * tips lie outside. */
static void add_tilted(struct tile *tile, const uint8_t *pixels, int y)
{
    uint16_t *row = tile->tilted + y % 3 * TILE_MAX_PX + 1;
    uint16_t *above = tile->tilted + (y + 2) % 3 * TILE_MAX_PX + 1;
    const uint16_t *above2 = tile->tilted + (y + 1) % 3 * TILE_MAX_PX + 1;
    const uint8_t *pixels_above = pixels - tile->level->stride;
    if (y == 1) {
        row[0] = 0;
        for (int x = 0; x < tile->n_px; x++)
            row[1 + x] = pixels[x];
        return;
    }
    above[tile->n_px + 1] = above2[tile->n_px];
    row[0] = above[1];
    for (int x = 0; x < tile->n_px; x += CAS_LANES) {
        __m256i both = _mm256_add_epi16(
            _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(pixels + x))),
            _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(pixels_above + x))));
        __m256i v = _mm256_sub_epi16(_mm256_add_epi16(load(above + x), load(above + x + 2)),
                                     load(above2 + x + 1));
        store(row + x + 1, _mm256_add_epi16(v, both));
    }
}

static void fill_tile(struct tile *tile)
{
    const struct cas_geometry *geometry = &tile->program->geometry;
    bool is_haar = tile->program->model->type == CAS_FEATURE_HAAR;
    memset(tile->running, 0, TILE_MAX_PX * sizeof *tile->running);
    memset(tile->tilted, 0, 3 * TILE_MAX_PX * sizeof *tile->tilted);
    memset(tile->squares, 0, (size_t)geometry->copy_words * sizeof *tile->squares);
    for (int y = 0; y <= tile->n_rows; y++) {
        const uint8_t *pixels =
            tile->level->pixels + (ptrdiff_t)(tile->y0 + y - 1) * tile->level->stride + tile->x0;
        uint16_t *row = tile->rows + (ptrdiff_t)y * geometry->pitch_words;
        uint32_t *squares = tile->squares + (ptrdiff_t)y * geometry->copy_words;
        if (y)
            add_sums(tile, pixels);
        spread_row(tile, tile->running, row);
        if (y && is_haar)
            add_squares(tile, pixels, squares - geometry->copy_words, squares);
        if (geometry->n_planes == 2) {
            if (y)
                add_tilted(tile, pixels, y);
            spread_row(tile, tile->tilted + y % 3 * TILE_MAX_PX + 1, row + 2 * geometry->copy_words);
        }
    }
}

/* ---- deviations */

/* Word of a column in a row's first copy. */
INLINE int column_at(const struct tile *tile, int x)
{
    if (tile->level->step == 1)
        return x;
    return x / 2 + (x % 2 ? tile->program->geometry.copy_words / 2 : 0);
}

/* area * squares - sum * sum of one window, exactly. */
static int64_t exact_variance(const struct tile *tile, int x, int y)
{
    const struct cas_geometry *geometry = &tile->program->geometry;
    int w = geometry->window_w - 2, h = geometry->window_h - 2, px = x * tile->level->step;
    const uint32_t *top = tile->squares + (ptrdiff_t)(y + 1) * geometry->copy_words + px + 1;
    const uint32_t *bottom = top + (ptrdiff_t)h * geometry->copy_words;
    int64_t sum = 0, squares = top[0] - top[w] - bottom[0] + bottom[w];
    int left = x + column_at(tile, 1), right = x + column_at(tile, 1 + w), most = 65535 / 255 / w;
    const uint16_t *row = tile->rows + (ptrdiff_t)(y + 1) * geometry->pitch_words;
    for (int n; h > 0; h -= n) {
        n = h < most ? h : most;
        const uint16_t *below = row + (ptrdiff_t)n * geometry->pitch_words;
        sum += (uint16_t)(row[left] - row[right] - below[left] + below[right]);
        row = below;
    }
    return tile->program->area * squares - sum * sum;
}

static float window_inverse_deviation(const struct tile *tile, int x, int y)
{
    if (tile->program->model->type == CAS_FEATURE_LBP)
        return 1;
    return cas_inverse_deviation(exact_variance(tile, x, y));
}

/* Sums of 16 windows' insides: as many rows at a time as fit 16 bits. */
INLINE void inner_sums(const struct tile *tile, int i_block, int y, __m256i sums[2])
{
    const struct cas_geometry *geometry = &tile->program->geometry;
    int w = geometry->window_w - 2, h = geometry->window_h - 2, most = 65535 / 255 / w;
    int left = i_block * CAS_LANES + column_at(tile, 1);
    int right = i_block * CAS_LANES + column_at(tile, 1 + w);
    const uint16_t *row = tile->rows + (ptrdiff_t)(y + 1) * geometry->pitch_words;
    __m256i above = _mm256_sub_epi16(load(row + right), load(row + left));
    sums[0] = sums[1] = _mm256_setzero_si256();
    for (int done = 0; done < h;) {
        int n = h - done < most ? h - done : most;
        done += n;
        row += (ptrdiff_t)n * geometry->pitch_words;
        __m256i below = _mm256_sub_epi16(load(row + right), load(row + left));
        __m256i part = _mm256_sub_epi16(below, above);
        above = below;
        sums[0] = _mm256_add_epi32(sums[0], _mm256_cvtepu16_epi32(_mm256_castsi256_si128(part)));
        sums[1] = _mm256_add_epi32(sums[1], _mm256_cvtepu16_epi32(_mm256_extracti128_si256(part, 1)));
    }
}

INLINE __m256i square_sums8(const uint32_t *top, const uint32_t *bottom, int w)
{
    return _mm256_sub_epi32(_mm256_sub_epi32(load(bottom + w), load(bottom)),
                            _mm256_sub_epi32(load(top + w), load(top)));
}

INLINE void inner_squares(const struct tile *tile, int i_block, int y, __m256i squares[2])
{
    const struct cas_geometry *geometry = &tile->program->geometry;
    int w = geometry->window_w - 2, h = geometry->window_h - 2, step = tile->level->step;
    const uint32_t *top = tile->squares + (ptrdiff_t)(y + 1) * geometry->copy_words +
                          (ptrdiff_t)i_block * CAS_LANES * step + 1;
    const uint32_t *bottom = top + (ptrdiff_t)h * geometry->copy_words;
    for (int k = 0; k < 2; k++) {
        if (step == 1) {
            squares[k] = square_sums8(top + 8 * k, bottom + 8 * k, w);
            continue;
        }
        __m256 a = _mm256_castsi256_ps(square_sums8(top + 16 * k, bottom + 16 * k, w));
        __m256 b = _mm256_castsi256_ps(square_sums8(top + 16 * k + 8, bottom + 16 * k + 8, w));
        __m256i even = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
        squares[k] = _mm256_permute4x64_epi64(even, 0xd8);
    }
}

/* Returns which of the 16 windows are not too flat to count. */
static uint32_t measure_block(const struct tile *tile, int i_block, int y, struct cas_block *block)
{
    const struct cas_program *program = tile->program;
    const float area = (float)program->area, unit = 1.0f / (float)(1 << program->deviation_shift);
    const double least = (double)program->least_variance / program->area;
    const __m256 high_limit = _mm256_set1_ps((float)((least + program->variance_error) * 1.000001));
    const __m256 low_limit = _mm256_set1_ps((float)((least - program->variance_error) * 0.999999));
    const __m256 margin = _mm256_set1_ps(program->deviation_margin);
    __m256i sums[2], squares[2], low[2], high[2];
    uint32_t valid = 0, doubtful = 0;
    inner_sums(tile, i_block, y, sums);
    inner_squares(tile, i_block, y, squares);
    for (int k = 0; k < 2; k++) {
        __m256 sum = _mm256_cvtepi32_ps(sums[k]), square = _mm256_cvtepi32_ps(squares[k]);
        __m256 mean = _mm256_mul_ps(sum, _mm256_set1_ps(1.0f / area));
        __m256 variance = _mm256_fnmadd_ps(sum, mean, square);
        __m256 deviation = _mm256_sqrt_ps(_mm256_mul_ps(variance, _mm256_set1_ps(area)));
        __m256 scaled = _mm256_mul_ps(deviation, _mm256_set1_ps(unit));
        uint32_t sure = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(variance, high_limit, _CMP_GE_OQ));
        uint32_t maybe = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(variance, low_limit, _CMP_GE_OQ));
        valid |= sure << 8 * k;
        doubtful |= (maybe & ~sure) << 8 * k;
        _mm256_storeu_ps(block->deviation + 8 * k, deviation);
        low[k] = _mm256_cvttps_epi32(_mm256_sub_ps(scaled, margin));
        high[k] = _mm256_sub_epi32(_mm256_cvttps_epi32(_mm256_add_ps(scaled, margin)),
                                   _mm256_set1_epi32(-1));
    }
    store(block->low, _mm256_permute4x64_epi64(_mm256_packs_epi32(low[0], low[1]), 0xd8));
    store(block->high, _mm256_permute4x64_epi64(_mm256_packs_epi32(high[0], high[1]), 0xd8));
    for (; doubtful; doubtful &= doubtful - 1) {
        int lane = __builtin_ctz(doubtful);
        if (exact_variance(tile, i_block * CAS_LANES + lane, y) >= program->least_variance)
            valid |= 1u << lane;
    }
    return valid;
}

/* ---- weak classifiers */

/* Which windows a stage's run is to tell: those that surely have failed, or also those that surely
 * have passed. */
enum care { CARE_FAILED, CARE_BOTH };

struct sums {
    __m256i most, least;
};

INLINE __m256i at_corner(const uint16_t *base, uint16_t corner)
{
    return load(base + corner);
}

INLINE __m256i difference(const uint16_t *base, const uint16_t *corners)
{
    return _mm256_sub_epi16(at_corner(base, corners[0]), at_corner(base, corners[1]));
}

INLINE __m256i twice(__m256i v)
{
    return _mm256_add_epi16(v, v);
}

INLINE __m256i value6(const struct cas_stump *stump, const uint16_t *base)
{
    const uint16_t *c = stump->corners;
    __m256i single = _mm256_add_epi16(difference(base, c + 2), difference(base, c + 4));
    return _mm256_add_epi16(twice(difference(base, c)), single);
}

INLINE __m256i value8(const struct cas_stump *stump, const uint16_t *base)
{
    const uint16_t *c = stump->corners;
    __m256i outer = _mm256_add_epi16(difference(base, c), difference(base, c + 2));
    __m256i inner = _mm256_add_epi16(difference(base, c + 4), difference(base, c + 6));
    return _mm256_add_epi16(outer, _mm256_mullo_epi16(inner, _mm256_set1_epi16(stump->factor)));
}

INLINE __m256i sum4(const uint16_t *base, const uint16_t *c)
{
    return _mm256_add_epi16(_mm256_add_epi16(at_corner(base, c[0]), at_corner(base, c[1])),
                            _mm256_add_epi16(at_corner(base, c[2]), at_corner(base, c[3])));
}

INLINE __m256i value9(const struct cas_stump *stump, const uint16_t *base)
{
    const uint16_t *c = stump->corners;
    __m256i inner = _mm256_sub_epi16(twice(at_corner(base, c[8])), sum4(base, c + 4));
    return _mm256_add_epi16(sum4(base, c), twice(inner));
}

INLINE __m256i value9_neg(const struct cas_stump *stump, const uint16_t *base)
{
    const uint16_t *c = stump->corners;
    __m256i inner = _mm256_sub_epi16(sum4(base, c + 4), twice(at_corner(base, c[8])));
    return _mm256_sub_epi16(twice(inner), sum4(base, c));
}

/* Of one stump, or of the two of a pair. */
INLINE __m256i narrow_value(enum cas_kind kind, const struct cas_stump *stump, const uint16_t *base)
{
    switch (kind) {
    case CAS_KIND_6:
        return value6(stump, base);
    case CAS_KIND_8:
        return value8(stump, base);
    case CAS_KIND_9:
        return value9(stump, base);
    case CAS_KIND_9_NEG:
        return value9_neg(stump, base);
    case CAS_KIND_PAIR_6:
        return _mm256_adds_epi16(value6(stump, base), value6(stump + 1, base));
    case CAS_KIND_PAIR_8:
        return _mm256_adds_epi16(value8(stump, base), value8(stump + 1, base));
    case CAS_KIND_PAIR_9:
        return _mm256_adds_epi16(value9(stump, base), value9(stump + 1, base));
    default:
        return _mm256_adds_epi16(value9_neg(stump, base), value9_neg(stump + 1, base));
    }
}

INLINE __m256i pair(const int16_t numbers[2])
{
    int32_t both;
    memcpy(&both, numbers, sizeof both);
    return _mm256_set1_epi32(both);
}

/* maybe: not surely false; surely: true. */
struct answer {
    __m256i maybe, surely;
};

INLINE struct answer narrow_answer(__m256i value, const struct cas_stump *stump, __m256i threshold,
                                   const struct cas_block *block, __m256i gap)
{
    __m256i deviation = load((const char *)block + stump->side);
    __m256i bound = _mm256_mulhi_epi16(threshold, deviation);
    return (struct answer){_mm256_cmpgt_epi16(value, bound),
                           _mm256_cmpgt_epi16(value, _mm256_add_epi16(bound, gap))};
}

INLINE struct answer wide_answer(const struct cas_wide *wide, const struct cas_term *terms,
                                 const uint16_t *base, const struct cas_block *block)
{
    __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256i maybe[2], surely[2];
    for (int i = wide->first_term; i < wide->first_term + wide->n_terms; i++) {
        const uint16_t *c = terms[i].corners;
        __m256i part = _mm256_sub_epi16(difference(base, c), difference(base, c + 2));
        __m256i weight = _mm256_set1_epi32(terms[i].weight);
        __m256i low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(part));
        __m256i high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(part, 1));
        sums[0] = _mm256_add_epi32(sums[0], _mm256_mullo_epi32(low, weight));
        sums[1] = _mm256_add_epi32(sums[1], _mm256_mullo_epi32(high, weight));
    }
    for (int k = 0; k < 2; k++) {
        __m256 value = _mm256_cvtepi32_ps(sums[k]), slack = _mm256_set1_ps(wide->slack);
        __m256 bound = _mm256_mul_ps(_mm256_set1_ps(wide->threshold),
                                     _mm256_loadu_ps(block->deviation + 8 * k));
        maybe[k] = _mm256_castps_si256(
            _mm256_cmp_ps(value, _mm256_sub_ps(bound, slack), _CMP_GT_OQ));
        surely[k] = _mm256_castps_si256(
            _mm256_cmp_ps(value, _mm256_add_ps(bound, slack), _CMP_GT_OQ));
    }
    return (struct answer){
        _mm256_permute4x64_epi64(_mm256_packs_epi32(maybe[0], maybe[1]), 0xd8),
        _mm256_permute4x64_epi64(_mm256_packs_epi32(surely[0], surely[1]), 0xd8)};
}

/* most only: enough to know who has failed. */
INLINE void add_answer(enum care care, struct sums *sums, struct answer answer, __m256i gain)
{
    sums->most = _mm256_adds_epi16(sums->most, _mm256_and_si256(answer.maybe, gain));
    if (care == CARE_BOTH)
        sums->least = _mm256_adds_epi16(sums->least, _mm256_and_si256(answer.surely, gain));
}

/* All bits of the lanes whose pattern's bit is set in the table. */
INLINE __m256i pattern_mask(const struct cas_pattern *pattern, const uint16_t *base)
{
    const uint16_t *c = pattern->corners;
    __m256i bands[3][4], cells[3][3], above[4];
    for (int x = 0; x < 4; x++)
        above[x] = at_corner(base, c[x]);
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 4; x++) {
            __m256i below = at_corner(base, c[4 * y + 4 + x]);
            bands[y][x] = _mm256_sub_epi16(below, above[x]);
            above[x] = below;
        }
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++)
            cells[y][x] = _mm256_sub_epi16(bands[y][x + 1], bands[y][x]);
    const __m256i around[8] = {cells[0][0], cells[0][1], cells[0][2], cells[1][2],
                               cells[2][2], cells[2][1], cells[2][0], cells[1][0]};
    __m256i code = _mm256_setzero_si256();
    for (int i = 0; i < 8; i++) {
        __m256i is_set = _mm256_cmpeq_epi16(_mm256_max_epu16(around[i], cells[1][1]), around[i]);
        code = _mm256_or_si256(code, _mm256_and_si256(is_set, _mm256_set1_epi16((short)(128 >> i))));
    }
    const __m256i bits = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1,
                                          2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    const __m256i none = _mm256_set1_epi16((short)0x8000); /* upper bytes look up 0 */
    __m256i table[2];
    for (int k = 0; k < 2; k++)
        table[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(pattern->table + 16 * k)));
    __m256i at = _mm256_or_si256(_mm256_srli_epi16(code, 3), none);
    __m256i byte = _mm256_blendv_epi8(_mm256_shuffle_epi8(table[0], at),
                                      _mm256_shuffle_epi8(table[1], at), code);
    __m256i bit = _mm256_shuffle_epi8(bits, _mm256_or_si256(_mm256_and_si256(code, _mm256_set1_epi16(7)), none));
    return _mm256_cmpeq_epi16(_mm256_and_si256(byte, bit), bit);
}

/* ---- stages */

/* Arrays of one layout. */
struct code {
    const struct cas_program *program;
    const struct cas_stump *stumps;
    const struct cas_term *terms;
    const struct cas_pattern *patterns;
};

static struct code code_of(const struct cas_program *program, enum cas_layout layout)
{
    return (struct code){program, program->stumps[layout], program->terms[layout],
                         program->patterns[layout]};
}

struct slots {
    struct answer answers[CAS_MAX_SLOTS][N_WIDE];
};

/* narrow_answer and add_answer in one. */
INLINE void add_comparison(enum care care, __m256i value, const struct cas_stump *stump,
                           __m256i threshold, __m256i gain, const struct cas_block *block,
                           __m256i gap, struct sums *sums)
{
#if CASCADE_HAS_MASKS
    __m256i bound = _mm256_mulhi_epi16(threshold, load((const char *)block + stump->side));
    sums->most = _mm256_mask_adds_epi16(sums->most, _mm256_cmpgt_epi16_mask(value, bound), sums->most, gain);
    if (care == CARE_BOTH)
        sums->least = _mm256_mask_adds_epi16(
            sums->least, _mm256_cmpgt_epi16_mask(value, _mm256_add_epi16(bound, gap)), sums->least, gain);
#else
    add_answer(care, sums, narrow_answer(value, stump, threshold, block, gap), gain);
#endif
}

/* Comparisons of one kind; with a slot their answers are kept, without they add gains. */
INLINE void run_stumps(enum care care, enum cas_kind kind, const struct code *code, const struct cas_run *run,
                       int n_blocks, const uint16_t *const *bases,
                       const struct cas_block *const *blocks, struct sums *sums)
{
    const __m256i gap = _mm256_set1_epi16((short)run->gap);
    const struct cas_stump *stump = code->stumps + run->first;
    const int size = CAS_IS_PAIR(kind) ? 2 : 1;
    for (const struct cas_stump *end = stump + run->n * size; stump < end; stump += size) {
        __m256i threshold = pair(stump->threshold), gain = pair(stump->gain);
        UNROLL for (int k = 0; k < n_blocks; k++)
            add_comparison(care, narrow_value(kind, stump, bases[k]), stump, threshold, gain,
                           blocks[k], gap, &sums[k]);
    }
}

INLINE void keep_stumps(enum cas_kind kind, const struct code *code, const struct cas_run *run,
                        int n_blocks, const uint16_t *const *bases,
                        const struct cas_block *const *blocks, struct slots *slots)
{
    const __m256i gap = _mm256_set1_epi16((short)run->gap);
    for (int i = 0; i < run->n; i++) {
        const struct cas_stump *stump = code->stumps + run->first + i * (CAS_IS_PAIR(kind) ? 2 : 1);
        __m256i threshold = pair(stump->threshold);
        UNROLL for (int k = 0; k < n_blocks; k++)
            slots->answers[run->slot + i][k] = narrow_answer(
                narrow_value(kind, stump, bases[k]), stump, threshold, blocks[k], gap);
    }
}

/* As run_stumps and keep_stumps, comparisons in 32 bits. */
INLINE void run_wides(enum care care, const struct code *code, const struct cas_run *run, int n_blocks,
                      const uint16_t *const *bases, const struct cas_block *const *blocks,
                      struct sums *sums, struct slots *slots)
{
    for (int i = 0; i < run->n; i++) {
        const struct cas_wide *wide = &code->program->wides[run->first + i];
        UNROLL for (int k = 0; k < n_blocks; k++) {
            struct answer answer = wide_answer(wide, code->terms, bases[k], blocks[k]);
            if (run->slot >= 0)
                slots->answers[run->slot + i][k] = answer;
            else
                add_answer(care, &sums[k], answer, pair(wide->gain));
        }
    }
}

/* Where a comparison in doubt decides, the sums part by the range of the leaves. */
INLINE void add_tree_value(enum care care, struct sums *sums, __m256i value, __m256i doubt)
{
    sums->most = _mm256_adds_epi16(sums->most, _mm256_add_epi16(value, doubt));
    if (care == CARE_BOTH)
        sums->least = _mm256_adds_epi16(sums->least, _mm256_sub_epi16(value, doubt));
}

INLINE void run_tree2s(enum care care, const struct cas_tree2 *tree, int n, int n_blocks, const struct slots *slots,
                       struct sums *sums)
{
    for (const struct cas_tree2 *end = tree + n; tree < end; tree++) {
        __m256i root_gain = pair(tree->root_gain), child_gain = pair(tree->child_gain);
        __m256i range = pair(tree->doubt);
        UNROLL for (int k = 0; k < n_blocks; k++) {
            struct answer root = slots->answers[tree->slots[0]][k];
            struct answer child = slots->answers[tree->slots[1]][k];
            __m256i value = _mm256_add_epi16(root_gain, _mm256_and_si256(child.surely, child_gain));
            __m256i root_doubt = _mm256_xor_si256(root.maybe, root.surely);
            __m256i child_doubt = _mm256_xor_si256(child.maybe, child.surely);
            __m256i doubt = _mm256_or_si256(root_doubt, _mm256_and_si256(child_doubt, root.surely));
            add_tree_value(care, &sums[k], _mm256_and_si256(root.surely, value),
                           _mm256_and_si256(doubt, range));
        }
    }
}

/* Children stand behind their parents: from the last branch to the first, each has its value when
 * its parent asks. */
INLINE void run_tree(enum care care, const struct cas_tree *tree, const struct cas_branch *branches,
                     const struct slots *slots, int k, struct sums *sums)
{
    __m256i values[CAS_MAX_BRANCHES] = {0}, doubt = _mm256_setzero_si256();
    for (int i = tree->n_branches - 1; i >= 0; i--) {
        const struct cas_branch *branch = &branches[i];
        struct answer answer = slots->answers[branch->slot][k];
        __m256i yes = branch->yes_node ? values[branch->yes_node] : _mm256_set1_epi16(branch->yes_gain);
        __m256i no = branch->no_node ? values[branch->no_node] : _mm256_set1_epi16(branch->no_gain);
        values[i] = _mm256_blendv_epi8(no, yes, answer.surely);
        doubt = _mm256_or_si256(doubt, _mm256_xor_si256(answer.maybe, answer.surely));
    }
    add_tree_value(care, sums, values[0], _mm256_and_si256(doubt, pair(tree->doubt)));
}

#define STUMPS(kind)                                                                               \
    case kind:                                                                                     \
        if (run->slot < 0)                                                                         \
            run_stumps(care, kind, code, run, n_blocks, bases, blocks, sums);                            \
        else                                                                                       \
            keep_stumps(kind, code, run, n_blocks, bases, blocks, slots);                          \
        break

INLINE void run_run(enum care care, const struct code *code, const struct cas_run *run, int n_blocks,
                    const uint16_t *const *bases, const struct cas_block *const *blocks,
                    struct sums *sums, struct slots *slots)
{
    switch (run->kind) {
        STUMPS(CAS_KIND_6);
        STUMPS(CAS_KIND_8);
        STUMPS(CAS_KIND_9);
        STUMPS(CAS_KIND_9_NEG);
        STUMPS(CAS_KIND_PAIR_6);
        STUMPS(CAS_KIND_PAIR_8);
        STUMPS(CAS_KIND_PAIR_9);
        STUMPS(CAS_KIND_PAIR_9_NEG);
    case CAS_KIND_WIDE:
        run_wides(care, code, run, n_blocks, bases, blocks, sums, slots);
        break;
    case CAS_KIND_TREE2:
        run_tree2s(care, &code->program->tree2s[run->first], run->n, n_blocks, slots, sums);
        break;
    case CAS_KIND_TREE:
        for (int i = run->first; i < run->first + run->n; i++) {
            const struct cas_tree *tree = &code->program->trees[i];
            UNROLL for (int k = 0; k < n_blocks; k++)
                run_tree(care, tree, &code->program->branches[tree->first_branch], slots, k, &sums[k]);
        }
        break;
    default:
        for (int i = run->first; i < run->first + run->n; i++)
            UNROLL for (int k = 0; k < n_blocks; k++) {
                __m256i mask = pattern_mask(&code->patterns[i], bases[k]);
                add_answer(care, &sums[k], (struct answer){mask, mask}, pair(code->patterns[i].gain));
            }
    }
}

/* One bit a lane. */
INLINE uint32_t bits_of(__m256i mask)
{
    uint32_t bits = (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(mask, mask));
    return (bits & 0xff) | (bits >> 8 & 0xff00);
}

/* alive becomes those of them that have not failed; open: those in doubt (CARE_BOTH only). */
INLINE void run_stage(enum care care, const struct code *code, int stage, int n_blocks,
                      const uint16_t *const *bases, const struct cas_block *const *blocks,
                      uint32_t *alive, uint32_t *open)
{
    const struct cas_program *program = code->program;
    const struct cas_program_stage *made = &program->stages[stage];
    const struct cas_chunk *chunk = &program->chunks[made->first_chunk];
    struct sums sums[N_WIDE];
    struct slots slots;
    UNROLL for (int k = 0; k < n_blocks; k++)
        sums[k].most = sums[k].least = _mm256_set1_epi16(made->start);
    for (const struct cas_chunk *end = chunk + made->n_chunks; chunk < end; chunk++) {
        const struct cas_run *run = &program->runs[chunk->first_run];
        for (const struct cas_run *last = run + chunk->n_runs; run < last; run++)
            run_run(care, code, run, n_blocks, bases, blocks, sums, &slots);
        uint32_t any = 0;
        __m256i fail = _mm256_set1_epi16(chunk->fail_below);
        __m256i pass = _mm256_set1_epi16(chunk->pass_above);
        UNROLL for (int k = 0; k < n_blocks; k++) {
            alive[k] &= ~bits_of(_mm256_cmpgt_epi16(fail, sums[k].most));
            open[k] = alive[k];
            if (care == CARE_BOTH)
                open[k] &= ~bits_of(_mm256_cmpgt_epi16(sums[k].least, pass));
            any |= open[k];
        }
        if (!any)
            break;
    }
}

#define NOINLINE static __attribute__((noinline))

NOINLINE void run_first(const struct code *code, const uint16_t *const *bases,
                        const struct cas_block *const *blocks, uint32_t *alive, uint32_t *open)
{
    run_stage(CARE_BOTH, code, 0, N_WIDE, bases, blocks, alive, open);
}

NOINLINE void run_dense(const struct code *code, int stage, const uint16_t *const *bases,
                        const struct cas_block *const *blocks, uint32_t *alive)
{
    uint32_t open[N_WIDE];
    run_stage(CARE_FAILED, code, stage, N_WIDE, bases, blocks, alive, open);
}

NOINLINE uint32_t run_patch(const struct code *code, int stage, const uint16_t *base,
                            const struct cas_block *block, uint32_t alive)
{
    uint32_t open;
    run_stage(CARE_FAILED, code, stage, 1, &base, &block, &alive, &open);
    return alive;
}

NOINLINE uint32_t check_patch(const struct code *code, int stage, const uint16_t *base,
                              const struct cas_block *block, uint32_t alive, uint32_t *open)
{
    run_stage(CARE_BOTH, code, stage, 1, &base, &block, &alive, open);
    return alive;
}

/* ---- windows on their own: patches */

/* Eight columns of 16 windows: out[i * pitch] gets column i of all. */
INLINE void transpose8(const uint16_t *const *from, ptrdiff_t at, uint16_t *out, ptrdiff_t pitch)
{
    __m256i a[8], b[8];
    UNROLL for (int i = 0; i < 8; i++)
        a[i] = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const void *)(from[i] + at))),
            _mm_loadu_si128((const void *)(from[i + 8] + at)), 1);
    UNROLL for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm256_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        a[4 * i] = _mm256_unpacklo_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm256_unpackhi_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm256_unpacklo_epi32(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm256_unpackhi_epi32(b[4 * i + 1], b[4 * i + 3]);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        _mm256_store_si256((void *)(out + 2 * i * pitch), _mm256_unpacklo_epi64(a[i], a[i + 4]));
        _mm256_store_si256((void *)(out + (2 * i + 1) * pitch), _mm256_unpackhi_epi64(a[i], a[i + 4]));
    }
}

/* n columns of a row; the last eight overlap those before where n is no multiple of 8. */
INLINE void transpose_columns(const uint16_t *const *from, ptrdiff_t at, int n, uint16_t *out,
                              ptrdiff_t pitch)
{
    for (int x = 0; x < n; x += 8) {
        int first = x + 8 <= n || n < 8 ? x : n - 8;
        transpose8(from, at + first, out + first * pitch, pitch);
    }
}

static void fill_patch(struct tile *tile, const uint16_t *const *from)
{
    const struct cas_geometry *geometry = &tile->program->geometry;
    int n_columns = geometry->window_w + 1, copy = geometry->copy_words;
    uint16_t *out = tile->patch;
    for (int plane = 0; plane < geometry->n_planes; plane++)
        for (int y = 0; y <= geometry->window_h; y++, out += n_columns * CAS_LANES) {
            ptrdiff_t at = (ptrdiff_t)y * geometry->pitch_words + plane * 2 * copy;
            if (tile->level->step == 1) {
                transpose_columns(from, at, n_columns, out, CAS_LANES);
                continue;
            }
            transpose_columns(from, at, (n_columns + 1) / 2, out, 2 * CAS_LANES);
            transpose_columns(from, at + copy / 2, n_columns / 2, out + CAS_LANES, 2 * CAS_LANES);
        }
}

static void push(struct tile *tile, int stage, struct tile_window window)
{
    struct tile_pending *pending = &tile->pending[stage];
    pending->windows[pending->n++] = window;
}

/* Is a window in doubt to be kept? base: of its block or patch. */
static bool does_pass(const struct tile *tile, enum cas_layout layout, int stage,
                      const uint16_t *base, int lane, int x, int y)
{
    double sum = cas_exact_sum(tile->program, layout, stage, base + lane,
                               window_inverse_deviation(tile, x, y));
    return !(sum < tile->program->model->stages[stage].threshold);
}

/* Reports the windows of a patch that have not failed any stage, if they have passed all. */
static void accept(struct tile *tile, const struct tile_window *windows,
                   const struct cas_block *block, uint32_t alive)
{
    const struct cas_program *program = tile->program;
    const struct code code = code_of(program, CAS_PATCH);
    int last = program->n_stages - 1;
    for (int stage = 1; stage < last && alive; stage++) {
        uint32_t open;
        alive = check_patch(&code, stage, tile->patch, block, alive, &open);
        for (; open; open &= open - 1) {
            int lane = __builtin_ctz(open);
            if (!does_pass(tile, CAS_PATCH, stage, tile->patch, lane, windows[lane].x, windows[lane].y))
                alive &= ~(1u << lane);
        }
    }
    for (; alive; alive &= alive - 1) {
        int lane = __builtin_ctz(alive);
        const struct tile_window *window = &windows[lane];
        double sum = cas_exact_sum(program, CAS_PATCH, last, tile->patch + lane,
                                   window_inverse_deviation(tile, window->x, window->y));
        if (!(sum < program->model->stages[last].threshold))
            cas_hits_add(tile->hits, tile->i_level, tile->x0 + window->x * tile->level->step,
                         tile->y0 + window->y, (float)(sum - program->model->stages[last].threshold));
    }
}

/* The last n windows waiting for a stage: as far as they get, or until too few are left. */
static void run_group(struct tile *tile, int stage, int n, bool is_last)
{
    struct tile_window windows[CAS_LANES];
    struct cas_block block;
    const uint16_t *from[CAS_LANES];
    struct tile_pending *pending = &tile->pending[stage];
    pending->n -= n;
    for (int i = 0; i < CAS_LANES; i++) {
        windows[i] = pending->windows[pending->n + (i < n ? i : 0)];
        from[i] = tile->rows + (ptrdiff_t)windows[i].y * tile->program->geometry.pitch_words +
                  windows[i].x;
        block.low[i] = windows[i].low;
        block.high[i] = windows[i].high;
        block.deviation[i] = windows[i].deviation;
    }
    fill_patch(tile, from);
    struct code code = code_of(tile->program, CAS_PATCH);
    uint32_t alive = (1u << n) - 1;
    for (int first = stage; alive && stage < tile->program->n_stages;) {
        alive = run_patch(&code, stage++, tile->patch, &block, alive);
        if (!is_last && stage - first >= 2 && stage < tile->program->n_stages &&
            __builtin_popcount(alive) < PATCH_MIN_ALIVE) {
            for (; alive; alive &= alive - 1)
                push(tile, stage, windows[__builtin_ctz(alive)]);
            return;
        }
    }
    if (alive)
        accept(tile, windows, &block, alive);
}

static void run_full_groups(struct tile *tile)
{
    for (int stage = 0; stage <= tile->program->n_stages; stage++)
        while (tile->pending[stage].n >= CAS_LANES)
            run_group(tile, stage, CAS_LANES, false);
}

static void run_all_groups(struct tile *tile)
{
    for (int stage = 0; stage <= tile->program->n_stages; stage++)
        while (tile->pending[stage].n) {
            int n = tile->pending[stage].n;
            run_group(tile, stage, n < CAS_LANES ? n : CAS_LANES, n <= CAS_LANES);
        }
}

/* ---- windows by blocks: dense */

static void push_block(struct tile *tile, int stage, const struct tile_job *job)
{
    for (uint32_t alive = job->alive; alive; alive &= alive - 1) {
        int lane = __builtin_ctz(alive);
        push(tile, stage, (struct tile_window){(uint16_t)(job->x + lane), job->y,
                                               job->block->low[lane], job->block->high[lane],
                                               job->block->deviation[lane]});
    }
    if (tile->pending[stage].n >= CAS_LANES)
        run_full_groups(tile);
}

/* All jobs of one parity through one stage; alive becomes those that have not failed it, after the
 * first stage exactly those that have passed: the rule of skipping depends on it. */
static void run_jobs(struct tile *tile, int stage, int parity)
{
    enum cas_layout layout =
        (enum cas_layout)((tile->level->step == 1 ? CAS_STEP1_EVEN : CAS_STEP2_EVEN) + parity);
    struct code code = code_of(tile->program, layout);
    for (int first = 0; first < tile->n_jobs[parity]; first += N_WIDE) {
        struct tile_job *jobs = &tile->jobs[parity][first];
        int n = tile->n_jobs[parity] - first < N_WIDE ? tile->n_jobs[parity] - first : N_WIDE;
        const uint16_t *bases[N_WIDE];
        const struct cas_block *blocks[N_WIDE];
        uint32_t alive[N_WIDE], open[N_WIDE] = {0};
        for (int k = 0; k < N_WIDE; k++) {
            bases[k] = jobs[k < n ? k : 0].base;
            blocks[k] = jobs[k < n ? k : 0].block;
            alive[k] = k < n ? jobs[k].alive : 0;
        }
        if (stage == 0)
            run_first(&code, bases, blocks, alive, open);
        else
            run_dense(&code, stage, bases, blocks, alive);
        for (int k = 0; k < n; k++) {
            for (; open[k]; open[k] &= open[k] - 1) {
                int lane = __builtin_ctz(open[k]);
                if (!does_pass(tile, layout, stage, bases[k], lane, jobs[k].x + lane, jobs[k].y))
                    alive[k] &= ~(1u << lane);
            }
            jobs[k].alive = alive[k];
        }
    }
}

/* Which windows OpenCV leaves out: the one behind a visited window that failed the first stage. Runs
 * of failures are visited alternately from their first one on. failed: 16 bits; *is_first_skipped is
 * carried from block to block. */
static uint32_t skipped_windows(uint32_t failed, uint8_t *is_first_skipped)
{
    const uint32_t even = 0x55555555;
    uint32_t visited = failed & ~(uint32_t)*is_first_skipped;
    uint32_t starts = visited & ~(visited << 1);
    uint32_t in_even_runs = visited & ~(visited + (starts & even));
    uint32_t skipping = (in_even_runs & even) | (visited & ~in_even_runs & ~even);
    uint32_t skipped = skipping << 1 | *is_first_skipped;
    *is_first_skipped = skipped >> CAS_LANES & 1;
    return skipped & 0xffff;
}

static uint32_t in_row(const struct tile *tile, int i_block)
{
    int n = tile->n_windows - i_block * CAS_LANES;
    return n >= CAS_LANES ? 0xffff : (1u << n) - 1;
}

/* Measures the batch's blocks and makes jobs of those with windows that count. */
static void start_batch(struct tile *tile, int first_row, int n_rows)
{
    int n_blocks = (tile->n_windows + CAS_LANES - 1) / CAS_LANES;
    bool is_haar = tile->program->model->type == CAS_FEATURE_HAAR;
    tile->n_jobs[0] = tile->n_jobs[1] = 0;
    for (int r = 0; r < n_rows; r++) {
        int y = (first_row + r) * tile->level->step;
        const uint16_t *row = tile->rows + (ptrdiff_t)y * tile->program->geometry.pitch_words;
        for (int i = 0; i < n_blocks; i++) {
            uint32_t alive = in_row(tile, i);
            if (is_haar)
                alive &= measure_block(tile, i, y, &tile->blocks[r][i]);
            tile->alive[r][i] = alive;
            if (alive)
                tile->jobs[i % 2][tile->n_jobs[i % 2]++] = (struct tile_job){
                    row + i * CAS_LANES, &tile->blocks[r][i], alive, (uint16_t)(i * CAS_LANES),
                    (uint16_t)y};
        }
    }
}

/* After the first stage: the rule of skipping. tile->alive holds the windows that were evaluated. */
static void apply_skipping(struct tile *tile, int first_row, int n_rows)
{
    int n_blocks = (tile->n_windows + CAS_LANES - 1) / CAS_LANES, at[2] = {0, 0};
    for (int r = 0; r < n_rows; r++)
        for (int i = 0; i < n_blocks; i++) {
            uint32_t evaluated = tile->alive[r][i];
            struct tile_job *job = evaluated ? &tile->jobs[i % 2][at[i % 2]++] : NULL;
            uint32_t passed = job ? job->alive : 0;
            uint32_t skipped =
                skipped_windows(evaluated & ~passed, &tile->is_skipped[first_row + r]);
            if (job)
                job->alive = passed & ~skipped;
        }
}

/* Drops dead jobs; those with few alive, or all when the dense stages are over, go to patches. */
static void sift_jobs(struct tile *tile, int stage, int parity)
{
    int n_kept = 0;
    bool is_over = stage >= DENSE_MAX_STAGES || stage == tile->program->n_stages;
    for (int i = 0; i < tile->n_jobs[parity]; i++) {
        struct tile_job *job = &tile->jobs[parity][i];
        if (!job->alive)
            continue;
        if (is_over || __builtin_popcount(job->alive) < DENSE_MIN_ALIVE)
            push_block(tile, stage, job);
        else
            tile->jobs[parity][n_kept++] = *job;
    }
    tile->n_jobs[parity] = n_kept;
}

static void run_batch(struct tile *tile, int first_row, int n_rows)
{
    start_batch(tile, first_row, n_rows);
    for (int stage = 0; tile->n_jobs[0] + tile->n_jobs[1];) {
        run_jobs(tile, stage, 0);
        run_jobs(tile, stage, 1);
        if (stage++ == 0)
            apply_skipping(tile, first_row, n_rows);
        sift_jobs(tile, stage, 0);
        sift_jobs(tile, stage, 1);
    }
}

/* ---- the kernel */

static int simd_create(const struct cas_model *model, void **state)
{
    struct cas_program *program = NULL;
    int status = cas_program_create(model, &program);
    *state = program;
    return status;
}

static void simd_destroy(void **state)
{
    struct cas_program *program = *state;
    cas_program_destroy(&program);
    *state = NULL;
}

static size_t aligned(size_t n_bytes)
{
    return (n_bytes + 63) / 64 * 64;
}

struct scratch_plan {
    size_t rows, squares, patch, pending, running, tilted, end;
};

static struct scratch_plan plan_scratch(const struct cas_program *program)
{
    const struct cas_geometry *geometry = &program->geometry;
    size_t n_rows = (size_t)(TILE_ROWS_PX + geometry->window_h + 2);
    struct scratch_plan plan;
    plan.rows = aligned(sizeof(struct tile));
    plan.squares = plan.rows + aligned(n_rows * (size_t)geometry->pitch_words * sizeof(uint16_t));
    plan.patch = plan.squares + aligned(n_rows * (size_t)geometry->copy_words * sizeof(uint32_t));
    plan.pending = plan.patch + aligned(((size_t)geometry->patch_words + 512) * sizeof(uint16_t));
    plan.running = plan.pending + aligned((size_t)(program->n_stages + 1) * sizeof(struct tile_pending));
    plan.tilted = plan.running + aligned((TILE_MAX_PX + CAS_LANES) * sizeof(uint16_t));
    plan.end = plan.tilted + aligned(3 * TILE_MAX_PX * sizeof(uint16_t)) + 64;
    return plan;
}

static size_t simd_scratch_bytes(const void *state, const struct cas_level *levels, int n_levels)
{
    (void)levels, (void)n_levels;
    return plan_scratch(state).end;
}

static int simd_n_strips(const void *state, const struct cas_level *level)
{
    (void)state;
    return (level->range_y + TILE_ROWS_PX - 1) / TILE_ROWS_PX;
}

static struct tile *open_tile(const struct cas_program *program, void *scratch)
{
    struct scratch_plan plan = plan_scratch(program);
    struct tile *tile = scratch;
    char *at = scratch;
    tile->program = program;
    tile->rows = (void *)(at + plan.rows);
    tile->squares = (void *)(at + plan.squares);
    tile->patch = (void *)(at + plan.patch);
    tile->pending = (void *)(at + plan.pending);
    tile->running = (uint16_t *)(void *)(at + plan.running) + CAS_LANES - 1; /* [1] is aligned */
    tile->tilted = (void *)(at + plan.tilted);
    return tile;
}

static void simd_scan(const void *state, const struct cas_level *level, int i_level, int strip,
                      void *scratch, struct cas_hits *hits)
{
    const struct cas_program *program = state;
    struct tile *tile = open_tile(program, scratch);
    int step = level->step, end_y = (strip + 1) * TILE_ROWS_PX;
    tile->level = level;
    tile->i_level = i_level;
    tile->hits = hits;
    tile->y0 = strip * TILE_ROWS_PX;
    end_y = end_y < level->range_y ? end_y : level->range_y;
    int n_window_rows = (end_y - tile->y0 + step - 1) / step;
    tile->n_rows = (n_window_rows - 1) * step + program->geometry.window_h;
    memset(tile->is_skipped, 0, sizeof tile->is_skipped);
    int n_across = program->geometry.tile_windows[step];
    for (tile->x0 = 0; tile->x0 < level->range_x; tile->x0 += n_across * step) {
        int n_left = (level->range_x - tile->x0 + step - 1) / step;
        tile->n_windows = n_left < n_across ? n_left : n_across;
        int n_padded = (tile->n_windows + CAS_LANES - 1) / CAS_LANES * CAS_LANES;
        tile->n_px = (n_padded * step + program->geometry.window_w + CAS_LANES - 1) / CAS_LANES * CAS_LANES;
        fill_tile(tile);
        for (int row = 0; row < n_window_rows; row += TILE_BATCH_ROWS) {
            int n = n_window_rows - row;
            run_batch(tile, row, n < TILE_BATCH_ROWS ? n : TILE_BATCH_ROWS);
        }
        run_all_groups(tile);
    }
}

const struct cas_kernel CASCADE_KERNEL = {
    .create = simd_create,
    .destroy = simd_destroy,
    .scratch_bytes = simd_scratch_bytes,
    .n_strips = simd_n_strips,
    .resize = cas_resize_avx2,
    .scan = simd_scan,
};
