/* Half precision (IEEE 754 binary16: 5 bits of exponent, 10 of fraction) in plain C, for storing weights. */
#ifndef NN_KERNELS_HALF_H
#define NN_KERNELS_HALF_H

#include <stdint.h>
#include <string.h>

#define NN_HALF_MAX 65504.f

/* Every half is a float: the exponent's bias is put right by a multiplication, which also normalises small ones. */
static inline float half_to_float(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    value *= 0x1p112f;
    return half & 0x8000 ? -value : value;
}

/* Rounds to nearest, ties to even; |value| <= NN_HALF_MAX. */
static inline uint16_t half_of_float(float value)
{
    uint32_t bits, sign;
    memcpy(&bits, &value, sizeof bits);
    sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits < 0x38800000) { /* below 2^-14 halves are multiples of 2^-24: an addition rounds to them */
        float sum;
        memcpy(&sum, &bits, sizeof sum);
        sum += 0.5f;
        memcpy(&bits, &sum, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3f000000));
    }
    bits += 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | (bits - 0x38000000) >> 13);
}

#endif
