/* Winograd's tiles over a batch and the first stage, shared by the convolution and its weights' gradient. */
#ifndef NN_KERNELS_WINOGRAD_TILES_H
#define NN_KERNELS_WINOGRAD_TILES_H

#include "kernels/fast.h"
#include "kernels/winograd_points.h"

/* Floats from one point's matrix (tiles, vectors, lanes) to the next: one register more than it holds, so that the
 * points of a tile do not lie at equal places of the cache's sets. */
INLINE size_t point_size(int n_tiles, int n_vectors)
{
    return ((size_t)n_tiles * (size_t)n_vectors + 1) * NN_LANES;
}

struct tile {
    int image, row, column;
};

INLINE struct tile tile_at(const struct nn_winograd *w, int i)
{
    int per_image = w->tiles_h * w->tiles_w, at = i % per_image;
    return (struct tile){i / per_image, at / w->tiles_w, at % w->tiles_w};
}

INLINE void tile_next(const struct nn_winograd *w, struct tile *tile)
{
    if (++tile->column < w->tiles_w)
        return;
    tile->column = 0;
    if (++tile->row < w->tiles_h)
        return;
    tile->row = 0;
    tile->image++;
}

/* One tile's inputs of one channel block. */
INLINE void scatter_block(const float *x, size_t x_row, float *v, size_t step, int size)
{
    int n = size + 2;
    vec d[MAX_POINTS * MAX_POINTS];
#pragma GCC unroll 6
    for (int h = 0; h < n; h++) {
#pragma GCC unroll 6
        for (int i = 0; i < n; i++)
            d[h * n + i] = vec_load(x + (size_t)h * x_row + (size_t)i * NN_LANES);
        points_of_input(d + h * n, 1, size);
    }
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        points_of_input(d + i, n, size);
#pragma GCC unroll 6
        for (int h = 0; h < n; h++)
            vec_store(v + (size_t)(h * n + i) * step, d[h * n + i]);
    }
}

INLINE void scatter(const struct nn_winograd *w, const float *x, struct nn_range tiles, float *v, int size)
{
    size_t step = point_size(tiles.n, w->x.n_blocks);
    struct tile tile = tile_at(w, tiles.first);
    const float *corner = x + w->x.origin - (size_t)w->pad_h * w->x.row - (size_t)w->pad_w * NN_LANES;
    for (int t = 0; t < tiles.n; t++, tile_next(w, &tile)) {
        const float *from = corner + (size_t)tile.image * w->x.image + (size_t)(tile.row * size) * w->x.row +
                            (size_t)(tile.column * size) * NN_LANES;
        for (int block = 0; block < w->x.n_blocks; block++, v += NN_LANES)
            scatter_block(from + (size_t)block * w->x.block, w->x.row, v, step, size);
    }
}

#endif
