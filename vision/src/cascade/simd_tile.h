/* Part of cascade_simd.h: a tile's integral images and its windows' deviations. */
#ifndef CASCADE_SIMD_TILE_H
#define CASCADE_SIMD_TILE_H

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
        v = _mm256_packus_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xffff)),
                                _mm256_srli_epi32(v, 16));
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
            spread_row(tile, tile->tilted + y % 3 * TILE_MAX_PX + 1,
                       row + 2 * geometry->copy_words);
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
        sums[1] =
            _mm256_add_epi32(sums[1], _mm256_cvtepu16_epi32(_mm256_extracti128_si256(part, 1)));
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
        uint32_t sure =
            (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(variance, high_limit, _CMP_GE_OQ));
        uint32_t maybe =
            (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(variance, low_limit, _CMP_GE_OQ));
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

#endif
