/* cascade_simd.h for AVX-512 on 256-bit vectors: twice the registers, and masks; wider ones would
 * cross a cache line with each load. (Intel Skylake-X, AMD Zen 4 and later). */
#include "kernel.h"

#if defined(__x86_64__)
#pragma GCC target("avx2,fma,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq")
#define CASCADE_HAS_MASKS 1
#define CASCADE_KERNEL cas_kernel_avx512
#include "cascade_simd.h"

bool cas_has_avx512(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}

#else

bool cas_has_avx512(void)
{
    return false;
}

const struct cas_kernel cas_kernel_avx512 = {0};

#endif
