/* Which kernels a run computes with. All give the same results within rounding; `plain` is what the definitions say, in
 * loops, and the oracle of the others. Any thread. */
#ifndef NN_KERNEL_H
#define NN_KERNEL_H

#include "base/status.h"

#include <stdbool.h>

enum nn_kernel {
    NN_KERNEL_AUTO,        /* what FELTBOARD_KERNEL names, else the fastest the processor can run */
    NN_KERNEL_PLAIN,       /* loops */
    NN_KERNEL_GEMM,        /* convolution as matrix products by OpenBLAS */
    NN_KERNEL_FAST_C,      /* Winograd and direct convolution, any processor */
    NN_KERNEL_FAST_AVX2,   /* the same for AVX2 with FMA */
    NN_KERNEL_FAST_AVX512, /* the same for AVX-512 F, VL, DQ, BW */
    NN_KERNEL_COUNT,
};

/* "auto", "plain", "gemm", "fast-c", "fast-avx2", "fast-avx512"; NULL for anything else. */
const char *nn_kernel_name(enum nn_kernel kernel);
/* Those names, and "fast" for the fastest. FB_ERR_USAGE: unknown, or not for this processor. */
FB_MUST_USE int nn_kernel_parse(const char *name, enum nn_kernel *out);
bool nn_kernel_is_available(enum nn_kernel kernel);
/* What AUTO stands for; other kernels stand for themselves. FB_ERR_USAGE: the environment names none that can run here. */
FB_MUST_USE int nn_kernel_resolve(enum nn_kernel kernel, enum nn_kernel *out);

#endif
