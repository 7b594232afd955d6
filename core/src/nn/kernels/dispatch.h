/* From a kernel's name to its functions. */
#ifndef NN_KERNELS_DISPATCH_H
#define NN_KERNELS_DISPATCH_H

#include "kernels/fast.h"
#include "nn/kernel.h"

/* NULL for plain and gemm. The processor must be able to run it. */
const struct nn_fast *nn_fast_of(enum nn_kernel kernel);

#endif
