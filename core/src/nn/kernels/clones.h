/* NN_CLONES before a function: compiled for AVX-512, AVX2 and the baseline, chosen at load time.
 * Named by feature: `arch=` would ask for that very processor and give others of its kind the baseline.
 * Not under sanitizers, whose runtimes are not ready when the choice is made. */
#ifndef NN_KERNELS_CLONES_H
#define NN_KERNELS_CLONES_H

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__ &&  \
    !defined __SANITIZE_THREAD__ && defined __OPTIMIZE__
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

#endif
