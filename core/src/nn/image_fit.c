/* nn_image_fit: a square of the longer side, shrunk by area means or enlarged bilinearly. Training
 * crops are squares of the face box's longer side, so a box's picture is widened, not stretched. */
#include "nn/image.h"

#include <math.h>
#include <stddef.h>

static int clamp_int(int value, int high)
{
    return value < 0 ? 0 : value > high ? high : value;
}

struct square {
    const uint8_t *from;
    int width, height, size, left, top; /* the picture's corner within the square */
};

static float at(const struct square *square, int x, int y)
{
    x = clamp_int(x - square->left, square->width - 1);
    y = clamp_int(y - square->top, square->height - 1);
    return (float)square->from[(size_t)y * (size_t)square->width + (size_t)x];
}

static float bilinear(const struct square *square, float x, float y)
{
    int ix = (int)floorf(x), iy = (int)floorf(y);
    float tx = x - (float)ix, ty = y - (float)iy;
    float top = at(square, ix, iy) * (1.0f - tx) + at(square, ix + 1, iy) * tx;
    float bottom = at(square, ix, iy + 1) * (1.0f - tx) + at(square, ix + 1, iy + 1) * tx;
    return top * (1.0f - ty) + bottom * ty;
}

/* How much of [begin, end) pixel i covers. */
static float overlap(int i, float begin, float end)
{
    return fminf((float)i + 1.0f, end) - fmaxf((float)i, begin);
}

static float area_mean(const struct square *square, float x, float y, float span)
{
    float sum = 0.0f, weights = 0.0f;
    for (int j = (int)y; (float)j < y + span; j++)
        for (int i = (int)x; (float)i < x + span; i++) {
            float weight = overlap(j, y, y + span) * overlap(i, x, x + span);
            sum += weight * at(square, i, j);
            weights += weight;
        }
    return sum / weights;
}

void nn_image_fit(const uint8_t *from, int width, int height, uint8_t *to, int side)
{
    int size = width > height ? width : height;
    struct square square = {from, width, height, size, (size - width) / 2, (size - height) / 2};
    float span = (float)size / (float)side;
    for (int j = 0; j < side; j++)
        for (int i = 0; i < side; i++) {
            float value = span > 1.0f
                              ? area_mean(&square, (float)i * span, (float)j * span, span)
                              : bilinear(&square, ((float)i + 0.5f) * span - 0.5f,
                                         ((float)j + 0.5f) * span - 0.5f);
            to[j * side + i] = (uint8_t)lrintf(fminf(fmaxf(value, 0.0f), 255.0f));
        }
}
