/* What JPEG takes from a grey picture: the discrete cosine transform of 8x8 blocks, rounded to
 * multiples of the quantisation table. Coding the multiples loses nothing and is left out. Source:
 * ITU-T T.81, A.3.3 and table K.1; how a quality scales the table: libjpeg. */
#include "augment_ops.h"

#include <math.h>

enum { BLOCK = 8 };

static const int luminance[BLOCK][BLOCK] = {
    {16, 11, 10, 16, 24, 40, 51, 61},     {12, 12, 14, 19, 26, 58, 60, 55},
    {14, 13, 16, 24, 40, 57, 69, 56},     {14, 17, 22, 29, 51, 87, 80, 62},
    {18, 22, 37, 56, 68, 109, 103, 77},   {24, 35, 55, 64, 81, 104, 113, 92},
    {49, 64, 78, 87, 103, 121, 120, 101}, {72, 92, 95, 98, 112, 100, 103, 99},
};

/* cosines[k][i]: row k of the orthonormal transform. */
static void fill_cosines(float cosines[BLOCK][BLOCK])
{
    for (int k = 0; k < BLOCK; k++)
        for (int i = 0; i < BLOCK; i++)
            cosines[k][i] =
                sqrtf(k ? 0.25f : 0.125f) * cosf((float)((2 * i + 1) * k) * 3.14159265f / 16.0f);
}

static float step_of(int quality, int row, int column)
{
    int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    return fminf(fmaxf((float)((luminance[row][column] * percent + 50) / 100), 1.0f), 255.0f);
}

/* to = c from c' or, backwards, c' from c. */
static void transform(float cosines[BLOCK][BLOCK], float from[BLOCK][BLOCK], float to[BLOCK][BLOCK],
                      int is_backwards)
{
    for (int u = 0; u < BLOCK; u++)
        for (int v = 0; v < BLOCK; v++) {
            float sum = 0;
            for (int i = 0; i < BLOCK; i++)
                for (int j = 0; j < BLOCK; j++)
                    sum += from[i][j] * (is_backwards ? cosines[i][u] * cosines[j][v]
                                                      : cosines[u][i] * cosines[v][j]);
            to[u][v] = sum;
        }
}

/* Pixels beyond the picture repeat its edge. */
static void lose_block(float *x, int side, int top, int left, float cosines[BLOCK][BLOCK],
                       int quality)
{
    float pixels[BLOCK][BLOCK], waves[BLOCK][BLOCK];
    for (int i = 0; i < BLOCK; i++)
        for (int j = 0; j < BLOCK; j++) {
            int row = top + i < side ? top + i : side - 1,
                column = left + j < side ? left + j : side - 1;
            pixels[i][j] = x[row * side + column] - 128.0f;
        }
    transform(cosines, pixels, waves, 0);
    for (int i = 0; i < BLOCK; i++)
        for (int j = 0; j < BLOCK; j++)
            waves[i][j] = roundf(waves[i][j] / step_of(quality, i, j)) * step_of(quality, i, j);
    transform(cosines, waves, pixels, 1);
    for (int i = 0; i < BLOCK && top + i < side; i++)
        for (int j = 0; j < BLOCK && left + j < side; j++)
            x[(top + i) * side + left + j] = pixels[i][j] + 128.0f;
}

void nn_jpeg_loss(float *x, int side, int quality)
{
    float cosines[BLOCK][BLOCK];
    fill_cosines(cosines);
    for (int top = 0; top < side; top += BLOCK)
        for (int left = 0; left < side; left += BLOCK)
            lose_block(x, side, top, left, cosines, quality);
}
