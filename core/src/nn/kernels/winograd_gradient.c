/* Weights on their way into and out of the transformed domain, and their gradient there:
 *
 *     d weights = G^T [ sum over tiles (B^T x B) * (A dy A^T) ] G
 *
 * The sum is, for each point, a matrix product over the tiles: d_packed (C, K) += v (tiles, C)^T d (tiles, K); as in
 * forward it takes 36 multiplications where 144 are needed directly. The outer transform is done once a batch. */
#include "kernels/product.h"
#include "kernels/winograd_points.h"
#include "kernels/winograd_tiles.h"

#include <string.h>

void NN_FAST(nn_winograd_weights)(const struct nn_winograd_weights *s, int size, const float *weight, float *packed);
void NN_FAST(nn_winograd_outer)(const struct nn_winograd *w, const float *x, const float *dy, struct nn_range tiles,
                                float *d_packed, float *scratch);
void NN_FAST(nn_winograd_d_weights)(const struct nn_winograd_weights *s, int size, const float *d_packed,
                                    float *d_weight);

/* One register of output channels in packed weights: where it starts at point 0 and input 0, floats from input to input
 * and from point to point. */
struct packed {
    size_t start, in_step, point_step;
};

static struct packed packed_at(const struct nn_winograd_weights *s, int vector)
{
    int n_vectors = (s->n_out + NN_LANES - 1) / NN_LANES, first = vector / MAX_VECTORS * MAX_VECTORS;
    int width = n_vectors - first < MAX_VECTORS ? n_vectors - first : MAX_VECTORS;
    return (struct packed){
        .start = ((size_t)first * (size_t)s->n_in + (size_t)(vector - first)) * NN_LANES,
        .in_step = (size_t)width * NN_LANES,
        .point_step = (size_t)n_vectors * NN_LANES * (size_t)s->n_in,
    };
}

static int lanes_used(const struct nn_winograd_weights *s, int vector)
{
    int left = s->n_out - vector * NN_LANES;
    return left < NN_LANES ? left : NN_LANES;
}

INLINE void transform_weights(const struct nn_winograd_weights *s, const float *weight, float *packed, int size)
{
    int n = size + 2, n_vectors = (s->n_out + NN_LANES - 1) / NN_LANES;
    for (int vector = 0; vector < n_vectors; vector++) {
        struct packed at = packed_at(s, vector);
        int n_lanes = lanes_used(s, vector);
        for (int c = 0; c < s->n_in; c++) {
            const float *from = weight + (size_t)vector * NN_LANES * s->out_step + (size_t)c * s->in_step;
            float *to = packed + at.start + (size_t)c * at.in_step;
            vec window[9] = {0}, half[3 * MAX_POINTS], column[MAX_POINTS];
            for (int lane = 0; lane < n_lanes; lane++, from += s->out_step)
                for (int i = 0; i < 9; i++)
                    window[i][lane] = from[s->is_flipped ? 8 - i : i];
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++)
                points_of_weight(window + i, 3, half + i, 3, size);
#pragma GCC unroll 6
            for (int h = 0; h < n; h++) {
                points_of_weight(half + 3 * h, 1, column, 1, size);
#pragma GCC unroll 6
                for (int i = 0; i < n; i++)
                    vec_store(to + (size_t)(h * n + i) * at.point_step, column[i]);
            }
        }
    }
}

void NN_FAST(nn_winograd_weights)(const struct nn_winograd_weights *s, int size, const float *weight, float *packed)
{
    if (size == 4)
        transform_weights(s, weight, packed, 4);
    else
        transform_weights(s, weight, packed, 2);
}

INLINE void transform_d_weights(const struct nn_winograd_weights *s, const float *d_packed, float *d_weight, int size)
{
    int n = size + 2, n_vectors = (s->n_out + NN_LANES - 1) / NN_LANES;
    for (int vector = 0; vector < n_vectors; vector++) {
        struct packed at = packed_at(s, vector);
        int n_lanes = lanes_used(s, vector);
        for (int c = 0; c < s->n_in; c++) {
            const float *from = d_packed + at.start + (size_t)c * at.in_step;
            float *to = d_weight + (size_t)vector * NN_LANES * s->out_step + (size_t)c * s->in_step;
            vec window[9], half[3 * MAX_POINTS], column[MAX_POINTS];
#pragma GCC unroll 6
            for (int h = 0; h < n; h++) {
#pragma GCC unroll 6
                for (int i = 0; i < n; i++)
                    column[i] = vec_load(from + (size_t)(h * n + i) * at.point_step);
                weight_of_points(column, 1, half + 3 * h, 1, size);
            }
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++)
                weight_of_points(half + i, 3, window + i, 3, size);
            for (int lane = 0; lane < n_lanes; lane++, to += s->out_step)
                for (int i = 0; i < 9; i++)
                    to[s->is_flipped ? 8 - i : i] += window[i][lane];
        }
    }
}

void NN_FAST(nn_winograd_d_weights)(const struct nn_winograd_weights *s, int size, const float *d_packed,
                                    float *d_weight)
{
    if (size == 4)
        transform_d_weights(s, d_packed, d_weight, 4);
    else
        transform_d_weights(s, d_packed, d_weight, 2);
}

INLINE void scatter_d_block(const float *dy, size_t row, float *d, size_t step, int size)
{
    int n = size + 2;
    vec half[MAX_POINTS * 4], tile[4], points[MAX_POINTS];
#pragma GCC unroll 4
    for (int h = 0; h < size; h++) {
#pragma GCC unroll 4
        for (int i = 0; i < size; i++)
            tile[i] = vec_load(dy + (size_t)h * row + (size_t)i * NN_LANES);
        points_of_d_output(tile, 1, half + h * n, 1, size);
    }
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        points_of_d_output(half + i, n, points, 1, size);
#pragma GCC unroll 6
        for (int h = 0; h < n; h++)
            vec_store(d + (size_t)(h * n + i) * step, points[h]);
    }
}

/* A dy A^T of each tile: d (points, tiles, K). */
INLINE void scatter_d(const struct nn_winograd *w, const float *dy, struct nn_range tiles, float *d, int size)
{
    size_t step = point_size(tiles.n, w->n_vectors);
    struct tile tile = tile_at(w, tiles.first);
    for (int t = 0; t < tiles.n; t++, tile_next(w, &tile)) {
        const float *from = dy + w->y.origin + (size_t)tile.image * w->y.image + (size_t)(tile.row * size) * w->y.row +
                            (size_t)(tile.column * size) * NN_LANES;
        for (int block = 0; block < w->n_vectors; block++, d += NN_LANES)
            scatter_d_block(from + (size_t)block * w->y.block, w->y.row, d, step, size);
    }
}

static void multiply(const struct nn_winograd *w, int n_tiles, const float *v, const float *d, float *d_packed)
{
    int n_points = nn_winograd_points(w->size);
    struct nn_winograd_weights s = {.n_out = w->n_vectors * NN_LANES, .n_in = w->x.c};
    for (int point = 0; point < n_points; point++)
        for (int vector = 0; vector < w->n_vectors; vector += MAX_VECTORS) {
            struct packed at = packed_at(&s, vector);
            struct product product = {
                .a = v + (size_t)point * point_size(n_tiles, w->x.n_blocks), .a_row = 1,
                .a_step = w->x.n_blocks * NN_LANES,
                .b = d + (size_t)point * point_size(n_tiles, w->n_vectors) + vector * NN_LANES,
                .b_step = w->n_vectors * NN_LANES, .depth = n_tiles,
                .c = d_packed + (size_t)point * at.point_step + at.start, .c_row = (ptrdiff_t)at.in_step,
                .is_adding = true,
            };
            product_rows(product, w->x.c, (int)(at.in_step / NN_LANES));
        }
}

void NN_FAST(nn_winograd_outer)(const struct nn_winograd *w, const float *x, const float *dy, struct nn_range tiles,
                                float *d_packed, float *scratch)
{
    float *d = scratch + (size_t)nn_winograd_points(w->size) * point_size(tiles.n, w->x.n_blocks);
    if (w->size == 4) {
        scatter(w, x, tiles, scratch, 4);
        scatter_d(w, dy, tiles, d, 4);
    } else {
        scatter(w, x, tiles, scratch, 2);
        scatter_d(w, dy, tiles, d, 2);
    }
    multiply(w, tiles.n, scratch, d, d_packed);
}
