/* A convolution's sums on their way out; see struct nn_epilogue. */
#ifndef NN_KERNELS_EPILOGUE_H
#define NN_KERNELS_EPILOGUE_H

#include "kernels/fast.h"
#include "kernels/vec.h"

/* channel: of the register's first lane; residual: the same output of the map that is added. */
INLINE vec epilogue_apply(const struct nn_epilogue *e, vec sum, int channel, const float *residual)
{
    sum += vec_load(e->bias + channel);
    if (e->has_residual)
        sum += vec_load(residual);
    if (e->slope != 1)
        sum = vec_max(sum, sum * vec_set(e->slope));
    if (e->scale)
        sum = vec_fma(sum, vec_load(e->scale + channel), vec_load(e->shift + channel));
    return sum;
}

#endif
