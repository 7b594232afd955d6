/* The cascade on 16 windows at a time. See program.h for the arithmetic, tile.h for the memory.
 * Included by one file per instruction set, which says with CASCADE_HAS_MASKS whether comparisons
 * may make mask registers, and names the kernel.
 *
 * A tile's windows go through the first stages in blocks of 16 neighbours ("dense"), as long as
 * enough of a block are alive; the rest are collected, sixteen from anywhere in the tile, their
 * corners transposed into a patch that fits the first-level cache, and finish there.
 */
#include "kernel.h"
#include "program.h"
#include "tile.h"

#include <stdlib.h>
#include <string.h>

#include <immintrin.h>

#define DENSE_MIN_ALIVE 2 /* fewer of a block go to a patch */
#define DENSE_MAX_STAGES 6
#define PATCH_MIN_ALIVE 5 /* fewer wait for company */
#define N_WIDE 4          /* blocks evaluated together, to share the loads of thresholds */

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 4")

#include "simd_tile.h"

#include "simd_stage.h"

/* ---- windows on their own: patches */

/* Eight columns of 16 windows: out[i * pitch] gets column i of all. */
INLINE void transpose8(const uint16_t *const *from, ptrdiff_t at, uint16_t *out, ptrdiff_t pitch)
{
    __m256i a[8], b[8];
    UNROLL for (int i = 0; i < 8; i++) a[i] = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const void *)(from[i] + at))),
        _mm_loadu_si128((const void *)(from[i + 8] + at)), 1);
    UNROLL for (int i = 0; i < 4; i++)
    {
        b[2 * i] = _mm256_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 2; i++)
    {
        a[4 * i] = _mm256_unpacklo_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm256_unpackhi_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm256_unpacklo_epi32(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm256_unpackhi_epi32(b[4 * i + 1], b[4 * i + 3]);
    }
    UNROLL for (int i = 0; i < 4; i++)
    {
        _mm256_store_si256((void *)(out + 2 * i * pitch), _mm256_unpacklo_epi64(a[i], a[i + 4]));
        _mm256_store_si256((void *)(out + (2 * i + 1) * pitch),
                           _mm256_unpackhi_epi64(a[i], a[i + 4]));
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
            if (!does_pass(tile, CAS_PATCH, stage, tile->patch, lane, windows[lane].x,
                           windows[lane].y))
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
                         tile->y0 + window->y,
                         (float)(sum - program->model->stages[last].threshold));
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
        push(tile, stage,
             (struct tile_window){(uint16_t)(job->x + lane), job->y, job->block->low[lane],
                                  job->block->high[lane], job->block->deviation[lane]});
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

/* Which windows OpenCV leaves out: the one behind a visited window that failed the first stage.
 * Runs of failures are visited alternately from their first one on. failed: 16 bits;
 * *is_first_skipped is carried from block to block. */
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
                tile->jobs[i % 2][tile->n_jobs[i % 2]++] =
                    (struct tile_job){row + i * CAS_LANES, &tile->blocks[r][i], alive,
                                      (uint16_t)(i * CAS_LANES), (uint16_t)y};
        }
    }
}

/* After the first stage: the rule of skipping. tile->alive holds the windows that were evaluated.
 */
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
    plan.running =
        plan.pending + aligned((size_t)(program->n_stages + 1) * sizeof(struct tile_pending));
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
        tile->n_px =
            (n_padded * step + program->geometry.window_w + CAS_LANES - 1) / CAS_LANES * CAS_LANES;
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
