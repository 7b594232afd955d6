/* See nn/kernel.h. */
#include "nn/kernel.h"

#include "kernels/dispatch.h"

#include <stdlib.h>
#include <string.h>

#ifdef __clang__ /* which does not know the name; processors with AVX2 have it */
#define HAS_F16C true
#else
#define HAS_F16C __builtin_cpu_supports("f16c")
#endif

static const char *const names[] = {"auto", "plain", "gemm", "fast-c", "fast-avx2", "fast-avx512"};
_Static_assert(sizeof names / sizeof *names == NN_KERNEL_COUNT, "one name per kernel");

const char *nn_kernel_name(enum nn_kernel kernel)
{
    return (unsigned)kernel < NN_KERNEL_COUNT ? names[kernel] : NULL;
}

bool nn_kernel_is_available(enum nn_kernel kernel)
{
    switch (kernel) {
    case NN_KERNEL_AUTO:
    case NN_KERNEL_PLAIN:
    case NN_KERNEL_GEMM:
    case NN_KERNEL_FAST_C:
        return true;
#ifdef NN_HAS_X86_KERNELS
    case NN_KERNEL_FAST_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HAS_F16C;
    case NN_KERNEL_FAST_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma");
#endif
    default:
        return false;
    }
}

static enum nn_kernel fastest(void)
{
    enum nn_kernel kernel = NN_KERNEL_FAST_AVX512;
    while (!nn_kernel_is_available(kernel))
        kernel--;
    return kernel;
}

int nn_kernel_parse(const char *name, enum nn_kernel *out)
{
    *out = NN_KERNEL_AUTO;
    if (!strcmp(name, "fast")) {
        *out = fastest();
        return FB_OK;
    }
    for (int i = 0; i < NN_KERNEL_COUNT; i++)
        if (!strcmp(name, names[i])) {
            *out = (enum nn_kernel)i;
            if (nn_kernel_is_available(*out))
                return FB_OK;
            return fb_fail(FB_ERR_USAGE, "this processor cannot run the kernel '%s'; '%s' is its fastest", name,
                           names[fastest()]);
        }
    return fb_fail(FB_ERR_USAGE, "unknown kernel '%s'; known: auto, plain, gemm, fast, fast-c, fast-avx2, fast-avx512",
                   name);
}

int nn_kernel_resolve(enum nn_kernel kernel, enum nn_kernel *out)
{
    const char *wanted = getenv("FELTBOARD_KERNEL");
    *out = kernel;
    if (kernel == NN_KERNEL_AUTO && wanted && *wanted) {
        int status = nn_kernel_parse(wanted, out);
        if (status)
            return fb_fail_context(status, "the environment variable FELTBOARD_KERNEL");
    }
    if (*out == NN_KERNEL_AUTO)
        *out = fastest();
    if (!nn_kernel_is_available(*out))
        return fb_fail(FB_ERR_USAGE, "this processor cannot run the kernel '%s'", nn_kernel_name(*out));
    return FB_OK;
}

const struct nn_fast *nn_fast_of(enum nn_kernel kernel)
{
    switch (kernel) {
    case NN_KERNEL_FAST_C:
        return &nn_fast_c;
#ifdef NN_HAS_X86_KERNELS
    case NN_KERNEL_FAST_AVX2:
        return &nn_fast_avx2;
    case NN_KERNEL_FAST_AVX512:
        return &nn_fast_avx512;
#endif
    default:
        return NULL;
    }
}
