/* cascade_simd.h for AVX2 (Intel Haswell, AMD Zen and later). */
#include "kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx2,fma,bmi,bmi2,popcnt")
#define CASCADE_HAS_MASKS 0
#define CASCADE_KERNEL cas_kernel_avx2
#include "cascade_simd.h"

bool cas_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}

#else

bool cas_has_avx2(void)
{
    return false;
}

const struct cas_kernel cas_kernel_avx2 = {0};

#endif
