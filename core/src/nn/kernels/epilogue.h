/* A convolution's sums on their way out, the bias already in them; see struct nn_epilogue. */
#ifndef NN_KERNELS_EPILOGUE_H
#define NN_KERNELS_EPILOGUE_H

#include "kernels/fast.h"
#include "kernels/vec.h"

/* Sums of n_rows pixels and n_vectors registers of channels, in place and without pooling. residual: where each pixel of the
 * added map lies. The questions are asked once for all: there may be few multiplications before. */
INLINE void epilogue_apply(const struct nn_epilogue *e, vec *sum, int row_step, int n_rows, int n_vectors, int channel,
                           const float *const *residual, size_t residual_block)
{
    if (e->has_residual)
#pragma GCC unroll 16
        for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++)
                sum[r * row_step + v] += vec_load(residual[r] + (size_t)v * residual_block);
    if (e->slope == 0)
#pragma GCC unroll 16
        for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++)
                sum[r * row_step + v] = vec_max(sum[r * row_step + v], vec_zero());
    else if (e->slope != 1)
#pragma GCC unroll 16
        for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++)
                sum[r * row_step + v] = vec_max(sum[r * row_step + v], sum[r * row_step + v] * vec_set(e->slope));
    if (e->scale)
#pragma GCC unroll 16
        for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++)
                sum[r * row_step + v] = vec_fma(sum[r * row_step + v], vec_load(e->scale + channel + v * NN_LANES),
                                                vec_load(e->shift + channel + v * NN_LANES));
}

#endif
