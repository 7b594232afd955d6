/* Shapes of four-dimensional float tensors, contiguous, in the order N, C, H, W. */
#ifndef NN_TENSOR_H
#define NN_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#define NN_MAX_SIDE 4096         /* height, width, channels of anything here */
#define NN_MAX_ELEMENTS (1 << 28) /* of one tensor of one image, or one parameter */

/* A plain value; unused dimensions are 1. */
struct nn_shape {
    int n, c, h, w;
};

/* Elements of all images, and of one. */
size_t nn_shape_size(struct nn_shape shape);
size_t nn_shape_image_size(struct nn_shape shape);
bool nn_shape_equal(struct nn_shape a, struct nn_shape b);

#endif
