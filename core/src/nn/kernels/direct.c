/* Direct convolution over blocked maps. Each output is a sum over taps: runs of floats that lie together in x (a window's
 * row over one channel block, say) and meet a run of packed weights. Where an output's window starts comes from a
 * table, so that one kernel serves every stride, padding and window, dense layers (a window as large as the map), rows of
 * several images in one tile, and outputs in the order in which pooling takes them (Dukhan, "The indirect convolution
 * algorithm", 2019). The tile of sums is tile.h's. */
#include "kernels/epilogue.h"
#include "kernels/tile.h"

struct job {
    const struct nn_direct *d;
    const float *x[MAX_ROWS], *residual[MAX_ROWS];
    float *y[MAX_ROWS];
    const void *weights; /* floats or halves */
    ptrdiff_t w_step; /* numbers of a group's row of weights */
    int vector;       /* first of the output's */
};

#define TILE_ARGS const struct job *job
#define TILE_PASS job

/* The largest of each four rows, to the first one's place. */
INLINE void store_pooled(const struct job *job, tile_sums sum, int n_rows, int n_vectors)
{
    const struct nn_direct *d = job->d;
#pragma GCC unroll 3
    for (int r = 0; r + 3 < n_rows; r += 4)
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++) {
            vec a = vec_max(sum[r][v], sum[r + 1][v]), b = vec_max(sum[r + 2][v], sum[r + 3][v]);
            vec_store(job->y[r] + (size_t)v * d->y_block, vec_max(a, b));
        }
}

INLINE void sum_tile(const struct job *job, int n_rows, int n_vectors, bool is_half)
{
    const struct nn_direct *d = job->d;
    const char *weights = job->weights;
    size_t n_bytes = is_half ? sizeof(uint16_t) : sizeof(float);
    int channel = job->vector * NN_LANES;
    tile_sums sum;
    tile_start(sum, n_rows, n_vectors, d->epilogue.bias + channel);
    for (int t = 0; t < d->n_taps; t++) {
        const float *x[MAX_ROWS];
#pragma GCC unroll 12
        for (int r = 0; r < n_rows; r++)
            x[r] = job->x[r] + d->taps[t].offset;
        tile_add(sum, n_rows, n_vectors, x, 1, weights, job->w_step, d->taps[t].depth, is_half);
        weights += (size_t)d->taps[t].depth * (size_t)job->w_step * n_bytes;
    }
    epilogue_apply(&d->epilogue, sum[0], MAX_VECTORS, n_rows, n_vectors, channel, job->residual, d->residual_block);
    if (d->epilogue.is_pooled) {
        store_pooled(job, sum, n_rows, n_vectors);
        return;
    }
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++)
            vec_store(job->y[r] + (size_t)v * d->y_block, sum[r][v]);
}

INLINE void direct_tile(const struct job *job, int n_rows, int n_vectors)
{
    sum_tile(job, n_rows, n_vectors, false);
}

INLINE void half_tile(const struct job *job, int n_rows, int n_vectors)
{
    sum_tile(job, n_rows, n_vectors, true);
}

TILE_TABLE(direct_tile)
TILE_TABLE(half_tile)

static void address_rows(struct job *job, const float *x, const float *residual, float *y, int first, int n_rows)
{
    const struct nn_direct *d = job->d;
    int image = first / d->n_outputs, at = first % d->n_outputs;
    y += (size_t)job->vector * d->y_block;
    if (d->epilogue.has_residual)
        residual += (size_t)job->vector * d->residual_block;
    for (int r = 0; r < n_rows; r++) {
        job->x[r] = x + (size_t)image * d->x_image + d->x_at[at];
        job->y[r] = y + (size_t)image * d->y_image + d->y_at[at];
        job->residual[r] = residual;
        if (d->epilogue.has_residual)
            job->residual[r] += (size_t)image * d->residual_image + (size_t)d->residual_at[at];
        if (++at == d->n_outputs) {
            at = 0;
            image++;
        }
    }
}

/* Rows of a tile: all that fit, in fours where they are pooled. */
static int next_rows(const struct nn_direct *d, int n_left, int most)
{
    if (!d->epilogue.is_pooled)
        return tile_rows(n_left, most);
    most &= ~3;
    return n_left < most ? n_left : most;
}

void NN_FAST(nn_direct)(const struct nn_direct *d, const float *x, const float *residual, float *y,
                        struct nn_range outputs, struct nn_range groups);

void NN_FAST(nn_direct)(const struct nn_direct *d, const float *x, const float *residual, float *y,
                        struct nn_range outputs, struct nn_range groups)
{
    static const int most_rows[MAX_VECTORS + 1] = TILE_ROWS;
    for (int g = groups.first; g < groups.first + groups.n; g++) {
        struct job job = {.d = d};
        size_t first_weight = (size_t)g * MAX_VECTORS * NN_LANES * (size_t)d->depth;
        int first_vector = g * MAX_VECTORS, width = d->n_vectors - first_vector;
        width = width < MAX_VECTORS ? width : MAX_VECTORS;
        job.w_step = width * NN_LANES;
        job.weights = d->halves ? (const void *)(d->halves + first_weight) : (const void *)(d->weights + first_weight);
        job.vector = first_vector;
        for (int i = outputs.first, end = i + outputs.n; i < end;) {
            int n_rows = next_rows(d, end - i, most_rows[width]);
            address_rows(&job, x, residual, y, i, n_rows);
            if (d->halves)
                half_tile_table[width][n_rows](&job);
            else
                direct_tile_table[width][n_rows](&job);
            i += n_rows;
        }
    }
}
