/* See base/rng.h. */
#include "base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void fb_rng_seed(struct fb_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->state[i] = splitmix64(&seed);
}

void fb_rng_seed_stream(struct fb_rng *rng, uint64_t seed, uint64_t index)
{
    uint64_t mixed = splitmix64(&seed) ^ index;
    fb_rng_seed(rng, splitmix64(&mixed));
}

uint64_t fb_rng_u64(struct fb_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t fb_rng_below(struct fb_rng *rng, uint32_t n)
{
    uint32_t threshold = -n % n; /* reject the short last run of n */
    for (;;) {
        uint64_t m = (fb_rng_u64(rng) >> 32) * n;
        if ((uint32_t)m >= threshold)
            return (uint32_t)(m >> 32);
    }
}

float fb_rng_float(struct fb_rng *rng)
{
    return (float)(fb_rng_u64(rng) >> 40) * 0x1p-24f;
}

float fb_rng_range(struct fb_rng *rng, float low, float high)
{
    return low + (high - low) * fb_rng_float(rng);
}

float fb_rng_normal(struct fb_rng *rng)
{
    float u = 1.0f - fb_rng_float(rng), v = fb_rng_float(rng); /* u in (0, 1] */
    return sqrtf(-2.0f * logf(u)) * cosf(6.2831853f * v);
}
