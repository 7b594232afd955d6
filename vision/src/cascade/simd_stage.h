/* Part of cascade_simd.h: weak classifiers on 16 windows, and a stage's sums of them. */
#ifndef CASCADE_SIMD_STAGE_H
#define CASCADE_SIMD_STAGE_H

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
        maybe[k] =
            _mm256_castps_si256(_mm256_cmp_ps(value, _mm256_sub_ps(bound, slack), _CMP_GT_OQ));
        surely[k] =
            _mm256_castps_si256(_mm256_cmp_ps(value, _mm256_add_ps(bound, slack), _CMP_GT_OQ));
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
        code =
            _mm256_or_si256(code, _mm256_and_si256(is_set, _mm256_set1_epi16((short)(128 >> i))));
    }
    const __m256i bits =
        _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16,
                         32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    const __m256i none = _mm256_set1_epi16((short)0x8000); /* upper bytes look up 0 */
    __m256i table[2];
    for (int k = 0; k < 2; k++)
        table[k] =
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(pattern->table + 16 * k)));
    __m256i at = _mm256_or_si256(_mm256_srli_epi16(code, 3), none);
    __m256i byte = _mm256_blendv_epi8(_mm256_shuffle_epi8(table[0], at),
                                      _mm256_shuffle_epi8(table[1], at), code);
    __m256i bit = _mm256_shuffle_epi8(
        bits, _mm256_or_si256(_mm256_and_si256(code, _mm256_set1_epi16(7)), none));
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
    sums->most =
        _mm256_mask_adds_epi16(sums->most, _mm256_cmpgt_epi16_mask(value, bound), sums->most, gain);
    if (care == CARE_BOTH)
        sums->least = _mm256_mask_adds_epi16(
            sums->least, _mm256_cmpgt_epi16_mask(value, _mm256_add_epi16(bound, gap)), sums->least,
            gain);
#else
    add_answer(care, sums, narrow_answer(value, stump, threshold, block, gap), gain);
#endif
}

/* Comparisons of one kind; with a slot their answers are kept, without they add gains. */
INLINE void run_stumps(enum care care, enum cas_kind kind, const struct code *code,
                       const struct cas_run *run, int n_blocks, const uint16_t *const *bases,
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
        UNROLL for (int k = 0; k < n_blocks; k++) slots->answers[run->slot + i][k] =
            narrow_answer(narrow_value(kind, stump, bases[k]), stump, threshold, blocks[k], gap);
    }
}

/* As run_stumps and keep_stumps, comparisons in 32 bits. */
INLINE void run_wides(enum care care, const struct code *code, const struct cas_run *run,
                      int n_blocks, const uint16_t *const *bases,
                      const struct cas_block *const *blocks, struct sums *sums, struct slots *slots)
{
    for (int i = 0; i < run->n; i++) {
        const struct cas_wide *wide = &code->program->wides[run->first + i];
        UNROLL for (int k = 0; k < n_blocks; k++)
        {
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

INLINE void run_tree2s(enum care care, const struct cas_tree2 *tree, int n, int n_blocks,
                       const struct slots *slots, struct sums *sums)
{
    for (const struct cas_tree2 *end = tree + n; tree < end; tree++) {
        __m256i root_gain = pair(tree->root_gain), child_gain = pair(tree->child_gain);
        __m256i range = pair(tree->doubt);
        UNROLL for (int k = 0; k < n_blocks; k++)
        {
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
        __m256i yes =
            branch->yes_node ? values[branch->yes_node] : _mm256_set1_epi16(branch->yes_gain);
        __m256i no = branch->no_node ? values[branch->no_node] : _mm256_set1_epi16(branch->no_gain);
        values[i] = _mm256_blendv_epi8(no, yes, answer.surely);
        doubt = _mm256_or_si256(doubt, _mm256_xor_si256(answer.maybe, answer.surely));
    }
    add_tree_value(care, sums, values[0], _mm256_and_si256(doubt, pair(tree->doubt)));
}

#define STUMPS(kind)                                                                               \
    case kind:                                                                                     \
        if (run->slot < 0)                                                                         \
            run_stumps(care, kind, code, run, n_blocks, bases, blocks, sums);                      \
        else                                                                                       \
            keep_stumps(kind, code, run, n_blocks, bases, blocks, slots);                          \
        break

INLINE void run_run(enum care care, const struct code *code, const struct cas_run *run,
                    int n_blocks, const uint16_t *const *bases,
                    const struct cas_block *const *blocks, struct sums *sums, struct slots *slots)
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
            UNROLL for (int k = 0; k < n_blocks; k++) run_tree(
                care, tree, &code->program->branches[tree->first_branch], slots, k, &sums[k]);
        }
        break;
    default:
        for (int i = run->first; i < run->first + run->n; i++)
            UNROLL for (int k = 0; k < n_blocks; k++)
            {
                __m256i mask = pattern_mask(&code->patterns[i], bases[k]);
                add_answer(care, &sums[k], (struct answer){mask, mask},
                           pair(code->patterns[i].gain));
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
    UNROLL for (int k = 0; k < n_blocks; k++) sums[k].most = sums[k].least =
        _mm256_set1_epi16(made->start);
    for (const struct cas_chunk *end = chunk + made->n_chunks; chunk < end; chunk++) {
        const struct cas_run *run = &program->runs[chunk->first_run];
        for (const struct cas_run *last = run + chunk->n_runs; run < last; run++)
            run_run(care, code, run, n_blocks, bases, blocks, sums, &slots);
        uint32_t any = 0;
        __m256i fail = _mm256_set1_epi16(chunk->fail_below);
        __m256i pass = _mm256_set1_epi16(chunk->pass_above);
        UNROLL for (int k = 0; k < n_blocks; k++)
        {
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

#endif
