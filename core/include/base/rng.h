/* Seeded random numbers: xoshiro256** 1.0 (Blackman and Vigna, 2018), seeded by splitmix64.
 * State is passed, never global; the struct is a value: copy it to checkpoint it.
 * Threads: one state per thread. */
#ifndef FB_BASE_RNG_H
#define FB_BASE_RNG_H

#include <stdint.h>

struct fb_rng {
    uint64_t state[4];
};

void fb_rng_seed(struct fb_rng *rng, uint64_t seed);
/* An independent stream for item `index` of `seed`: same pair, same numbers, whatever the order. */
void fb_rng_seed_stream(struct fb_rng *rng, uint64_t seed, uint64_t index);

uint64_t fb_rng_u64(struct fb_rng *rng);
/* In [0, n), unbiased; n > 0. */
uint32_t fb_rng_below(struct fb_rng *rng, uint32_t n);
/* In [0, 1), 24 bits. */
float fb_rng_float(struct fb_rng *rng);
/* In [low, high). */
float fb_rng_range(struct fb_rng *rng, float low, float high);
/* Normal, mean 0, deviation 1 (Box-Muller, one value a call so that the state stays a value). */
float fb_rng_normal(struct fb_rng *rng);

#endif
