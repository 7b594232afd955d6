/* See nn/tensor.h. */
#include "nn/tensor.h"

size_t nn_shape_image_size(struct nn_shape shape)
{
    return (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

size_t nn_shape_size(struct nn_shape shape)
{
    return (size_t)shape.n * nn_shape_image_size(shape);
}

bool nn_shape_equal(struct nn_shape a, struct nn_shape b)
{
    return a.n == b.n && a.c == b.c && a.h == b.h && a.w == b.w;
}
